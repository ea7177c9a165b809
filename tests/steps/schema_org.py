"""The part of schema.org's vocabulary (release 29) that the pages use, copied by hand: each type
with the type above it and its own properties. `needed` is what search engines ask for beyond it."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

ABOVE = {
    "Intangible": "Thing", "ItemList": "Intangible", "BreadcrumbList": "ItemList",
    "ListItem": "Intangible", "Brand": "Intangible", "Offer": "Intangible",
    "AggregateOffer": "Offer", "Product": "Thing", "Organization": "Thing",
}  # fmt: skip
PROPERTIES = {
    "Thing": {"name", "description", "image", "url"},
    "ItemList": {"itemListElement"},
    "ListItem": {"item", "position"},
    "Product": {"brand", "offers"},
    "Offer": {"availability", "price", "priceCurrency", "seller"},
    "AggregateOffer": {"lowPrice", "highPrice", "offerCount", "offers"},
    "Organization": {"address", "email", "legalName", "logo", "telephone", "vatID"},
}
NEEDED = {
    "BreadcrumbList": {"itemListElement"},
    "ListItem": {"position", "name", "item"},
    "Product": {"name", "description", "image", "brand", "offers"},
    "Brand": {"name"},
    "Organization": {"name", "url"},
    "Offer": {"price", "priceCurrency", "availability", "url", "seller"},
    "AggregateOffer": {"lowPrice", "highPrice", "offerCount", "priceCurrency"},
}
# a property's value: the type of a thing, or what makes sense of a text
VALUES: dict[str, Any] = {
    "itemListElement": "ListItem", "brand": "Brand", "offers": "Offer", "seller": "Organization",
    "price": Decimal, "lowPrice": Decimal, "highPrice": Decimal,
}  # fmt: skip
ADDRESSES = {"url", "item", "image", "availability", "logo"}


def faults(thing: dict[str, Any]) -> Iterator[str]:
    kind = thing.get("@type", "")
    if kind not in NEEDED:
        yield f"{kind!r} is no type that we know"
        return
    line = [kind]
    while line[-1] != "Thing":
        line.append(ABOVE[line[-1]])
    known = set().union(*(PROPERTIES.get(each, set()) for each in line))
    own = thing.keys() - {"@type"}
    yield from (f"{kind} has no {name}" for name in own - known)
    yield from (f"{kind} lacks {name}" for name in NEEDED[kind] - own)
    yield from (f"{kind}.{name} is empty" for name in own if thing[name] in ("", None, []))
    for name in own & known:
        values = thing[name] if isinstance(thing[name], list) else [thing[name]]
        for value in values:
            yield from _value_faults(f"{kind}.{name}", name, value)


def _value_faults(place: str, name: str, value: Any) -> Iterator[str]:
    wanted = VALUES.get(name)
    if isinstance(wanted, str):
        found = value.get("@type") if isinstance(value, dict) else None
        if wanted not in (found, ABOVE.get(str(found))):
            yield f"{place} is {found}, not {wanted}"
        else:
            yield from faults(value)
    elif isinstance(value, dict):
        yield f"{place} is no text"
    elif wanted:
        wanted(value)  # raises ValueError
    if name in ADDRESSES and not (urlsplit(str(value)).scheme and urlsplit(str(value)).netloc):
        yield f"{place} is no whole address: {value}"
