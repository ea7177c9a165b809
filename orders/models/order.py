import secrets
import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from guides.models import Brand, CarModel, Generation, Procedure, Shows
from orders import crypto
from orders.models.code import Code
from orders.models.radio import Radio, Source
from orders.money import format_money
from orders.moves import History, Stateful, move
from orders.work import DONE, Work, due, unclaimed, wake

if TYPE_CHECKING:
    pass

# No 0/O, 1/I/L, 8/B, 5/S, 2/Z: people say an order number on the phone.
NUMBER_ALPHABET = "3467ACDEFGHJKMNPQRTUVWXY9"


def new_number() -> str:
    parts = ("".join(secrets.choice(NUMBER_ALPHABET) for _ in range(4)) for _ in range(2))
    return "RC-" + "-".join(parts)


def new_token() -> str:
    return secrets.token_urlsafe(24)


class Status(models.TextChoices):
    PENDING = "pending", _("not paid yet")
    PLACED = "placed", _("looking for the code")
    WITH_STAFF = "with_staff", _("with staff")
    FOUND = "found", _("code found, payment being taken")
    PAYMENT_DUE = "payment_due", _("code found, payment failed")
    READY = "ready", _("code ready")
    DELIVERED = "delivered", _("delivered")
    ENDING = "ending", _("ending, hold being released")
    RELEASED = "released", _("ended, nothing charged")
    EXPIRED = "expired", _("never paid")
    REFUNDED = "refunded", _("refunded")


class EndedBecause(models.TextChoices):
    NO_CODE = "no_code", _("no code")
    WITHDRAWN = "withdrawn", _("withdrawn")
    DEADLINE = "deadline", _("deadline passed")
    FRAUD = "fraud", _("fraud")
    RETURNED = "returned", _("returned in Stripe's Dashboard")


class Attention(models.TextChoices):
    """Something a person must look at, whatever state the order is in."""

    MISMATCH = "mismatch", _("Stripe's amount, currency or order differ from ours")
    TRIES = "tries", _("work failed again and again")
    CAPTURE = "capture", _("the payment failed after the code was found")
    KEPT = "kept", _("money was taken, but there is no code: return it in Stripe's Dashboard")
    PAID_LATE = "paid_late", _("paid after the order had ended; the payment is being undone")
    NO_ANSWER = "no_answer", _("Stripe has not done what we ask for a long time")
    REFUSED = "refused", _("Stripe refuses to open a payment page for this order")
    DISPUTE = "dispute", _("the customer's bank disputes the payment")
    FRAUD = "fraud", _("Stripe warns of fraud")
    REFUNDED = "refunded", _("money was returned in Stripe's Dashboard")
    TWO_PAYMENTS = "two_payments", _("paid twice; the second payment is being undone")
    MAIL = "mail", _("a mail could not be delivered")
    OTHER_CODE = "other_code", _("another code than before for this serial")
    BAD_CODE = "bad_code", _("a source gave a code of the wrong shape")
    UNKNOWN_STATE = "unknown_state", _("Stripe reports a state that we do not know")


