"""Home and guides in schema.org's words, for search engines: only what the page shows."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse

from guides.models import Guide
from guides.offers import Offer

Crumbs = Sequence[tuple[str, str]]  # name and path


def structured_data(guide: Guide | None, crumbs: Crumbs, offer: Offer | None) -> dict[str, Any]:
    """Return the seller, or of a guide where it stands and what is sold there."""
    things = [organization()]
    if guide:
        things = [_breadcrumbs(crumbs)]
    if guide and offer:
        things.append(_product(guide, offer))
    return {"@context": "https://schema.org", "@graph": things}


def organization() -> dict[str, Any]:
    seller = settings.SELLER
    known = {
        "legalName": seller["name"],
        "address": seller["address"],
        "vatID": seller["vat_number"],
        "email": seller["email"],
        "telephone": seller["phone"],
    }
    return {
        "@type": "Organization",
        "name": settings.SHOP_NAME,
        "url": absolute(reverse("home")),
        "logo": absolute(static("shop/favicon.svg")),
        **{name: value for name, value in known.items() if value},
    }


def absolute(path: str) -> str:
    return f"{settings.SITE_URL}{path}"


def _breadcrumbs(crumbs: Crumbs) -> dict[str, Any]:
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": position, "name": name, "item": absolute(path)}
            for position, (name, path) in enumerate(crumbs, start=1)
        ],
    }


def _product(guide: Guide, offer: Offer) -> dict[str, Any]:
    return {
        "@type": "Product",
        "name": guide.title,
        "description": guide.description,
        "image": absolute(reverse("card")),
        "brand": {"@type": "Brand", "name": guide.brand.name},
        "offers": _offer(guide, offer),
    }


def _offer(guide: Guide, offer: Offer) -> dict[str, Any]:
    """One price, or where the brand's radios differ from which to which."""
    common = {
        "priceCurrency": offer.currency.upper(),
        "availability": f"https://schema.org/{'InStock' if offer.is_open else 'OutOfStock'}",
        "url": absolute(guide.get_absolute_url()),
        "seller": {
            "@type": "Organization",
            "name": settings.SELLER["name"],
            "url": absolute(reverse("home")),
        },
    }
    if not offer.is_from:
        return {"@type": "Offer", "price": offer.low_price, **common}
    return {
        "@type": "AggregateOffer",
        "lowPrice": offer.low_price,
        "highPrice": offer.high_price,
        "offerCount": offer.radio_count,
        **common,
    }
