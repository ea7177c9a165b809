import json
import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from orders.lib import crypto
from orders.models.order import Order


class LabelPhoto(models.Model):
    """A photo on the order form, or a page of a PDF: a JPEG drawn by photo_decoder.py.

    It belongs to the form. An hour later it is deleted, unless an order of this form is paid by
    then. A file that was refused leaves a row without content, since tries are counted.
    """

    form_key = models.UUIDField(db_index=True, default=uuid.uuid4, editable=False)
    order = models.ForeignKey(
        Order, on_delete=models.CASCADE, null=True, blank=True, related_name="label_photos"
    )
    # the client network of the form, as limits count it: orders/lib/client_address.py
    network = models.CharField(max_length=43, blank=True, editable=False)
    page = models.PositiveSmallIntegerField(default=1, editable=False)
    content_encrypted = models.TextField(blank=True, editable=False)
    # what the machine read on it
    text_encrypted = models.TextField(blank=True, editable=False)
    read_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    # looked at then: deleted, or kept longer
    drop_at = models.DateTimeField(db_index=True, editable=False)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["network", "created_at"], name="label_photo_network")]

    def __str__(self) -> str:
        return str(_("photo %s of a label") % self.pk)

    @property
    def content(self) -> bytes:
        return crypto.decrypt_bytes(self.content_encrypted)

    @property
    def is_kept(self) -> bool:
        return bool(self.content_encrypted)

    @property
    def barcodes(self) -> list[str]:
        return self._text("barcodes")

    @property
    def lines(self) -> list[str]:
        return self._text("lines")

    def _text(self, kind: str) -> list[str]:
        read = json.loads(crypto.decrypt(self.text_encrypted)) if self.text_encrypted else {}
        return list(read.get(kind, []))
