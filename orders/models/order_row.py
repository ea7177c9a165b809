"""An order as it is stored. What may happen to it stands in order.py and order_hold.py."""

import secrets
import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from guides.models import Brand, CarModel, Generation, Shows
from orders.leases import Work, due_index
from orders.lib import crypto
from orders.models.order_states import Attention, EndedBecause, Status
from orders.models.radio import Radio, Source
from orders.money import format_money
from orders.state_machine import Stateful

# No 0/O, 1/I/L, 8/B, 5/S, 2/Z: people say an order number on the phone.
NUMBER_ALPHABET = "3467ACDEFGHJKMNPQRTUVWXY9"


def new_number() -> str:
    parts = ("".join(secrets.choice(NUMBER_ALPHABET) for _ in range(4)) for _ in range(2))
    return "RC-" + "-".join(parts)


def new_token() -> str:
    return secrets.token_urlsafe(24)


class OrderRow(Stateful, Work):
    """What stands in the database, and what follows from it without another look."""

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
    # what the customer had typed, where staff read another one on the label
    serial_typed_encrypted = models.TextField(blank=True, editable=False)
    second_number_encrypted = models.TextField(blank=True, editable=False)
    device_number_encrypted = models.TextField(blank=True, editable=False)
    date_on_screen = models.CharField(max_length=40, blank=True)
    email = models.EmailField()
    # where the form came from, as limits count it: orders/lib/client_address.py
    network = models.CharField(max_length=43, blank=True, editable=False)
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
    # the customer wants to be forgotten; done as soon as nothing of it is needed any more
    erase_asked_at = models.DateTimeField(null=True, blank=True, editable=False)
    # nobody's since then: orders/privacy/anonymise.py
    anonymised_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True
        ordering = ["-created_at"]
        permissions = [
            ("view_code", _("Can see unlock codes")),
            ("enter_code", _("Can enter a code or end an order without one")),
            ("correct_serial", _("Can correct a serial that the customer misread")),
            ("correct_email", _("Can correct the address to which a customer's mails go")),
        ]
        indexes = [
            due_index("order_due"),
            models.Index(fields=["created_at"], name="order_created"),
            models.Index(fields=["status", "deadline_at"], name="order_deadline"),
            # addresses are compared without regard to case
            models.Index(Upper("email"), "created_at", name="order_email"),
            models.Index(fields=["network", "created_at"], name="order_network"),
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

    def secret_link(self) -> str:
        return reverse("order", args=[self.number, self.token])

    @property
    def order_number(self) -> str:
        return self.number

    @property
    def is_nobodys(self) -> bool:
        """All that was about its customer is gone: there is nothing to show and nobody to mail."""
        return self.anonymised_at is not None

    @property
    def serial(self) -> str:
        return crypto.decrypt(self.serial_encrypted) if self.serial_encrypted else ""

    @property
    def serial_typed(self) -> str:
        """Empty where nobody corrected it."""
        return crypto.decrypt(self.serial_typed_encrypted) if self.serial_typed_encrypted else ""

    @property
    def canonical_serial(self) -> str:
        return self.radio.canonical(self.serial)

    @property
    def serial_hashes(self) -> list[str]:
        """Every hash under which this radio may be known."""
        if self.is_nobodys:
            return []
        return crypto.hashes_of_serial(self.brand_id, self.canonical_serial)

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
        known = dict(Attention.choices)
        return str(known.get(self.on_hold_reason, self.on_hold_reason))

    @property
    def may_show_code(self) -> bool:
        """A code leaves the system only from these states, and never while the order is on hold."""
        is_out = self.status in (Status.READY, Status.DELIVERED)
        return is_out and not self.is_on_hold and not self.is_nobodys

    @property
    def is_asked_of_staff(self) -> bool:
        return Source.DESK in self.radio.sources or self.was_at_desk

    @property
    def was_at_desk(self) -> bool:
        """Placed anew after a person had it: what the deadline says still counts."""
        return self.status == Status.PLACED and self.deadline_at is not None
