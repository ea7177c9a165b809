"""Families of codes that are computed: whether one may be, and what speaks for it."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from orders.lib import crypto
from orders.models.code_import import Import
from orders.models.order import Order


class FamilyState(models.TextChoices):
    OFF = "off", _("off")
    TRIAL = "trial", _("on trial")
    RELEASED = "released", _("released")


class CodeFamily(models.Model):
    """A family with a method of its own. orders/retrieval/families.py changes the state."""

    name = models.CharField(max_length=40, primary_key=True, editable=False)
    state = models.CharField(max_length=8, choices=FamilyState, editable=False)
    # released by its trial, and not by this version of the shop
    is_earned = models.BooleanField(default=False, editable=False)
    changed_at = models.DateTimeField(auto_now_add=True)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True,
        related_name="+", editable=False,
    )  # fmt: skip
    # the code book entry and the code of an order that were compared last
    entry_place = models.BigIntegerField(default=0, editable=False)
    code_place = models.BigIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = _("family of computed codes")
        verbose_name_plural = _("families of computed codes")
        permissions = [("release_codefamily", _("Can release a family of computed codes"))]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def counted(cls) -> "QuerySet[CodeFamily]":
        """Select families with their numbers of `equal` and `different` serials."""
        rows = Comparison.objects.filter(family=OuterRef("pk"), kind="").order_by()
        counts: Any = rows.values("family").annotate(count=Count("pk"))
        counted: QuerySet[CodeFamily] = cls.objects.annotate(
            equal=_or_0(counts.filter(is_equal=True)),
            different=_or_0(counts.filter(is_equal=False)),
        )
        return counted


def _or_0(counts: Any) -> Coalesce:
    return Coalesce(Subquery(counts.values("count")), 0, output_field=IntegerField())


class Comparison(models.Model):
    """Whether the computed code of one serial equals one that came from elsewhere."""

    class Source(models.TextChoices):
        CODE_BOOK = "code_book", _("code book")
        SUPPLIER = "supplier", _("supplier")
        DESK = "desk", _("staff desk")
        CUSTOMER = "customer", _("customer")

    family = models.ForeignKey(CodeFamily, on_delete=models.PROTECT, related_name="comparisons")
    # empty, or a kind of serials that is confirmed by itself
    kind = models.CharField(max_length=20, blank=True, editable=False)
    serial_hash = models.CharField(max_length=64, editable=False)
    serial_encrypted = models.TextField(editable=False)
    is_equal = models.BooleanField(editable=False)
    source = models.CharField(max_length=10, choices=Source, editable=False)
    order = models.ForeignKey(
        Order, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    came_with = models.ForeignKey(
        Import, on_delete=models.CASCADE, null=True, blank=True, related_name="+", editable=False,
        verbose_name=_("list"),
    )  # fmt: skip
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("comparison of a computed code")
        verbose_name_plural = _("comparisons of computed codes")
        constraints = [
            models.UniqueConstraint(fields=["family", "serial_hash"], name="one_row_a_serial")
        ]
        indexes = [models.Index(fields=["family", "kind", "is_equal"], name="comparison_counts")]

    def __str__(self) -> str:
        return str(_("equal") if self.is_equal else _("different"))

    @property
    def serial(self) -> str:
        return crypto.decrypt(self.serial_encrypted)
