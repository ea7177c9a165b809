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
from orders.forms.photos import TOO_BIG, PhotosField
from orders.models import Question


class AnswerForm(forms.Form):
    form_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    photo = PhotosField(
        label=gettext_lazy("Photos"),
        required=False,
        allow_empty_file=True,  # our own words say what to do
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
        self.files_read: list[list[bytes]] = []
        words = _("JPEG, PNG, HEIC, WebP or PDF, %d MB each at most.")
        self.fields["photo"].help_text = words % settings.UPLOAD_MOST_MB
        if question.wants_photo:
            self.fields["text"].label = _("Anything to add (optional)")
        else:
            self.order_fields(["form_key", "text", "photo"])
            self.fields["photo"].label = _("Photos (optional)")

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
        elif files := data.get("photo"):
            self._read(files)
        elif not data.get("text") and not self.errors:
            wanted = "photo" if self.question.wants_photo else "text"
            self.add_error(wanted, _("Choose a photo, or write your answer."))
        return data

    def _read(self, files: list[Any]) -> None:
        if files_left(self.question) < len(files):
            left = files_left(self.question)
            most = _("We have %d files already, which is enough. Thank you.") % MOST_FILES
            more = _("Choose %d files at most.") % left
            self.add_error("photo", more if left else most)
            return
        try:
            self.files_read = [read_upload(file) for file in files]
        except UploadRefusedError as refusal:
            self.add_error("photo", str(refusal))

    def save(self) -> bool:
        """Store the answer. Returns false if the order needs none any more."""
        data = self.cleaned_data
        return take_answer(self.question, data["form_key"], data["text"], self.files_read)
