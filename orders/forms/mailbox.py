"""The field for e-mail addresses of every form."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from orders.lib.mailbox import LONGEST, cleaned


class MailboxField(forms.EmailField):
    """An address in the spelling that is stored and mailed."""

    default_error_messages = {  # noqa: RUF012  # as Django declares it
        "invalid": gettext_lazy("Check the e-mail address, for example name@example.com."),
    }

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"})
        defaults: dict[str, Any] = {"max_length": LONGEST, "widget": widget}
        super().__init__(**defaults | kwargs)

    def to_python(self, value: Any) -> str:
        try:
            return cleaned(super().to_python(value) or "")
        except forms.ValidationError as error:
            message = self.error_messages.get(error.code or "", error.message)
            raise forms.ValidationError(message, code=error.code) from None
