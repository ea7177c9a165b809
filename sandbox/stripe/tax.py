"""Stripe Tax, as far as prices that include it go.

The rates are the stand-in's own: plausible, good for tests, and for no tax return.
"""

from sandbox.stripe.errors import Refused
from sandbox.stripe.store import Json

# in hundredths of a percent, by the customer's country; elsewhere nothing is registered
RATES = {
    "AT": 2000, "BE": 2100, "CH": 810, "DE": 1900, "DK": 2500, "ES": 2100, "FR": 2000, "GB": 2000,
    "IE": 2300, "IT": 2200, "NL": 2100, "NO": 2500, "PL": 2300, "PT": 2300, "SE": 2500,
}  # fmt: skip
HUNDRED_PERCENT = 100_00
NO_TAX: Json = {"enabled": False, "liability": None, "provider": None, "status": None}


def check(params: Json) -> None:
    """Prices must say whether the tax is in them; this account has set no default."""
    if not is_wanted(params):
        return
    for index, item in enumerate(params["line_items"]):
        behavior = item.get("price_data", {}).get("tax_behavior", "unspecified")
        where = f"line_items[{index}][price_data][tax_behavior]"
        if behavior == "unspecified":
            text = "You must set `tax_behavior` to calculate tax automatically."
            raise Refused(text, None, where)
        if behavior != "inclusive":
            raise Refused("This stand-in knows only `tax_behavior=inclusive`.", None, where)


def is_wanted(params: Json) -> bool:
    return bool(params.get("automatic_tax", {}).get("enabled"))


def before_payment(params: Json) -> Json:
    """Nothing can be worked out until the customer's country is known."""
    if not is_wanted(params):
        return dict(NO_TAX)
    return {
        "enabled": True,
        "liability": {"type": "self"},
        "provider": "stripe",
        "status": "requires_location_inputs",
    }


def within(amount: int, country: str) -> int:
    """The tax within an amount, rounded to the nearest minor unit."""
    rate = RATES.get(country, 0)
    return (2 * amount * rate + HUNDRED_PERCENT + rate) // (2 * (HUNDRED_PERCENT + rate))


def apply(session: Json, items: list[Json], country: str | None) -> None:
    """Where the customer is decides; what they pay stays the same."""
    if not session["automatic_tax"]["enabled"]:
        return
    if country is None:
        raise Refused("Tax cannot be calculated without the customer's country.")
    for item in items:
        item["amount_tax"] = within(item["amount_total"], country)
    session["automatic_tax"]["status"] = "complete"
    session["total_details"]["amount_tax"] = sum(item["amount_tax"] for item in items)
