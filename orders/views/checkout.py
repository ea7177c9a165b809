"""The customer's doors. A view finds the row, checks the form, calls one verb, redirects."""

import logging
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from guides.models import Brand
from orders.desk.questions import may_answer, open_question
from orders.forms.find import FindOrderForm
from orders.forms.order import OVER, OrderedElsewhereError, OrderForm
from orders.instructions import advice_for, guides_of, meaning_of
from orders.legal import TERMS_APPLY, withdraw
from orders.lib.client_address import client_address, network_of
from orders.lib.log_context import note
from orders.lib.text import mask
from orders.limits import TooManyError
from orders.mail.resend import send_link, true_mail
from orders.models import Email, Order, Payment, Radio, Selling, Status, lost_mail
from orders.payments.checkout import (
    CheckoutRefusedError,
    NoCheckoutError,
    checkout_url,
    is_payable,
)
from orders.payments.methods import told_before
from orders.payments.return_address import (
    held_token,
    is_of_cancel,
    is_of_session,
    still_leads_back,
)
from orders.payments.sync import sync_payment
from orders.payments.wording import bank_is_thinking
from orders.retrieval.availability import promise
from orders.stripe_api import StripeRefusedError, StripeTroubleError
from orders.views.status import stage_of

logger = logging.getLogger(__name__)


LAST_ORDER_AGE = 24 * 60 * 60  # seconds
FORMS_REMEMBERED = 5  # open at once, in tabs of one browser


class SeeOther(HttpResponseRedirect):
    """303: the browser follows with GET, whatever the form was sent with."""

    status_code = 303


# ------------------------------------------------------------------ ordering
def brand_on_sale(slug: str) -> tuple[Brand, Radio]:
    """The brand and its fallback radio, whose price is shown until the serial is known."""
    brand = get_object_or_404(Brand, slug=slug)
    radios = Radio.objects.filter(brand=brand, is_on_sale=True)
    radio = radios.filter(is_fallback=True).first() or radios.first()
    if radio is None:
        raise Http404
    return brand, radio


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def order_form(request: HttpRequest, brand_slug: str) -> HttpResponse:
    brand, radio = brand_on_sale(brand_slug)
    if not Selling.now().is_open:
        return paused(request)
    if request.method != "POST":
        chosen = {"car_model": request.GET.get("model"), "shows": request.GET.get("shows"),
                  "serial": request.GET.get("serial")}  # fmt: skip
        form = OrderForm(brand=brand, fallback=radio, initial=chosen)
        form.look_at_serial()
        response = render(request, "orders/form.html", form_context(request, form))
        number, form_keys = remembered(request)
        latest = [*form_keys[1 - FORMS_REMEMBERED :], str(form["form_key"].value())]
        remember(response, number, latest)
        return response
    form = OrderForm(request.POST, brand=brand, fallback=radio)
    if not form.is_valid():
        return render(request, "orders/form.html", form_context(request, form), status=422)
    number, form_keys = remembered(request)
    last = Order.objects.filter(number=number).first()
    try:
        order = form.save(last=last, form_keys=form_keys, address=client_address(request))
    except OrderedElsewhereError:
        messages.error(
            request,
            _(
                "This form was sent before, and we have its order. Ask for the link to that order "
                "here. For another order, open the order form again."
            ),
        )
        return SeeOther(reverse("orders_find"))
    except TooManyError as error:
        form.add_error(error.field, str(error))
        page = render(request, "orders/form.html", form_context(request, form))
        return too_many(page, error)
    response = to_payment(request, order)
    remember(response, order.number, form_keys)
    return response


def too_many(page: HttpResponse, error: TooManyError) -> HttpResponse:
    page.status_code = 429
    page["Retry-After"] = str(error.retry_after)
    return page


def paused(request: HttpRequest) -> HttpResponse:
    """503: what was asked for cannot be had for a while. When it can is not known; an hour is what
    machines are told, lest they ask all the time."""
    page = render(request, "shop/paused.html", status=503)
    page["Retry-After"] = "3600"
    return page


