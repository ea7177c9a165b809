"""What the page says about a serial, and where the marks are."""

import pytest

from orders.radio_files import CONTENT, read_radios
from orders.serials import Kind, Mark, Reading, Shape, read

NISSAN = read_radios([CONTENT / "nissan.yaml"])[0].content.known()


def read_nissan(typed: str) -> Reading:
    return read(typed, *NISSAN)


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("BP", "12 digits must follow BP."),
        ("BP12345678", "12 digits must follow BP; 4 are still missing."),
        ("BP12345678901", "12 digits must follow BP; one is still missing."),
        ("BP1234A1", "12 digits must follow BP; 6 are still missing."),
        ("BP1234567890123", "12 digits must follow BP; this has one too many."),
        ("BP12345678901234", "12 digits must follow BP; this has 2 too many."),
        ("815B", "12 digits must follow 815BP."),
        ("DW12N1", "8 characters must follow DW; 4 are still missing."),
        ("123456", "M is missing in front."),
        ("12AB", "11 characters in all; 7 are still missing."),
        ("905CM1", "12 digits must follow CM."),  # lenient: how many there are is not known
        ("PP12", "More characters are needed."),
        ("8", "More characters are needed."),
    ],
)
def test_it_counts_what_is_missing(typed: str, message: str) -> None:
    assert read_nissan(typed).message == message


def test_it_names_the_radio_and_promises_nothing() -> None:
    reading = read_nissan("BP123456789012")

    assert reading.message == (
        "This looks like the serial number of: Nissan Blaupunkt radio (serial BP…)."
    )
    assert reading.advice == "Compare it with the label once more."


def test_it_names_no_maker_where_sources_disagree() -> None:
    reading = read_nissan("CM123456789012")

    assert "serial CM…" in reading.message
    assert not any(maker in reading.message for maker in ("Bosch", "Clarion", "Blaupunkt"))


def test_it_puts_the_mark_under_the_character_in_doubt() -> None:
    reading = read_nissan("BP 1234 567O 9012")

    assert reading.message == "Character 10: this O is probably a 0 (zero)."
    assert reading.advice == "Look at the label again. It probably says BP123456709012."
    assert reading.marks[9] == Mark("O", "this O is probably a 0 (zero)")
    assert [mark.char for mark in reading.marks if not mark.hint] == list("BP12345679012")


def test_it_marks_several() -> None:
    reading = read_nissan("8PI234567890L2")

    assert reading.message == "3 characters look misread."
    assert [at for at, mark in enumerate(reading.marks) if mark.hint] == [0, 2, 12]
    assert reading.marks[0].hint == "this 8 is probably a B (the letter)"


def test_it_marks_slips_in_an_unfinished_serial() -> None:
    reading = read_nissan("BP12O4")

    assert reading.message == "12 digits must follow BP; 8 are still missing."
    assert reading.suggestion == ""
    assert reading.marks[4].hint == "this O is probably a 0 (zero)"


def test_it_marks_what_does_not_fit() -> None:
    reading = read_nissan("BP12W4")

    assert reading.message == "This starts like a serial, but the W does not fit."
    assert reading.advice == "12 digits must follow BP. Compare it with the label."
    assert reading.marks[4].hint == "this W does not fit here"


def test_it_names_characters_that_are_not_part_of_a_serial() -> None:
    reading = read_nissan("BP?12/4?")

    assert reading.message == "“?”, “/” are not part of a serial."
    assert [at for at, mark in enumerate(reading.marks) if mark.hint] == [2, 5, 7]


def test_it_tells_another_alphabet_what_to_do() -> None:
    reading = read_nissan("Р123456")  # a Cyrillic letter

    assert "the letters A to Z" in reading.advice


def test_it_prefers_the_fewest_changes() -> None:
    shapes = [Shape(1, "Digits", r"^\d{5}$"), Shape(2, "One letter", r"^B\d{4}$")]

    assert read("BO123", shapes, []).suggestion == "B0123"


def test_it_does_not_guess_where_half_would_change() -> None:
    assert read("B1LBO", [Shape(1, "Digits", r"^\d{5}$")], []).kind == Kind.UNKNOWN
