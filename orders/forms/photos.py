"""Photos of the label on the order form: up to three, each decoded before it is kept."""

import uuid
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils.translation import gettext as _

from guides.models import Brand
from orders.desk.label_photos import (
    MOST_PHOTOS,
    begin_photo,
    files_left,
    give_to_order,
    keep_photo,
    photos_of,
    sent_too_many,
    wait_until_read,
)
from orders.desk.photos import UploadRefusedError, read_upload, too_big
from orders.lib.client_address import network_of
from orders.models import LabelPhoto, Order, catalogue
from orders.serials import Grammar
from orders.serials.label import serials_on_label
from orders.serials.reading import grouped

# Phones offer their camera for these.
ACCEPTED = "image/jpeg,image/png,image/webp,image/heic,image/heif,application/pdf"
TOO_BIG = "shop.file_too_big"  # shop/http/uploads.py leaves it where it took a file in no further
FIELD = "label_photo"


class PhotosInput(forms.FileInput):
    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return files.getlist(name)


class PhotosField(forms.FileField):
    """Takes several files, of one input or more of the same name."""

    widget = PhotosInput(attrs={"accept": ACCEPTED, "multiple": True})

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        return [super(PhotosField, self).clean(file, initial) for file in data or []]


@dataclass
class FormPhotos:
    """The photos that were sent with one order form, known by its key."""

    key: uuid.UUID | None
    brand: Brand
    network: str
    faults: list[str] = field(default_factory=list)
    filled_in: str = ""  # the serial that the form was filled in with
    is_compared: bool = False

    @classmethod
    def of(cls, key: Any, brand: Brand, address: str | None) -> "FormPhotos":
        try:
            known = uuid.UUID(str(key))
        except ValueError:  # the form itself refuses it
            known = None
        return cls(known, brand, network_of(address))

    # ------------------------------------------------------------------ keeping
    def keep(self, request: HttpRequest) -> None:
        """Keep what was sent along; `faults` says what was wrong with the rest."""
        if request.META.get(TOO_BIG) == FIELD:
            self.faults.append(str(too_big()))
        for file in request.FILES.getlist(FIELD):
            self._keep(file)

    def _keep(self, file: UploadedFile) -> None:
        if self.key is None:
            return
        if files_left(self.key) < 1:
            most = _("We have %d photos already, which is enough. Thank you.") % MOST_PHOTOS
            self.faults.append(most)
        elif sent_too_many(self.network):
            self.faults.append(
                _(
                    "We got more photos from your network than we take within an hour. You can "
                    "order without this one: if we need it, we ask for it by e-mail."
                )
            )
        else:
            photo = begin_photo(self.key, self.network)
            try:
                keep_photo(photo, read_upload(file))
            except UploadRefusedError as refusal:
                self.faults.append(str(refusal))

    @property
    def is_missing(self) -> bool:
        """Whether no photo was tried. A limit or a fault of ours refuses no order."""
        if self.key is None or LabelPhoto.objects.filter(form_key=self.key).exists():
            return False
        return not sent_too_many(self.network)

    def give_to(self, order: Order) -> None:
        if self.key:
            give_to_order(self.key, order)

    # ------------------------------------------------------------------ reading
    def wait(self) -> None:
        if self.key:
            wait_until_read(self.key)

    @cached_property
    def serials(self) -> list[str]:
        """Return what the photos seem to say; several serials if all are as likely."""
        if self.key is None:
            return []
        brands = catalogue()
        grammar = brands.by_slug.get(self.brand.slug) or Grammar(self.brand.slug, self.brand.name)
        photos = list(photos_of(self.key).exclude(text_encrypted=""))
        barcodes = [code for photo in photos for code in photo.barcodes]
        lines = [line for photo in photos for line in photo.lines]
        return serials_on_label(barcodes, lines, grammar, brands)[:MOST_PHOTOS]

    @property
    def filled_in_groups(self) -> str:
        return grouped(self.filled_in)

    @property
    def offers(self) -> list[tuple[str, str]]:
        return [(serial, grouped(serial)) for serial in self.serials]

    def page(self) -> dict[str, Any]:
        left = files_left(self.key) if self.key else MOST_PHOTOS
        return {"left": left, "count": MOST_PHOTOS - left, "accepted": ACCEPTED, "object": self}
