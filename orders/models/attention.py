from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models.order_states import AttentionReason


class Attention(models.Model):
    """One reason why staff must look at an order. It is open until it is settled."""

    order = models.ForeignKey("orders.Order", on_delete=models.CASCADE, related_name="attentions")
    reason = models.CharField(max_length=20, choices=AttentionReason)
    # the order stays on hold at least until this is settled
    holds_order = models.BooleanField(default=False)
    opened_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True, blank=True)
    # null where no staff settled it: what it was about is over
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = _("attention")
        constraints = [
            # its index holds the open rows alone: lists and counts read no others
            models.UniqueConstraint(
                fields=["order", "reason"], condition=Q(settled_at=None), name="one_open_attention"
            )
        ]

    def __str__(self) -> str:
        return self.get_reason_display()

    @classmethod
    def open_rows(cls) -> QuerySet["Attention"]:
        return cls.objects.filter(settled_at=None)


def needs_staff() -> Exists:
    """For a query of orders: at least one reason is open."""
    return Exists(Attention.open_rows().filter(order=OuterRef("pk")))