class Order(Stateful, Work):
    """One code for one radio. Money and code hang on it as rows of their own."""

    TASK = "orders.tasks.retrieve_code"
    MOVES: ClassVar = {
        "place": move(Status.PENDING, Status.EXPIRED, to=Status.PLACED),
        "expire": move(Status.PENDING, to=Status.EXPIRED),
        "hand_to_staff": move(Status.PLACED, to=Status.WITH_STAFF),
        "find": move(Status.PLACED, Status.WITH_STAFF, to=Status.FOUND),
        "payment_failed": move(Status.FOUND, to=Status.PAYMENT_DUE),
        "secure_again": move(Status.PAYMENT_DUE, to=Status.FOUND),
        "ready": move(Status.FOUND, to=Status.READY),
        "deliver": move(Status.READY, to=Status.DELIVERED),
        "end": move(Status.PLACED, Status.WITH_STAFF, Status.PAYMENT_DUE, to=Status.ENDING),
        "release": move(Status.ENDING, to=Status.RELEASED),
        "refund": move(Status.READY, Status.DELIVERED, to=Status.REFUNDED),
        "replace": move(Status.READY, Status.DELIVERED, to=Status.READY),
    }

    number = models.CharField(max_length=12, unique=True, default=new_number, editable=False)
    token = models.CharField(max_length=40, default=new_token, editable=False)
    # The form's own key: the same form sent twice is the same order.
    form_key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    status = models.CharField(max_length=12, choices=Status, default=Status.PENDING, editable=False)
    ended_because = models.CharField(
        max_length=10, choices=EndedBecause, blank=True, editable=False
    )

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT)
    radio = models.ForeignKey(Radio, on_delete=models.PROTECT)
    car_model = models.ForeignKey(CarModel, on_delete=models.PROTECT, null=True, blank=True)
    generation = models.ForeignKey(Generation, on_delete=models.PROTECT, null=True, blank=True)
    shows = models.CharField(max_length=10, choices=Shows)
    serial_encrypted = models.TextField(editable=False)
    serial_hash = models.CharField(max_length=64, db_index=True, editable=False)
    second_number_encrypted = models.TextField(blank=True, editable=False)
    device_number_encrypted = models.TextField(blank=True, editable=False)
    date_on_screen = models.CharField(max_length=40, blank=True)
    email = models.EmailField()
    # What the customer was shown; a price changed later does not change it.
    price = models.PositiveIntegerField(editable=False)
    currency = models.CharField(max_length=3, editable=False)
    # Steps that staff typed for this radio, one a line, where the guides have none.
    entry_steps = models.TextField(blank=True)

    on_hold_reason = models.CharField(max_length=100, blank=True, editable=False)
    on_hold_at = models.DateTimeField(null=True, blank=True, editable=False)
    attention_reason = models.CharField(
        max_length=20, choices=Attention, blank=True, editable=False
    )
    attention_at = models.DateTimeField(null=True, blank=True, editable=False)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True,
        related_name="+", editable=False,
    )  # fmt: skip

    created_at = models.DateTimeField(auto_now_add=True)
    placed_at = models.DateTimeField(null=True, blank=True, editable=False)
    deadline_at = models.DateTimeField(null=True, blank=True, editable=False)
    found_at = models.DateTimeField(null=True, blank=True, editable=False)
    ready_at = models.DateTimeField(null=True, blank=True, editable=False)
    delivered_at = models.DateTimeField(null=True, blank=True, editable=False)
    first_shown_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["-created_at"]
        permissions = [
            ("view_code", _("Can see unlock codes")),
            ("enter_code", _("Can enter a code or end an order without one")),
        ]
        indexes = [
            models.Index(fields=["status", "deadline_at"], name="order_deadline"),
            models.Index(fields=["email", "created_at"], name="order_email"),
            models.Index(
                fields=["attention_at"], name="order_attention", condition=~Q(attention_reason="")
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="order_has_a_clock",
                condition=~Q(status__in=[Status.WITH_STAFF, Status.PAYMENT_DUE])
                | Q(deadline_at__isnull=False),
            ),
            models.CheckConstraint(
                name="ended_order_says_why",
                condition=~Q(status__in=[Status.ENDING, Status.RELEASED]) | ~Q(ended_because=""),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("order", args=[self.number, self.token])

    @property
    def history_order_id(self) -> int:
        return self.pk

    # ------------------------------------------------------------------ what it is
    @property
    def serial(self) -> str:
        return crypto.decrypt(self.serial_encrypted)

    @property
    def second_number(self) -> str:
        return crypto.decrypt(self.second_number_encrypted) if self.second_number_encrypted else ""

    @property
    def device_number(self) -> str:
        return crypto.decrypt(self.device_number_encrypted) if self.device_number_encrypted else ""

    @property
    def price_text(self) -> str:
        return format_money(self.price, self.currency)

    @property
    def is_on_hold(self) -> bool:
        return self.on_hold_at is not None

    @property
    def may_show_code(self) -> bool:
        """A code leaves the system only from these states, and never while the order is on hold."""
        return self.status in (Status.READY, Status.DELIVERED) and not self.is_on_hold

    @property
    def may_be_withdrawn(self) -> bool:
        """While we look for the code; once it is found it cannot be given back."""
        return self.status in (Status.PLACED, Status.WITH_STAFF)

    @property
    def is_asked_of_staff(self) -> bool:
        return Source.DESK in self.radio.sources

    @property
    def current_code(self) -> "Code | None":
        return self.codes.filter(is_current=True).first()

    def was_sent_a_link_lately(self) -> bool:
        """Resends are limited: anybody may type an order number and an address."""
        lately = timezone.now() - timedelta(minutes=10)
        return self.emails.filter(mail="order_link", created_at__gt=lately).exists()

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
        """The money is held: ask the sources."""
        won = self.make_move("place", placed_at=timezone.now(), **due())
        if won:
            wake(self)
        return won

    def expire(self) -> bool:
        """Never paid. Refused while a payment is open or still being processed, or was taken."""
        if self.payments.filter(status__in=["open", "processing"]).exists() or self.keeps_money():
            return False
        return self.make_move("expire", **DONE)

    def hand_to_staff(self, deadline_at: datetime, *, only_if: Q) -> bool:
        return self.make_move("hand_to_staff", only_if=only_if, deadline_at=deadline_at, **DONE)

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
                for payment in self.payments.filter(status__in=["held", "captured"]):
                    payment.make_due()
        return won

    def end(self, because: str, *, by: User | None = None, only_if: Q | None = None) -> bool:
        """Decided: there is no code. From now on none is accepted, and the hold is cancelled."""
        with transaction.atomic():
            won = self.make_move(
                "end", by=by, note=because, only_if=only_if, ended_because=because,
                deadline_at=None, opened_by=None, **DONE,
            )  # fmt: skip
            if won:
                # the settled ones too: whoever looks last at an ending order releases it
                for payment in self.payments.all():
                    payment.make_due()
        return won

    def withdraw(self) -> bool:
        """The customer cancels; also while staff have it open, who then see that it ended."""
        searching = Q(status__in=[Status.PLACED, Status.WITH_STAFF])
        return self.end(EndedBecause.WITHDRAWN, only_if=searching)

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
        it is ours: then a person must return it."""
        if self.payments.filter(status__in=["open", "processing", "held"]).exists():
            return False
        if self.keeps_money():
            self.needs_attention(Attention.KEPT)
            return False
        return self.make_move("release", **DONE)

    def keeps_money(self) -> bool:
        return self.payments.filter(amount_captured__gt=F("amount_refunded")).exists()

    def lock(self) -> None:
        """Until the transaction ends. Whoever changes an order and its payments together locks the
        order first; in another sequence two of them could wait for each other."""
        list(Order.objects.select_for_update().filter(pk=self.pk).values_list("pk"))

    def needs_attention(self, reason: str) -> None:
        """Put the order on the list of what a person must look at. Earlier reasons stay in its
        history."""
        with transaction.atomic():
            changed = Order.objects.filter(pk=self.pk).exclude(attention_reason=reason)
            if changed.update(attention_reason=reason, attention_at=Now()):
                self._note("attention", reason)

    def put_on_hold(self, reason: str) -> None:
        """No code leaves and no robot acts, except that an uncaptured hold may be cancelled."""
        held = Order.objects.filter(pk=self.pk, on_hold_at=None)
        if held.update(on_hold_reason=reason, on_hold_at=Now()):
            self._note("put_on_hold", reason)
        self.needs_attention(reason)

    def settle_attention(self) -> None:
        """A person has looked: off the list, and what was on hold goes on."""
        Order.objects.filter(pk=self.pk).update(
            attention_reason="", attention_at=None, on_hold_reason="", on_hold_at=None
        )

    def _note(self, what: str, note: str) -> None:
        History.objects.create(
            order=self,
            subject="order",
            subject_id=self.pk,
            move=what,
            status=self.status,
            note=note,
        )
