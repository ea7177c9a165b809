import uuid
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from guides.models import Procedure
from orders.leases import DONE, due, unclaimed, wake
from orders.lib import crypto
from orders.lib.text import mask
from orders.models.code import Code
from orders.models.order_hold import HeldOrder
from orders.models.order_row import new_number, new_token
from orders.models.order_states import MOVES, Attention, EndedBecause, Status
from orders.models.radio import Radio
from orders.models.suspicion import has_many_serials, is_blocked, one_at_a_time
from orders.money import format_money

__all__ = ["Order", "new_number", "new_token"]  # the latter two for the first migration


class Order(HeldOrder):
    """One code for one radio. Money and code hang on it as rows of their own."""

    TASK = "orders.tasks.retrieve_code"
    NEEDS = ("radio",)
    MOVES: ClassVar = MOVES

    @property
    def history_order_id(self) -> int:
        return self.pk

    # ------------------------------------------------------------------ what it is
    @property
    def is_charged(self) -> bool:
        """Whether money was taken already: some ways to pay cannot be held."""
        return self.payments.filter(is_superseded=False, amount_captured__gt=0).exists()

    @property
    def returned_text(self) -> str:
        """How much of the money has gone back, empty where none has. A payment that was one too
        many is not counted: its money was never for this order."""
        counts = self.payments.filter(is_superseded=False, amount_refunded__gt=0).first()
        return format_money(counts.amount_refunded, counts.currency) if counts else ""

    @property
    def may_be_withdrawn(self) -> bool:
        """While we look for the code; once it is found it cannot be given back. On hold only where
        nothing was taken: no robot returns money then."""
        waits = self.status in (Status.PLACED, Status.WITH_STAFF)
        return self.is_at_bank or (waits and not (self.is_on_hold and self.keeps_money()))

    @property
    def is_at_bank(self) -> bool:
        """Paid, as its customer sees it, though the money takes days to come; a person looks at
        none of it."""
        is_waiting = self.status == Status.PENDING and not self.is_on_hold
        return is_waiting and self.payments.filter(status="processing").exists()

    @property
    def current_code(self) -> "Code | None":
        return self.codes.filter(is_current=True).first()

    def entry_procedures(self) -> list[Procedure]:
        """How to enter the code: on this generation, else on this model, else on this brand."""
        known = Procedure.objects.filter(guide__brand=self.brand, kind=Procedure.Kind.ENTER)
        of_model = known.filter(guide__car_model=self.car_model)
        choices = [known.filter(guide__car_model=None)]
        if self.car_model:
            choices.insert(0, of_model)
        if self.generation:
            choices.insert(0, of_model.filter(generations=self.generation))
        return next((found for choice in choices if (found := list(choice))), [])

    # ------------------------------------------------------------------ the moves
    def place(self) -> bool:
        """The money is held: ask the sources, or first a person whether to."""
        with transaction.atomic():
            one_at_a_time(self)
            won = self.make_move("place", placed_at=timezone.now(), deadline_at=None, **due())
            if won:
                self.look_twice()
                wake(self)
        return won

    def look_twice(self) -> None:
        """In the move that places the order, so that no source is asked before."""
        if is_blocked(self):
            self.put_on_hold(Attention.BLOCKED)
        elif has_many_serials(self):
            self.put_on_hold(Attention.VELOCITY)

    def expire(self) -> bool:
        """Never paid. Refused while a payment is open or still being processed, or was taken."""
        if self.payments.filter(status__in=["open", "processing"]).exists() or self.keeps_money():
            return False
        return self.make_move("expire", deadline_at=None, **DONE)

    def wait_for_bank(self) -> None:
        """The payment is on its way: the order's page must say so."""
        Order.objects.filter(pk=self.pk).update(version=F("version") + 1)
        self.refresh_from_db()

    def give_time_to_pay(self, until: datetime) -> bool:
        """A bank refused days after the customer paid. Refused where something else happened."""
        unpaid = Order.objects.filter(pk=self.pk, status__in=[Status.PENDING, Status.PAYMENT_DUE])
        won = unpaid.update(deadline_at=until, version=F("version") + 1) == 1
        self.refresh_from_db()
        return won

    def hand_to_staff(self, deadline_at: datetime, *, only_if: Q) -> bool:
        return self.make_move("hand_to_staff", only_if=only_if, deadline_at=deadline_at, **DONE)

    def set_desk_deadline(self, at: datetime, *, only_if: Q | None = None, **changes: Any) -> bool:
        """The desk's clock is stopped or goes on. Refused where something else happened."""
        at_desk = Order.objects.filter(only_if or Q(), pk=self.pk, status=Status.WITH_STAFF)
        won = at_desk.update(deadline_at=at, version=F("version") + 1, **changes) == 1
        self.refresh_from_db()
        return won

    def correct_serial(self, serial: str, radio: Radio, *, by: User, only_if: Q) -> bool:
        """Another one stands on the label. The sources are asked for it, once; the price and the
        deadline stay."""
        with transaction.atomic():
            won = self.make_move(
                "correct_serial", by=by, only_if=only_if, radio=radio, opened_by=None,
                serial_encrypted=crypto.encrypt(serial),
                serial_hash=crypto.hash_serial(self.brand_id, radio.canonical(serial)),
                serial_typed_encrypted=self.serial_typed_encrypted or self.serial_encrypted,
                **due(),
            )  # fmt: skip
            if won:
                if is_blocked(self):
                    self.put_on_hold(Attention.BLOCKED)
                wake(self)
        return won

    def correct_email(self, address: str, *, by: User | None = None) -> bool:
        """Mails go there from now on; receipts keep what they had. Refused where it is the address
        already, and where nothing is mailed any more. The former link ends: a stranger may have
        been mailed it."""
        former = self.email
        with transaction.atomic():
            other = Order.objects.filter(pk=self.pk, email=former).exclude(email=address)
            won = (
                other.filter(anonymised_at=None)
                .exclude(status=Status.EXPIRED)
                .update(email=address, token=new_token(), version=F("version") + 1)
            )
            self.refresh_from_db()
            if won:
                self._note("correct_email", f"{mask(former)} → {mask(address)}", by)
                self._look_at_address()
        return won == 1

    def _look_at_address(self) -> None:
        """As if it had been there from the beginning, unless that is over. Whoever has their code
        was looked at before."""
        if self.status in (Status.PLACED, Status.WITH_STAFF, Status.FOUND, Status.PAYMENT_DUE):
            self.look_twice()
        elif self.status in (Status.READY, Status.DELIVERED) and is_blocked(self):
            self.put_on_hold(Attention.BLOCKED)

    def open_for(self, user: User, lasts: timedelta) -> bool:
        """Claim the order for a person who enters its code, so that the deadline does not take it
        from under their hands. Refused while somebody else has it open."""
        free = unclaimed() | Q(opened_by=user)
        won = Order.objects.filter(free, pk=self.pk, status=Status.WITH_STAFF).update(
            opened_by=user, claim_token=uuid.uuid4(), claimed_until=Now() + lasts
        )
        self.refresh_from_db()
        return won == 1

    def find(self, code: str, source: str, *, by: User | None = None) -> bool:
        """Store the code, encrypted, and make the payment due. Nobody outside sees the code yet.

        Counts only while the caller's claim on the order stands.
        """
        with transaction.atomic():
            won = self.make_move(
                "find", by=by, note=source, only_if=self.claim_stands, found_at=timezone.now(),
                deadline_at=None, opened_by=None, **DONE,
            )  # fmt: skip
            if won:
                Code.objects.create(
                    order=self, source=source, by=by, serial_hash=self.serial_hash,
                    code_encrypted=crypto.encrypt(code),
                )  # fmt: skip
                for payment in self.payments.filter(
                    status__in=["held", "captured", "part_refunded"]
                ):
                    payment.make_due()
        return won

    def end(self, because: str, *, by: User | None = None, only_if: Q | None = None) -> bool:
        """Decided: there is no code. From now on none is accepted, and what was held or taken goes
        back."""
        return self._end("end", because, by, only_if)

    def end_undecided(self) -> bool:
        """On hold, and nobody decided before the hold of the money ends: it may always be let go,
        and then nothing is left to deliver for."""
        only_if = unclaimed() & Q(on_hold_at__isnull=False)
        return self._end("end_undecided", EndedBecause.UNDECIDED, only_if=only_if)

    def refuse(self, by: User, only_if: Q) -> bool:
        """A person has looked at what is on hold, and says no, though a code may be found."""
        won = self._end("refuse", EndedBecause.FRAUD, by, only_if & Q(on_hold_at__isnull=False))
        if won:
            self.settle_all()  # on hold, no robot would return what was taken
        return won

    def end_returned(self) -> bool:
        """All of the money is back with the customer, or on its way."""
        return self._end("end_returned", EndedBecause.RETURNED)

    def _end(
        self, move: str, because: str, by: User | None = None, only_if: Q | None = None
    ) -> bool:
        with transaction.atomic():
            won = self.make_move(
                move, by=by, note=because, only_if=only_if, ended_because=because,
                deadline_at=None, opened_by=None, **DONE,
            )  # fmt: skip
            if won:
                # the settled ones too: whoever looks last at an ending order releases it
                for payment in self.payments.all():
                    payment.make_due()
        return won

    def withdraw(self) -> bool:
        """The customer cancels; also while staff have it open, who then see that it ended."""
        if self.is_at_bank:
            return self._end("withdraw_at_bank", EndedBecause.WITHDRAWN)
        searching = Q(status__in=[Status.PLACED, Status.WITH_STAFF])
        return self.may_be_withdrawn and self.end(EndedBecause.WITHDRAWN, only_if=searching)

    def payment_failed(self, deadline_at: datetime) -> bool:
        return self.make_move("payment_failed", deadline_at=deadline_at, **DONE)

    def secure_again(self) -> bool:
        return self.make_move("secure_again", deadline_at=None, **DONE)

    def ready(self) -> bool:
        """The code is stored and the money captured: from now on the customer sees the code."""
        return self.make_move("ready", ready_at=timezone.now(), **DONE)

    def deliver(self) -> bool:
        return self.make_move("deliver", delivered_at=timezone.now(), **DONE)

    def release(self) -> bool:
        """Ended with nothing kept. Refused while something may still happen to money, or some of
        it is ours: it is on its way back then."""
        if self.payments.filter(status__in=["open", "processing", "held"]).exists():
            return False
        return not self.keeps_money() and self.make_move("release", **DONE)

    def return_failed(self) -> bool:
        """Released, but the money came back to us: it has to be returned once more."""
        return self.make_move("return_failed")

    def refund(self) -> bool:
        """All of the money went back after the code was out."""
        return self.make_move("refund", **DONE)

    def refund_failed(self) -> bool:
        return self.make_move("refund_failed")

    def keeps_money(self) -> bool:
        taken = self.payments.filter(amount_captured__gt=F("amount_refunded"))
        return any(payment.amount_kept > 0 for payment in taken)

    def lock(self) -> None:
        """Until the transaction ends. Whoever changes an order and its payments together locks the
        order first; in another sequence two of them could wait for each other."""
        list(Order.objects.select_for_update().filter(pk=self.pk).values_list("pk"))
