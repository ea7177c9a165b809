"""What stops an order, and what a person must look at."""

from typing import TYPE_CHECKING, Self

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce, Now

from orders.models.order_row import OrderRow
from orders.models.order_states import Attention, Status
from orders.state_machine import History

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from orders.models.email import Email
    from orders.models.payment import Payment


class HeldOrder(OrderRow):
    """An order that may be on hold, or on the list of what a person must look at."""

    payments: "RelatedManager[Payment]"
    emails: "RelatedManager[Email]"

    class Meta(OrderRow.Meta):
        abstract = True

    def _row(self) -> QuerySet[Self]:
        return type(self)._base_manager.filter(pk=self.pk)

    def needs_attention(self, reason: str) -> None:
        """Put the order on the list of what a person must look at. Earlier reasons stay in its
        history."""
        with transaction.atomic():
            changed = self._row().exclude(attention_reason=reason)
            if changed.update(attention_reason=reason, attention_at=Now()):
                self._note("attention", reason)

    def put_on_hold(self, reason: str) -> None:
        """No code leaves and no robot acts, except that an uncaptured hold may be cancelled.

        A dispute's hold may end with the dispute: what a person must settle takes its place.
        """
        of_dispute = Q(on_hold_reason__in=[Attention.DISPUTE, Attention.DISPUTE_LOST])
        free = Q(on_hold_at=None) | of_dispute & ~Q(on_hold_reason=reason)
        since = Coalesce(F("on_hold_at"), Now())
        won = (
            self._row()
            .filter(free)
            .update(on_hold_reason=reason, on_hold_at=since, version=F("version") + 1)
        )
        if won:
            self._note("put_on_hold", reason)
        self.needs_attention(reason)
        self.refresh_from_db()

    def settle_attention(self) -> None:
        """A person has looked: off the list, and what was on hold for that goes on. A hold for
        another reason comes next: about that nobody has decided."""
        row = self._row()
        with transaction.atomic():
            if not self._ask_about_hold(row.exclude(attention_reason=F("on_hold_reason"))):
                self.settle_all()

    def settle_all(self) -> None:
        """A person has decided about the order, whatever it was on hold for."""
        row = self._row()
        with transaction.atomic():
            row.update(attention_reason="", attention_at=None)
            self._let_go(row.exclude(on_hold_at=None))

    def lift_hold(self, reason: str) -> None:
        """What it was on hold for is over. A hold for another reason stays, and so does all else
        that a person must look at."""
        row = self._row()
        with transaction.atomic():
            told = row.filter(attention_reason=reason)
            if self._ask_about_hold(told.exclude(on_hold_reason=reason)):
                return
            told.update(attention_reason="", attention_at=None)
            self._let_go(row.filter(on_hold_reason=reason))

    def _ask_about_hold(self, row: QuerySet[Self]) -> bool:
        """What is on hold is on the list too: nobody else would let it go."""
        on_hold = row.exclude(on_hold_at=None)
        won = on_hold.update(attention_reason=F("on_hold_reason"), attention_at=F("on_hold_at"))
        self.refresh_from_db()
        return won == 1

    def _let_go(self, row: QuerySet[Self]) -> None:
        is_held = row.update(on_hold_reason="", on_hold_at=None, version=F("version") + 1)
        self.refresh_from_db()
        if is_held:
            self._note("let_go", "")
            self._go_on()

    def _go_on(self) -> None:
        """What was put off while the order was on hold is due now."""
        if self.status == Status.PLACED:
            self.make_due()
        for payment in self.payments.all():
            payment.make_due()
            for refund in payment.refunds.exclude(due_at=None):
                refund.make_due()
        for email in self.emails.exclude(due_at=None):
            email.make_due()

    def _note(self, what: str, note: str, by: User | None = None) -> None:
        History.objects.create(
            order_id=self.pk,
            subject="order",
            subject_id=self.pk,
            move=what,
            status=self.status,
            by=by,
            note=note,
        )
