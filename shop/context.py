from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from orders import business_hours


def vat() -> str:
    """What stands beside every price."""
    if settings.STRIPE_TAX:  # which rate, decides the buyer's country
        return _("VAT included")
    if settings.VAT_RATE:
        return _("incl. %(rate)s %% VAT") % {"rate": f"{settings.VAT_RATE:g}"}
    return _("no VAT is charged")


def shop(request: HttpRequest) -> dict[str, Any]:
    """What every page and mail may name: the shop, its seller, and whether this is the demo."""
    return {
        "SHOP_NAME": settings.SHOP_NAME,
        "DEMO": settings.DEMO,
        "SELLER": settings.SELLER,
        "SITE_URL": settings.SITE_URL,
        "DESK_TIME": business_hours.promise(settings.DESK_HOURS),
        "VAT": vat(),
    }
