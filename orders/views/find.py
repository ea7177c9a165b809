"""Find my order: the last one of this browser, or a fresh link by mail."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from orders.forms.find import FindOrderForm
from orders.models import Order
from orders.views.checkout import remembered


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def orders_find(request: HttpRequest) -> HttpResponse:
    """Mail a fresh link. The answer, and its time, are the same whether the order exists or not."""
    form = FindOrderForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        form.ask()
        messages.success(
            request,
            _(
                "If we have an order for this, an e-mail with the link is on its way. We send at "
                "most one in ten minutes. If nothing comes, check the address, and leave the "
                "number empty."
            ),
        )
        return redirect("orders_find")
    status = 422 if form.is_bound else 200
    number, _keys = remembered(request)
    last = Order.objects.filter(number=number, anonymised_at=None).first() if number else None
    return render(request, "orders/find.html", {"form": form, "last": last}, status=status)
