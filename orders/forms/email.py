"""The e-mail address of an order, corrected by its customer or by staff."""

from django import forms
from django.utils.translation import gettext_lazy


class AddressForm(forms.Form):
    email = forms.EmailField(
        label=gettext_lazy("The right e-mail address"),
        max_length=254,
        help_text=gettext_lazy("All mails about this order go there from now on."),
        error_messages={
            "required": gettext_lazy("Type the address that we should write to."),
            "invalid": gettext_lazy("That is no e-mail address yet: it reads name@example.com."),
        },
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
