"""Methods by which a code follows from the serial, and their limits."""

import random

import pytest

from orders.retrieval.calculators import CALCULATORS, compute

# Each pair was seen on a sticker, in a public table, or confirmed by an owner.
PAIRS = [
    ("ford_m", "M140687", "8593"),
    ("ford_m", "M011936", "3128"),
    ("ford_m", "M056347", "1581"),
    ("ford_m", "M212365", "3633"),
    ("renault_precode", "O818", "1126"),
    ("renault_precode", "Y020", "1902"),
    ("nissan_bp", "BP538469512132", "0349"),
    ("nissan_bp", "BP538761136958", "5427"),
    ("nissan_bp", "BP538769684801", "6543"),
]


@pytest.mark.parametrize(("family", "serial", "code"), PAIRS)
def test_it_computes_the_known_pairs(family: str, serial: str, code: str) -> None:
    found = compute(family, serial)
    assert found and (found.code, found.kind) == (code, "")


@pytest.mark.parametrize(
    ("family", "serial"),
    [
        ("ford_m", "123456"),  # without its M it may be a V radio
        ("ford_m", "V123456"),
        ("ford_m", "M12345"),
        ("ford_m", "M1234567"),
        ("ford_m", "M１２３４５６"),
        ("renault_precode", "A012"),
        ("renault_precode", "AB12"),
        ("renault_precode", "a123"),
        ("renault_precode", "É123"),
        ("nissan_bp", "815BP538469512132"),
        ("nissan_bp", "BP5384A9512132"),
        ("nissan_bp", "BP53846951213"),
        ("vag", "VWZ1Z2A1234567"),
        ("", "M123456"),
    ],
)
def test_beyond_its_limits_it_computes_nothing(family: str, serial: str) -> None:
    assert compute(family, serial) is None


def test_a_code_has_four_digits_for_every_serial() -> None:
    drawn = random.Random(13)
    serials = [("ford_m", f"M{drawn.randrange(10**6):06}") for _ in range(2000)]
    serials += [("nissan_bp", f"BP{drawn.randrange(10**12):012}") for _ in range(2000)]
    serials += [("renault_precode", f"{chr(66 + n // 1000)}{n % 1000:03}") for n in range(25_000)]
    codes = [found.code for each in serials if (found := compute(*each))]
    assert len(codes) == len(serials)
    assert all(len(code) == 4 and code.isascii() and code.isdecimal() for code in codes)


def test_serials_with_an_x_are_a_kind_of_their_own() -> None:
    found, digit = compute("nissan_bp", "BP5384X9512132"), compute("nissan_bp", "BP538409512132")
    assert found and digit
    assert (found.kind, digit.kind, found.code) == ("x", "", digit.code)


def test_the_exception_is_a_kind_of_its_own() -> None:
    drawn = random.Random(13)
    serials = [f"BP{drawn.randrange(10**12):012}" for _ in range(5000)]
    found = [each for serial in serials if (each := compute("nissan_bp", serial))]
    exceptions = [each.code for each in found if each.kind == "exception"]
    assert 20 < len(exceptions) < 100  # about one in a hundred
    assert all(code[:2] == "13" and code[3] == "2" for code in exceptions)


def test_no_code_is_in_the_repr() -> None:
    assert "8593" not in repr(compute("ford_m", "M140687"))


def test_what_ships_released_is_known() -> None:
    ships = {name: each.ships_released for name, each in CALCULATORS.items()}
    assert ships == {"ford_m": True, "renault_precode": True, "nissan_bp": False}
