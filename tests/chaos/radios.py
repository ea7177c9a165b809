"""What is ordered in a storm: radios whose code stands in the book, is calculated by the supplier,
is found by staff, or not at all."""

from collections.abc import Callable
from dataclasses import dataclass

from orders.models import CodeBookEntry
from sandbox.supplier.radios import MODELS
from tests.steps.factories import make_brand, make_fallback_radio, make_radio

PRICES = {"gbp": 1299, "usd": 1599, "sek": 16900}  # and 1499 in euro
CALCULATOR = MODELS["jeep-cherokee"]


@dataclass(frozen=True)
class Kind:
    """`share` of a hundred orders, and `ends`, the states in which they may end. Staff may come
    to look for any code, where what had it was broken or could not be heard."""

    name: str
    share: int
    serial: Callable[[int], str]
    ends: tuple[str, ...]
    in_book: bool = False
    staff_find: bool = False


KINDS = (
    Kind("in the code book", 45, lambda n: f"BP{n:012}", ("delivered", "with_staff"), in_book=True),
    Kind("at the supplier", 25, lambda n: f"BS{n:09}000", ("delivered", "with_staff")),
    Kind("a person finds it", 10, lambda n: f"BP{n:012}", ("delivered",), staff_find=True),
    Kind("a person is looking", 6, lambda n: f"BP{n:012}", ("with_staff",)),
    Kind("in no book", 7, lambda n: f"BX{n:012}", ("released", "with_staff")),
    Kind("unknown to the supplier", 7, lambda n: f"BY{n:09}999", ("released", "with_staff")),
)


def code_of(kind: Kind, place: int) -> str:
    """What the book, the supplier or staff say; other codes are never seen."""
    if kind.name == "at the supplier":
        return CALCULATOR.made_up_code(kind.serial(place))
    return f"{(place * 7919 + 1) % 10_000 or 1:04}"


def fill_the_shelves(drawn: list[Kind]) -> None:
    make_radio(prices=PRICES)
    shelf("BX", sources=["code_book"])
    asks = {"supplier_model": CALCULATOR.name, "length": 14}
    shelf("BS", pattern=r"^BS\d{12}$", sources=["code_book", "supplier", "desk"], **asks)
    shelf("BY", pattern=r"^BY\d{12}$", sources=["code_book", "supplier"], **asks)
    make_fallback_radio(prices=PRICES)
    CodeBookEntry.objects.bulk_create(
        CodeBookEntry.make(make_brand(), kind.serial(place), code_of(kind, place), origin="chaos")
        for place, kind in enumerate(drawn)
        if kind.in_book
    )


def shelf(prefix: str, **values: object) -> None:
    name = f"Nissan radio with a serial starting {prefix}"
    make_radio(**{
        "key": prefix.lower(), "name": name, "prefix": prefix, "prices": PRICES,
        "pattern": rf"^{prefix}\d{{12}}$",
    } | values)  # fmt: skip
