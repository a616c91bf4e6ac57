"""Weekdays and months that data keeps on their own: how they may be written, and which is which."""

from __future__ import annotations

import calendar
from collections.abc import Iterable

from deployments.analytics.model.schema import Attribute
from deployments.contracts.answers import Cell
from deployments.contracts.query import Grain, TimePart

_LONGER = {"tues": 1, "thur": 3, "thurs": 3}
WEEKDAYS = {name.lower(): i for i, name in enumerate(calendar.day_name)}
WEEKDAYS |= {name.lower(): i for i, name in enumerate(calendar.day_abbr)} | _LONGER
MONTHS = {name.lower(): i for i, name in enumerate(calendar.month_name) if name}
MONTHS |= {name.lower(): i for i, name in enumerate(calendar.month_abbr) if name} | {"sept": 9}

PART_OF_GRAIN = {
    Grain.YEAR: TimePart.YEAR,
    Grain.QUARTER: TimePart.QUARTER,
    Grain.MONTH: TimePart.MONTH,
    Grain.WEEK: TimePart.WEEK,
    Grain.DAY: TimePart.DAY,
    Grain.HOUR: TimePart.HOUR,
}


def number_of(value: Cell, part: TimePart) -> int | None:
    """Which weekday (Monday 0) or month (January 1) a stored value stands for; None where it is none.

    >>> number_of("Tues.", TimePart.WEEKDAY), number_of(" APRIL ", TimePart.MONTH), number_of(4, TimePart.MONTH)
    (1, 4, 4)
    """
    if isinstance(value, str):
        names = WEEKDAYS if part is TimePart.WEEKDAY else MONTHS if part is TimePart.MONTH else {}
        found = names.get(value.strip().rstrip(".").lower())
        if found is not None or part is TimePart.WEEKDAY or not value.strip().isdigit():
            return found
        return int(value) if part is not TimePart.MONTH or 1 <= int(value) <= 12 else None
    if isinstance(value, bool) or not isinstance(value, int | float) or part is TimePart.WEEKDAY:
        # Whether a week's numbers begin at 0 or 1, on Sunday or on Monday, they do not say.
        return None
    return int(value) if value == int(value) else None


def spellings(attribute: Attribute, numbers: Iterable[int]) -> tuple[Cell, ...]:
    """The stored values of a time part that stand for these weekdays (Monday 0), months (January 1), hours, ..."""
    wanted = set(numbers)
    if attribute.time_part is None:
        return ()
    return tuple(value for value in attribute.samples if number_of(value, attribute.time_part) in wanted)