def remembered(request: HttpRequest) -> tuple[str, list[str]]:
    """The number of this browser's last order, and the keys of the forms that it was given.

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


def form_context(request: HttpRequest, form: OrderForm) -> dict[str, Any]:
    car_model = form.brand.car_models.filter(slug=form["car_model"].value() or "").first()
    return {
        "form": form,
        "brand": form.brand,
        "car_model": car_model,
        "radio": form.shown_radio,
        "price_text": form.price_text,
        "price_shown": form.price_shown,
        "promise": promise(form.shown_radio, form.reading, network_of(client_address(request))),
        "reading": form.reading,
        "needs": form.needs,
        "ways": told_before(form.chosen_currency),
        "terms_apply": TERMS_APPLY,
        "advice": meaning_of(guides_of(form.brand, car_model), str(form["shows"].value() or "")),
    }


@require_POST
def serial_check(request: HttpRequest, brand_slug: str) -> HttpResponse:
    """The live answer while a serial is typed: what it is, what is missing, price, promise."""
    brand, fallback = brand_on_sale(brand_slug)
    form = OrderForm(request.POST, brand=brand, fallback=fallback)
    form.look_at_serial()
    return render(request, "orders/_serial_check.html", form_context(request, form))


def to_payment(request: HttpRequest, order: Order) -> HttpResponse:
    """To Stripe's page, or, when there is nothing to pay or Stripe is away, to the order's own."""
    note(order=order.number)
    try:
        return SeeOther(checkout_url(order))
    except TooManyError as error:
        messages.error(request, str(error))
        return too_many(render(request, "orders/order.html", order_context(order)), error)
    except CheckoutRefusedError:
        messages.error(
            request,
            _(
                "The payment page does not accept this order, and trying again will not help. "
                "Nothing was charged. Check the e-mail address and order again, or write to us."
            ),
        )
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


# ------------------------------------------------------------------ a customer's order
def find_order(number: str, token: str) -> Order:
    """Raises Http404, the same one whether the number or the token is wrong."""
    order = Order.objects.select_related("brand", "radio", "car_model", "generation").filter(
        number=number
    ).first()  # fmt: skip
    if not constant_time_compare(order.token if order else "", token) or order is None:
        raise Http404
    return order


@never_cache
@require_safe
def order(request: HttpRequest, number: str, token: str) -> HttpResponse:
    if session_id := request.GET.get("session_id"):
        return order_return(request, number, token, session_id)
    found = find_order(number, token)
    response = render(request, "orders/order.html", order_context(found))
    response["X-Robots-Tag"] = "noindex"
    return response


@never_cache
@require_safe
def payment_return(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Stripe's page leads back here, whether the customer paid or not."""
    payment = get_object_or_404(Payment.objects.select_related("order"), uuid=uuid)
    if is_of_session(payment, request.GET.get("session_id", "")):
        learn_of_payment(request, payment)
    elif not is_of_cancel(payment, request.GET.get("cancelled", "")):
        raise Http404
    return to_current_link(payment.order) if still_leads_back(payment) else redirect("orders_find")


def order_return(request: HttpRequest, number: str, token: str, session_id: str) -> HttpResponse:
    """The return address of payments opened by former versions, with the link of that time."""
    payment = Payment.objects.select_related("order").filter(
        session_id=session_id, order__number=number
    ).first()  # fmt: skip
    if payment and held_token(payment, number, token):
        found = payment.order
    else:
        found = find_order(number, token)
    if payment:
        learn_of_payment(request, payment)
    return to_current_link(found)


def to_current_link(order: Order) -> HttpResponse:
    order.refresh_from_db(fields=["token"])  # Stripe may have taken seconds to answer
    return SeeOther(order.secret_link())


def learn_of_payment(request: HttpRequest, payment: Payment) -> None:
    """The customer is back from Stripe. That proves nothing, so read the session; if Stripe does
    not answer at once, webhook and sweep will learn of it."""
    try:
        sync_payment(payment, hurried=True)
    except (StripeTroubleError, StripeRefusedError) as error:
        number = payment.order.number
        logger.warning("order %s: not confirmed yet: %s", number, type(error).__name__)
        if payment.order.status == Status.PAYMENT_DUE:  # its page asks to pay again
            messages.info(request, _("Your payment is being confirmed. Please do not pay again."))


