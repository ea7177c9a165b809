from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _


def vat() -> str:
    """Return the words beside every price."""
    if settings.STRIPE_TAX:  # the buyer's country decides the rate
        return _("VAT included")
    if settings.VAT_RATE:
        return _("incl. %(rate)s %% VAT") % {"rate": f"{settings.VAT_RATE:g}"}
    return _("no VAT is charged")


def shop(request: HttpRequest) -> dict[str, Any]:
    """Return what every page and mail may name: the shop, its seller, the demo."""
    return {
        "SHOP_NAME": settings.SHOP_NAME,
        "DEMO": settings.DEMO,
        "SELLER": settings.SELLER,
        "SITE_URL": settings.SITE_URL,
        "VAT": vat(),
    }
