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
    number = forms.CharField(
        label=gettext_lazy("Order number"),
        max_length=200,
        help_text=gettext_lazy("It starts with RC and stands in every mail we sent you."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )
    email = MailboxField(
        label=gettext_lazy("E-mail address of the order"),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.add_input(Submit("find", _("Send me the link")))

    def clean_number(self) -> str:
        if number := order_number(self.cleaned_data["number"]):
            return number
        raise forms.ValidationError(
            _("There is no order number in this. It looks like %s, and each mail from us has it.")
            % "RC-7K3D-94QF",
            code="no_number",
        )

    def ask(self) -> None:
        """Have a worker look for the order, and mail its link."""
        LinkRequest.ask(self.cleaned_data["number"], self.cleaned_data["email"])
