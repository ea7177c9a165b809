"""What a serial is taken for, with the shapes that are sold."""

import pytest

from orders.radio_files import CONTENT, RadioFile, read_radios
from orders.serials import Kind, Reading, Shape, Trap, normalise, read

SOLD = {file.path.stem: file.content for file in read_radios([CONTENT])}


def read_for(brand: str, typed: str) -> Reading:
    return read(typed, *SOLD[brand].known())


def radio_key(content: RadioFile, reading: Reading) -> str:
    return content.radios[reading.shape.key].key if reading.shape else ""


@pytest.mark.parametrize(
    "typed",
    [
        "bp123456789012",
        " BP 1234 5678 9012\t",
        "BP-1234-5678-9012",
        "BP\N{NO-BREAK SPACE}1234\N{NON-BREAKING HYPHEN}5678\N{EN DASH}9012",
        "BP1234\N{EM DASH}56789012\N{ZERO WIDTH SPACE}",
        "BP1234\N{MINUS SIGN}56789012\N{SOFT HYPHEN}",
        "ＢＰ１２３４５６７８９０１２",
    ],
)
def test_it_drops_what_does_not_matter(typed: str) -> None:
    assert normalise(typed) == "BP123456789012"


@pytest.mark.parametrize(
    ("brand", "typed", "key"),
    [
        ("nissan", "BP 1234 5678 9012", "blaupunkt-bp"),
        ("nissan", "BP1234X1234567", "blaupunkt-bp"),
        ("nissan", "BP1234A1234567", "blaupunkt-bp"),  # lenient
        ("nissan", "815BP123456789012", "blaupunkt-815bp"),
        ("nissan", "217BP1234A1234567", "blaupunkt-815bp"),  # lenient, as long as a VIN
        ("nissan", "CL1234X1234567", "clarion-cl"),
        ("nissan", "PN123456789012", "clarion-pp-pn"),
        ("nissan", "CM123456789012", "bosch-cm"),
        ("nissan", "905CM1234A1234567", "bosch-cm"),
        ("nissan", "DW12N12345", "daewoo-dw"),
        ("nissan", "M123456", "m6"),
        ("nissan", "A1234567", "a7"),
        ("nissan", "12ABC3D4567", "visteon-alnum"),
        ("nissan", "0123456", "nissan-connect-lcn"),
        ("nissan", "A123", "renault-precode"),
        ("ford", "M0123456", "m-series"),
        ("ford", "815 C7 1A1234A1234567", "blaupunkt-c7"),
        ("vauxhall-opel", "12345678", "standard-numeric"),
        ("vauxhall-opel", "2811 12345 RTA123", "renault-vans"),
        ("honda", "U1234 L5678", "u-l"),
        ("honda", "HFA12345678", "navi"),
    ],
)
def test_it_recognises_a_serial(brand: str, typed: str, key: str) -> None:
    reading = read_for(brand, typed)

    assert reading.kind == Kind.RECOGNISED
    assert radio_key(SOLD[brand], reading) == key


@pytest.mark.parametrize(
    ("brand", "typed", "key"),
    [
        ("fiat", "12A456", "visteon"),
        ("fiat", "12345", "daiichi"),
        ("ford", "1234567", "travelpilot-7"),
    ],
)
def test_it_wants_a_confirmation_of_a_shape_that_much_fits(
    brand: str, typed: str, key: str
) -> None:
    reading = read_for(brand, typed)

    assert reading.kind == Kind.TO_CONFIRM
    assert radio_key(SOLD[brand], reading) == key


@pytest.mark.parametrize(
    ("brand", "typed", "meant"),
    [
        ("nissan", "BPI2345678901O", "BP123456789010"),
        ("nissan", "BP1234O1234567", "BP123401234567"),  # the lenient pattern would let it pass
        ("nissan", "8P123456789012", "BP123456789012"),
        ("nissan", "8158P123456789012", "815BP123456789012"),  # as long as a VIN
        ("nissan", "C1123456789012", "CL123456789012"),
        ("nissan", "DW12NI2345", "DW12N12345"),
        ("nissan", "0I23456", "0123456"),
        ("nissan", "A12O", "A120"),
        ("ford", "V12345B", "V123458"),
        ("honda", "1234567O", "12345670"),
        ("honda", "U1234 L567O", "U1234L5670"),
        ("volkswagen", "VVZ1Z2A1234567", ""),  # V and W are not among the look-alikes
    ],
)
def test_it_points_at_look_alikes(brand: str, typed: str, meant: str) -> None:
    reading = read_for(brand, typed)

    assert (reading.kind == Kind.DOUBTFUL) is bool(meant)
    assert reading.suggestion == meant


