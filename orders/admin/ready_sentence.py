# mypy: allow-subclassing-any
from django.contrib import admin
from unfold.admin import ModelAdmin

from guides.admin.lookups import NamedLookupsMixin
from orders.models import ReadySentence


@admin.register(ReadySentence)
class ReadySentenceAdmin(NamedLookupsMixin, ModelAdmin):
    list_display = ("text", "kind", "wants_photo", "position")
    list_filter = ("kind",)
    fields = ("kind", "text", "wants_photo", "position")
