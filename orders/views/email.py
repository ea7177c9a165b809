"""Resending the customer's mail, and correcting their address."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from orders.forms.email import AddressForm
from orders.lib.http import SeeOther, too_many, without_index
from orders.lib.text import mask
from orders.limits import TooManyError
from orders.mail.resend import correct_email, current_email_type, resend
from orders.models import Order, Status, lost_mail
from orders.views.links import find_order
from orders.views.order import order_context


@require_POST
def order_resend(request: HttpRequest, number: str, token: str) -> HttpResponse:
    order = find_order(number, token)
    try:
        is_on_its_way = resend(order)
    except TooManyError as error:
        messages.error(request, str(error))
        return too_many(
            render(request, "orders/order.html", order_context(order)), error.retry_after
        )
    if is_on_its_way:
        words = _(
            "An e-mail is on its way to %s. If it is not there in a few minutes, check your spam "
            "folder."
        )
        messages.success(request, words % mask(order.email))
    else:
        messages.info(request, _("There is nothing to e-mail for this order yet."))
    return SeeOther(order.secret_link())


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def order_email(request: HttpRequest, number: str, token: str) -> HttpResponse:
    order = find_order(number, token)
    if order.status == Status.EXPIRED:
        words = _(
            "This order was never paid for and has ended, so we send no e-mails about it. Order "
            "again with the right address."
        )
        messages.info(request, words)
        return SeeOther(order.secret_link())
    form = AddressForm(request.POST or None)
    status = 200
    if form.is_valid():
        try:
            return corrected(request, order, form.cleaned_data["email"])
        except TooManyError as error:
            form.add_error("email", str(error))
            return too_many(address_page(request, order, form), error.retry_after)
    elif request.method == "POST":
        status = 422
    return address_page(request, order, form, status)


def corrected(request: HttpRequest, order: Order, address: str) -> HttpResponse:
    if not correct_email(order, address):
        words = _("We already write to %s.")
    elif current_email_type(order):
        words = _("From now on we write to %s. An e-mail is on its way there.")
    else:
        words = _("From now on we write to %s.")
    messages.success(request, words % mask(address))
    return SeeOther(order.secret_link())


def address_page(
    request: HttpRequest, order: Order, form: AddressForm, status: int = 200
) -> HttpResponse:
    context = {
        "order": order,
        "form": form,
        "email_masked": mask(order.email),
        "is_lost": lost_mail(order) is not None,
    }
    return without_index(render(request, "orders/email.html", context, status=status))
