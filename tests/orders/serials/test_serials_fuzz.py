"""A small run of `make fuzz`: words, fragments of labels, and serials of every make."""

from tests.steps.odd_serials import Fuzz


def test_no_word_is_sold_a_code_and_no_serial_is_refused() -> None:
    faults = list(Fuzz("tests").faults(400))

    assert not faults, "\n".join(faults[:20])