@pytest.mark.parametrize(
    ("brand", "typed", "what"),
    [
        ("nissan", "28185-AX300", "a part number"),
        ("nissan", "7 612 830 123", "a part number or device number"),
        ("nissan", "8123456789", "a number of an older Blaupunkt radio"),
        ("nissan", "SJN-ABCD-1234567890", "the car's number (VIN)"),
        ("nissan", "1234", "a code"),
        ("nissan", "12345", "a code"),
        ("nissan", "XYZW", "a word"),
        ("ford", "50702000", "a line that the display repeats"),
        ("peugeot-citroen", "7123456789", "a part number or device number"),
    ],
)
def test_it_knows_what_is_not_a_serial(brand: str, typed: str, what: str) -> None:
    reading = read_for(brand, typed)

    assert reading.kind == Kind.NOT_A_SERIAL
    assert reading.message == f"This looks like {what}, not like a serial."


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("BP12345678", "blaupunkt-bp"),
        ("BP1234A1", "blaupunkt-bp"),  # lenient
        ("BP12O4", "blaupunkt-bp"),  # with a slip
        ("8P1234", "blaupunkt-bp"),  # with a slip in the prefix
        ("BP1234567890123", "blaupunkt-bp"),  # too long
        ("815B", "blaupunkt-815bp"),
        ("905CM1", "bosch-cm"),
        ("DW12N1234", "daewoo-dw"),
        ("M1234", "m6"),
        ("A1234", "a7"),
        ("123456", "m6"),  # its letter is missing
        ("12AB", "visteon-alnum"),
        ("PP123", "clarion-pp-pn"),
    ],
)
def test_it_sees_an_unfinished_serial(typed: str, key: str) -> None:
    reading = read_for("nissan", typed)

    assert reading.kind == Kind.INCOMPLETE
    assert radio_key(SOLD["nissan"], reading) == key


@pytest.mark.parametrize("typed", ["8", "B", "81", "XY", "Q", "XYZ", "A12", "BP1", "1"])
def test_it_holds_nothing_against_who_has_just_begun(typed: str) -> None:
    reading = read_for("nissan", typed)

    assert reading.kind == Kind.INCOMPLETE
    assert not any(mark.hint for mark in reading.marks)


@pytest.mark.parametrize(
    "typed", ["X9ZW", "V123456", "12345678", "BP12W", "BP12345678901W", "9" * 41]
)
def test_it_says_so_where_it_does_not_know(typed: str) -> None:
    reading = read_for("nissan", typed)

    assert reading.kind == Kind.UNKNOWN
    assert reading.shape is None


@pytest.mark.parametrize("typed", ["BP?123", "BP/1234", "ВР123456789012", "BP١٢٣"])
def test_it_refuses_characters_that_no_serial_has(typed: str) -> None:
    assert read_for("nissan", typed).kind == Kind.UNREADABLE


@pytest.mark.parametrize("typed", ["", "   ", "--", "\N{ZERO WIDTH SPACE}"])
def test_it_takes_spaces_and_dashes_for_nothing(typed: str) -> None:
    assert read_for("nissan", typed).kind == Kind.EMPTY


@pytest.mark.parametrize("pattern", ["[", "(" * 2000, "*", "(?P<1>A)"])
def test_a_broken_pattern_fits_nothing(pattern: str) -> None:
    shapes = [
        Shape(1, "Broken", pattern, lenient_pattern=pattern, prefix="BP", length=14),
        Shape(2, "Whole", r"^BP\d{12}$"),
    ]

    reading = read("BP123456789012", shapes, [Trap("a trap", pattern, "Nothing.")])

    assert reading.shape == shapes[1]
