import secrets
import uuid
import zlib
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection, models, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Lower, Now, Upper
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from guides.models import Brand, CarModel, Generation, Shows
from orders.leases import DONE, Work, due, due_index, enqueue, without_lease
from orders.lib import crypto
from orders.lib.mailbox import canonical
from orders.lib.text import mask
from orders.lib.typed_number import NUMBER_ALPHABET
from orders.models.abuse import Block
from orders.models.attention import Attention
from orders.models.code import Code
from orders.models.mailbox import MailboxField
from orders.models.order_states import (
    AT_DESK,
    CODE_IS_OUT,
    MOVES,
    AttentionReason,
    EndedBecause,
    Status,
)
from orders.models.radio import ANOTHER_MAKE, Provider, Radio
from orders.models.secret_link import SecretLink  # for a migration
from orders.models.secret_link import new_token as new_token
from orders.models.serial_hashes import NO_HASHES, SerialHashes
from orders.money import format_money
from orders.state_machine import History, Stateful


def new_number() -> str:
    parts = ("".join(secrets.choice(NUMBER_ALPHABET) for _ in range(4)) for _ in range(2))
    return "RC-" + "-".join(parts)


VELOCITY_WITHIN = timedelta(days=1)  # in which VELOCITY_SERIALS are counted
MOST_COUNTED = 100  # orders of one buyer or network that are looked at
BUYER_LOCKS = 1  # of PostgreSQL's advisory locks, the group that is taken here


