"""What staff ask a customer, and the serial that they read on a photo."""

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.admin.desk.sentences import SentencesForm
from orders.desk.holds import check_block_list
from orders.forms.serial import LONGEST_TYPED, radio_for, read_serial
from orders.models import Order, Radio, ReadySentence


class AskForm(SentencesForm):
    KIND = ReadySentence.Kind.QUESTION
    LEGEND = gettext_lazy("What we usually ask")

    @property
    def wants_photo(self) -> bool:
        return any(each.wants_photo for each in self.chosen)


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
