from django.db import models
from django.utils.translation import gettext_lazy as _

from guides.models import Brand
from orders.lib import crypto
from orders.models.code_import import Import


class CodeBookEntry(models.Model):
    """A code that we know already, found by the keyed hash of its serial.

    Serial, code and a list's note are encrypted as one text: a million entries take half the time,
    and no code can be moved to another serial in the database.
    """

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    serial_hash = models.CharField(max_length=64, unique=True, editable=False)
    # both empty in rows of version 1.0, until a sweep
    family = models.CharField(max_length=40, blank=True, db_default="", editable=False)
    family_hash = models.CharField(max_length=64, blank=True, db_default="", editable=False)
    contents_encrypted = models.TextField(editable=False)
    # what the shop says of it, in clear; a list's own note may hold anything and is encrypted
    origin = models.CharField(max_length=80, blank=True, help_text=_("Who or what added it."))
    came_with = models.ForeignKey(
        Import, on_delete=models.PROTECT, null=True, blank=True, related_name="entries",
        verbose_name=_("list"),
    )  # fmt: skip
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["family_hash", "serial_hash"], name="code_book_family")]
        verbose_name = _("code book entry")
        verbose_name_plural = _("code book entries")

    def __str__(self) -> str:
        return str(_("code book entry %s") % self.pk)

    @property
    def serial(self) -> str:
        return self._contents[0]

    @property
    def code(self) -> str:
        return self._contents[1]

    @property
    def note(self) -> str:
        return self._contents[2]

    @property
    def _contents(self) -> list[str]:
        return crypto.decrypt(self.contents_encrypted).split("\n", 2)

    @staticmethod
    def sealed(serial: str, code: str, note: str = "") -> str:
        """What to store of them. Neither a serial nor a code has a line break."""
        return crypto.encrypt(f"{serial}\n{code}\n{note}")

    @classmethod
    def make(
        cls, brand: Brand, serial: str, code: str, origin: str = "", family: str = ""
    ) -> "CodeBookEntry":
        """An unsaved entry for a serial in the one way of writing it that counts."""
        return cls(
            brand=brand,
            serial_hash=crypto.hash_serial(brand.pk, serial),
            family=family,
            family_hash=crypto.hashes_in_family(family, serial)[0] if family else "",
            contents_encrypted=cls.sealed(serial, code),
            origin=origin,
        )
