"""The customer's answer to a question of staff: text, a photo, or both."""

import uuid
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.desk.photos import UploadRefusedError, read_upload, too_big
from orders.desk.questions import MOST_FILES, begin_answer, files_left, is_taken, take_answer
from orders.models import Question

# Phones offer their camera for these, and iPhones send their HEIC photos as JPEG.
ACCEPTED = "image/jpeg,image/png,application/pdf"
TOO_BIG = "shop.file_too_big"  # shop/http/uploads.py leaves it where it took a file in no further


class AnswerForm(forms.Form):
    form_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    photo = forms.FileField(
        label=gettext_lazy("Photo"),
        required=False,
        allow_empty_file=True,  # our own words say what to do
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
    )
    text = forms.CharField(
        label=gettext_lazy("Your answer"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args: Any, question: Question, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.question = question
        self.was_too_big = request.META.get(TOO_BIG) == "photo"
        self.pages: list[bytes] = []
        most = _("JPEG, PNG or PDF, %d MB at most.") % settings.UPLOAD_MOST_MB
        self.fields["photo"].help_text = most
        if question.wants_photo:
            self.fields["text"].label = _("Anything to add (optional)")
        else:
            self.order_fields(["form_key", "text", "photo"])
            self.fields["photo"].label = _("A photo (optional)")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if (key := data.get("form_key")) and is_taken(key):
            return data  # sent twice
        if not begin_answer(self.question):
            self.add_error(
                None, _("There were too many tries. Please reply to our e-mail instead.")
            )
        elif self.was_too_big:
            self.add_error("photo", str(too_big()))
        elif file := data.get("photo"):
            self._read(file)
        elif not data.get("text") and not self.errors:
            wanted = "photo" if self.question.wants_photo else "text"
            self.add_error(wanted, _("Choose a photo, or write your answer."))
        return data

    def _read(self, file: Any) -> None:
        if files_left(self.question) < 1:
            most = _("We have %d files already, which is enough. Thank you.") % MOST_FILES
            self.add_error("photo", most)
            return
        try:
            self.pages = read_upload(file)
        except UploadRefusedError as refusal:
            self.add_error("photo", str(refusal))

    def save(self) -> bool:
        """Store the answer. Returns false if the order needs none any more."""
        data = self.cleaned_data
        return take_answer(self.question, data["form_key"], data["text"], self.pages)
