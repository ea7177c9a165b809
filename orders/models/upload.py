from django.db import models
from django.utils.translation import gettext_lazy as _

from orders.lib import crypto
from orders.models.message import Message
from orders.models.question import Answer


class Upload(models.Model):
    """A photo of a label, or a page of a PDF: a JPEG drawn by orders/desk/photo_decoder.py.

    It stands in the database, encrypted: web processes on several machines share nothing else, and
    backups, rights and deletion are then those of the order. A page has 1.5 MB at most.
    """

    answer = models.ForeignKey(
        Answer, on_delete=models.CASCADE, null=True, blank=True, related_name="uploads"
    )
    # of the contact form, instead of an answer
    message = models.ForeignKey(
        Message, on_delete=models.CASCADE, null=True, blank=True, related_name="uploads"
    )
    page = models.PositiveSmallIntegerField(default=1, editable=False)
    # emptied after UPLOADS_KEPT_DAYS; that there was a photo stays
    content_encrypted = models.TextField(blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(
                fields=["created_at"], name="upload_kept", condition=~models.Q(content_encrypted="")
            )
        ]

    def __str__(self) -> str:
        return str(_("photo %s") % self.pk)

    @property
    def content(self) -> bytes:
        return crypto.decrypt_bytes(self.content_encrypted)

    @property
    def is_kept(self) -> bool:
        return bool(self.content_encrypted)
