"""A guide, and the facts that everything on it rests on."""

from typing import Any, ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from guides.models.cars import Brand, CarModel
from guides.models.loaded import Loaded


class Guide(Loaded):
    """A page: a brand's (no car model) or a car model's."""

    SHOWN_BY = "pk"

    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, related_name="guides")
    car_model = models.OneToOneField(
        CarModel, on_delete=models.CASCADE, related_name="guide", null=True, blank=True
    )
    title = models.CharField(max_length=120)
    description = models.CharField(max_length=200, help_text=_("One sentence for search engines."))
    intro = models.TextField(help_text=_("Two or three sentences under the title."))
    # The answer box: what the owner in the car needs within ten seconds.
    number_needed = models.CharField(max_length=200, blank=True)
    where_it_is = models.CharField(max_length=300, blank=True)
    code_shape = models.CharField(max_length=200, blank=True)
    tries = models.CharField(max_length=300, blank=True)
    # What the pictures show; a car model's page that says nothing takes its brand's.
    label_serial = models.CharField(
        max_length=40, blank=True, default="", db_default="",
        help_text=_("A line of the label, the number that we need in brackets: S/N [BP12…]."),
    )  # fmt: skip
    label_other = models.CharField(
        max_length=40, blank=True, default="", db_default="",
        help_text=_("The number beside it that is no serial, crossed out in the picture."),
    )  # fmt: skip
    display_serial = models.CharField(
        max_length=8, blank=True, default="", db_default="",
        help_text=_("What the display shows when two presets are held."),
    )  # fmt: skip
    display_entry = models.CharField(
        max_length=8, blank=True, default="", db_default="",
        help_text=_("What the display shows before the first digit is set, such as 1000."),
    )  # fmt: skip
    last_reviewed = models.DateField()
    updated_at = models.DateTimeField(auto_now=True)
    is_published = models.BooleanField(default=True)
    # for the first time: a page that was never published is not found, one that was is gone
    published_at = models.DateTimeField(null=True, editable=False)
    is_thin = models.BooleanField(
        default=False, help_text=_("Too little to help a stranger: not offered to search engines.")
    )
    sells_nothing = models.BooleanField(
        default=False,
        db_default=False,
        help_text=_("No code helps: no price, no order, and no rows of the brand's page."),
    )
    facts = models.JSONField(default=list, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["brand"], condition=models.Q(car_model=None), name="one_guide_a_brand"
            )
        ]

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.is_published and self.published_at is None:
            self.published_at = timezone.now()
        super().save(*args, **kwargs)

    def new_key(self) -> str:
        return (self.car_model or self.brand).key

    def get_absolute_url(self) -> str:
        return (self.car_model or self.brand).get_absolute_url()


class Row(Loaded):
    """Something on a guide's page. `facts` are ids of Fact; all that is published rests on one."""

    KEY_FROM: ClassVar[tuple[str, ...]] = ("title",)

    guide: models.ForeignKey[Any, Any]
    facts = models.JSONField(default=list, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        abstract = True


class Confidence(models.TextChoices):
    HIGH = "high", _("high")
    MEDIUM = "medium", _("medium")
    LOW = "low", _("low")


class Fact(Loaded):
    """Where a sentence comes from. The key is the fact's id, such as nissan.micra.lockout.1."""

    SHOWN_BY = "known_facts"

    key = models.CharField(max_length=100, unique=True)
    guide = models.ForeignKey(Guide, on_delete=models.CASCADE, related_name="known_facts")
    says = models.CharField(max_length=300, blank=True, help_text=_("The fact in short words."))
    confidence = models.CharField(max_length=6, choices=Confidence)
    sources = models.JSONField(default=list)
    is_from_maker = models.BooleanField(default=False, help_text=_("From a manufacturer's manual."))

    class Meta:
        ordering = ["key"]

    def __str__(self) -> str:
        return self.key
