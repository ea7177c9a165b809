import uuid

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from orders.leases import Work, due, due_index, enqueue
from orders.lib import crypto
from orders.lib.mailbox import canonical
from orders.lib.text import mask
from orders.models.order import Order


class Message(Work):
    """A message of the contact form, and the answer. Its waiting work mails the answer.

    It belongs to an order only if number and mailbox match. Anybody can type a stranger's address,
    so that the visitor is never shown whether they did.
    """

    TASK = "orders.tasks.mail_message_answer"

    # The form's own key: the same form sent twice is the same message.
    form_key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    order = models.ForeignKey(
        Order, on_delete=models.CASCADE, null=True, blank=True, related_name="messages"
    )
    # as it was typed: it may be another customer's
    number = models.CharField(max_length=12, blank=True, editable=False)
    email_encrypted = models.TextField(editable=False)
    mailbox_hash = models.CharField(max_length=64, db_index=True, editable=False)
    # the client network, as limits count it; emptied after a day
    network = models.CharField(max_length=43, blank=True, db_index=True, editable=False)
    text_encrypted = models.TextField(editable=False)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    # answered, or closed without an answer
    answered_at = models.DateTimeField(null=True, blank=True, editable=False)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True,
        related_name="+", editable=False,
    )  # fmt: skip
    answer_encrypted = models.TextField(blank=True, editable=False)
    # when a mail server accepted the answer, or why it will not
    sent_at = models.DateTimeField(null=True, blank=True, editable=False)
    failure = models.CharField(max_length=100, blank=True, editable=False)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        indexes = [due_index("message_due")]

    def __str__(self) -> str:
        return str(_("message %s") % self.pk)

    @property
    def order_number(self) -> str:
        return self.order.number if self.order else ""

    @property
    def email(self) -> str:
        return crypto.decrypt(self.email_encrypted)

    @property
    def email_masked(self) -> str:
        return mask(self.email)

    @property
    def text(self) -> str:
        return crypto.decrypt(self.text_encrypted)

    @property
    def answer(self) -> str:
        return crypto.decrypt(self.answer_encrypted) if self.answer_encrypted else ""

    @classmethod
    def of_mailbox(cls, address: str) -> models.QuerySet["Message"]:
        hashes = crypto.hashes_of_value("mailbox", canonical(address))
        return cls.objects.filter(mailbox_hash__in=hashes)

    def close(self, by: User, answer: str = "") -> bool:
        """Store the answer and have it mailed; without words, close the message alone.

        Returns false if it was closed already.
        """
        changes = {"answer_encrypted": crypto.encrypt(answer)} | due() if answer else {}
        open_row = Message.objects.filter(pk=self.pk, answered_at=None)
        won = open_row.update(answered_at=Now(), answered_by=by, **changes) == 1
        if won and answer:
            enqueue(self)
        return won
