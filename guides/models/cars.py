"""Brand > CarModel > Generation: the names of the cars."""

from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from guides.models.loaded import Loaded, unique_key

# First parts of the shop's own addresses: a brand of that name would hide them.
RESERVED_SLUGS = {
    "accessibility",
    "admin",
    "before-the-battery",
    "contact",
    "healthz",
    "mail",
    "metrics",
    "order",
    "orders",
    "privacy",
    "readyz",
    "refunds",
    "search",
    "start",
    "static",
    "stripe",
    "terms",
}


def refuse_reserved(slug: str) -> None:
    if slug in RESERVED_SLUGS:
        raise ValidationError(
            _("“%(slug)s” is one of the shop's own addresses."), params={"slug": slug}
        )


class Brand(Loaded):
    SHOWN_BY = "brand"

    slug = models.SlugField(unique=True, validators=[refuse_reserved])
    name = models.CharField(max_length=60)
    position = models.PositiveSmallIntegerField(default=0)
    model_names = models.JSONField(
        default=list,
        db_default=[],
        blank=True,
        help_text=_("Car models without a page of their own, as a list."),
    )
    radio_names = models.JSONField(
        default=list,
        db_default=[],
        blank=True,
        help_text=_("What owners call these radios, such as 6000CD; the search knows them."),
    )
    advice = models.TextField(
        blank=True,
        default="",
        db_default="",
        help_text=_(
            "What the order form says first while the brand has no page: where the code may be "
            "free, or why we sell none."
        ),
    )

    class Meta:
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name

    def new_key(self) -> str:
        return self.slug

    def get_absolute_url(self) -> str:
        return reverse("brand", args=[self.slug])


class CarModel(Loaded):
    SHOWN_BY = "car_model"

    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, related_name="car_models")
    slug = models.SlugField()
    name = models.CharField(max_length=60)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "name"]
        constraints = [models.UniqueConstraint(fields=["brand", "slug"], name="car_model_slug")]

    def __str__(self) -> str:
        return self.name

    def new_key(self) -> str:
        return f"{self.brand.key}/{self.slug}"

    def get_absolute_url(self) -> str:
        return reverse("guide", args=[self.brand.slug, self.slug])


class Generation(Loaded):
    """One generation of a car model, such as K12; years are model years, open-ended where null."""

    SHOWN_BY = "car_model__generations"
    KEY_FROM = ("code", "name")
    PARENT = "car_model"

    car_model = models.ForeignKey(CarModel, on_delete=models.CASCADE, related_name="generations")
    code = models.CharField(max_length=20, blank=True)
    name = models.CharField(max_length=60)
    year_from = models.PositiveSmallIntegerField(null=True, blank=True)
    year_to = models.PositiveSmallIntegerField(null=True, blank=True)
    radio = models.CharField(max_length=120, blank=True)
    makers = models.CharField(max_length=120, blank=True)
    entry = models.CharField(max_length=120, blank=True)
    overlaps = models.JSONField(
        default=list,
        blank=True,
        help_text=_("Generations that were sold beside this one for some years."),
    )
    facts = models.JSONField(default=list, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "code"]
        constraints = [unique_key("car_model", "generation_key")]

    label = ""  # its code, or its name where two have the code; set with the model's others

    def __str__(self) -> str:
        return f"{self.name} ({self.code})" if self.code else self.name

    @property
    def slug(self) -> str:
        return self.key or str(self.pk)

    def get_absolute_url(self) -> str:
        """Return the address of the guide without what is for other generations."""
        model = self.car_model
        return reverse("guide_generation", args=[model.brand.slug, model.slug, self.slug])

    @property
    def years(self) -> str:
        if self.year_from is None:
            return ""
        return f"{self.year_from}–{self.year_to or ''}"
