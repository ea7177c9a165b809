"""The guides' admin, used as with a browser."""

from typing import Any

from django.test import Client
from django.urls import reverse

from guides.models import Guide


def as_a_browser_sends_it(page: Any) -> dict[str, Any]:
    """The fields of a change form, untouched."""
    formsets = [inline.formset for inline in page.context["inline_admin_formsets"]]
    forms = [page.context["adminform"].form]
    for formset in formsets:
        forms += [formset.management_form, *formset.forms]
    values = {field.html_name: field.value() for form in forms for field in form}
    return {
        name: value.replace("\n", "\r\n") if isinstance(value, str) else value
        for name, value in values.items()
        if value is not None and value is not False
    }


def roadster() -> Guide:
    return Guide.objects.get(key="acme/roadster")


def url(name: str = "change", **query: str) -> str:
    """An address of the Roadster's guide in the admin."""
    return reverse(f"admin:guides_guide_{name}", args=[roadster().pk], query=query)


def save(client: Client, **fields: Any) -> Any:
    """Change these fields of the Roadster's guide and save it."""
    values = as_a_browser_sends_it(client.get(url()))
    return client.post(url(), values | fields | {"_save": "1"})
