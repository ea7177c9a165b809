"""A brand's page, a car model's guide, and the legal texts: rows only, alike for every reader."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from typing import Any, TypeVar

from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from guides.models import (
    Brand,
    CarModel,
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

R = TypeVar("R", bound=Row)
public = cache_control(public=True, max_age=300)

# What the display can show, as drawn on the face; a dark display is drawn with no stroke lit.
ON_DISPLAY = {
    Shows.CODE: "CODE",
    Shows.WAIT: "WAIT",
    Shows.LOCKED: "LOCKED",
    Shows.ERROR: "ERROR",
    Shows.SECURE: "SECURE",
    Shows.NEW: "NEW",
    Shows.BLANK: "",
}


@public
@require_safe
def brand(request: HttpRequest, brand: str) -> HttpResponse:
    guides = published(brand)
    guide = next((guide for guide in guides if guide.car_model is None), None)
    if guide is None:
        raise Http404
    return render(request, "guides/brand.html", page(guide, guides))


@public
@require_safe
def guide(request: HttpRequest, brand: str, car_model: str) -> HttpResponse:
    guides = published(brand)
    guide = next((g for g in guides if g.car_model and g.car_model.slug == car_model), None)
    if guide is None:
        raise Http404
    return render(request, "guides/guide.html", page(guide, guides))


@public
@require_safe
def legal(request: HttpRequest, slug: str) -> HttpResponse:
    return render(request, "guides/legal.html", {"text": get_object_or_404(LegalText, slug=slug)})


def published(brand: str) -> list[Guide]:
    """All pages of the brand, in one query: the one asked for, its brand's, and its neighbours'."""
    return list(
        Guide.objects.filter(brand__slug=brand, is_published=True)
        .select_related("brand", "car_model__brand")
        .order_by("car_model__position", "car_model__name")
    )


def page(guide: Guide, guides: list[Guide]) -> dict[str, Any]:
    """What a page shows. Rows that a car model's page lacks come from its brand's page."""
    pages = [each for each in guides if each == guide or each.car_model is None]

    def rows(model: type[R], group: Callable[[R], Hashable]) -> dict[Any, list[R]]:
        found = model._default_manager.filter(guide__in=pages)
        return own_or_brands(found, guide, group)

    symptoms = rows(Symptom, lambda row: "trouble" if row.is_trouble else row.shows)
    procedures = rows(Procedure, lambda row: row.kind)
    states = [row for shows in [*Shows.values, ""] for row in symptoms.get(shows, [])]
    generations, serves = generations_of(guide.car_model)
    facts = {fact.key: fact for fact in Fact.objects.filter(guide__in=pages)}
    return {
        "guide": guide,
        "brand": guide.brand,
        "car_model": guide.car_model,
        "passages": rows(Passage, lambda row: row.section),
        "find": procedures.get(Procedure.Kind.FIND, []),
        "enter": procedures.get(Procedure.Kind.ENTER, []),
        "states": states,
        "choices": choices(states),
        "trouble": symptoms.get("trouble", []),
        "questions": Question.objects.filter(guide=guide),
        "generations": generations,
        "serves": serves,
        "facts": facts,
        "others": [each for each in guides if each.car_model and each != guide],
        "offer": offer(guide.brand),
        "order_url": order_url(guide),
    }


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
    pairs: Any = Generation.objects.filter(car_model=car_model).annotate(serving=F("procedures"))
    for pair in pairs if car_model else []:
        generation = generations.setdefault(pair.pk, pair)
        serves[pair.serving].append(generation)
    return list(generations.values()), serves


def choices(states: Iterable[Symptom]) -> list[dict[str, str]]:
    """The links on the display: one for each thing it can show that the page explains."""
    explained = {row.shows: row for row in reversed(list(states))}
    return [
        {
            "href": f"#shows-{shows}",
            "display": text,
            "label": text or _("nothing"),
            "text": (f"{_('nothing')}: " if not text else "")
            + explained[shows].get_code_helps_display(),
        }
        for shows, text in ON_DISPLAY.items()
        if shows in explained
    ]


def offer(brand: Brand) -> dict[str, Any] | None:
    """The lowest price of what the brand has on sale."""
    radios = sorted(brand.radios.filter(is_on_sale=True), key=lambda radio: radio.price)
    if not radios:
        return None
    return {
        "price_text": radios[0].price_text,
        "is_from": radios[-1].price != radios[0].price,
        "radios": radios,
    }


def order_url(guide: Guide) -> str:
    model = f"?model={guide.car_model.slug}" if guide.car_model else ""
    return f"/order/{guide.brand.slug}/{model}"
