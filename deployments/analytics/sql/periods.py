"""How the dates of one period are moved onto another's."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from deployments.analytics.sql.context import Context
from deployments.contracts.query import Attribute, Grain, TimeWindow

MONTHS = {Grain.MONTH: 1, Grain.QUARTER: 3, Grain.YEAR: 12}


@dataclass(frozen=True, slots=True)
class Shift:
    """`count` units later: a day of the earlier period stands beside that day of the later one."""

    of: Attribute
    count: int
    unit: str

    def clip(self, earlier: TimeWindow, later: TimeWindow | None, context: Context) -> TimeWindow:
        """The earlier window without the days that would fall behind the later one's end."""
        if self.unit != "day" or later is None or later.end is None or earlier.end is None:
            return earlier
        end = _day(later.end) - dt.timedelta(days=self.count)
        if end >= _day(earlier.end):
            return earlier
        days = (_day(earlier.end) - end).days
        context.warn(f"The earlier period is {days} day{'s' if days > 1 else ''} longer; its end has no counterpart")
        return earlier.model_copy(update={"end": end})


def shift_between(
    earlier: dt.date | dt.datetime, later: dt.date | dt.datetime, grain: Grain | None, of: Attribute
) -> Shift:
    """The distance of two periods' starts: in whole months for months and more, in whole weeks for weeks, for days and
    hours in years where they are whole years apart and in days otherwise."""
    first, second = _day(earlier), _day(later)
    months = (second.year - first.year) * 12 + second.month - first.month
    if grain in MONTHS:
        step = MONTHS[grain]
        return Shift(of, round(months / step) * step, "month")
    days = (second - first).days
    if grain is Grain.WEEK:
        return Shift(of, round(days / 7) * 7, "day")
    if first.day == second.day and months % 12 == 0:
        return Shift(of, months // 12, "year")
    return Shift(of, days, "day")


def _day(moment: dt.date | dt.datetime) -> dt.date:
    return moment.date() if isinstance(moment, dt.datetime) else moment
