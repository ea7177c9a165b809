from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from orders.lib import crypto
from orders.models.order import Order


class Note(models.Model):
    """What staff noted on an order for one another. Encrypted, as it may contain anything."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="notes")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    text_encrypted = models.TextField(editable=False)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return str(_("note on order %s") % self.order_id)

    @property
    def text(self) -> str:
        return crypto.decrypt(self.text_encrypted)
