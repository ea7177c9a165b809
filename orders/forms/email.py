"""The e-mail address of an order, corrected by its customer or by staff."""

from django import forms
from django.utils.translation import gettext_lazy

from orders.forms.mailbox import MailboxField


class AddressForm(forms.Form):
    email = MailboxField(
        label=gettext_lazy("Your e-mail address"),
        help_text=gettext_lazy("All e-mails about this order go there from now on."),
        error_messages={
            "required": gettext_lazy("Type your e-mail address."),
        },
    )
