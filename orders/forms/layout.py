"""The fields of the order form, their texts and their order."""

import uuid

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Div, Field, Layout
from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy

from guides.models import Brand, Shows
from orders.forms.mailbox import MailboxField
from orders.forms.serial import LONGEST_TYPED
from orders.legal import terms_shown
from orders.lib.mailbox import LONGEST
from orders.models import ANOTHER_MAKE, Consent
from orders.models.consent import TEXTS

NOT_SOLD = {
    Shows.SECURE: gettext_lazy(
        "No code can help while the display says SECURE: the radio has lost its link to the car's "
        "immobiliser. A dealer resets it with their own equipment. We do not sell you a code."
    ),
    Shows.NEW: gettext_lazy(
        "No code can help while the display says NEW: the radio has never been linked to a car. A "
        "dealer does that with their own equipment. We do not sell you a code."
    ),
    Shows.UNPAIRED: gettext_lazy(
        "No code can help: the radio does not recognise this car. A workshop with the maker's "
        "tester sets it right. We do not sell you a code."
    ),
    Shows.FINAL: gettext_lazy(
        "No code can help: this lock is final for any code that you can buy. Ask a dealer. We do "
        "not sell you a code."
    ),
}


class OrderFields(forms.Form):
    form_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    # The serial that was questioned last time. Sent again unchanged, staff check it.
    serial_seen = forms.CharField(required=False, widget=forms.HiddenInput)
    # The address that was questioned last time. Sent again unchanged, it is taken.
    email_seen = forms.CharField(required=False, max_length=LONGEST, widget=forms.HiddenInput)
    # The number of the terms of sale that the page named.
    terms_seen = forms.IntegerField(
        required=False, widget=forms.HiddenInput, initial=lambda: getattr(terms_shown(), "pk", None)
    )
    # What the button said, "1499 eur": rendered beside it, so that the live answer moves both.
    price_seen = forms.CharField(required=False, max_length=30)
    # Only on the form for another make, which has no car models of its own.
    make_typed = forms.CharField(
        label=gettext_lazy("Make of the car"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("Such as Rover, MG, Porsche or Saab."),
        error_messages={"required": gettext_lazy("Type the make of the car.")},
    )
    model_typed = forms.CharField(
        label=gettext_lazy("Model and year (optional)"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("Such as 75, 2003."),
    )
    shows = forms.ChoiceField(
        label=gettext_lazy("What does the radio show?"),
        choices=[("", gettext_lazy("Choose"))] + Shows.choices,
        help_text=gettext_lazy("Do not guess codes: every wrong one costs a try."),
    )
    serial = forms.CharField(
        label=gettext_lazy("Serial number of the radio"),
        help_text=gettext_lazy("Exactly as on the label or screen. Spaces do not matter."),
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "autocapitalize": "characters",
                "spellcheck": "false",
                "maxlength": LONGEST_TYPED,
            }
        ),
    )
    # templates/orders/_photos.html draws it, orders/forms/photos.py reads it
    label_photo = forms.FileField(
        label=gettext_lazy("Photo of the label"), required=False, allow_empty_file=True
    )
    second_number = forms.CharField(
        label=gettext_lazy("Second number"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("From the second sticker on the unit."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )
    device_number = forms.CharField(
        label=gettext_lazy("Device number"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("The screen lists it beside the serial."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )
    date_on_screen = forms.CharField(
        label=gettext_lazy("Date on the screen"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("Exactly as the screen shows it."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    # Never a reason to refuse an order: a car that is not known is left out.
    car = forms.CharField(
        label=gettext_lazy("Which car is it?"),
        required=False,
        help_text=gettext_lazy("So we can send the right instructions."),
        widget=forms.Select,
    )
    # Empty: the shop's own. Shown only where the radio has a price in another.
    currency = forms.ChoiceField(
        label=gettext_lazy("Currency"),
        required=False,
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    email = MailboxField(
        label=gettext_lazy("Your e-mail address"),
        help_text=gettext_lazy(
            "We'll e-mail the code here. You'll also see it on your order page."
        ),
    )
    is_owner = forms.BooleanField(
        label=TEXTS[Consent.Kind.IS_OWNER],
        error_messages={
            "required": gettext_lazy(
                "Please confirm that this is your car or that you have the owner's permission."
            )
        },
    )
    consent = forms.BooleanField(
        label=TEXTS[Consent.Kind.IMMEDIATE_DELIVERY],
        error_messages={
            "required": gettext_lazy("Please tick this; without it we would have to wait 14 days.")
        },
    )


def order_helper(brand: Brand) -> FormHelper:
    helper = FormHelper()
    helper.form_action = reverse("order_form", args=[brand.slug])
    helper.attrs = {"novalidate": ""}  # our own messages say more than the browser's
    helper.form_show_errors = True
    helper.layout = Layout(
        # Enter presses the form's first button: this one, and none that offers something else.
        HTML('<button class="visually-hidden" tabindex="-1" aria-hidden="true"></button>'),
        "form_key",
        "serial_seen",
        "email_seen",
        "terms_seen",
        HTML("{% include 'orders/_price_line.html' %}"),
        *(["make_typed", "model_typed"] if brand.slug == ANOTHER_MAKE else []),
        "shows",
        HTML("{% include 'orders/_shows_advice.html' %}"),
        "serial",
        HTML("{% include 'orders/_serial.html' %}"),
        HTML("{% include 'orders/_photos.html' with photos=form.photos.page %}"),
        Div("second_number", "device_number", "date_on_screen", css_id="needs"),
        HTML("{% include 'orders/_car.html' %}"),
        "email",
        HTML("{% include 'orders/_email_offer.html' %}"),
        Field("is_owner"),
        Field("consent"),
        HTML("{% include 'orders/_pay_button.html' %}"),
    )
    return helper
