from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from orders.lib import crypto


class Code(models.Model):
    """An unlock code that was found for an order, encrypted. One of them is the current one."""

    order = models.ForeignKey("orders.Order", on_delete=models.CASCADE, related_name="codes")
    code_encrypted = models.TextField(editable=False)
    serial_hash = models.CharField(max_length=64, db_index=True, editable=False)
    family_hash = models.CharField(max_length=64, blank=True, db_default="", editable=False)
    source = models.CharField(max_length=20, editable=False)
    is_current = models.BooleanField(default=True, editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["family_hash", "serial_hash"], name="code_family")]
        constraints = [
            models.UniqueConstraint(
                fields=["order"], condition=models.Q(is_current=True), name="one_current_code"
            )
        ]

    def __str__(self) -> str:
        return str(_("code of order %s") % self.order_id)

    @property
    def digits(self) -> str:
        """The code itself, decrypted. Never log it, never pass it to a task."""
        return crypto.decrypt(self.code_encrypted)
