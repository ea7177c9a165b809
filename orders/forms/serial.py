"""What a customer typed as a serial number, and the radio that is sold for it."""

from guides.models import Brand
from orders.models import Radio, catalogue
from orders.serials import LONGEST_TYPED, Grammar, Reading, understand

__all__ = ["LONGEST_TYPED", "radio_for", "read_serial"]


def read_serial(typed: str, brand: Brand) -> Reading:
    brands = catalogue()
    grammar = brands.by_slug.get(brand.slug) or Grammar(brand.slug, brand.name)
    return understand(typed, grammar, brands)


def radio_for(reading: Reading, brand: Brand) -> Radio | None:
    """Return the radio for a serial; the brand's fallback if no shape was recognised."""
    radios = Radio.objects.filter(brand=brand, is_on_sale=True)
    if reading.sold_key is not None:
        return radios.filter(pk=reading.sold_key).first()
    return radios.filter(is_fallback=True).first()
