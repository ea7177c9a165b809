"""Find my order: a fresh link by mail."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from orders.forms.find import FindOrderForm
from orders.mail.resend import send_link


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def orders_find(request: HttpRequest) -> HttpResponse:
    """Mail a fresh link. The answer is the same whether the order exists or not."""
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
