"""Home, search, pages for crawlers, and error pages."""

import re
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.db.models import Window
from django.db.models.functions import RowNumber
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django.views.static import serve

from guides.display import STATES
from guides.models import Guide, Symptom
from guides.page_cache import public_page
from orders.lib.http import SamePost, SeeOther, post_from_own_pages
from orders.models import ANOTHER_MAKE, Day, Radio, Selling
from orders.retrieval.availability import promise
from orders.views.offer import order_form_of
from shop.context import shop
from shop.search import Answer
from shop.search import search as search_for

CARD = settings.BASE_DIR / "shop/card.png"  # 1200 × 630, drawn once
CLOSED = _("The guides are free to use.")


@require_safe
@public_page
def home(request: HttpRequest) -> HttpResponse:
    """What each display means is said for any car first, then by brand."""
    symptoms = Symptom.objects.filter(
        guide__is_published=True, guide__car_model=None, is_trouble=False, shows__in=list(STATES)
    ).select_related("guide__brand")
    ordered = list(symptoms.order_by("guide__brand__position", "position"))
    on_sale = list(Radio.objects.filter(is_on_sale=True))
    selling = Selling.now()
    return render(
        request,
        "shop/home.html",
        {
            **all_brands(),
            "promise": promise(on_sale),
            "percent": Day.percent_within_minute(),
            "advice": [
                (shows, state, [row for row in ordered if row.shows == shows])
                for shows, state in STATES.items()
            ],
            "choices": [
                {
                    "href": f"#shows-{shows}",
                    "display": state.word,
                    "label": state.word or _("nothing"),
                    "text": state.hint,
                }
                for shows, state in STATES.items()
            ],
            "price": lowest_price(on_sale),
            "closed_message": "" if selling.is_open else selling.message or CLOSED,
        },
    )


def lowest_price(radios: list[Radio]) -> str:
    """Return the price of most codes, "from" where some cost more; empty if none is sold."""
    on_sale = sorted(radios, key=lambda radio: radio.price)
    if not on_sale:
        return ""
    price, others = on_sale[0].price_text, on_sale[0].other_prices
    price = f"{price} ({others})" if others else price
    return price if on_sale[-1].price == on_sale[0].price else gettext("From %s") % price


@never_cache
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    return found(request, search_for(request.GET.get("q", "")))


@post_from_own_pages
def start(request: HttpRequest) -> HttpResponse:
    """Take what a visitor typed on the home page or in the search: a serial, or words.

    A serial of one brand opens its order form, one of several asks which car. Words go on as the
    address of their search. While a visitor types, htmx asks for the answer alone.
    """
    answer = search_for(request.POST.get("q", ""))
    address = f"{reverse('search')}?{urlencode({'q': answer.question})}"
    if is_part(request):
        response = found(request, answer)
        response["HX-Replace-Url"] = "false" if answer.may_be_serial else address
        return response
    if not answer.may_be_serial:
        return SeeOther(address)
    if len(answer.candidates) == 1:
        return SamePost(reverse("order_form_filled", args=[answer.candidates[0].brand.slug]))
    return found(request, answer)


def is_part(request: HttpRequest) -> bool:
    return bool(request.htmx and not request.htmx.history_restore_request)  # type: ignore[attr-defined]


def found(request: HttpRequest, answer: Answer) -> HttpResponse:
    """Show what was found. It may hold a serial, so no cache and no link carries it away."""
    context: dict[str, Any] = {"answer": answer}
    if answer.needs_brands:
        context |= all_brands()
    elif answer.found.makes or not answer.found.is_exact:
        context["another_make"] = order_form_of(ANOTHER_MAKE)
    page = "shop/_found.html" if is_part(request) else "shop/search.html"
    response = render(request, page, context)
    response["Referrer-Policy"] = "no-referrer"
    return response


def all_brands() -> dict[str, Any]:
    """Return what shop/_brands.html lists: the brands, and where other makes are ordered."""
    return {"brands": brands(), "another_make": order_form_of(ANOTHER_MAKE)}


MODELS_SHOWN = 24  # of one brand, where all brands are listed; its page has them all


def brands() -> list[dict[str, Any]]:
    """Brands with a published page, each with its first car models' published pages.

    Two queries, so that the database sorts out how many of a brand's models are shown.
    """
    published = Guide.objects.filter(is_published=True)
    pages = published.filter(car_model=None).select_related("brand")
    found: dict[int, dict[str, Any]] = {
        guide.brand_id: {"brand": guide.brand, "guide": guide, "guides": [], "has_more": False}
        for guide in pages.order_by("brand__position", "brand__name")
    }
    place = Window(
        RowNumber(), partition_by="brand", order_by=["car_model__position", "car_model__name"]
    )
    first = published.exclude(car_model=None).annotate(place=place)
    shown = first.filter(place__lte=MODELS_SHOWN + 1).order_by("place")
    for guide in shown.select_related("car_model"):
        listed = found.get(guide.brand_id)
        if listed is None or guide.car_model is None:
            continue  # a brand whose own page is a draft
        guide.brand = guide.car_model.brand = listed["brand"]
        if guide.place > MODELS_SHOWN:
            listed["has_more"] = True
        else:
            listed["guides"].append(guide)
    return list(found.values())


@require_safe
@public_page
def card(request: HttpRequest) -> HttpResponse:
    """The picture that goes with a link to any page; others show it beside their link."""
    headers = {"Cross-Origin-Resource-Policy": "cross-origin"}
    return HttpResponse(CARD.read_bytes(), content_type="image/png", headers=headers)


@require_safe
def cards_of_pages(request: HttpRequest, **page: str) -> HttpResponse:
    """Lead links that were shared while each page had its own picture to the one of all pages."""
    return redirect("card", permanent=True)


@require_safe
@public_page
def robots(request: HttpRequest) -> HttpResponse:
    return render(request, "shop/robots.txt", content_type="text/plain")


# A name with Django's hash. No folder has a dot, so that the path stays within STATIC_ROOT.
HASHED_FILE = re.compile(r"(?:[\w-]+/)*[\w.-]+\.[0-9a-f]{12}\.\w+")


@require_safe
def static_file(request: HttpRequest, url: str) -> HttpResponseBase:
    """Serves a file of another release that was copied here after this process started.

    WhiteNoise serves all others. During a rolling update, pages of the new release ask machines
    that still run the old one.
    """
    if not HASHED_FILE.fullmatch(url):
        raise Http404
    response = serve(request, url, document_root=settings.STATIC_ROOT)
    response["Cache-Control"] = "max-age=315360000, public, immutable"
    return response


def bad_request(request: HttpRequest, exception: SuspiciousOperation) -> HttpResponse:
    return render(request, "shop/400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "shop/403.html", status=403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "shop/403_csrf.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Show all brands, and before them the one that the address begins with.

    Of an order's link, one letter may be wrong: what helps there is a new link.
    """
    slug = request.path.split("/")[1]
    if slug == "orders":
        return render(request, "shop/404.html", {"is_order": True}, status=404)
    context = all_brands()
    found = context["brands"]
    context["near"] = next((each for each in found if each["brand"].slug == slug), None)
    return render(request, "shop/404.html", context, status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Use neither database nor context processors: one of them may be broken."""
    return HttpResponse(render_to_string("shop/500.html", shop(request)), status=500)
