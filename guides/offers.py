"""What guides show of what a brand sells. Guides know nothing of shops: one fills the hooks."""

from collections.abc import Callable
from dataclasses import dataclass

from guides.models import Generation, Guide


@dataclass(frozen=True)
class Offer:
    price_text: str  # the lowest price as people read it
    other_prices: str  # the same in the other currencies, or empty
    low_price: str  # as machines read it: 14.99
    high_price: str
    currency: str
    radio_count: int
    promise: str  # how long the code takes
    order_url: str
    is_open: bool  # whether orders are taken now
    closed_message: str

    @property
    def is_from(self) -> bool:
        return self.low_price != self.high_price


def _nothing(guide: Guide, generation: Generation | None) -> Offer | None:
    return None


def _nowhere(brand_slug: str) -> str:
    return ""


offer_for: Callable[[Guide, Generation | None], Offer | None] = _nothing
# the address of a brand's order form, or empty: where a page leads that is not written yet
order_form_of: Callable[[str], str] = _nowhere
