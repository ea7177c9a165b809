"""What staff write to a customer: ready-made sentences, their own words, or both."""

from typing import Any, ClassVar

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.models import ReadySentence


class SentencesForm(forms.Form):
    KIND: ClassVar[str]
    LEGEND: ClassVar[Any]

    ready_made = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)
    words = forms.CharField(
        label=gettext_lazy("In your own words"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["ready_made"]
        field.label = self.LEGEND
        field.choices = [(each.key, each.text) for each in self.sentences]  # type: ignore[attr-defined]

    @cached_property
    def sentences(self) -> list[ReadySentence]:
        return ReadySentence.of(self.KIND)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and not data["ready_made"] and not data["words"]:
            self.add_error("words", _("Choose a sentence, or write your own."))
        return data

    @property
    def chosen(self) -> list[ReadySentence]:
        return [each for each in self.sentences if each.key in self.cleaned_data["ready_made"]]

    @property
    def text(self) -> str:
        own = self.cleaned_data["words"]
        sentences = [each.text for each in self.chosen]
        return "\n\n".join([*sentences, own] if own else sentences)
