"""Which of the numbers on a label is the serial."""

import pytest

from orders.serials import Grammar, Shape
from orders.serials.label import serials_on_label

BP = "BP538469512132"
CM = "CM123456789012"
SHAPES = [
    Shape(1, "BP radio", r"^BP\d{4}[\dX]\d{7}$", prefix="BP", length=14, example=BP),
    Shape(2, "CM radio", r"^CM\d{4}[0-9A-Z]\d{7}$", prefix="CM", length=14, example=CM),
]
NISSAN = Grammar("nissan", "Nissan", SHAPES)


@pytest.mark.parametrize(
    ("barcodes", "lines", "found"),
    [
        ([], [], []),
        ([], ["BLAUPUNKT", "Part No. 28185 BC20A", "12V"], []),
        ([], ["BLAUPUNKT", "28185 BC20A", f"S/N {BP}", "7 648 356 388"], [BP]),
        ([], ["BP5384 6951 2132"], [BP]),
        ([], ["BP53846951Z132"], [BP]),
        ([BP], ["BP538469512133"], [BP]),
        ([BP], ["28185BC20A"], [BP]),
        (["7648356388"], ["Made in Portugal"], []),
        ([], [BP, CM], [BP, CM]),
        ([], [BP, f"S/N {CM}"], [CM]),
        ([], [BP, "Serial No.", CM], [CM]),
    ],
)
def test_the_serial_on_a_label(barcodes: list[str], lines: list[str], found: list[str]) -> None:
    assert serials_on_label(barcodes, lines, NISSAN) == found
