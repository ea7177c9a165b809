"""The block-list, and the switch that stops selling."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from guides.content_version import Edited
from orders.lib import crypto
from orders.lib.mailbox import canonical
from orders.models.radio import canonical_of_any_radio
from orders.serials import normalise


class Block(models.Model):
    """A serial or an address whose orders are put on hold, or of trade: many radios are usual."""

    class Kind(models.TextChoices):
        SERIAL = "serial", _("serial")
        EMAIL = "email", _("e-mail address")
        TRADE = "trade", _("e-mail address of a workshop or dealer: not on hold for many radios")

    kind = models.CharField(max_length=6, choices=Kind)
    value_encrypted = models.TextField(editable=False)
    value_hash = models.CharField(max_length=64, editable=False)
    reason = models.CharField(max_length=200)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True,
        related_name="+", editable=False,
    )  # fmt: skip
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("blocked serial or address")
        verbose_name_plural = _("blocked serials and addresses")
        permissions = [("view_blocked", _("Can see what is on the block-list in clear"))]
        constraints = [models.UniqueConstraint(fields=["kind", "value_hash"], name="one_block")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.reason}"

    @property
    def value(self) -> str:
        return crypto.decrypt(self.value_encrypted)

    @staticmethod
    def plain(kind: str, value: str) -> str:
        """Return the one spelling that is compared."""
        if kind == Block.Kind.SERIAL:
            return canonical_of_any_radio(normalise(value))
        return canonical(value)

    @classmethod
    def rows_of(cls, kind: str, value: str) -> models.QuerySet["Block"]:
        hashes = crypto.hashes_of_value(kind, cls.plain(kind, value))
        return cls.objects.filter(kind=kind, value_hash__in=hashes)

    @classmethod
    def names(cls, kind: str, value: str) -> bool:
        return cls.rows_of(kind, value).exists()

    def set_value(self, value: str) -> None:
        plain = self.plain(self.kind, value)
        self.value_encrypted = crypto.encrypt(plain)
        self.value_hash = crypto.hash_value(self.kind, plain)


class Selling(Edited):
    """Whether the shop takes orders: one row, or none if it was never closed.

    Guides show it beside their order button, so a change of it shows on them at once.
    """

    is_open = models.BooleanField(_("takes orders"), default=True)
    message = models.CharField(
        _("what customers read"), max_length=300, blank=True,
        help_text=_("While no orders are taken; empty for the usual words."),
    )  # fmt: skip
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True,
        related_name="+", editable=False,
    )  # fmt: skip
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("selling")
        verbose_name_plural = _("selling")
        permissions = [("stop_selling", _("Can stop and resume selling"))]
        constraints = [models.CheckConstraint(name="one_selling", condition=models.Q(pk=1))]

    def __str__(self) -> str:
        return str(_("open") if self.is_open else _("closed"))

    @staticmethod
    def now() -> "Selling":
        return Selling.objects.filter(pk=1).first() or Selling(pk=1)
