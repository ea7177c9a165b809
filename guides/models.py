"""What a customer reads. Brand > CarModel > Generation name the cars; a Guide is the page of a
brand or of a car model, and everything on that page is a row that names the facts it rests on."""

from typing import Any

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.signals import m2m_changed
from django.dispatch import receiver
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from guides.content_version import ContentVersion
from guides.edits import Edited, touch_guides

# First parts of the shop's own addresses: a brand of that name would hide them.
RESERVED_SLUGS = {
    "admin",
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
    "static",
    "stripe",
    "terms",
}


def refuse_reserved(slug: str) -> None:
    if slug in RESERVED_SLUGS:
        raise ValidationError(
            _("“%(slug)s” is one of the shop's own addresses."), params={"slug": slug}
        )


class Loaded(Edited):
    """A row that may come from a content file and that staff may edit.

    `loaded` keeps the values as the file last gave them: where the row now differs from them, staff
    changed it, and loading leaves it alone.
    """

    key = models.CharField(max_length=100, editable=False, blank=True)
    loaded = models.JSONField(default=dict, editable=False, blank=True)

    class Meta:
        abstract = True


def unique_key(parent: str, name: str) -> models.UniqueConstraint:
    """Keys are unique below their parent; rows that staff made have none."""
    return models.UniqueConstraint(fields=[parent, "key"], condition=~models.Q(key=""), name=name)


def trigrams(field: str, name: str) -> GinIndex:
    """For the search, on PostgreSQL. On SQLite it is a plain index, which has no parameters: do not
    give it any, such as fastupdate."""
    return GinIndex(fields=[field], opclasses=["gin_trgm_ops"], name=name)


