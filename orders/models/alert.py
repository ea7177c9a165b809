from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from orders.leases import DONE, Work, due, due_index, enqueue
from orders.models.order import Order


class Alert(Work):
    """Something that staff must look at and that is not one order's attention.

    Such as a paid session without an order, or many declines. `key` names what it is about: there
    is one open alert of a key, however often it is raised. Its waiting work is the mail to staff.
    """

    TASK = "orders.tasks.mail_alert"

    class Kind(models.TextChoices):
        NO_ORDER = "no_order", _("paid at Stripe, but no order here")
        DIFFERENCE = "difference", _("our books differ from Stripe's")
        DECLINES = "declines", _("many payments are declined")
        EVENTS = "events", _("Stripe's events do not arrive")
        SUPPLIER = "supplier", _("the supplier of codes does not work")
        SIGN_IN = "sign_in", _("somebody tries to sign in")
        FAMILY = "family", _("computed codes")
        CODE_LIST = "code_list", _("a list of codes is in conflict")
        MESSAGE = "message", _("messages of the contact form")
        OTHER_CODES = "other_codes", _("codes other than the known ones are typed at the desk")

    kind = models.CharField(max_length=12, choices=Kind, editable=False)
    key = models.CharField(max_length=300, editable=False)
    text = models.TextField(editable=False)
    order = models.ForeignKey(
        Order, on_delete=models.CASCADE, null=True, blank=True, related_name="alerts"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    settled_at = models.DateTimeField(null=True, blank=True, editable=False)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True,
        related_name="+", editable=False,
    )  # fmt: skip

    class Meta:
        ordering = ["-created_at"]
        indexes = [due_index("alert_due")]
        constraints = [
            models.UniqueConstraint(
                fields=["key"], condition=models.Q(settled_at=None), name="one_open_alert"
            )
        ]

    def __str__(self) -> str:
        return self.get_kind_display()

    @property
    def order_number(self) -> str:
        return self.order.number if self.order else ""

    def settle(self, by: User) -> bool:
        """Settle it for a member of staff. Returns false if it was settled already."""
        open_row = Alert.objects.filter(pk=self.pk, settled_at=None)
        return open_row.update(settled_at=Now(), settled_by=by, **DONE) == 1


def raise_alert(kind: Alert.Kind, key: str, text: str, order: Order | None = None) -> Alert:
    """Put it on the staff's list and mail them, unless such an alert is open already."""
    alert, is_new = Alert.objects.get_or_create(
        key=key[:300],
        settled_at=None,
        defaults={"kind": kind, "text": text, "order": order} | due(),
    )
    if is_new:
        enqueue(alert)
    return alert
