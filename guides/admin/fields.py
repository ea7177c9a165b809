# mypy: allow-subclassing-any
# (Unfold's classes come without types.)

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from guides.models import Fact
from guides.page_checks import IN_A_COPY, SOURCE_WORDS, is_source


class LinesField(forms.Field):
    """A list of texts, edited one a line."""

    widget = UnfoldAdminTextareaWidget(attrs={"rows": 6})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: str | None) -> list[str]:
        return [line.strip() for line in (value or "").splitlines() if line.strip()]

    def has_changed(self, initial: list[str] | None, data: str | None) -> bool:
        return self.to_python(data) != (initial or [])


class FactsField(LinesField):
    widget = UnfoldAdminTextareaWidget(attrs={"rows": 3})

    def __init__(self) -> None:
        super().__init__(
            required=False,
            label=_("Facts"),
            help_text=_("Ids of the facts this rests on, one a line. The list of facts has them."),
        )

    def validate(self, value: list[str]) -> None:
        super().validate(value)
        known = set(Fact.objects.filter(key__in=value).values_list("key", flat=True))
        if unknown := [key for key in value if key not in known]:
            raise ValidationError(
                _("There is no fact %(keys)s."), params={"keys": ", ".join(unknown)}
            )


class SourcesField(LinesField):
    widget = UnfoldAdminTextareaWidget(attrs={"rows": 4, "spellcheck": "false"})

    def __init__(self) -> None:
        words = ", ".join(f"“{word}”" for word in SOURCE_WORDS)
        super().__init__(
            label=_("Sources"),
            help_text=_(
                "One a line: the address of a page; what was read “%(copy)s”; or one of %(words)s."
            )
            % {"words": words, "copy": IN_A_COPY},
        )

    def validate(self, value: list[str]) -> None:
        super().validate(value)
        if wrong := [source for source in value if not is_source(source)]:
            raise ValidationError(
                _("Neither an address nor one of the known words: %(sources)s"),
                params={"sources": ", ".join(wrong)},
            )


class FactsForm(forms.ModelForm):  # type: ignore[type-arg]
    facts = FactsField()
