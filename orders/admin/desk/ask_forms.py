"""What staff ask a customer, and the serial that they read on a photo."""

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.desk.holds import check_block_list
from orders.desk.questions import WHOLE_LABEL
from orders.forms.serial import LONGEST_TYPED, radio_for, read_serial
from orders.models import Order, Radio

READY_MADE = {
    "label": WHOLE_LABEL,
    "second_label": gettext_lazy(
        "There may be a second sticker with a number on it. Please send a photo of that one too."
    ),
    "screen": gettext_lazy("Please send a photo of what the radio's screen shows."),
    "compare": gettext_lazy(
        "Please compare the serial number with the label once more, character by character."
    ),
    "car": gettext_lazy("Which car is the radio from: make, model and year?"),
}
WITH_PHOTO = {"label", "second_label", "screen"}


class AskForm(forms.Form):
    ready_made = forms.MultipleChoiceField(
        label=gettext_lazy("What we usually ask"),
        choices=list(READY_MADE.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    words = forms.CharField(
        label=gettext_lazy("In your own words"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and not data["ready_made"] and not data["words"]:
            self.add_error("words", _("Choose a sentence, or write your own."))
        return data

    @property
    def text(self) -> str:
        data = self.cleaned_data
        sentences = [str(READY_MADE[key]) for key in READY_MADE if key in data["ready_made"]]
        return "\n\n".join([*sentences, data["words"]] if data["words"] else sentences)

    @property
    def wants_photo(self) -> bool:
        return not WITH_PHOTO.isdisjoint(self.cleaned_data["ready_made"])


class SerialForm(forms.Form):
    """Read as the customer's own is: another shape may be another radio. The price stays."""

    serial = forms.CharField(
        label=gettext_lazy("Serial on the label"),
        max_length=LONGEST_TYPED,
        error_messages={"required": gettext_lazy("Type the serial as the label has it.")},
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )
    is_sure = forms.BooleanField(
        label=gettext_lazy("It stands like this on the label"),
        required=False,
        widget=forms.HiddenInput,
    )

    def __init__(self, *args: Any, order: Order, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order = order
        self.radio: Radio | None = None

    def clean_serial(self) -> str:
        reading = read_serial(self.cleaned_data["serial"], self.order.brand)
        if reading.is_refused:
            raise forms.ValidationError(f"{reading.message} {reading.advice}")
        if reading.serial == self.order.serial:
            raise forms.ValidationError(_("That is the serial that the order has."))
        if reading.is_questioned:
            self.fields["is_sure"].widget = forms.CheckboxInput()
            if not self.data.get("is_sure"):
                raise forms.ValidationError(reading.message)
        self.radio = radio_for(reading, self.order.brand)
        if self.radio is None:
            raise forms.ValidationError(_("We do not sell a code for this radio."))
        return reading.serial

    def save(self, *, by: User, only_if: Q) -> bool:
        """Correct the serial, and hold the order if that one is blocked. False: it changed."""
        assert self.radio is not None
        serial = self.cleaned_data["serial"]
        with transaction.atomic():
            won = self.order.correct_serial(serial, self.radio, by=by, only_if=only_if)
            if won:
                check_block_list(self.order)
        return won
