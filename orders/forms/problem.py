"""The questions to a customer whose code does not work, one form a screen."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.desk.photos import UploadRefusedError, read_upload, too_big
from orders.desk.problems import begin_files
from orders.forms.photos import ACCEPTED, TOO_BIG
from orders.forms.serial import LONGEST_TYPED, radio_for, read_serial
from orders.models import Order, Problem, Radio
from orders.serials import Kind


@dataclass(frozen=True)
class Choice:
    """One answer; `lit` are the presets that its picture marks, `drawing` another picture."""

    value: str
    label: str
    text: str = ""
    lit: str = ""
    is_long: bool = False
    drawing: str = ""


class ChoiceForm(forms.Form):
    answer = forms.ChoiceField(
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose one of the answers.")},
    )

    def __init__(self, *args: Any, choices: Sequence[Choice], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choices = choices
        self.fields["answer"].choices = [(each.value, each.label) for each in choices]  # type: ignore[attr-defined]


class ReadingForm(forms.Form):
    serial = forms.CharField(
        label=gettext_lazy("The serial number on the label"),
        max_length=LONGEST_TYPED,
        help_text=gettext_lazy("Every character, in its order. Spaces do not matter."),
        error_messages={"required": gettext_lazy("Type the serial number as the label has it.")},
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )

    def __init__(self, *args: Any, order: Order, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order = order

    def clean_serial(self) -> str:
        reading = read_serial(self.cleaned_data["serial"], self.order.brand)
        if reading.is_refused:
            raise forms.ValidationError(f"{reading.message} {reading.advice}")
        return reading.serial


def radio_of_reading(order: Order, serial: str) -> Radio | None:
    """Return the radio that is sold for a second reading; None where staff must look."""
    reading = read_serial(serial, order.brand)
    if reading.serial != serial or reading.is_refused:
        return None
    if reading.kind in (Kind.RECOGNISED, Kind.TO_CONFIRM):
        return radio_for(reading, order.brand)
    return order.radio if order.radio.is_fallback else None


class PhotosForm(forms.Form):
    label = forms.FileField(
        label=gettext_lazy("Photo of the whole label"), required=False, allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
    )  # fmt: skip
    display = forms.FileField(
        label=gettext_lazy("Photo of the display"), required=False, allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
    )  # fmt: skip
    words = forms.CharField(
        label=gettext_lazy("Anything to add (optional)"),
        required=False,
        max_length=2000,
        help_text=gettext_lazy("What did you press, and what did the display show then?"),
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args: Any, problem: Problem, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.problem = problem
        self.too_big_field = request.META.get(TOO_BIG)
        self.photos: list[list[bytes]] = []
        most = _("JPEG, PNG, HEIC, WebP or PDF, %d MB at most.") % settings.UPLOAD_MOST_MB
        for name in ("label", "display"):
            self.fields[name].help_text = most

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        files = {name: data[name] for name in ("label", "display") if data.get(name)}
        if self.too_big_field in self.fields:
            self.add_error(self.too_big_field, str(too_big()))
        elif not files and not data.get("words") and not self.errors:
            self.add_error("label", _("Choose a photo, or write why you can send none."))
        elif files and not begin_files(self.problem):
            self.add_error(
                None, _("There were too many tries. Please reply to our e-mail instead.")
            )
        else:
            for name, file in files.items():
                try:
                    self.photos.append(read_upload(file))
                except UploadRefusedError as refusal:
                    self.add_error(name, str(refusal))
        return data
