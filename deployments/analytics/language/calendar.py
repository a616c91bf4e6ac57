"""Calendar arithmetic: periods as half-open intervals of days, fiscal years and week starts included."""

from __future__ import annotations

import calendar as stdlib_calendar
import datetime as dt
from dataclasses import dataclass

from dateutil.relativedelta import relativedelta

from deployments.analytics.model.schema import Calendar
from deployments.contracts.query import Grain

UNITS = {"day": Grain.DAY, "week": Grain.WEEK, "month": Grain.MONTH, "quarter": Grain.QUARTER, "year": Grain.YEAR}
_STEP = {
    Grain.DAY: relativedelta(days=1),
    Grain.WEEK: relativedelta(weeks=1),
    Grain.MONTH: relativedelta(months=1),
    Grain.QUARTER: relativedelta(months=3),
    Grain.YEAR: relativedelta(years=1),
}


@dataclass(frozen=True, slots=True)
class Interval:
    """start <= day < end, either side open. `label` says it in words; `unit` is the period's size where it is one
    calendar period ("May 2026" is a month); `assumed` tells how an open question was settled (which year is meant)."""

    start: dt.date | None
    end: dt.date | None
    label: str
    unit: Grain | None = None
    assumed: str = ""

    @property
    def years(self) -> tuple[int | None, int | None] | None:
        """(first, last) year, inclusive, where the interval is made of whole years; else None."""
        for day in (self.start, self.end):
            if day is not None and (day.month, day.day) != (1, 1):
                return None
        return (
            None if self.start is None else self.start.year,
            None if self.end is None else self.end.year - 1,
        )

    def shifted(self, unit: Grain, count: int) -> Interval:
        """The same interval `count` units later (negative: earlier)."""
        start = None if self.start is None else self.start + _STEP[unit] * count
        end = None if self.end is None else self.end + _STEP[unit] * count
        if self.start and self.end and self.unit in (Grain.MONTH, Grain.QUARTER, Grain.YEAR):
            return period(self.unit, start or self.start)
        return Interval(
            start, end, f"{self.label}, {abs(count)} {unit} {'later' if count > 0 else 'earlier'}", self.unit
        )


class ImpossibleDateError(ValueError):
    """A day that no calendar has, such as 31 February."""


def make_day(year: int, month: int, day: int) -> dt.date:
    """The day, or ImpossibleDateError."""
    try:
        return dt.date(year, month, day)
    except ValueError as error:
        name = stdlib_calendar.month_name[month] if 1 <= month <= 12 else f"month {month}"
        raise ImpossibleDateError(f"{day} {name} {year}") from error


def floor(day: dt.date, unit: Grain, calendar: Calendar) -> dt.date:
    """The first day of the period that holds `day`."""
    if unit is Grain.WEEK:
        return day - dt.timedelta(days=(day.weekday() - calendar.week_start) % 7)
    if unit is Grain.MONTH:
        return day.replace(day=1)
    if unit is Grain.QUARTER:
        return dt.date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)
    if unit is Grain.YEAR:
        return dt.date(day.year, 1, 1)
    return day


def step(day: dt.date, unit: Grain, count: int) -> dt.date:
    """`count` units after `day`."""
    return day + _STEP[unit] * count


def period(unit: Grain, start: dt.date, label: str | None = None) -> Interval:
    """The period of one unit that begins at `start`."""
    return Interval(start, start + _STEP[unit], label or name(unit, start), unit)


def name(unit: Grain, start: dt.date) -> str:
    """What people call the period: May 2026, Q3 2025, 12 May 2026."""
    if unit is Grain.YEAR:
        return str(start.year)
    if unit is Grain.QUARTER:
        return f"Q{(start.month - 1) // 3 + 1} {start.year}"
    if unit is Grain.MONTH:
        return f"{stdlib_calendar.month_name[start.month]} {start.year}"
    if unit is Grain.WEEK:
        return f"the week of {start.day} {stdlib_calendar.month_name[start.month]} {start.year}"
    return f"{start.day} {stdlib_calendar.month_name[start.month]} {start.year}"


def fiscal_year(year: int, calendar: Calendar) -> Interval:
    """The fiscal year called `year`."""
    month = calendar.fiscal_year_start
    first = year if month == 1 or calendar.fiscal_named_by_start else year - 1
    start = dt.date(first, month, 1)
    return Interval(start, start + relativedelta(years=1), f"fiscal year {year}", Grain.YEAR)


def relative(unit: Grain, offset: int, count: int, as_of: dt.date, calendar: Calendar, label: str) -> Interval:
    """`count` whole periods; offset -1 ends before the current one, 0 starts with it, 1 starts after it."""
    current = floor(as_of, unit, calendar)
    if offset < 0:
        return Interval(step(current, unit, -count), current, label, unit if count == 1 else None)
    start = step(current, unit, offset)
    return Interval(start, step(start, unit, count), label, unit if count == 1 else None)


def interval_of(start: dt.date, end: dt.date, label: str) -> Interval:
    """The interval between two days, as the calendar period that it is, if it is one."""
    for unit in (Grain.DAY, Grain.WEEK, Grain.MONTH, Grain.QUARTER, Grain.YEAR):
        if start + _STEP[unit] == end and (unit is not Grain.MONTH or start.day == 1):
            return Interval(start, end, label, unit)
    return Interval(start, end, label)
