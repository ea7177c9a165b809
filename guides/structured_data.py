"""A guide's page in schema.org's words, for search engines: from the rows that the page shows."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.urls import reverse

from guides.models import Guide, Question
from guides.offers import Offer

Crumbs = Sequence[tuple[str, str]]  # name and path


def structured_data(
    guide: Guide,
    crumbs: Crumbs,
    questions: Sequence[Question],
    offer: Offer | None,
) -> dict[str, Any]:
    things = [_breadcrumbs(crumbs)]
    if questions:
        things.append(_questions(guide, questions))
    if offer:
        things.append(_product(guide, offer))
    return {"@context": "https://schema.org", "@graph": things}


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


def _questions(guide: Guide, questions: Sequence[Question]) -> dict[str, Any]:
    return {
        "@type": "FAQPage",
        "url": absolute(guide.get_absolute_url()),
        "dateModified": guide.updated_at.isoformat(),
        "lastReviewed": guide.last_reviewed.isoformat(),
        "mainEntity": [
            {
                "@type": "Question",
                "name": row.question,
                "acceptedAnswer": {"@type": "Answer", "text": row.answer},
            }
            for row in questions
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
        "seller": {"@type": "Organization", "name": settings.SELLER["name"]},
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
