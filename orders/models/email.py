import uuid
from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models, transaction
from django.db.models import Max, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.leases import DONE, Work, due_index, enqueue
from orders.lib.mailbox import canonical, domain_of
from orders.models.order import Order
from orders.models.order_states import AttentionReason
from orders.models.refund import Refund
from orders.state_machine import History, Stateful, move

MAIL_LASTS = timedelta(days=1)  # that a mail is tried for


class Mail(models.TextChoices):
    """Every mail the shop sends: templates/emails/<mail>/, and a function of that name."""

    ORDER_RECEIVED = "order_received", _("order received, staff look for the code")
    YOUR_CODE = "your_code", _("your code")
    NO_CODE = "no_code", _("no code, nothing charged")
    PAY_AGAIN = "pay_again", _("code found, please pay again")
    MONEY_RETURNED = "money_returned", _("money refunded")
    REFUND_FAILED = "refund_failed", _("a refund failed after all")
    PAID_TWICE = "paid_twice", _("one payment too many, released")
    BANK_WAITS = "bank_waits", _("payment is processing")
    BANK_REFUSED = "bank_refused", _("the bank refused days later")
    WITHDRAWAL_RECEIVED = "withdrawal_received", _("withdrawal received")
    ORDER_LINK = "order_link", _("a fresh link to the order")
    ADDRESS_CHANGED = "address_changed", _("to the former address: mails go to another one")
    QUESTION = "question", _("a question to the customer")
    QUESTION_AGAIN = "question_again", _("a question, asked again")
    PROBLEM_RECEIVED = "problem_received", _("we have your report that the code does not work")
    PROBLEM_CLOSED = "problem_closed", _("our answer to your report")
    PROBLEM_ALERT = "problem_alert", _("to staff: a code does not work")
    PROBLEM_LATE = "problem_late", _("to staff: nobody has answered a problem in time")
    BEING_CHECKED = "being_checked", _("the order is on hold while staff check it")
    DESK_ALERT = "desk_alert", _("to staff: an order waits at the desk")
    DESK_LATE = "desk_late", _("to staff: an order's deadline is near")
    ANSWERED = "answered", _("to staff: the customer answered")
    ON_HOLD = "on_hold", _("to staff: an order is on hold")
    HOLD_ENDS = "hold_ends", _("to staff: little time to decide about an order on hold")


MAILS_TO_STAFF = (
    Mail.DESK_ALERT, Mail.DESK_LATE, Mail.ANSWERED, Mail.ON_HOLD, Mail.HOLD_ENDS,
    Mail.PROBLEM_ALERT, Mail.PROBLEM_LATE,
)  # fmt: skip


class EmailStatus(models.TextChoices):
    QUEUED = "queued", _("waiting to be sent")
    SENT = "sent", _("sent")
    FAILED = "failed", _("refused")
    BOUNCED = "bounced", _("came back")
    DROPPED = "dropped", _("not sent: the order or its address had changed")


def new_message_id() -> str:
    """Fixed per row: a rare second copy of a mail collapses in the inbox."""
    domain = domain_of(settings.DEFAULT_FROM_EMAIL) or "localhost"
    return f"<{uuid.uuid4().hex}@{domain}>"


# it came back, or was refused: neither reached the customer
UNDELIVERED = (EmailStatus.FAILED, EmailStatus.BOUNCED)


