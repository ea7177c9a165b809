from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from orders.models import Selling


def shop(request: HttpRequest) -> dict[str, Any]:
    """What every page and mail may name: the shop, its seller, and whether this is the demo."""
    return {
        "SHOP_NAME": settings.SHOP_NAME,
        "DEMO": settings.DEMO,
        "SELLER": settings.SELLER,
        "SITE_URL": settings.SITE_URL,
        "DESK_HOURS": settings.DESK_HOURS,
        # asked for only by pages that lead to an order, once each time such a page is made
        "selling": SimpleLazyObject(Selling.now),
    }
