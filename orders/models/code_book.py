from django.db import models
from django.utils.translation import gettext_lazy as _

from guides.models import Brand
from orders import crypto


class CodeBookEntry(models.Model):
    """A code that we know already, found by the keyed hash of its serial. Both are encrypted."""

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    serial_hash = models.CharField(max_length=64, unique=True, editable=False)
    serial_encrypted = models.TextField(editable=False)
    code_encrypted = models.TextField(editable=False)
    origin = models.CharField(
        max_length=80, blank=True, help_text=_("Where it came from, such as the file's name.")
    )
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-added_at"]
        verbose_name = _("code book entry")
        verbose_name_plural = _("code book")

    def __str__(self) -> str:
        return str(_("code book entry %s") % self.pk)

    @property
    def serial(self) -> str:
        return crypto.decrypt(self.serial_encrypted)

    @property
    def code(self) -> str:
        return crypto.decrypt(self.code_encrypted)

    @classmethod
    def make(cls, brand: Brand, serial: str, code: str, origin: str = "") -> "CodeBookEntry":
        """An unsaved entry for a normalised serial."""
        return cls(
            brand=brand,
            serial_hash=crypto.hash_serial(brand.pk, serial),
            serial_encrypted=crypto.encrypt(serial),
            code_encrypted=crypto.encrypt(code),
            origin=origin,
        )
