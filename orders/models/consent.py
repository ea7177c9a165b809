from django.db import models
from django.utils.translation import gettext_lazy as _


class Consent(models.Model):
    """What the customer agreed to: the words as they stood on the page, and when."""

    class Kind(models.TextChoices):
        IS_OWNER = "is_owner", _("my car, or I may act for its owner")
        IMMEDIATE_DELIVERY = "immediate", _("immediate digital delivery")
        # not ticked: said beside the button; its version is the edition that stood there
        TERMS = "terms", _("terms of sale")

    order = models.ForeignKey("orders.Order", on_delete=models.CASCADE, related_name="consents")
    kind = models.CharField(max_length=10, choices=Kind)
    version = models.CharField(max_length=20)
    text = models.TextField()
    # the network address it was given from; null where none was told
    address = models.GenericIPAddressField(null=True, blank=True)
    given_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["order", "kind"], name="one_consent_a_kind")]

    def __str__(self) -> str:
        return self.text


# Change a text: give it a new version, and never use a version twice.
VERSION = "2026-11-23"
TEXTS = {
    Consent.Kind.IS_OWNER: _("This is my car, or I may act for its owner."),
    Consent.Kind.IMMEDIATE_DELIVERY: _(
        "Start at once, and deliver the code as soon as you have it. I know that I lose my right "
        "to withdraw from the purchase once my code has been found."
    ),
}
