"""Lists of the admin, asked for every field of every model, with odd lookups and values."""

from collections.abc import Iterator
from functools import cache
from random import Random
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db import models
from django.urls import reverse

from tests.hostile.attacks import Attack
from tests.hostile.nasty import VALUES

LOOKUPS = [
    "", "__exact", "__iexact", "__contains", "__icontains", "__startswith", "__endswith", "__regex",
    "__iregex", "__gt", "__gte", "__lt", "__lte", "__range", "__in", "__isnull", "__year",
    "__month", "__day", "__date", "__time", "__hour", "__week_day", "__quarter", "__length",
    "__search", "__has_key", "__has_keys", "__contained_by", "__a", "__0", "__0__startswith",
    "__pk", "__id__exact", "__", "____", "__\ud800",
]  # fmt: skip
ODD = [
    *VALUES, "^(a+)+$", "(", "[", "1,2", "1" * 400, "2026-11-29", "2026-02-30", "True", "None", "",
]  # fmt: skip
OTHERS = [
    ("o", ["1", "-1", "1.2.3", "999", "-", "a", ".", "9" * 30, "1.-1", "-0"]),
    ("p", ["0", "-1", "9" * 30, "last", "1e5", "a", "\0"]),
    ("q", ODD),
    ("all", ["", "1"]),
    ("_facets", ["", "True"]),
    ("_popup", ["1"]),
    ("_to_field", ["id", "token", "pk", "nothing", "order__token"]),
    ("e", ["1"]),
    ("_changelist_filters", ["token__regex=^a", "%", "a=b&c"]),
]


def paths_of(model: type[models.Model], depth: int = 1) -> Iterator[str]:
    """All fields of a model, and of the rows to which it leads."""
    yield "pk"
    for field in model._meta.get_fields():
        yield field.name
        yield getattr(field, "attname", field.name)
        if depth and isinstance(field.related_model, type):
            yield from (f"{field.name}__{path}" for path in paths_of(field.related_model, 0))


@cache
def targets() -> list[tuple[type[models.Model], str]]:
    return [(model, path) for model in admin.site._registry for path in paths_of(model)]


def lookup(seed: str, number: int) -> Attack:
    """Goes through all fields in turn; every other one is a filter that its list offers."""
    rng = Random(f"{seed}/{number}/lookup")
    model, path = targets()[number % len(targets())]
    site: Any = admin.site._registry[model]
    asked = [(path + rng.choice(LOOKUPS), rng.choice(ODD))]
    if rng.random() < 0.5:
        named = sorted(site.named_lookups(None)) if hasattr(site, "named_lookups") else ["pk"]
        asked = [(rng.choice(named), rng.choice(ODD)) for _ in range(rng.choice([1, 1, 2]))]
    for name, values in rng.sample(OTHERS, rng.choice([0, 0, 1, 3])):
        asked.append((name, rng.choice(values)))
    label = f"{model._meta.app_label}_{model._meta.model_name}"
    below = reverse(f"admin:{label}_changelist")
    if rng.random() < 0.1:
        below = reverse("admin:autocomplete")
        asked = [
            ("app_label", model._meta.app_label), ("model_name", str(model._meta.model_name)),
            ("field_name", path), ("term", rng.choice(ODD)), ("page", rng.choice(["1", "x", "0"])),
        ]  # fmt: skip
    elif rng.random() < 0.1:
        below += rng.choice(["csv/", "add/", "1/change/", "1/history/", "%00/change/"])
    query = urlencode(asked, errors="surrogatepass")
    return Attack(number, rng.choice(["GET"] * 9 + ["HEAD"]), below, query, is_staff=True)
