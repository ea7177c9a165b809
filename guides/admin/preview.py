"""A page as a reader would get it, for staff only: as it stands, or as a text would make it."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from guides.loading.exporting import LEGAL
from guides.models import Guide, LegalText
from guides.putting_back import set_page
from guides.views import page, published


def preview(request: HttpRequest, name: str, text: str | None, edit_url: str) -> HttpResponse:
    """The rows are brought to the text, the page is drawn from them, and all is undone: what is
    looked at is what publishing would show, whatever the page's view has become by then."""
    with transaction.atomic():
        if text is not None:
            set_page(name, text)
        context = contents(name) | {"edit_url": edit_url}
        response = render(request, "guides/preview.html", context)
        transaction.set_rollback(True)
    response["X-Robots-Tag"] = "noindex"
    return response


def contents(name: str) -> dict[str, Any]:
    if name.startswith(LEGAL):
        text = LegalText.objects.get(slug=name.removeprefix(LEGAL))
        return {"text": text, "template": "guides/legal.html"}
    guide = Guide.objects.select_related("brand", "car_model__brand").get(key=name)
    others = [each for each in published(guide.brand.slug) if each != guide]
    return page(guide, [*others, guide]) | {
        "template": "guides/guide.html" if guide.car_model else "guides/brand.html",
        "is_unpublished": not guide.is_published,
    }
