"""Working hours of the staff desk, and calculations in working time. Pure functions.

    DESK_OPEN=Mon-Fri 09:00-18:00, Sat 10:00-14:00
    DESK_HOLIDAYS=2026-12-25, 2026-12-26

Times are local: a shift during which the clocks change is an hour shorter or longer. Without
DESK_OPEN the desk never closes.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext, ngettext

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY = timedelta(days=1)
SHIFT = re.compile(r"(\w{3})(?:-(\w{3}))? (\d\d:\d\d)-(\d\d:\d\d)", re.ASCII)
Hours = tuple[timedelta, timedelta]  # of a day, from its midnight


@dataclass(frozen=True)
class WorkingTime:
    """`shifts` by day of the week, Monday first; none at all: round the clock."""

    zone: ZoneInfo
    shifts: tuple[tuple[Hours, ...], ...] = ((),) * 7
    holidays: frozenset[date] = frozenset()

    @property
    def is_round_the_clock(self) -> bool:
        return not any(self.shifts)

    def add(self, at: datetime, work: timedelta) -> datetime:
        """Return the time at which so much working time has passed since `at`."""
        if self.is_round_the_clock:
            return at + work
        for opens, closes in self.open_from(at):
            if closes - opens >= work:
                return opens + work
            work -= closes - opens
        raise AssertionError("days never end")

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Return the working time between two times; none if `end` is before `start`."""
        if self.is_round_the_clock:
            return max(end - start, timedelta(0))
        total = timedelta(0)
        for opens, closes in self.open_from(start):
            if opens >= end:
                return total
            total += min(closes, end) - opens
        raise AssertionError("days never end")

    def open_from(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield the rest of the shift that runs at `at`, then all later shifts, without end."""
        day = at.astimezone(self.zone).date()
        while True:
            for opens, closes in self._shifts_of(day):
                if closes > at:
                    yield max(opens, at), closes
            day += DAY

    def _shifts_of(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        for start, end in () if day in self.holidays else self.shifts[day.weekday()]:
            opens, closes = self._moment(day, start), self._moment(day, end)
            if opens < closes:  # not where the clock jumps over all of it
                yield opens, closes

    def _moment(self, day: date, into: timedelta) -> datetime:
        """Return the time in UTC: Python ignores clock changes between two local times."""
        local = datetime.combine(day, time.min) + into
        return local.replace(tzinfo=self.zone).astimezone(UTC)

    # ------------------------------------------------------------------ in words
    def __str__(self) -> str:
        """Mon–Fri 09:00–18:00, Sat 10:00–14:00 (time in Berlin)."""
        runs: list[list[int]] = []
        for day, hours in enumerate(self.shifts):
            if runs and runs[-1][-1] == day - 1 and self.shifts[day - 1] == hours:
                runs[-1].append(day)
            elif hours:
                runs.append([day])
        week = ", ".join(f"{_days(run)} {_hours(self.shifts[run[0]])}" for run in runs)
        place = self.zone.key.rpartition("/")[2].replace("_", " ")
        return gettext("%(week)s (time in %(place)s)") % {"week": week, "place": place}


def _days(run: list[int]) -> str:
    first, last = (str(WEEKDAYS_ABBR[day]) for day in (run[0], run[-1]))
    return first if len(run) == 1 else f"{first}–{last}"


def _hours(shifts: tuple[Hours, ...]) -> str:
    return gettext(" and ").join(f"{_wall(start)}–{_wall(end)}" for start, end in shifts)


def _wall(into: timedelta) -> str:
    minutes = into // timedelta(minutes=1)
    return f"{minutes // 60:02}:{minutes % 60:02}"


# ------------------------------------------------------------------ reading the settings
def parse_week(shifts: Iterable[str]) -> tuple[tuple[Hours, ...], ...]:
    """Parse "Mon-Fri 09:00-18:00" and the like. Raises ValueError."""
    week: list[list[Hours]] = [[] for _day in DAYS]
    for text in filter(None, map(str.strip, shifts)):
        match = SHIFT.fullmatch(text)
        if not match:
            raise ValueError(f"{text!r} is not of the form Mon-Fri 09:00-18:00")
        first, last, start, end = match.groups()
        hours = _parse_time(start), _parse_time(end)
        if hours[0] >= hours[1]:
            raise ValueError(f"{text!r} ends before it begins")
        days = range(_parse_day(first), _parse_day(last or first) + 1)
        if not days:
            raise ValueError(f"{text!r} runs over the end of the week: write two")
        for day in days:
            week[day].append(hours)
    for shifts_of_day in week:
        shifts_of_day.sort()
        if any(former[1] > latter[0] for former, latter in pairwise(shifts_of_day)):
            raise ValueError("two shifts of one day overlap")
    return tuple(map(tuple, week))


def _parse_day(name: str) -> int:
    if name.lower() not in DAYS:
        raise ValueError(f"{name!r} is no day: Mon, Tue, Wed, Thu, Fri, Sat, Sun")
    return DAYS.index(name.lower())


def _parse_time(text: str) -> timedelta:
    hours, minutes = map(int, text.split(":"))
    into = timedelta(hours=hours, minutes=minutes)
    if minutes > 59 or into > DAY:
        raise ValueError(f"{text!r} is no time of day")
    return into


def parse_holidays(days: Iterable[str]) -> frozenset[date]:
    """Raises ValueError."""
    return frozenset(date.fromisoformat(day.strip()) for day in days if day.strip())


def working_time() -> WorkingTime:
    """Return the working hours of the settings. Raises ValueError if they cannot be parsed."""
    return _read(tuple(settings.DESK_OPEN), tuple(settings.DESK_HOLIDAYS), settings.TIME_ZONE)


@lru_cache(maxsize=8)
def _read(week: tuple[str, ...], holidays: tuple[str, ...], zone: str) -> WorkingTime:
    return WorkingTime(ZoneInfo(zone), parse_week(week), parse_holidays(holidays))


def promise(hours: int) -> str:
    """Word the promised time: "24 hours", or "9 working hours" and when those are."""
    desk = working_time()
    if desk.is_round_the_clock:
        return ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours}
    words = ngettext("%(n)d working hour, %(week)s", "%(n)d working hours, %(week)s", hours)
    return words % {"n": hours, "week": desk}
