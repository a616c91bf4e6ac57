"""Windows of time as periods of the calendar: their names, and the period before."""

from __future__ import annotations

import datetime as dt

from deployments.analytics.insights.wording import period, span
from deployments.contracts.query import Grain, TimeWindow

_MONTHS = {Grain.MONTH: 1, Grain.QUARTER: 3, Grain.YEAR: 12}


def grain_of(start: dt.date, end: dt.date) -> Grain | None:
    """The grain whose one period this is exactly; None where it is no single period."""
    if (end - start).days == 1:
        return Grain.DAY
    if (end - start).days == 7:
        return Grain.WEEK
    if start.day == end.day == 1:
        months = _months(start, end)
        for grain, length in _MONTHS.items():
            if months == length and (start.month - 1) % length == 0:
                return grain
    return None


def window_name(window: TimeWindow) -> str:
    """ "May 2026", "Q1 2026", "1–14 June 2026"."""
    start, end = day_of(window.start), day_of(window.end)
    if start is None or end is None:
        return span(window.start, window.end)
    grain = grain_of(start, end)
    return period(start, grain) if grain else span(window.start, window.end)


def window_before(window: TimeWindow) -> TimeWindow | None:
    """The period of the same length that ends where this one starts: the month before a month, else as many days. None
    for one without both ends."""
    start, end = day_of(window.start), day_of(window.end)
    if start is None or end is None or end <= start:
        return None
    if start.day == end.day == 1:
        return _dated(window, shifted(start, -_months(start, end)), start)
    return _dated(window, start - (end - start), start)


def to_date(window: TimeWindow, before: TimeWindow, today: dt.date) -> tuple[TimeWindow, TimeWindow] | None:
    """Both windows cut to the days that are over, of a period that `today` stands in; None where it is over, or where no
    day of it is. The earlier one is cut to as many days."""
    start, end = day_of(window.start), day_of(window.end)
    first, last = day_of(before.start), day_of(before.end)
    if start is None or end is None or first is None or last is None or end <= today or start >= today:
        return None
    return _dated(window, start, today), _dated(before, first, min(last, first + (today - start)))


def day_of(value: dt.date | dt.datetime | None) -> dt.date | None:
    """The day of a bound; None for an open one."""
    return value.date() if isinstance(value, dt.datetime) else value


def shifted(day: dt.date, months: int) -> dt.date:
    """The first of the month so many months on."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, 1)


def _months(start: dt.date, end: dt.date) -> int:
    return (end.year - start.year) * 12 + end.month - start.month


def _dated(window: TimeWindow, start: dt.date, end: dt.date) -> TimeWindow:
    bare = TimeWindow(of=window.of, start=start, end=end)
    return bare.model_copy(update={"label": window_name(bare)})
