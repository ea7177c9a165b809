"""A brand's page, a car model's guide, and the legal texts: rows only, alike for every reader."""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from typing import Any, TypeVar

from django.conf import settings
from django.db.models import F, Func, JSONField, Value
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from guides import offers
from guides.generations import Generations, UnknownGenerationError
from guides.models import (
    CarModel,
    Confidence,
    Fact,
    Generation,
    Guide,
    LegalText,
    Passage,
    Procedure,
    Question,
    Row,
    Shows,
    Symptom,
)
from guides.page_cache import public_page

R = TypeVar("R", bound=Row)
KINDS: list[Any] = [Passage, Procedure, Symptom, Question]

# sections folded at the page's end
MORE = (Passage.Section.RADIOS, Passage.Section.WHY, Passage.Section.NOTE)
PICTURES = ("label_serial", "label_other", "display_serial", "display_entry")
# The word that a state's title begins with, as the display shows it: LOCKED10, 1 CDE, CODE WAIT.
ON_DISPLAY = re.compile(r"\b(?:COdE|Err|(?:\d )?[A-Z0-9]{2,9}(?: (?:WAIT|ERR))?)\b")


@require_safe
@public_page
def brand(request: HttpRequest, brand: str) -> HttpResponse:
    guides = published(brand)
    guide = next((guide for guide in guides if guide.car_model is None), None)
    if guide is None:
        return withdrawn(request, guides, brand)
    return render(request, "guides/brand.html", page(guide, guides))


@require_safe
@public_page
def guide(request: HttpRequest, brand: str, car_model: str, generation: str = "") -> HttpResponse:
    """Show a car model's guide, or of it what is for one generation."""
    guides = published(brand)
    guide = next((g for g in guides if g.car_model and g.car_model.slug == car_model), None)
    if guide is None:
        return withdrawn(request, guides, brand, car_model)
    try:
        return render(request, "guides/guide.html", page(guide, guides, generation))
    except UnknownGenerationError:
        raise Http404 from None


@require_safe
@public_page
def legal(request: HttpRequest, slug: str) -> HttpResponse:
    return render(request, "guides/legal.html", {"text": get_object_or_404(LegalText, slug=slug)})


def withdrawn(
    request: HttpRequest, guides: list[Guide], brand: str, car_model: str | None = None
) -> HttpResponse:
    """410, and what is still there, in place of a page that was published once.

    A brand's page that was never published leads to the brand's order form, if there is one.
    """
    guide = (
        Guide.objects.filter(brand__slug=brand, car_model__slug=car_model)
        .filter(is_published=False, published_at__isnull=False)
        .select_related("brand")
        .first()
    )
    if guide is None:
        if car_model is None and (order_form := offers.order_form_of(brand)):
            return redirect(order_form)
        if car_model and (address := address_of_model(guides, car_model)):
            return redirect(address)
        raise Http404
    context = {
        "guide": guide,
        "brands_page": next((each for each in guides if each.car_model is None), None),
        "others": [each for each in guides if each.car_model],
    }
    return render(request, "guides/gone.html", context, status=410)


def address_of_model(guides: list[Guide], slug: str) -> str:
    """Return the page of several models that this is one of, or its place on the brand's page."""
    for guide in guides:
        names = guide.car_model.name.split(", ") if guide.car_model else guide.brand.model_names
        if slug in map(slugify, names):
            return guide.get_absolute_url() + ("" if guide.car_model else f"#{slug}")
    return ""


def published(brand: str) -> list[Guide]:
    """All pages of the brand, in one query: the one asked for, its brand's, and its neighbours'."""
    return list(
        Guide.objects.filter(brand__slug=brand, is_published=True)
        .select_related("brand", "car_model__brand")
        .order_by("car_model__position", "car_model__name")
    )


def page(guide: Guide, guides: list[Guide], generation: str = "") -> dict[str, Any]:
    """What a page shows. Rows that a car model's page lacks come from its brand's page."""
    pages = [each for each in guides if each == guide or each.car_model is None]
    if guide.sells_nothing:
        pages = [guide]
    of_model, serves = generations_of(guide.car_model)
    generations = Generations(of_model, generation)
    generations.narrow(guide, "where_it_is")
    everything = rows_of(pages)
    rows = {
        kind: [row for row in of_kind if generations.is_for(row, serves)]
        for kind, of_kind in everything.items()
    }
    for procedure in rows[Procedure]:
        generations.narrow(procedure, "caution")
    other_radios = [
        row
        for row in everything[Procedure]
        if row.guide_id == guide.pk and row not in rows[Procedure] and not generations.chosen
    ]

    def grouped(model: type[R], group: Callable[[R], Hashable]) -> dict[Any, list[R]]:
        return own_or_brands(rows[model], guide, group)

    symptoms = grouped(Symptom, lambda row: "trouble" if row.is_trouble else row.shows)
    procedures = grouped(Procedure, lambda row: row.kind)
    states = [(shows, symptoms[shows]) for shows in Shows.values if shows in symptoms]
    weak = Fact.objects.filter(guide__in=pages, confidence=Confidence.LOW)
    questions = [row for row in rows[Question] if row.guide_id == guide.pk]
    passages = grouped(Passage, lambda row: row.section)
    more = [questions, generations.shown, other_radios]
    more += [passages.get(section, []) for section in MORE]
    return {
        "guide": guide,
        "brand": guide.brand,
        "car_model": guide.car_model,
        "passages": passages,
        "has_more": any(more),
        "find": procedures.get(Procedure.Kind.FIND, []),
        "enter": procedures.get(Procedure.Kind.ENTER, []),
        "states": states,
        "choices": choices(states),
        "trouble": symptoms.get("trouble", []) + symptoms.get("", []),
        "questions": questions,
        "generation": generations.chosen,
        "which": generations.all if len(generations.all) > 1 else [],
        "generations": generations.shown,
        "other_radios": other_radios,
        "tags": {row.pk: generations.tags(row, serves) for row in rows[Procedure]},
        "unsure": set(weak.values_list("key", flat=True)),
        "pictures": pictures(guide, pages),
        "others": [each for each in guides if each.car_model and each != guide],
        "offer": offers.offer_for(guide, generations.chosen),
        "crumbs": breadcrumbs(guide),
    }


