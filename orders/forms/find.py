from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Submit
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.forms.mailbox import MailboxField
from orders.lib.mailbox import canonical
from orders.models import Order
from orders.serials import normalise


class FindOrderForm(forms.Form):
    number = forms.CharField(
        label=gettext_lazy("Order number"),
        max_length=20,
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

    def order(self) -> Order | None:
        number = normalise(self.cleaned_data["number"]).removeprefix("RC")
        number = f"RC-{number[:4]}-{number[4:]}"
        mailbox = canonical(self.cleaned_data["email"])
        return Order.objects.filter(number=number, mailbox=mailbox).first()
