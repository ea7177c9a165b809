from email.utils import make_msgid
from typing import ClassVar

from django.conf import settings
from django.db import models, transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models.order import Attention, Order
from orders.models.refund import Refund
from orders.moves import Stateful, move
from orders.work import DONE, Work, wake


class Mail(models.TextChoices):
    """Every mail the shop sends: templates/emails/<mail>/, and a function of that name."""

    ORDER_RECEIVED = "order_received", _("order received, a person looks for the code")
    YOUR_CODE = "your_code", _("your code")
    NO_CODE = "no_code", _("no code, nothing charged")
    PAY_AGAIN = "pay_again", _("code found, please pay again")
    MONEY_RETURNED = "money_returned", _("money returned")
    REFUND_FAILED = "refund_failed", _("a refund failed after all")
    PAID_TWICE = "paid_twice", _("one payment too many, released")
    BANK_WAITS = "bank_waits", _("the bank takes days to pay")
    BANK_REFUSED = "bank_refused", _("the bank refused days later")
    WITHDRAWAL_RECEIVED = "withdrawal_received", _("withdrawal received")
    ORDER_LINK = "order_link", _("a fresh link to the order")
    QUESTION = "question", _("a question to the customer")
    QUESTION_AGAIN = "question_again", _("a question, asked again")
    DESK_ALERT = "desk_alert", _("to staff: an order waits at the desk")
    DESK_LATE = "desk_late", _("to staff: an order's deadline is near")
    ANSWERED = "answered", _("to staff: the customer answered")


class EmailStatus(models.TextChoices):
    QUEUED = "queued", _("waiting to be sent")
    SENT = "sent", _("sent")
    FAILED = "failed", _("refused")
    BOUNCED = "bounced", _("bounced")
    DROPPED = "dropped", _("not sent, as the order had moved on")


def new_message_id() -> str:
    """Fixed per row: a rare second copy of a mail collapses in the inbox."""
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip("> ") or "localhost"
    return make_msgid(domain=domain)


class Email(Stateful, Work):
    """A mail to send. It is written when it is sent, so that no code lies here in clear."""

    TASK = "orders.tasks.send_email"
    MOVES: ClassVar = {
        "sent": move(EmailStatus.QUEUED, to=EmailStatus.SENT),
        "fail": move(EmailStatus.QUEUED, to=EmailStatus.FAILED),
        "drop": move(EmailStatus.QUEUED, to=EmailStatus.DROPPED),
        "bounce": move(EmailStatus.SENT, to=EmailStatus.BOUNCED),
    }

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="emails")
    # what a mail about a refund tells of
    refund = models.ForeignKey(
        Refund, on_delete=models.CASCADE, null=True, blank=True, related_name="emails"
    )
    mail = models.CharField(max_length=20, choices=Mail)
    status = models.CharField(
        max_length=7, choices=EmailStatus, default=EmailStatus.QUEUED, editable=False
    )
    to = models.EmailField()
    message_id = models.CharField(max_length=255, default=new_message_id, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.get_mail_display()

    @property
    def history_order_id(self) -> int:
        return self.order_id

    @property
    def is_too_old(self) -> bool:
        return self.created_at + settings.MAIL_LASTS < timezone.now()

    def mark_sent(self) -> bool:
        """The mail server took it. The code mail makes its order delivered."""
        with transaction.atomic():
            won = self.make_move("sent", only_if=self.claim_stands, sent_at=timezone.now(), **DONE)
            if won and self.mail == Mail.YOUR_CODE:
                self.order.deliver()
        return won

    def drop(self) -> bool:
        return self.make_move("drop", only_if=self.claim_stands, **DONE)

    def mark_failed(self, why: str) -> bool:
        won = self.make_move("fail", note=why, only_if=self.claim_stands, **DONE)
        if won:
            self.order.needs_attention(Attention.MAIL)
        return won


def queue_mail(order: Order, mail: Mail, to: str = "", *, refund: Refund | None = None) -> Email:
    """A row that is due now: call it in the transaction of the move that it tells of."""
    email = Email.objects.create(
        order=order, mail=mail, to=to or order.email, refund=refund, due_at=Now()
    )
    wake(email)
    return email