@never_cache
@require_safe
def order_status(request: HttpRequest, number: str, token: str) -> HttpResponse:
    """The part of the page that changes; nothing, if the page has it already."""
    found = find_order(number, token)
    if request.GET.get("v") == version_of(found, lost_mail(found)):
        return HttpResponse(status=204)
    return render(request, "orders/_stage.html", order_context(found))


def version_of(order: Order, lost: Email | None) -> str:
    """What the page says changes with the order, and with a mail that comes back."""
    return f"{order.version}-{lost.pk}" if lost else str(order.version)


def order_context(order: Order) -> dict[str, Any]:
    advice, lost = advice_for(order), lost_mail(order)
    context: dict[str, Any] = {
        "order": order,
        "stage": stage_of(order),
        "entry": advice.procedures,
        "staff_steps": advice.staff_steps,
        "tries": advice.tries,
        "wait_first": advice.wait_first,
        "email_masked": mask(order.email),
        "lost_mail": lost,
        "version": version_of(order, lost),
        "status_url": reverse("order_status", args=[order.number, order.token]),
    }
    if order.status != Status.EXPIRED:
        context["email_url"] = reverse("order_email", args=[order.number, order.token])
    if true_mail(order):
        context["resend_url"] = reverse("order_resend", args=[order.number, order.token])
    if order.may_be_withdrawn:
        context["withdraw_url"] = reverse("order_withdraw", args=[order.number, order.token])
    if is_payable(order):
        context["pay_url"] = reverse("order_pay", args=[order.number, order.token])
        context["ways"] = told_before(order.currency)
    if order.receipts.exists():
        context["receipt_url"] = reverse("order_receipt", args=[order.number, order.token])
    if question := open_question(order):
        context["question"] = question
    context["questions"] = [
        each for each in order.questions.prefetch_related("answers__uploads") if each != question
    ]
    if may_answer(order):
        context["answer_url"] = reverse("order_answer", args=[order.number, order.token])
    code = order.current_code if order.may_show_code else None
    if code:
        context |= {"code": code.digits, "presses": advice.presses(code.digits)}
        if order.first_shown_at is None:
            unseen = Order.objects.filter(pk=order.pk, first_shown_at=None)
            unseen.update(first_shown_at=timezone.now())
    return context


@require_POST
def order_pay(request: HttpRequest, number: str, token: str) -> HttpResponse:
    found = find_order(number, token)
    if found.status == Status.PENDING and not Selling.now().is_open:
        return paused(request)
    return to_payment(request, found)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def order_withdraw(request: HttpRequest, number: str, token: str) -> HttpResponse:
    """Two steps: what it means, then the button. Too late: why, and what rights remain."""
    found = find_order(number, token)
    if request.method == "POST" and withdraw(found):
        received = _("Your withdrawal is received. A mail that confirms it is on its way to %s.")
        messages.success(request, received % mask(found.email))
        return SeeOther(found.secret_link())
    if found.status in OVER:
        return SeeOther(found.secret_link())
    context = {
        "order": found,
        "email_masked": mask(found.email),
        "is_at_bank": bank_is_thinking(found),
    }
    if found.may_be_withdrawn:
        return render(request, "orders/withdraw.html", context)
    status = 409 if request.method == "POST" else 200
    return render(request, "orders/too_late.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def orders_find(request: HttpRequest) -> HttpResponse:
    """A fresh link by mail. The answer is the same whether the order exists or not."""
    form = FindOrderForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if found := form.order():
            send_link(found)
        messages.success(
            request,
            _(
                "If number and address belong together, a mail with the link is on its way. We "
                "send at most one in ten minutes."
            ),
        )
        return redirect("orders_find")
    return render(request, "orders/find.html", {"form": form})
