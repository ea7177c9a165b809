"""The contact form. It has an address of its own, as the contact page is cached for everybody."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from orders.forms.contact import ContactForm
from orders.lib.http import SeeOther


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def contact_write(request: HttpRequest) -> HttpResponse:
    """Take a message. The answer is the same whether the order exists or not."""
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = ContactForm(*sent, request=request)
    if sent and form.is_valid():
        form.save()
        messages.success(
            request, _("Thank you. We have your message, and answer to the address that you typed.")
        )
        return SeeOther(reverse("contact_write"))
    context = {"form": form, "kept_days": settings.UPLOADS_KEPT_DAYS}
    return render(request, "orders/contact.html", context, status=422 if form.errors else 200)
