from hashlib import sha256
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class AgreedText(models.Model):
    """A page's text as orders agreed to it. Rows are added, and never changed."""

    # As consents and open order forms name it. Of a text that version 0.9.0 kept, it is the number
    # of its row there; of later ones, the beginning of the digest.
    id = models.BigIntegerField(primary_key=True)
    digest = models.CharField(max_length=64, unique=True)
    page = models.CharField(max_length=100)
    text = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.page} {self.pk}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("A text that an order agreed to is never changed.")
        super().save(*args, **kwargs)

    @classmethod
    def of(cls, page: str, text: str, number: int | None = None) -> "AgreedText":
        """The row of this text, which is not stored yet where no order agreed to it."""
        digest = sha256(text.encode()).hexdigest()
        unsaved = cls(id=number or int(digest[:8], 16), digest=digest, page=page, text=text)
        return cls.objects.filter(digest=digest).first() or unsaved

    def stored(self) -> "AgreedText":
        values = {"id": self.pk, "page": self.page, "text": self.text}
        return type(self).objects.get_or_create(digest=self.digest, defaults=values)[0]


class Consent(models.Model):
    """What the customer agreed to: the words as they stood on the page, and when."""

    class Kind(models.TextChoices):
        IS_OWNER = "is_owner", _("my car, or I may act for its owner")
        IMMEDIATE_DELIVERY = "immediate", _("immediate digital delivery")
        # not ticked: said beside the button; its version is the number of the agreed text
        TERMS = "terms", _("terms of sale")

    order = models.ForeignKey("orders.Order", on_delete=models.CASCADE, related_name="consents")
    kind = models.CharField(max_length=10, choices=Kind)
    version = models.CharField(max_length=20)
    text = models.TextField()
    # of the terms; processes of version 0.9.0 leave it empty, see orders.legal.adopt
    agreed = models.ForeignKey(
        AgreedText, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    # the network address it was given from; null if unknown
    address = models.GenericIPAddressField(null=True, blank=True)
    given_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["order", "kind"], name="one_consent_a_kind")]
        indexes = [
            models.Index(
                fields=["id"],
                condition=models.Q(kind="terms", agreed=None),
                name="consent_without_its_text",
            )
        ]

    def __str__(self) -> str:
        return self.text


# Change a text: give it a new version, and never use a version twice.
VERSION = "2026-11-29"
TEXTS = {
    Consent.Kind.IS_OWNER: _("This is my car, or I have the owner's permission."),
    Consent.Kind.IMMEDIATE_DELIVERY: _(
        "Start now and send the code as soon as you have it. I understand that I lose my right of "
        "withdrawal once the code has been found."
    ),
}
