"""What stands on a guide's page."""

from typing import Any

from django.db import models
from django.db.models.signals import m2m_changed
from django.dispatch import receiver
from django.utils.translation import gettext_lazy as _

from guides.content_version import touch
from guides.models.cars import Generation
from guides.models.guide import Guide, Row
from guides.models.loaded import unique_key


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
        DIFFER = "differ", _("Where sources differ (for staff, not on the page)")
        IMMOBILISER = "immobiliser", _("Radios tied to the immobiliser")
        NOTE = "note", _("Good to know")

    SHOWN_BY = "passages"
    KEY_FROM = ("title", "section")

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
    _history_m2m_fields = ("generations",)

    guide = models.ForeignKey(Guide, on_delete=models.CASCADE, related_name="procedures")
    kind = models.CharField(max_length=5, choices=Kind)
    title = models.CharField(max_length=120)
    serves = models.CharField(max_length=120, help_text=_("Which cars or radios, in words."))
    generations = models.ManyToManyField(Generation, blank=True, related_name="procedures")
    steps = models.JSONField(default=list)
    needs_removal = models.BooleanField(default=False)
    caution = models.TextField(blank=True)
    radios = models.CharField(
        max_length=200, blank=True, default="", db_default="",
        help_text=_("Keys of the radios that it is for, with spaces; empty: all of the brand."),
    )  # fmt: skip
    drawing = models.CharField(max_length=10, choices=Drawing, blank=True)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [unique_key("guide", "procedure_key")]

    def __str__(self) -> str:
        return self.title

    def is_for(self, radio: str) -> bool:
        return not self.radios or radio in self.radios.split()


@receiver(m2m_changed, sender=Procedure.generations.through)
def generations_changed(instance: Any, **kwargs: Any) -> None:
    """The one edit that comes through no method of ours, hence a signal."""
    touch(type(instance), [instance.pk])


class Shows(models.TextChoices):
    """What the radio's display shows. From SECURE to FINAL, no code can help."""

    CODE = "code", _("CODE, dashes or 0000")
    SAFE = "safe", _("SAFE")
    BLANK = "blank", _("Nothing, or no sound after battery work")
    WAIT = "wait", _("WAIT")
    LOCKED = "locked", _("LOCKED")
    ERROR = "error", _("ERR or CODE ERROR")
    SECURE = "secure", _("SECURE")
    NEW = "new", _("NEW")
    UNPAIRED = "unpaired", _("A message that the radio does not know this car")
    FINAL = "final", _("A message that the lock is final")
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
    KEY_FROM = ("question",)

    guide = models.ForeignKey(Guide, on_delete=models.CASCADE, related_name="questions")
    question = models.CharField(max_length=200)
    answer = models.TextField()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [unique_key("guide", "question_key")]

    def __str__(self) -> str:
        return self.question
