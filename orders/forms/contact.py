"""The contact form: a message to staff, with an order number and photos if the visitor likes."""

import uuid
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.desk.messages import MOST_FILES, is_taken, take_message
from orders.desk.photos import UploadRefusedError, read_upload, too_big
from orders.forms.mailbox import MailboxField
from orders.forms.photos import TOO_BIG, PhotosField
from orders.lib.client_address import client_address, network_of
from orders.lib.typed_number import order_number
from orders.limits import TooManyError, refuse_more_messages


class ContactForm(forms.Form):
    form_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    email = MailboxField(
        label=gettext_lazy("Your e-mail address"),
        error_messages={"required": gettext_lazy("Type your e-mail address.")},
    )
    number = forms.CharField(
        label=gettext_lazy("Order number (optional)"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("It starts with RC and is in every e-mail from us."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )
    text = forms.CharField(
        label=gettext_lazy("Your message"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": gettext_lazy("Write your message.")},
    )
    photo = PhotosField(
        label=gettext_lazy("Photos (optional)"),
        required=False,
        allow_empty_file=True,  # our own words say what to do
    )

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.network = network_of(client_address(request))
        self.was_too_big = request.META.get(TOO_BIG) == "photo"
        self.files_read: list[list[bytes]] = []
        words = _("Up to %(count)d files: JPEG, PNG, HEIC, WebP or PDF, %(most)d MB each at most.")
        values = {"count": MOST_FILES, "most": settings.UPLOAD_MOST_MB}
        self.fields["photo"].help_text = words % values

    def clean_number(self) -> str:
        typed = self.cleaned_data["number"]
        if (number := order_number(typed)) or not typed:
            return number
        raise forms.ValidationError(
            _("There is no order number in this. It looks like %s. You can leave the field empty.")
            % "RC-7K3D-94QF",
            code="no_number",
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.errors or is_taken(data["form_key"]):
            return data
        try:
            refuse_more_messages(self.network, data["email"])
            self._read(data["photo"])
        except TooManyError as error:
            self.add_error(None, str(error))
        except UploadRefusedError as refusal:
            self.add_error("photo", str(refusal))
        return data

    def _read(self, files: list[Any]) -> None:
        if self.was_too_big:
            raise too_big()
        if len(files) > MOST_FILES:
            raise UploadRefusedError(_("Choose %d files at most.") % MOST_FILES)
        self.files_read = [read_upload(file) for file in files]

    def save(self) -> None:
        data = self.cleaned_data
        take_message(
            data["form_key"], data["email"], data["number"], data["text"], self.network,
            self.files_read,
        )  # fmt: skip