class Order(SecretLink, Stateful, Work):
    """One code for one radio. Payments and codes are rows of their own."""

    TASK = "orders.tasks.retrieve_code"
    NEEDS = ("radio",)
    MOVES: ClassVar = MOVES

    number = models.CharField(max_length=12, unique=True, default=new_number, editable=False)
    # the form's own key: the same form sent twice is the same order
    form_key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    status = models.CharField(max_length=12, choices=Status, default=Status.PENDING, editable=False)
    ended_because = models.CharField(
        max_length=10, choices=EndedBecause, blank=True, editable=False
    )

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT)
    radio = models.ForeignKey(Radio, on_delete=models.PROTECT)
    car_model = models.ForeignKey(CarModel, on_delete=models.PROTECT, null=True, blank=True)
    generation = models.ForeignKey(Generation, on_delete=models.PROTECT, null=True, blank=True)
    # of a car whose make the shop has no brand for: what the customer typed
    make_typed = models.CharField(max_length=40, blank=True, default="", db_default="")
    model_typed = models.CharField(max_length=60, blank=True, default="", db_default="")
    shows = models.CharField(max_length=10, choices=Shows)
    serial_encrypted = models.TextField(editable=False)
    serial_hash = models.CharField(max_length=64, db_index=True, editable=False)
    family_hash = models.CharField(max_length=64, blank=True, db_default="", editable=False)
    # what the customer had typed, if staff corrected it
    serial_typed_encrypted = models.TextField(blank=True, editable=False)
    second_number_encrypted = models.TextField(blank=True, editable=False)
    device_number_encrypted = models.TextField(blank=True, editable=False)
    date_on_screen = models.CharField(max_length=40, blank=True)
    email = models.EmailField()
    mailbox = MailboxField()  # what addresses are compared by
    # the client network of the form, as limits count it: orders/lib/client_address.py
    network = models.CharField(max_length=43, blank=True, editable=False)
    # what the customer was shown; later changes of the radio's price do not count
    price = models.PositiveIntegerField(editable=False)
    currency = models.CharField(max_length=3, editable=False)
    # steps that staff typed for this radio, one a line, where the guides have none
    entry_steps = models.TextField(blank=True)

    on_hold_reason = models.CharField(max_length=100, blank=True, editable=False)
    on_hold_at = models.DateTimeField(null=True, blank=True, editable=False)
    # the newest open reason, for processes of the last version: rows of Attention count
    attention_reason = models.CharField(
        max_length=20, choices=AttentionReason, blank=True, editable=False
    )
    attention_at = models.DateTimeField(null=True, blank=True, editable=False)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True,
        related_name="+", editable=False,
    )  # fmt: skip

    created_at = models.DateTimeField(auto_now_add=True)
    placed_at = models.DateTimeField(null=True, blank=True, editable=False)
    deadline_at = models.DateTimeField(null=True, blank=True, editable=False)
    # whether the radio took the code, as the customer says
    worked = models.BooleanField(null=True, blank=True, editable=False)
    found_at = models.DateTimeField(null=True, blank=True, editable=False)
    ready_at = models.DateTimeField(null=True, blank=True, editable=False)
    delivered_at = models.DateTimeField(null=True, blank=True, editable=False)
    first_shown_at = models.DateTimeField(null=True, blank=True, editable=False)
    # the customer asked for erasure; done as soon as the order is closed
    erase_asked_at = models.DateTimeField(null=True, blank=True, editable=False)
    anonymised_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["-created_at"]
        permissions = [
            ("view_code", _("Can see unlock codes")),
            ("enter_code", _("Can enter a code or end an order without one")),
            ("correct_serial", _("Can correct a serial that the customer misread")),
            ("correct_email", _("Can correct the address to which a customer's mails go")),
        ]
        indexes = [
            due_index("order_due"),
            models.Index(fields=["family_hash", "serial_hash"], name="order_family"),
            models.Index(fields=["created_at"], name="order_created"),
            models.Index(fields=["status", "deadline_at"], name="order_deadline"),
            models.Index(fields=["mailbox", "created_at"], name="order_mailbox"),
            # written by version 1.0, which compares addresses without regard to case
            models.Index(
                fields=["id"], name="order_mailbox_differs", condition=~Q(mailbox=Lower("email"))
            ),
            models.Index(Upper("email"), "created_at", name="order_email"),
            models.Index(fields=["network", "created_at"], name="order_network"),
            models.Index(
                fields=["attention_at"], name="order_attention", condition=~Q(attention_reason="")
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="order_has_a_clock",
                condition=~Q(status__in=[*AT_DESK, Status.PAYMENT_DUE])
                | Q(deadline_at__isnull=False),
            ),
            models.CheckConstraint(
                name="ended_order_says_why",
                condition=~Q(status__in=[Status.ENDING, Status.RELEASED]) | ~Q(ended_because=""),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def secret_link(self) -> str:
        return reverse("order", args=[self.number, self.token])

    @property
    def order_number(self) -> str:
        return self.number

    @property
    def history_order_id(self) -> int:
        return self.pk

    # ------------------------------------------------------------------ what it is
    @property
    def is_anonymised(self) -> bool:
        """All data about the customer is gone: there is no code to show and no address to mail."""
        return self.anonymised_at is not None

    @property
    def is_of_another_make(self) -> bool:
        return self.brand.slug == ANOTHER_MAKE

    @property
    def make(self) -> str:
        """The make as the customer knows it."""
        return self.make_typed or self.brand.name

    @property
    def car(self) -> str:
        """Make, model and generation; empty if only the brand is known."""
        if self.make_typed:
            return f"{self.make_typed} {self.model_typed}".strip()
        if self.car_model is None:
            return ""
        generation = f", {self.generation}" if self.generation else ""
        return f"{self.brand.name} {self.car_model.name}{generation}"

    @property
    def serial(self) -> str:
        return crypto.decrypt(self.serial_encrypted) if self.serial_encrypted else ""

    @property
    def serial_typed(self) -> str:
        """What the customer typed; empty unless staff corrected the serial."""
        return crypto.decrypt(self.serial_typed_encrypted) if self.serial_typed_encrypted else ""

    @property
    def canonical_serial(self) -> str:
        return self.radio.canonical(self.serial)

    @property
    def serial_hashes(self) -> list[str]:
        """The hashes within the brand, by which version 1.0 finds this serial."""
        return self.hashes.brand

    @property
    def hashes(self) -> SerialHashes:
        """All hashes under which rows about this serial may be stored."""
        if self.is_anonymised:
            return NO_HASHES
        return SerialHashes.of(self.radio, self.canonical_serial, self.brand_id)

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
    def on_hold_text(self) -> str:
        known = dict(AttentionReason.choices)
        return str(known.get(self.on_hold_reason, self.on_hold_reason))

    @property
    def may_show_code(self) -> bool:
        """A code leaves only in these states, and never while the order is on hold."""
        return self.status in CODE_IS_OUT and not self.is_on_hold and not self.is_anonymised

    @property
    def shown_code(self) -> Code | None:
        """The code that the customer sees; none while it is checked after a report."""
        is_checked = self.status == Status.PROBLEM
        return self.current_code if self.may_show_code and not is_checked else None

    @property
    def is_asked_of_staff(self) -> bool:
        return Provider.DESK in self.radio.sources or self.was_at_desk

    @property
    def was_at_desk(self) -> bool:
        """Staff had it before it was placed again: their deadline still counts."""
        return self.status == Status.PLACED and self.deadline_at is not None

    @property
    def is_charged(self) -> bool:
        """Money was captured already: some payment methods cannot be authorized."""
        return self.payments.filter(is_superseded=False, amount_captured__gt=0).exists()

    @property
    def refunded_text(self) -> str:
        """The amount that was refunded, or empty. A superseded payment does not count."""
        counts = self.payments.filter(is_superseded=False, amount_refunded__gt=0).first()
        return format_money(counts.amount_refunded, counts.currency) if counts else ""

    @property
    def may_be_withdrawn(self) -> bool:
        """The customer may withdraw until the code is found.

        On hold only if nothing was captured: no automatic refund is made then.
        """
        waits = self.status in (Status.PLACED, Status.WITH_STAFF)
        may_end = waits and not (self.is_on_hold and self.keeps_money())
        return self.is_payment_processing or may_end

    @property
    def may_be_refused(self) -> bool:
        """Whether staff may end it, because it is on hold and no code is out."""
        return self.is_on_hold and self.status in MOVES["refuse"].sources

    @property
    def is_payment_processing(self) -> bool:
        """The customer has paid, but the bank takes days."""
        is_waiting = self.status == Status.PENDING and not self.is_on_hold
        return is_waiting and self.payments.filter(status="processing").exists()

    @property
    def current_code(self) -> "Code | None":
        return self.codes.filter(is_current=True).first()

    # ------------------------------------------------------------------ its buyer
    def is_blocked(self) -> bool:
        """Whether the serial or the address is on the block-list."""
        return Block.names(Block.Kind.SERIAL, self.serial) or Block.names(
            Block.Kind.EMAIL, self.email
        )

    def is_of_trade(self) -> bool:
        """Whether staff know the buyer as a workshop or dealer, who orders for many cars."""
        return Block.names(Block.Kind.TRADE, self.email)

    def orders_of_buyer(self) -> QuerySet["Order"]:
        """Orders of the same mailbox, or paid with the same card; this one too."""
        same = Q(pk=self.pk) | Q(pk__in=self._orders_by_card())
        if self.email:
            same |= Q(mailbox=canonical(self.email))
        return Order.objects.filter(same)

    def orders_of_network(self) -> QuerySet["Order"]:
        """Orders from the same client network: often of strangers, behind one gateway."""
        return Order.objects.filter(network=self.network) if self.network else Order.objects.none()

    def _cards(self) -> list[str]:
        payments = _payments().filter(order=self.pk).exclude(card_hash="")
        return list(payments.values_list("card_hash", flat=True))

    def _orders_by_card(self) -> list[int]:
        """Ids, as the database would read all orders for a subquery beside another condition."""
        by_card = _payments().filter(card_hash__in=self._cards()).order_by("-pk")
        return list(by_card.values_list("order_id", flat=True)[:MOST_COUNTED])

    def lock_buyer(self) -> None:
        """Let other transactions about this buyer wait until this one ends.

        Two orders that are placed at the same moment would not count each other.
        """
        if connection.vendor != "postgresql":
            return  # SQLite has one writer at a time
        buyers = [f"email {canonical(self.email)}", *(f"card {card}" for card in self._cards())]
        with connection.cursor() as cursor:
            for key in sorted({zlib.crc32(buyer.encode()) for buyer in buyers}):
                cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [BUYER_LOCKS, key - 2**31])

    def has_many_serials(self) -> bool:
        """Whether the buyer paid for many radios lately.

        A buyer is a mailbox or a card. Behind one network there may be many buyers, so that it
        counts only for a buyer who is one radio short, where it orders for many radios besides.
        Unpaid orders do not count: one may be a slip that the next one corrects.
        """
        most = settings.VELOCITY_SERIALS
        lately = Q(placed_at__gte=timezone.now() - VELOCITY_WITHIN)
        own = _count_serials(self.orders_of_buyer().filter(lately))
        if own >= most or own < max(2, most - 1):
            return bool(own >= most)
        return bool(_count_serials(self.orders_of_network().filter(lately)) >= 2 * most)

    # ------------------------------------------------------------------ what staff must look at
    @property
    def open_attentions(self) -> QuerySet[Attention]:
        return self.attentions.filter(settled_at=None)

    def needs_attention(self, reason: str, *, holds_order: bool = False) -> None:
        """Put a reason on the staff's list. Other reasons stay, and an open one is not doubled."""
        with transaction.atomic():
            self.read_attention_columns()
            row, is_new = self.attentions.get_or_create(reason=reason, settled_at=None)
            if holds_order:
                self.attentions.filter(pk=row.pk).update(holds_order=True)
            if is_new:
                self.write_history("attention", reason)
            self._write_attention_columns()

    def settle_attention(self, *, by: User | None = None, **which: Any) -> bool:
        """Settle the open reasons named by `which`. Returns whether there were any."""
        with transaction.atomic():
            self.read_attention_columns()
            rows = self.open_attentions.filter(**which)
            count = rows.update(settled_at=timezone.now(), settled_by=by)
            self._write_attention_columns()
        return count > 0

    def read_attention_columns(self) -> "Order":
        """Lock the row, and open the reasons that a process of the last version wrote into it.

        Until its columns go, such a process runs beside this one during an update.
        """
        row = Order.objects.select_for_update(no_key=True).get(pk=self.pk)
        for reason, at in (
            (row.attention_reason, row.attention_at),
            (row.on_hold_reason, row.on_hold_at),
        ):
            if reason in AttentionReason.values:
                defaults = {"opened_at": at or timezone.now()}
                self.attentions.get_or_create(reason=reason, settled_at=None, defaults=defaults)
        if row.is_on_hold:
            self.open_attentions.filter(reason=row.on_hold_reason).update(holds_order=True)
        else:
            self.open_attentions.filter(holds_order=True).update(holds_order=False)
        return row

    def _write_attention_columns(self) -> None:
        """Show the newest open reason to processes of the last version."""
        newest = self.open_attentions.last()
        Order.objects.filter(pk=self.pk).update(
            attention_reason=newest.reason if newest else "",
            attention_at=newest.opened_at if newest else None,
        )

    def write_history(self, move: str, note: str, by: User | None = None) -> None:
        """Note what happened besides the moves of the state machine."""
        History.objects.create(
            order_id=self.pk, subject="order", subject_id=self.pk, move=move, status=self.status,
            by=by, note=note,
        )  # fmt: skip

    def answer_worked(self, worked: bool) -> bool:
        """Note once whether the code worked. Refused while it is not shown, and a second time."""
        with transaction.atomic():
            self.lock()
            self.refresh_from_db()
            won = self.may_show_code and self.worked is None and self.status != Status.PROBLEM
            if won:
                Order.objects.filter(pk=self.pk).update(worked=worked, version=F("version") + 1)
                self.write_history("worked", "yes" if worked else "no")
                self.refresh_from_db()
        return won

    def note_seen(self) -> None:
        """Note when the code was first seen; ignored if it must not be visible now."""
        with transaction.atomic():
            self.lock()
            self.refresh_from_db()
            if self.may_show_code and self.first_shown_at is None:
                Order.objects.filter(pk=self.pk).update(first_shown_at=timezone.now())
                self.write_history("seen", note="")

    # ------------------------------------------------------------------ the moves
    def place(self) -> bool:
        """Let providers be asked: the money is authorized or captured.

        That happens after the commit, so check the buyer in the same transaction.
        """
        with transaction.atomic():
            won = self.make_move("place", placed_at=timezone.now(), deadline_at=None, **due())
            if won:
                enqueue(self)
        return won

    def expire(self) -> bool:
        """Close an order that was never paid. Refused while a payment may still bring money."""
        if self.payments.filter(status__in=["open", "processing"]).exists() or self.keeps_money():
            return False
        return self.make_move("expire", deadline_at=None, **DONE)

    def show_processing(self) -> None:
        """Let open pages of the order see that the payment is processing."""
        Order.objects.filter(pk=self.pk).update(version=F("version") + 1)
        self.refresh_from_db()

    def give_time_to_pay(self, until: datetime) -> bool:
        """Set a new deadline after a bank refused days later. Refused in any other state."""
        unpaid = Order.objects.filter(pk=self.pk, status__in=[Status.PENDING, Status.PAYMENT_DUE])
        won = unpaid.update(deadline_at=until, version=F("version") + 1) == 1
        self.refresh_from_db()
        return won

    def hand_to_staff(self, deadline_at: datetime, *, only_if: Q) -> bool:
        return self.make_move("hand_to_staff", only_if=only_if, deadline_at=deadline_at, **DONE)

    def set_desk_deadline(self, at: datetime, *, only_if: Q | None = None, **changes: Any) -> bool:
        """Move the deadline of an order at the desk. Refused in any other state."""
        at_desk = Order.objects.filter(only_if or Q(), pk=self.pk, status__in=AT_DESK)
        won = at_desk.update(deadline_at=at, version=F("version") + 1, **changes) == 1
        self.refresh_from_db()
        return won

    def correct_serial(self, serial: str, radio: Radio, *, by: User, only_if: Q) -> bool:
        """Replace the serial by what the label says, and ask providers once.

        The price and the deadline stay.
        """
        with transaction.atomic():
            won = self.make_move(
                "correct_serial", by=by, only_if=only_if, opened_by=None,
                **self._corrected(serial, radio), **due(),
            )  # fmt: skip
            if won:
                enqueue(self)
        return won

    def _corrected(self, serial: str, radio: Radio) -> dict[str, Any]:
        """Return the columns of another serial; what the customer typed first stays."""
        return {
            "radio": radio,
            "serial_encrypted": crypto.encrypt(serial),
            "serial_typed_encrypted": self.serial_typed_encrypted or self.serial_encrypted,
            **SerialHashes.of(radio, radio.canonical(serial), self.brand_id).columns,
        }

    def report_problem(self, deadline_at: datetime) -> bool:
        """The customer says that the code does not work. Refused while the order is on hold."""
        shown = Q(on_hold_at=None, anonymised_at=None)
        return self.make_move(
            "report_problem", only_if=shown, deadline_at=deadline_at, worked=False, **DONE
        )

    def correct_reported_serial(
        self, serial: str, radio: Radio, *, by: User | None = None, only_if: Q | None = None
    ) -> bool:
        """Correct the serial while the order stays a problem; the code out is the former one's."""
        with transaction.atomic():
            mine = Order.objects.filter(only_if or Q(), pk=self.pk, status=Status.PROBLEM)
            values = self._corrected(serial, radio) | DONE | {"opened_by": None}
            won = mine.update(version=F("version") + 1, **values) == 1
            self.refresh_from_db()
            if won:
                self.write_history("correct_serial", "", by)
        return won

    def correct_email(self, address: str, *, by: User | None = None) -> bool:
        """Send mails to another address from now on, and end the former link.

        That link may be in a stranger's inbox. Receipts stay as they are. Refused where the address
        is the same already, and where nothing is mailed any more.
        """
        former = self.email
        with transaction.atomic():
            other = Order.objects.filter(pk=self.pk, email=former).exclude(email=address)
            won = (
                other.filter(anonymised_at=None)
                .exclude(status=Status.EXPIRED)
                .update(
                    email=address, mailbox=canonical(address), **self.new_link(),
                    version=F("version") + 1,
                )
            )  # fmt: skip
            self.refresh_from_db()
            if won:
                self.write_history("correct_email", f"{mask(former)} → {mask(address)}", by)
        return won == 1

    def open_for(self, user: User, lasts: timedelta) -> bool:
        """Lease the order to a member of staff, so that the deadline does not end it.

        Refused while a colleague has it open.
        """
        free = without_lease() | Q(opened_by=user)
        won = Order.objects.filter(free, pk=self.pk, status__in=AT_DESK).update(
            opened_by=user, claim_token=uuid.uuid4(), claimed_until=Now() + lasts
        )
        self.refresh_from_db()
        return won == 1

    def find(self, code: str, source: str, *, by: User | None = None) -> bool:
        """Store the code, encrypted, and make the payment due. The code is not shown yet.

        Refused once the caller's lease has expired.
        """
        with transaction.atomic():
            won = self.make_move(
                "find", by=by, note=source, only_if=self.lease_is_valid, found_at=timezone.now(),
                deadline_at=None, opened_by=None, **DONE,
            )  # fmt: skip
            if won:
                Code.objects.create(
                    order=self, source=source, by=by, code_encrypted=crypto.encrypt(code),
                    **self.hashes.columns,
                )  # fmt: skip
                secured = ["held", "captured", "part_refunded"]
                for payment in self.payments.filter(status__in=secured):
                    payment.make_due()
        return won

    def end(self, because: str, *, by: User | None = None, only_if: Q | None = None) -> bool:
        """End the order without a code.

        The authorization is released, or the money refunded, and no code is accepted any more.
        """
        return self._end("end", because, by, only_if)

    def end_undecided(self) -> bool:
        """End an order on hold that was not decided before its authorization ends."""
        only_if = without_lease() & Q(on_hold_at__isnull=False)
        return self._end("end_undecided", EndedBecause.UNDECIDED, only_if=only_if)

    def refuse(self, by: User, only_if: Q) -> bool:
        """Staff refuse an order that is on hold, though its code may be found already."""
        return self._end("refuse", EndedBecause.FRAUD, by, only_if & Q(on_hold_at__isnull=False))

    def end_reviewed(self, because: str) -> bool:
        """End an order whose payment Radar's review did not approve."""
        return self._end("refuse", because)

    def end_returned(self) -> bool:
        """End an order whose money was all refunded in another way."""
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
                # the settled ones too: the last one to be looked at releases the order
                for payment in self.payments.all():
                    payment.make_due()
        return won

    def withdraw(self) -> bool:
        """End the order for its customer, even while staff have it open."""
        if self.is_payment_processing:
            return self._end("withdraw_at_bank", EndedBecause.WITHDRAWN)
        searching = Q(status__in=[Status.PLACED, Status.WITH_STAFF])
        return self.may_be_withdrawn and self.end(EndedBecause.WITHDRAWN, only_if=searching)

    def doubt(self, deadline_at: datetime) -> bool:
        """Send the order to staff: its code was found, but no longer counts. It was never shown."""
        with transaction.atomic():
            won = self.make_move("doubt", deadline_at=deadline_at, found_at=None, **DONE)
            if won:
                self.codes.filter(is_current=True).update(is_current=False)
        return won

    def payment_failed(self, deadline_at: datetime) -> bool:
        return self.make_move("payment_failed", deadline_at=deadline_at, **DONE)

    def secure_again(self) -> bool:
        return self.make_move("secure_again", deadline_at=None, **DONE)

    def ready(self) -> bool:
        """Show the code from now on: it is stored, and the money captured."""
        return self.make_move("ready", ready_at=timezone.now(), **DONE)

    def deliver(self) -> bool:
        return self.make_move("deliver", delivered_at=timezone.now(), **DONE)

    def release(self) -> bool:
        """Close an ending order. Refused while money is authorized, processing or kept."""
        if self.payments.filter(status__in=["open", "processing", "held"]).exists():
            return False
        return not self.keeps_money() and self.make_move("release", **DONE)

    def return_failed(self) -> bool:
        """Reopen a released order, because a refund failed later."""
        return self.make_move("return_failed")

    def replace(
        self, code: str, source: str, *, by: User | None = None, only_if: Q | None = None
    ) -> bool:
        """Show another code instead of the one that does not work. Refused while on hold."""
        free = (only_if or Q()) & Q(on_hold_at=None)
        with transaction.atomic():
            won = self.make_move(
                "replace", by=by, note=source, only_if=free, deadline_at=None, opened_by=None,
                worked=None, first_shown_at=None, delivered_at=None, **DONE,
            )  # fmt: skip
            if won:
                self.codes.filter(is_current=True).update(is_current=False)
                Code.objects.create(
                    order=self, source=source, by=by, code_encrypted=crypto.encrypt(code),
                    **self.hashes.columns,
                )  # fmt: skip
                self._close_problem("replaced")
        return won

    def close_problem(self, by: User, *, was_ready: bool, only_if: Q, words_encrypted: str) -> bool:
        """Return to the status from which the problem was reported; the code stays."""
        with transaction.atomic():
            won = self.make_move(
                "close_unmailed_problem" if was_ready else "close_problem", by=by, only_if=only_if,
                deadline_at=None, opened_by=None, **DONE,
            )  # fmt: skip
            if won:
                self._close_problem("closed", words_encrypted=words_encrypted)
        return won

    def _close_problem(self, outcome: str, **changes: Any) -> None:
        """Ends the work of asking providers, too."""
        values = changes | DONE | {"closed_at": timezone.now()}
        mine = self.problems.filter(closed_at=None)
        mine.exclude(reported_at=None).update(outcome=outcome, **values)
        mine.update(**values)
        self.settle_attention(reason=AttentionReason.PROBLEM_LATE)

    def refund(self) -> bool:
        """All of the money was refunded after the code was out."""
        with transaction.atomic():
            won = self.make_move("refund", deadline_at=None, opened_by=None, **DONE)
            if won:
                self._close_problem("refunded")
        return won

    def refund_failed(self) -> bool:
        return self.make_move("refund_failed")

    def keeps_money(self) -> bool:
        captured = self.payments.filter(amount_captured__gt=F("amount_refunded"))
        return any(payment.amount_kept > 0 for payment in captured)

    def lock(self) -> None:
        """Lock the row until the transaction ends.

        Lock an order before its payments: in another sequence two transactions could wait for each
        other.
        """
        list(Order.objects.select_for_update().filter(pk=self.pk).values_list("pk"))


def _count_serials(orders: QuerySet[Order]) -> int:
    """Count different serials by their hashes.

    Serials are read only while keys are rotated, or beside version 1.0, which stores no family.
    """
    sold = orders.exclude(serial_hash="").order_by().values_list("family_hash", flat=True)
    stored = set(sold.distinct()[:MOST_COUNTED])
    if all(each.startswith(crypto.newest_hash()) for each in stored):
        return len(stored)
    rows = orders.order_by("-pk").select_related("radio")[:MOST_COUNTED]
    return len({each.hashes.family[0] for each in rows if not each.is_anonymised})


def _payments() -> QuerySet[Any]:
    """Payments, whose module imports this one."""
    rows: QuerySet[Any] = apps.get_model("orders", "Payment")._base_manager.all()
    return rows
