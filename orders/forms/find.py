from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Submit
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.forms.mailbox import MailboxField
from orders.lib.typed_number import order_number
from orders.models import LinkRequest


class FindOrderForm(forms.Form):
    email = MailboxField(
        label=gettext_lazy("E-mail address of the order"),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    number = forms.CharField(
        label=gettext_lazy("Order number (optional)"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("It starts with RC and is in every e-mail from us."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.add_input(Submit("find", _("Send me the link")))

    def clean_number(self) -> str:
        typed = self.cleaned_data["number"]
        if (number := order_number(typed)) or not typed:
            return number
        raise forms.ValidationError(
            _("There is no order number in this. It looks like %s. You can leave the field empty.")
            % "RC-7K3D-94QF",
            code="no_number",
        )

    def ask(self) -> None:
        """Have a worker find the orders, and mail the link."""
        LinkRequest.ask(self.cleaned_data["number"], self.cleaned_data["email"])
