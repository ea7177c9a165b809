from django.db.models import Q
from django.urls import reverse

from guides.models import Brand, Generation, Guide
from guides.offers import Offer
from orders.models import Radio, Selling
from orders.retrieval.availability import promise


def offer_for(guide: Guide, generation: Generation | None = None) -> Offer | None:
    """Return what guides show of the brand's radios on sale; None if there are none."""
    if guide.sells_nothing:
        return None
    on_sale = Radio.objects.filter(brand=guide.brand_id, is_on_sale=True)
    radios = sorted(on_sale, key=lambda radio: radio.price)
    if not radios:
        return None
    selling = Selling.now()
    query = {"model": guide.car_model.slug} if guide.car_model else {}
    if generation:
        query["generation"] = generation.slug
    return Offer(
        price_text=radios[0].price_text,
        other_prices=radios[0].other_prices,
        low_price=radios[0].price_number,
        high_price=radios[-1].price_number,
        currency=radios[0].currency,
        radio_count=len(radios),
        promise=promise(radios),
        order_url=reverse("order_form", args=[guide.brand.slug], query=query),
        is_open=selling.is_open,
        closed_message=selling.message,
    )


def order_form_of(brand_slug: str) -> str:
    """Return the address of the brand's order form, or of the page that says why it has none."""
    has_form = Q(radios__is_on_sale=True) | ~Q(advice="")
    if not Brand.objects.filter(has_form, slug=brand_slug).exists():
        return ""
    return reverse("order_form", args=[brand_slug])
