from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.utils.translation import gettext_lazy as _

from orders.lib import crypto
from orders.lib.mailbox import canonical


class DataRequest(models.Model):
    """A customer's request for a copy or for erasure, and what was done: the proof of it.

    Only a keyed hash of the address is stored. It shows whether they had asked before.
    """

    KIND: ClassVar = "person"

    class Kind(models.TextChoices):
        EXPORT = "export", _("copy given")
        ERASE = "erase", _("forgotten")

    kind = models.CharField(max_length=6, choices=Kind, editable=False)
    # rotate_keys cannot hash it anew without the address: it ends with its key
    fingerprint = models.CharField(max_length=64, db_index=True, editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True,
        related_name="+", editable=False,
    )  # fmt: skip
    at = models.DateTimeField(auto_now_add=True)
    # order numbers, and what became of each
    outcome = models.JSONField(default=dict, editable=False)

    class Meta:
        ordering = ["-at"]
        verbose_name = _("request of a customer")
        verbose_name_plural = _("requests of customers about their data")
        permissions = [
            ("export_person", _("Can give a customer a copy of what is kept about them")),
            ("erase_person", _("Can erase what is kept about a customer")),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()

    @classmethod
    def note(
        cls, kind: str, address: str, by: User | None, outcome: dict[str, str]
    ) -> "DataRequest":
        fingerprint = fingerprints_of(address)[0]
        return cls.objects.create(kind=kind, fingerprint=fingerprint, by=by, outcome=outcome)


def fingerprints_of(address: str) -> list[str]:
    """Hash the address under every key, the newest first."""
    return crypto.hashes_of_value(DataRequest.KIND, canonical(address))
