from django.db import models
from django.utils.translation import gettext_lazy as _

from guides.models.loaded import Loaded


class LegalText(Loaded):
    """Terms, privacy, refunds, contact, accessibility: texts that staff edit."""

    slug = models.SlugField(unique=True)
    title = models.CharField(max_length=120)
    body = models.TextField(
        help_text=_("Paragraphs, parted by empty lines; a line starting with # is a heading.")
    )
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.title

    def new_key(self) -> str:
        return self.slug
