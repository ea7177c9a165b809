"""What holds for every serial, found out with many invented ones."""

import re
import time

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from orders.radio_files import CONTENT, read_radios
from orders.serials import Kind, Shape, Trap, normalise, read
from tests.steps.factories import NEVER_ENDING

BRANDS = {file.path.stem: file.content.known() for file in read_radios([CONTENT])}
SHAPES = [(brand, shape) for brand, (shapes, _traps) in BRANDS.items() for shape in shapes]
PREFIXES = [shape for shape in BRANDS["nissan"][0] if shape.prefix]
TYPED = st.text(max_size=60) | st.text("BP0O1ILX85 -?", max_size=20)

unhurried = settings(deadline=None)  # the machine may be busy; what must end is timed below


def serials_of(shape: Shape) -> st.SearchStrategy[str]:
    return st.from_regex(re.compile(shape.pattern, re.ASCII), fullmatch=True).map(normalise)


@unhurried
@given(st.sampled_from(SHAPES), st.data())
def test_every_serial_of_a_strict_shape_is_recognised(
    sold: tuple[str, Shape], data: st.DataObject
) -> None:
    brand, shape = sold
    serial = data.draw(serials_of(shape))

    reading = read(serial, *BRANDS[brand])

    if reading.kind == Kind.NOT_A_SERIAL:  # part numbers and words fit a wide shape too
        assert shape.is_wide
        return
    assert reading.kind == (Kind.TO_CONFIRM if shape.needs_confirmation else Kind.RECOGNISED)
    assert reading.shape is not None
    assert reading.shape.key <= shape.key  # itself, or one that stands before it


@unhurried
@given(st.sampled_from(BRANDS["nissan"][0]), st.data())
def test_an_o_for_a_zero_is_always_pointed_out(shape: Shape, data: st.DataObject) -> None:
    serial = data.draw(serials_of(shape))
    place = data.draw(st.sampled_from([at for at, char in enumerate(serial) if char.isdigit()]))
    meant = serial[:place] + "0" + serial[place + 1 :]
    typed = serial[:place] + "O" + serial[place + 1 :]
    assume(re.fullmatch(shape.pattern, meant))  # 815BP has digits that must stay
    reading = read(typed, *BRANDS["nissan"])
    assume(reading.kind != Kind.RECOGNISED)  # some shapes take a letter there as well

    assert reading.kind == Kind.DOUBTFUL
    assert reading.suggestion == meant
    assert [at for at, mark in enumerate(reading.marks) if mark.hint] == [place]


@unhurried
@given(st.sampled_from(PREFIXES), st.data())
def test_every_beginning_is_incomplete(shape: Shape, data: st.DataObject) -> None:
    serial = data.draw(serials_of(shape))
    end = data.draw(st.integers(len(shape.prefix) + 3, len(serial) - 1))
    reading = read(serial[:end], *BRANDS["nissan"])
    assume(reading.kind != Kind.RECOGNISED)  # A123 is whole, though A1234567 begins so

    assert reading.kind == Kind.INCOMPLETE
    assert reading.shape == shape


@given(TYPED)
def test_normalising_twice_changes_nothing(typed: str) -> None:
    assert normalise(normalise(typed)) == normalise(typed)


@unhurried
@given(TYPED, st.sampled_from(sorted(BRANDS)))
def test_it_says_something_of_everything(typed: str, brand: str) -> None:
    reading = read(typed, *BRANDS[brand])

    assert "".join(mark.char for mark in reading.marks) == reading.serial == normalise(typed)
    assert bool(reading.message) is (reading.kind != Kind.EMPTY)


@unhurried
@given(TYPED, st.text(max_size=20), st.text(max_size=4), st.none() | st.integers(0, 40))
def test_no_pattern_makes_it_fail(
    typed: str, pattern: str, prefix: str, length: int | None
) -> None:
    shape = Shape(1, "Odd", pattern, pattern, prefix, length, example=typed)

    read(typed, [shape], [Trap("a trap", pattern, "Nothing.")])


@pytest.mark.parametrize("typed", ["A1" * 20, "1" * 40])
def test_a_pattern_that_never_ends_is_given_up(typed: str) -> None:
    shapes, traps = BRANDS["nissan"]
    endless = Shape(99, "Endless", NEVER_ENDING, NEVER_ENDING, prefix="A", length=20)
    started = time.process_time()

    reading = read(typed, [endless, *shapes], traps)

    assert 0.1 < time.process_time() - started < 2
    assert reading.kind == Kind.UNKNOWN
