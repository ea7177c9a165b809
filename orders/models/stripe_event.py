from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders.leases import DONE, Work, due, due_index, enqueue, without_lease
from orders.state_machine import Stateful, move


class EventStatus(models.TextChoices):
    RECEIVED = "received", _("received")
    HANDLED = "handled", _("handled")
    IGNORED = "ignored", _("ignored")


REVIEW_CLOSED_EVENT = "review.closed"
DECLINED_EVENT = "payment_intent.payment_failed"  # one for each card that was tried in vain


class StripeEvent(Stateful, Work):
    """An event from Stripe. It is only a trigger: its object is read again from Stripe."""

    TASK = "orders.tasks.handle_event"
    MOVES: ClassVar = {
        "handle": move(EventStatus.RECEIVED, to=EventStatus.HANDLED),
        "ignore": move(EventStatus.RECEIVED, to=EventStatus.IGNORED),
        "give_up": move(EventStatus.RECEIVED, to=EventStatus.IGNORED),
        "replay": move(EventStatus.HANDLED, EventStatus.IGNORED, to=EventStatus.RECEIVED),
    }

    stripe_id = models.CharField(max_length=255, unique=True, editable=False)
    type = models.CharField(max_length=100, editable=False)
    api_version = models.CharField(max_length=40, blank=True, editable=False)
    is_live = models.BooleanField(editable=False)
    object_id = models.CharField(max_length=255, blank=True, editable=False)
    intent_id = models.CharField(max_length=255, blank=True, editable=False)
    # from the object's metadata: the uuid of our payment
    payment_uuid = models.CharField(max_length=40, blank=True, editable=False)
    # how a review was closed, in Stripe's word; the object cannot be read by everybody's key
    outcome = models.CharField(max_length=40, blank=True, default="", db_default="", editable=False)
    status = models.CharField(
        max_length=8, choices=EventStatus, default=EventStatus.RECEIVED, editable=False
    )
    ignored_because = models.CharField(max_length=100, blank=True, editable=False)
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-received_at"]
        indexes = [
            due_index("event_due"),
            models.Index(fields=["received_at"], name="event_received"),
            models.Index(fields=["type", "received_at"], name="event_of_type"),
            models.Index(
                fields=["received_at"], name="event_waiting", condition=Q(status="received")
            ),
        ]
        permissions = [("replay_event", _("Can have an event of Stripe handled again"))]

    def __str__(self) -> str:
        return f"{self.type} {self.stripe_id}"

    def handle(self) -> bool:
        return self.make_move("handle", only_if=self.lease_is_valid, **DONE)

    def ignore(self, why: str) -> bool:
        return self.make_move("ignore", ignored_because=why, **DONE)

    def give_up(self) -> bool:
        """Stop trying an event that failed each time. Staff may replay it."""
        why = "it could not be handled"
        return self.make_move("give_up", only_if=without_lease(), ignored_because=why, **DONE)

    def replay(self) -> bool:
        """Handle it once more. State is read from Stripe, so nothing happens twice."""
        won = self.make_move("replay", ignored_because="", **due())
        if won:
            enqueue(self)
        return won
