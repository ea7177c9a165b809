"""Families of computed codes in any state, and serials that speak for or against them."""

from typing import Any

from orders.lib import crypto
from orders.models import CodeFamily, Comparison, Order, Radio
from orders.retrieval.calculators import compute
from orders.tasks import retrieve_code
from tests.steps.factories import make_brand, make_order, make_radio

MICRA, MICRA_CODE = "BP538469512132", "0349"
FORD, FORD_CODE = "M140687", "8593"


def make_family(name: str = "nissan_bp", state: str = "trial", **values: Any) -> CodeFamily:
    return CodeFamily.objects.update_or_create(name=name, defaults={"state": state} | values)[0]


def make_micra_radio(**values: Any) -> Radio:
    return make_radio(key="micra", family="nissan_bp", example=MICRA, **values)


def make_ford_radio(**values: Any) -> Radio:
    return make_radio(**{
        "brand": make_brand(slug="ford", name="Ford"), "key": "m", "family": "ford_m",
        "name": "Ford M", "pattern": r"^M\d{6}$", "prefix": "M", "length": 7, "example": FORD,
        "sources": ["code_book", "supplier", "desk"], "supplier_model": "ford-m-series",
        "supplier_pattern": r"^M(\d{6})$",
    } | values)  # fmt: skip


def serials(count: int, kind: str = "") -> list[str]:
    """Serials of Nissan's family and of this kind."""
    fifth = "X" if kind == "x" else "0"
    numbers = (f"BP{n:04}{fifth}{n * 7919 % 10**7:07}" for n in range(1, 100 * count))
    found = (s for s in numbers if (c := compute("nissan_bp", s)) and c.kind == kind)
    return [next(found) for _ in range(count)]


def make_comparison(family: CodeFamily, serial: str, **values: Any) -> Comparison:
    computed = compute(family.name, serial)
    assert computed
    return Comparison.objects.create(**{
        "family": family, "serial_hash": crypto.hashes_in_family(family.name, serial)[0],
        "serial_encrypted": crypto.encrypt(serial), "kind": computed.kind, "is_equal": True,
        "source": "desk",
    } | values)  # fmt: skip


def make_proof(family: CodeFamily, count: int = 29, buyers: int = 10) -> None:
    """Equal serials of so many buyers."""
    for number, serial in enumerate(serials(count)):
        order = make_order(
            radio=make_micra_radio(), serial=serial, status="delivered",
            email=f"buyer{number % buyers}@example.com",
        )  # fmt: skip
        make_comparison(family, serial, order=order)


def retrieved(order: Order) -> Order:
    retrieve_code(order.pk)
    order.refresh_from_db()
    return order


def placed(radio: Radio, serial: str, **values: Any) -> Order:
    return make_order(radio=radio, serial=serial, status="placed", **values)
