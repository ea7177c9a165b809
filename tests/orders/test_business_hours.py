"""Working time: what the clock on the desk's wall says, over nights, weekends, holidays and the two
Sundays on which it is changed."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.business_hours import WorkingTime, parse_holidays, parse_week, promise

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = WorkingTime(BERLIN, parse_week(["Mon-Fri 09:00-18:00"]), parse_holidays(["2026-12-25"]))
ALWAYS = WorkingTime(BERLIN)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


# ------------------------------------------------------------------ by example
@pytest.mark.parametrize(
    ("start", "work", "end"),
    [
        ("2026-11-23 10:00", 4, "2026-11-23 14:00"),  # a Monday
        ("2026-11-23 10:00", 8, "2026-11-23 18:00"),
        ("2026-11-23 10:00", 9, "2026-11-24 10:00"),  # over night
        ("2026-11-23 06:00", 1, "2026-11-23 10:00"),  # before the desk opens
        ("2026-11-27 17:00", 2, "2026-11-30 10:00"),  # over a weekend
        ("2026-11-28 12:00", 9, "2026-11-30 18:00"),  # from a Saturday
        ("2026-12-24 17:00", 2, "2026-12-28 10:00"),  # a holiday, then a weekend
        ("2026-03-27 17:00", 2, "2026-03-30 10:00"),  # the clock goes forward in between
        ("2026-10-23 17:00", 2, "2026-10-26 10:00"),  # and back
    ],
)
def test_work_is_done_while_the_desk_is_open(start: str, work: int, end: str) -> None:
    assert OFFICE.add(at(start), hours(work)) == at(end)


def test_round_the_clock_an_hour_is_an_hour() -> None:
    assert ALWAYS.add(at("2026-11-28 12:00"), hours(24)) == at("2026-11-29 12:00")


@pytest.mark.parametrize(("day", "length"), [("2026-03-29", 23), ("2026-10-25", 25)])
def test_a_whole_day_is_as_long_as_the_clock_makes_it(day: str, length: int) -> None:
    sundays = WorkingTime(BERLIN, parse_week(["Sun 00:00-24:00"]))
    start = at(f"{day} 00:00")
    assert sundays.between(start, start + hours(30)) == hours(length)


def test_a_shift_that_the_clock_jumps_over_is_none() -> None:
    nights = WorkingTime(BERLIN, parse_week(["Sun 02:30-03:00"]))
    assert nights.add(at("2026-03-29 00:00"), hours(0.5)) == at("2026-04-05 03:00")


def test_nothing_fits_between_a_moment_and_one_before_it() -> None:
    assert OFFICE.between(at("2026-11-24 12:00"), at("2026-11-23 12:00")) == hours(0)


# ------------------------------------------------------------------ whatever the week
def a_shift(day: str, first: int, length: int) -> str:
    return f"{day} {first:02}:30-{min(first + length, 23):02}:45"


shifts = st.builds(
    a_shift, st.sampled_from(["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]),
    st.integers(0, 23), st.integers(0, 10),
)  # fmt: skip
weeks = st.lists(shifts, max_size=7, unique_by=lambda shift: shift[:3]).map(parse_week)
zones = st.sampled_from([BERLIN, ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe")])
# around the days on which these zones change their clocks
days = st.dates(date(2026, 2, 20), date(2026, 11, 20))
desks = st.builds(WorkingTime, zones, weeks, st.frozensets(days, max_size=20))
moments = st.datetimes(datetime(2026, 2, 20), datetime(2026, 11, 20), timezones=st.just(UTC))
work = st.timedeltas(timedelta(minutes=1), timedelta(hours=60))


@given(desks, moments, work)
def test_what_is_added_fits_in_between(desk: WorkingTime, start: datetime, work: timedelta) -> None:
    assert desk.between(start, desk.add(start, work)) == work


@given(desks, moments, work)
def test_work_takes_no_less_than_its_time(
    desk: WorkingTime, start: datetime, work: timedelta
) -> None:
    assert desk.add(start, work) - start >= work


@given(desks, moments, work, work)
def test_work_may_be_done_in_two_parts(
    desk: WorkingTime, start: datetime, first: timedelta, second: timedelta
) -> None:
    assert desk.add(desk.add(start, first), second) == desk.add(start, first + second)


@given(desks, moments, moments, work)
def test_who_begins_later_is_not_done_earlier(
    desk: WorkingTime, one: datetime, other: datetime, work: timedelta
) -> None:
    early, late = sorted([one, other])
    assert desk.add(early, work) <= desk.add(late, work)


@given(desks, moments, work)
def test_work_ends_on_an_open_day(desk: WorkingTime, start: datetime, work: timedelta) -> None:
    ends = desk.add(start, work).astimezone(desk.zone)
    assert desk.is_round_the_clock or (ends - timedelta(minutes=1)).date() not in desk.holidays


# ------------------------------------------------------------------ the settings
@pytest.mark.parametrize(
    "wrong",
    ["Mon-Fri", "Mon 9-18", "Moo 09:00-18:00", "Mon 18:00-09:00", "Mon 09:00-25:00",
     "Mon 09:60-18:00", "Sat-Mon 09:00-18:00"],
)  # fmt: skip
def test_a_week_that_is_none_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError):
        parse_week([wrong])


def test_shifts_of_a_day_do_not_overlap() -> None:
    with pytest.raises(ValueError, match="overlap"):
        parse_week(["Mon-Fri 09:00-18:00", "Fri 12:00-20:00"])


def test_the_promise_says_when_people_work() -> None:
    assert promise(24) == "24 hours"


def test_the_promise_says_which_hours_count(settings: object) -> None:
    settings.DESK_OPEN = ["Mon-Fri 09:00-12:30", "Mon-Thu 13:00-17:00", "Sat 10:00-14:00"]  # type: ignore[attr-defined]
    assert promise(9) == (
        "9 working hours, Mon–Thu 09:00–12:30 and 13:00–17:00, Fri 09:00–12:30, "
        "Sat 10:00–14:00 (time in Berlin)"
    )
