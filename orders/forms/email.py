"""The e-mail address of an order, corrected by its customer or by staff."""

from django import forms
from django.utils.translation import gettext_lazy

from orders.forms.mailbox import MailboxField


class AddressForm(forms.Form):
    email = MailboxField(
        label=gettext_lazy("The right e-mail address"),
        help_text=gettext_lazy("All mails about this order go there from now on."),
        error_messages={
            "required": gettext_lazy("Type the address that we should write to."),
        },
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
