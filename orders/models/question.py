import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from orders.lib import crypto
from orders.models.order import Order


class Question(models.Model):
    """A question to the customer of an order that is with staff. Rows are never rewritten.

    The text is encrypted, as it may contain a serial.
    """

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="questions")
    # null: the shop asked by itself, as the radio needs it
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    text_encrypted = models.TextField(editable=False)
    wants_photo = models.BooleanField(default=False, editable=False)
    # the working time that was left; the desk's clock stops until the answer comes
    work_left = models.DurationField(default=timedelta, editable=False)
    # answers that were started, refused ones too
    tries = models.PositiveSmallIntegerField(default=0, editable=False)
    asked_at = models.DateTimeField(auto_now_add=True)
    # answered, or another question took its place
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["order"], condition=models.Q(closed_at=None), name="one_open_question"
            )
        ]

    def __str__(self) -> str:
        return str(_("question about order %s") % self.order_id)

    @property
    def text(self) -> str:
        return crypto.decrypt(self.text_encrypted)


class Answer(models.Model):
    """A customer's answer: words, a photo, or both. The first one closes the question."""

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="answers")
    # The form's own key: the same form sent twice is the same answer.
    form_key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    text_encrypted = models.TextField(blank=True, editable=False)
    answered_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return str(_("answer to question %s") % self.question_id)

    @property
    def text(self) -> str:
        return crypto.decrypt(self.text_encrypted) if self.text_encrypted else ""
