import secrets
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


def new_key() -> str:
    return secrets.token_hex(4)


class ReadySentence(models.Model):
    """A sentence to customers that staff choose by a tick; staff edit them in the admin."""

    class Kind(models.TextChoices):
        QUESTION = "question", _("question")
        ANSWER = "answer", _("answer to a code that does not work")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.QUESTION)
    key = models.CharField(max_length=20, default=new_key, editable=False)
    text = models.CharField(_("text"), max_length=500)
    wants_photo = models.BooleanField(_("asks for a photo"), default=False)
    position = models.PositiveSmallIntegerField(_("position"), default=100)

    class Meta:
        ordering = ["kind", "position", "pk"]
        verbose_name = _("ready-made sentence")
        verbose_name_plural = _("ready-made sentences")
        constraints = [
            models.UniqueConstraint(fields=["kind", "key"], name="one_sentence_of_a_key")
        ]

    def __str__(self) -> str:
        return self.text

    @classmethod
    def of(cls, kind: str) -> list["ReadySentence"]:
        """Return the sentences of a kind: those that ship, where staff have none."""
        return list(cls.objects.filter(kind=kind)) or [
            cls(position=number, **values)
            for number, values in enumerate(SHIPPED, start=1)
            if values["kind"] == kind
        ]


SHIPPED: list[dict[str, Any]] = [
    {
        "kind": "question", "key": "label", "wants_photo": True,
        "text": "Please send a photo of the whole label on the radio, sharp enough to read every "
        "character.",
    },
    {
        "kind": "question", "key": "second_label", "wants_photo": True,
        "text": "There may be a second sticker with a number on it. Please send a photo of that "
        "one too.",
    },
    {
        "kind": "question", "key": "screen", "wants_photo": True,
        "text": "Please send a photo of what the radio's screen shows.",
    },
    {
        "kind": "question", "key": "compare",
        "text": "Please compare the serial number with the label once more, character by "
        "character.",
    },
    {
        "kind": "question", "key": "car",
        "text": "Which car is the radio from: make, model and year?",
    },
    {
        "kind": "answer", "key": "wait",
        "text": "The code is right. Leave the radio switched on until it asks for the code again, "
        "then enter the code once more.",
    },
    {
        "kind": "answer", "key": "button",
        "text": "The code is right, but the radio takes it only when the right button confirms it. "
        "Follow the steps below the code on your order page.",
    },
    {
        "kind": "answer", "key": "other_radio",
        "text": "Your photo shows another radio than the one that you ordered for. Its code is "
        "another one; please order it with the serial number on the photo.",
    },
]  # fmt: skip
