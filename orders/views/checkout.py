"""The order form, the live check of a serial, and the way to Stripe's page."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from orders.forms.live_check import live_check
from orders.forms.order import NothingSoldError, OrderForm
from orders.forms.place import OrderedElsewhereError, place
from orders.lib.http import SamePost, SeeOther, post_from_own_pages, too_many
from orders.lib.log_context import add_log_fields
from orders.limits import TooManyError
from orders.models import Order, Selling, Status
from orders.payments.checkout import (
    CheckoutRefusedError,
    NoCheckoutError,
    checkout_url,
    is_payable,
)
from orders.views.links import find_order
from orders.views.order import order_context

CSRF_FIELD = "csrfmiddlewaretoken"
LAST_ORDER_AGE = 24 * 60 * 60  # seconds
FORMS_REMEMBERED = 5  # open at once, in tabs of one browser


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def order_form(request: HttpRequest, brand_slug: str) -> HttpResponse:
    try:
        form = OrderForm.of_brand(brand_slug, request)
    except NothingSoldError as error:
        return render(request, "orders/nothing_sold.html", {"brand": error.brand})
    if not Selling.now().is_open:
        return paused(request)
    if not form.is_bound:
        return fresh_form(request, form)
    if (brand := form.brand_of_make) and brand.radios.filter(is_on_sale=True).exists():
        words = _("This is our order form for %(brand)s. What you typed is in it.")
        messages.info(request, words % {"brand": brand})
        return SamePost(reverse("order_form_filled", args=[brand.slug]))
    number, form_keys = remembered(request)
    form.photos.keep(request)
    if "use_email" in request.POST:
        return render(request, "orders/form.html", form.page())
    if not form.is_valid():
        return render(request, "orders/form.html", form.page(), status=422)
    try:
        order = place(form, last=Order.objects.filter(number=number).first(), form_keys=form_keys)
    except OrderedElsewhereError:
        messages.error(
            request,
            _(
                "We already have an order from this form. Ask for the link to that order "
                "here. For another order, open the order form again."
            ),
        )
        return SeeOther(reverse("orders_find"))
    except TooManyError as error:
        context = {"says": str(error), "typed": typed_in(request)}
        return too_many(render(request, "orders/too_many.html", context), error.retry_after)
    response = to_payment(request, order)
    remember(response, order.number, form_keys)
    return response


@post_from_own_pages
def order_form_filled(request: HttpRequest, brand_slug: str) -> HttpResponse:
    """Open a brand's form with what was typed on the home page, in the search or another form."""
    form = OrderForm.filled_in(brand_slug, request, remembered(request)[1])
    return fresh_form(request, form) if Selling.now().is_open else paused(request)


def fresh_form(request: HttpRequest, form: OrderForm) -> HttpResponse:
    number, form_keys = remembered(request)
    response = render(request, "orders/form.html", form.page())
    key = str(form["form_key"].value())
    latest = [*[each for each in form_keys if each != key][1 - FORMS_REMEMBERED :], key]
    remember(response, number, latest)
    return response


@never_cache
@require_POST
def label_photo(request: HttpRequest, brand_slug: str) -> HttpResponse:
    """Keep photos of the label and read them; the form comes back with what they say."""
    if not Selling.now().is_open:
        return paused(request)
    form = OrderForm.with_photos(brand_slug, request)
    if "HX-Request" in request.headers:
        context = {"form": form, "photos": form.photos.page(), "brand": form.brand, "is_live": True}
        return render(request, "orders/_photos.html", context | {"needs": form.needs})
    return render(request, "orders/form.html", form.page())


@require_POST
def serial_check(request: HttpRequest, brand_slug: str) -> HttpResponse:
    """Answer while a serial is typed: what it is, what is missing, price and promise."""
    return render(request, "orders/_serial_check.html", live_check(brand_slug, request))


@require_POST
def order_pay(request: HttpRequest, number: str, token: str) -> HttpResponse:
    found = find_order(number, token)
    if found.status == Status.PENDING and not Selling.now().is_open:
        return paused(request)
    return to_payment(request, found)


def to_payment(request: HttpRequest, order: Order) -> HttpResponse:
    """Redirect to Stripe's page; or to the order's own, if nothing is due or Stripe is away."""
    add_log_fields(order=order.number)
    try:
        return SeeOther(checkout_url(order))
    except TooManyError as error:
        messages.error(request, str(error))
        return too_many(
            render(request, "orders/order.html", order_context(order)), error.retry_after
        )
    except CheckoutRefusedError as error:
        messages.error(request, refused(error.code))
        return SeeOther(order.secret_link())
    except NoCheckoutError:
        order.refresh_from_db()
        if is_payable(order):
            messages.error(
                request,
                _(
                    "The payment page cannot be opened right now. Nothing was charged and your "
                    "order is kept. Please try again in a minute."
                ),
            )
        return SeeOther(order.secret_link())


def refused(code: str) -> str:
    """Say why Stripe opens no page, in words for the customer, by Stripe's own word."""
    if code in ("amount_too_small", "amount_too_large"):
        return _(
            "The payment page does not accept the price of this order, and trying again will not "
            "help. Nothing was charged. The mistake is ours, and we know about it. Write to us, "
            "and we'll look after your order."
        )
    return _(
        "The payment page does not accept this order, and trying again will not help. "
        "Nothing was charged. Check the e-mail address and order again, or write to us."
    )


def paused(request: HttpRequest) -> HttpResponse:
    """Answer 503 while the shop sells nothing. Robots may ask again in an hour."""
    context = {"selling": Selling.now(), "typed": typed_in(request)}
    page = render(request, "shop/paused.html", context, status=503)
    page["Retry-After"] = "3600"
    return page


def typed_in(request: HttpRequest) -> list[tuple[str, str]]:
    """Return what was posted, for a page that sends it once more."""
    return [(name, str(value)) for name, value in request.POST.items() if name != CSRF_FIELD]


def remembered(request: HttpRequest) -> tuple[str, list[str]]:
    """Return the number of this browser's last order, and the keys of the forms it was given.

    The cookie is signed. The keys are known before the first form is sent, so that a form whose
    answer was lost can be sent again.
    """
    name = settings.LAST_ORDER_COOKIE_NAME
    value = request.get_signed_cookie(name, "", max_age=LAST_ORDER_AGE) or ""
    number, *form_keys = value.split(".")
    return number, form_keys


def remember(response: HttpResponse, number: str, form_keys: list[str]) -> None:
    response.set_signed_cookie(
        settings.LAST_ORDER_COOKIE_NAME, ".".join([number, *form_keys]), max_age=LAST_ORDER_AGE,
        httponly=True, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE,
    )  # fmt: skip