def breadcrumbs(guide: Guide) -> list[tuple[str, str]]:
    """Name and path of the pages above this one, and of itself."""
    crumbs = [(settings.SHOP_NAME, reverse("home"))]
    crumbs.append((guide.brand.name, guide.brand.get_absolute_url()))
    if guide.car_model:
        crumbs.append((guide.car_model.name, guide.car_model.get_absolute_url()))
    return crumbs


class AsArray(Func):
    """Columns as one JSON array. (Django's JSONArray makes SQLite wait for a writer.)"""

    function = "JSONB_BUILD_ARRAY"
    output_field = JSONField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, function="JSON_ARRAY", **context)


def rows_of(pages: list[Guide]) -> dict[type[Row], list[Any]]:
    """All rows of these pages by one query, whichever tables they are in: each as a JSON array."""
    fields = {
        kind: [field for field in kind._meta.concrete_fields if field.name != "loaded"]
        for kind in KINDS
    }
    queries = [
        kind._base_manager.filter(guide__in=pages)
        .order_by()
        .values_list(Value(number), AsArray(*(field.attname for field in fields[kind])))
        for number, kind in enumerate(KINDS)
    ]
    rows: dict[type[Row], list[Any]] = {kind: [] for kind in KINDS}
    for number, values in queries[0].union(*queries[1:], all=True):
        kind = KINDS[number]
        plain = [
            # SQLite has JSON within JSON as text
            json.loads(value) if isinstance(field, JSONField) and isinstance(value, str) else value
            for field, value in zip(fields[kind], values, strict=True)
        ]
        names = [field.attname for field in fields[kind]]
        rows[kind].append(kind.from_db(None, names, plain))
    for found in rows.values():
        found.sort(key=lambda row: (row.position, row.pk))
    return rows


def own_or_brands(
    rows: Iterable[Any], guide: Guide, group: Callable[[Any], Hashable]
) -> dict[Hashable, list[Any]]:
    """By group the page's own rows, or where it has none its brand's."""
    own: dict[Hashable, list[Any]] = defaultdict(list)
    brands: dict[Hashable, list[Any]] = defaultdict(list)
    for row in rows:
        (own if row.guide_id == guide.pk else brands)[group(row)].append(row)
    return {**brands, **own}


def generations_of(
    car_model: CarModel | None,
) -> tuple[list[Generation], dict[int, list[Generation]]]:
    """The generations, and those that each procedure serves: one query, a row for each pair."""
    generations: dict[int, Generation] = {}
    serves: dict[int, list[Generation]] = defaultdict(list)
    pairs: Any = car_model.generations.annotate(serving=F("procedures")) if car_model else []
    for pair in pairs:
        generation = generations.setdefault(pair.pk, pair)
        serves[pair.serving].append(generation)
    return list(generations.values()), serves


def pictures(guide: Guide, pages: list[Guide]) -> dict[str, str]:
    """What the drawings show: the page's own example, or its brand's."""
    ordered = sorted(pages, key=lambda each: each != guide)
    return {
        name: next((text for each in ordered if (text := getattr(each, name))), "")
        for name in PICTURES
    }


def choices(states: Iterable[tuple[str, list[Symptom]]]) -> list[dict[str, str | None]]:
    """The links on the display: one for each thing it can show that the page explains.

    A dark display is drawn with no stroke lit, and a sentence is not drawn.
    """
    links: list[dict[str, str | None]] = []
    for shows, rows in states:
        title = rows[0].title
        word = ON_DISPLAY.search(title) if shows != Shows.BLANK else None
        drawn = word[0] if word else ""
        is_whole = shows not in (Shows.UNPAIRED, Shows.FINAL, Shows.OTHER) or title == drawn
        is_drawn = bool(drawn) and is_whole
        text = _("nothing") if shows == Shows.BLANK else title
        links.append(
            {
                "href": f"#shows-{shows}",
                "display": drawn if is_drawn or shows == Shows.BLANK else None,
                "label": drawn,
                "text": "" if is_drawn else text,
            }
        )
    return links