class Brand(Loaded):
    SHOWN_BY = "brand"

    slug = models.SlugField(unique=True, validators=[refuse_reserved])
    name = models.CharField(max_length=60)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name

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
        indexes = [trigrams("slug", "car_model_trigrams")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("guide", args=[self.brand.slug, self.slug])


class Generation(Loaded):
    """One generation of a car model, such as K12; years are model years, open-ended where null."""

    SHOWN_BY = "car_model__generations"

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
        indexes = [trigrams("name", "generation_trigrams")]

    def __str__(self) -> str:
        return f"{self.name} ({self.code})" if self.code else self.name

    @property
    def years(self) -> str:
        if self.year_from is None:
            return ""
        return f"{self.year_from}–{self.year_to or ''}"


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
    # The answer box: what a person in the car needs within ten seconds.
    number_needed = models.CharField(max_length=200, blank=True)
    where_it_is = models.CharField(max_length=300, blank=True)
    code_shape = models.CharField(max_length=200, blank=True)
    tries = models.CharField(max_length=300, blank=True)
    last_reviewed = models.DateField()
    updated_at = models.DateTimeField(auto_now=True)
    is_published = models.BooleanField(default=True)
    # for the first time: a page that was never published is not found, one that was is gone
    published_at = models.DateTimeField(null=True, editable=False)
    is_thin = models.BooleanField(
        default=False, help_text=_("Too little to help a stranger: not offered to search engines.")
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

    def get_absolute_url(self) -> str:
        return (self.car_model or self.brand).get_absolute_url()


class Row(Loaded):
    """Something on a guide's page. `facts` are ids of Fact; all that is published rests on one."""

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


class Passage(Row):
    """A paragraph in one of the page's sections."""

    class Section(models.TextChoices):
        WHY = "why", _("Why it locks")
        FREE = "free", _("Look here first: it may be free")
        RADIOS = "radios", _("Which radio it is")
        LABEL = "label", _("Reading the label")
        REMOVAL = "removal", _("Taking the radio out")
        LOCKOUT = "lockout", _("Wrong codes")
        ENTER = "enter", _("Entering the code")
        DIFFER = "differ", _("Where sources differ")
        IMMOBILISER = "immobiliser", _("Radios tied to the immobiliser")
        NOTE = "note", _("Good to know")

    SHOWN_BY = "passages"

    guide = models.ForeignKey(Guide, on_delete=models.CASCADE, related_name="passages")
    section = models.CharField(max_length=12, choices=Section)
    title = models.CharField(max_length=120, blank=True)
    text = models.TextField()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [unique_key("guide", "passage_key")]

    def __str__(self) -> str:
        return self.title or self.text[:60]


class Procedure(Row):
    """Numbered steps: how to find the serial, or how to enter the code."""

    class Kind(models.TextChoices):
        FIND = "find", _("Find the serial")
        ENTER = "enter", _("Enter the code")

    class Drawing(models.TextChoices):
        """What the page draws beside the steps."""

        NONE = "", _("nothing")
        HOLD_1_6 = "hold-1-6", _("presets 1 and 6 held")
        PRESETS = "presets", _("presets 1 to 4, one a digit")
        LABEL = "label", _("the label on the unit")
        MENU = "menu", _("a touchscreen's information menu")
        KEYPAD = "keypad", _("a touchscreen's keypad")
        CARD = "card", _("the radio pass card")

    SHOWN_BY = "procedures"

    guide = models.ForeignKey(Guide, on_delete=models.CASCADE, related_name="procedures")
    kind = models.CharField(max_length=5, choices=Kind)
    title = models.CharField(max_length=120)
    serves = models.CharField(max_length=120, help_text=_("Which cars or radios, in words."))
    generations = models.ManyToManyField(Generation, blank=True, related_name="procedures")
    steps = models.JSONField(default=list)
    needs_removal = models.BooleanField(default=False)
    caution = models.TextField(blank=True)
    drawing = models.CharField(max_length=10, choices=Drawing, blank=True)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [unique_key("guide", "procedure_key")]

    def __str__(self) -> str:
        return self.title


@receiver(m2m_changed, sender=Procedure.generations.through)
def generations_changed(instance: Any, **kwargs: Any) -> None:
    """The one edit that comes through no method of ours, hence a signal."""
    with ContentVersion.moving():
        touch_guides(type(instance), [instance.pk])


class Shows(models.TextChoices):
    """What the radio's display shows. SECURE and NEW mean that no code can help."""

    CODE = "code", _("CODE, dashes or 0000")
    BLANK = "blank", _("Nothing, or no sound after battery work")
    WAIT = "wait", _("WAIT")
    LOCKED = "locked", _("LOCKED")
    ERROR = "error", _("ERR or CODE ERROR")
    SECURE = "secure", _("SECURE")
    NEW = "new", _("NEW")
    OTHER = "other", _("Something else")


class Symptom(Row):
    """What the radio does, what it means, what to do; `shows` is what stands on its display."""

    class CodeHelps(models.TextChoices):
        YES = "yes", _("A code helps")
        MAYBE = "maybe", _("A code may help")
        LATER = "later", _("Wait first, then a code helps")
        NO = "no", _("No code can help")
        DONE = "done", _("Nothing more to do")

    SHOWN_BY = "symptoms"

    guide = models.ForeignKey(Guide, on_delete=models.CASCADE, related_name="symptoms")
    shows = models.CharField(max_length=10, choices=Shows, blank=True)
    is_trouble = models.BooleanField(
        default=False, help_text=_("Troubleshooting, rather than a state of the display.")
    )
    title = models.CharField(max_length=120)
    answer = models.TextField()
    code_helps = models.CharField(max_length=5, choices=CodeHelps, blank=True)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [unique_key("guide", "symptom_key")]

    def __str__(self) -> str:
        return self.title


class Question(Row):
    SHOWN_BY = "questions"

    guide = models.ForeignKey(Guide, on_delete=models.CASCADE, related_name="questions")
    question = models.CharField(max_length=200)
    answer = models.TextField()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [unique_key("guide", "question_key")]

    def __str__(self) -> str:
        return self.question


class LegalText(Loaded):
    """Terms, privacy, refunds, contact: texts that staff edit."""

    slug = models.SlugField(unique=True)
    title = models.CharField(max_length=120)
    body = models.TextField(
        help_text=_("Paragraphs, parted by empty lines; a line starting with # is a heading.")
    )
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.title


class Edition(models.Model):
    """A page as it stood after a change, in the words of its content file: who, when, what.

    A page is named as its file is (nissan/micra, legal/terms), so that its editions outlive the
    rows. What was changed in another way than these is noticed, and kept, with the next edition.
    """

    class What(models.TextChoices):
        EDITED = "edited", _("edited")
        DRAFT = "draft", _("draft published")
        LOADED = "loaded", _("loaded from its file")
        RESTORED = "restored", _("put back to an earlier edition")
        DELETED = "deleted", _("deleted")
        FOUND = "found", _("found changed")

    page = models.CharField(max_length=100)
    text = models.TextField()
    what = models.CharField(max_length=8, choices=What)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["page", "-id"], name="edition_of_page")]

    def __str__(self) -> str:
        return f"{self.page}, {self.get_what_display()}"

    @property
    def who(self) -> str:
        if self.by:
            return str(self.by)
        return str(_("its file") if self.what == self.What.LOADED else _("not known"))

    @property
    def before(self) -> "Edition | None":
        return Edition.objects.filter(page=self.page, pk__lt=self.pk).first()


class Draft(models.Model):
    """Changes of a guide that nobody sees yet: its form as staff filled it in, to be gone on with,
    and the page that saving the form would have made, to be looked at."""

    guide = models.OneToOneField(Guide, on_delete=models.CASCADE, related_name="draft")
    form = models.JSONField()
    text = models.TextField()
    edition = models.ForeignKey(Edition, on_delete=models.SET_NULL, null=True, related_name="+")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return str(self.guide)
