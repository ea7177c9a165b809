"""Find my order: a fresh link by mail."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from orders.forms.find import FindOrderForm


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
                "If number and address belong together, a mail with the link is on its way. We "
                "send at most one in ten minutes."
            ),
        )
        return redirect("orders_find")
    status = 422 if form.is_bound else 200
    return render(request, "orders/find.html", {"form": form}, status=status)