class Email(Stateful, Work):
    """A mail to send. It is composed when it is sent, so that no code is stored in clear."""

    TASK = "orders.tasks.send_email"
    NEEDS = ("order__radio", "order__brand")
    MOVES: ClassVar = {
        "sent": move(EmailStatus.QUEUED, to=EmailStatus.SENT),
        "fail": move(EmailStatus.QUEUED, to=EmailStatus.FAILED),
        "drop": move(EmailStatus.QUEUED, to=EmailStatus.DROPPED),
        # a provider may report it before we have stored that it accepted the mail
        "bounce": move(EmailStatus.QUEUED, EmailStatus.SENT, to=EmailStatus.BOUNCED),
    }

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="emails")
    # of a mail about a refund
    refund = models.ForeignKey(
        Refund, on_delete=models.CASCADE, null=True, blank=True, related_name="emails"
    )
    mail = models.CharField(max_length=20, choices=Mail)
    status = models.CharField(
        max_length=7, choices=EmailStatus, default=EmailStatus.QUEUED, editable=False
    )
    to = models.EmailField()
    message_id = models.CharField(
        max_length=255, unique=True, default=new_message_id, editable=False
    )
    # the mail provider's own id; empty over SMTP
    provider_id = models.CharField(max_length=255, blank=True, db_index=True, editable=False)
    # the customer asked for it once more: limits count these
    is_asked_for = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True, blank=True, editable=False)
    # the recipient called it spam
    complained_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["pk"]
        indexes = [due_index("email_due")]

    def __str__(self) -> str:
        return self.get_mail_display()

    @property
    def order_number(self) -> str:
        return self.order.number

    @property
    def history_order_id(self) -> int:
        return self.order_id

    @property
    def is_too_old(self) -> bool:
        """Too old to be sent, counted from the end of the order's last hold."""
        on_hold_until = self.order.history.filter(move="let_go").aggregate(at=Max("at"))["at"]
        began = max(self.created_at, on_hold_until or self.created_at)
        return bool(began + MAIL_LASTS < timezone.now())

    @property
    def reference(self) -> str:
        """The random text by which a provider's event finds this row, whatever its own ids are."""
        return self.message_id.strip("<").partition("@")[0]

    @classmethod
    def find(cls, reference: str, provider_id: str) -> "Email | None":
        """Return the mail that a provider reports on, or None if it is not ours."""
        named = Q(pk=None)
        if reference.isalnum():
            named |= Q(message_id__startswith=f"<{reference}@")
        if provider_id:
            named |= Q(provider_id=provider_id)
        return cls.objects.filter(named).first()

    def mark_sent(self, provider_id: str = "") -> bool:
        """The mail server accepted it. The code mail makes its order delivered."""
        with transaction.atomic():
            won = self.make_move(
                "sent", only_if=self.lease_is_valid, sent_at=timezone.now(),
                provider_id=provider_id[:255], **DONE,
            )  # fmt: skip
            if won and self.mail == Mail.YOUR_CODE:
                self.order.deliver()
        return won

    def drop(self) -> bool:
        return self.make_move("drop", only_if=self.lease_is_valid, **DONE)

    def redirect(self) -> bool:
        """Drop it because of another address, even if a worker is about to send it."""
        return self.make_move("drop", note="address corrected", **DONE)

    def mark_failed(self, why: str) -> bool:
        with transaction.atomic():
            won = self.make_move("fail", note=why, only_if=self.lease_is_valid, **DONE)
            if won and self.mail != Mail.ADDRESS_CHANGED:
                self.order.needs_attention(AttentionReason.MAIL)
        return won

    def bounce(self, why: str, *, by: User | None = None, only_if: Q | None = None) -> bool:
        """It came back. The lease of a worker that is sending it ends, so that it stays bounced."""
        with transaction.atomic():
            won = self.make_move("bounce", by=by, note=why, only_if=only_if, **DONE)
            if won and self.mail != Mail.ADDRESS_CHANGED:
                self.order.needs_attention(AttentionReason.MAIL)
        return won

    def complain(self) -> bool:
        """The recipient called it spam. Providers deliver no more mails there."""
        fresh = Email.objects.filter(pk=self.pk, complained_at=None)
        with transaction.atomic():
            won = fresh.update(complained_at=Now()) == 1
            self.refresh_from_db()
            if won:
                History.objects.create(
                    order_id=self.order_id, subject="email", subject_id=self.pk, move="complaint",
                    status=self.status,
                )  # fmt: skip
                self.order.needs_attention(AttentionReason.COMPLAINT)
        return won


def queue_mail(
    order: Order,
    mail: Mail,
    to: str = "",
    *,
    refund: Refund | None = None,
    is_asked_for: bool = False,
    at: datetime | None = None,
) -> Email:
    """Add a mail that is due now, or at a time. Call it in the transaction of its move."""
    email = Email.objects.create(
        order=order, mail=mail, to=to or order.email, refund=refund, is_asked_for=is_asked_for,
        due_at=at or Now(),
    )  # fmt: skip
    if at is None:
        enqueue(email)
    return email


def lost_mail(order: Order) -> Email | None:
    """Return the customer's last mail if it did not reach them."""
    mails = order.emails.filter(to__iexact=canonical(order.email))
    mails = mails.exclude(status=EmailStatus.DROPPED)
    last = mails.last()
    return last if last and last.status in UNDELIVERED else None
