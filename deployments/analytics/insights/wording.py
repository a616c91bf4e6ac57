"""Numbers, dates and lists as a person would write them."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Sequence
from decimal import Decimal

from deployments.contracts.answers import Cell
from deployments.contracts.query import Grain

CURRENCY_SYMBOLS = {
    "USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "CNY": "CN¥", "INR": "₹", "KRW": "₩", "BRL": "R$",
    "CAD": "CA$", "AUD": "A$", "NZD": "NZ$", "MXN": "MX$", "ILS": "₪", "UAH": "₴", "TRY": "₺",
}  # fmt: skip
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
          "November", "December")  # fmt: skip
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
LONGEST_VALUE = 80


def is_number(value: object) -> bool:
    """Whether a cell is a finite number (a boolean is not)."""
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool) and math.isfinite(value)


def is_currency(unit: str | None) -> bool:
    """Whether a unit is an ISO 4217 code."""
    return unit is not None and len(unit) == 3 and unit.isascii() and unit.isupper()


def currency_prefix(unit: str) -> str:
    """What stands before an amount: "$", or "CHF " where the currency has no common symbol."""
    return CURRENCY_SYMBOLS.get(unit, f"{unit} ")


def quantity(value: int | float | Decimal, unit: str | None = None, *, short: bool = False, exact: bool = False) -> str:
    """A number with its unit: "$1,234.50", "12.3%" (from the fraction 0.123), "1,204 kg".

    `short` abbreviates large numbers ("$1.23M"), `exact` keeps the cents of large amounts; small numbers keep three
    significant digits."""
    sign = "−" if value < 0 else ""
    size = -value if value < 0 else value
    if unit == "%":
        return f"{sign}{_percent(float(size))}"
    if is_currency(unit):
        assert unit is not None
        if exact and size >= 10_000 and size != int(size):
            return f"{sign}{currency_prefix(unit)}{size:,.2f}"
        return f"{sign}{currency_prefix(unit)}{_abbreviated(size) if short else _money(size)}"
    digits = _abbreviated(size) if short else _digits(size)
    return f"{sign}{digits} {unit}" if unit else f"{sign}{digits}"


def _percent(fraction: float) -> str:
    points = fraction * 100
    if points >= 1e15:
        return f"{points:.3g}%" if points != math.inf else f"{fraction:.3g} times"
    if points >= 1000:
        return f"{points:,.0f}%"
    if points >= 100 or abs(points - round(points)) < 0.05:
        return f"{points:.0f}%" if points >= 0.5 or points == 0 else f"{points:.2g}%"
    return f"{points:.1f}%" if points >= 0.1 else f"{points:.2g}%"


def _money(size: int | float | Decimal) -> str:
    if size >= 10_000 or (abs(float(size) - round(float(size))) < 1e-6 * max(1.0, float(size)) and size >= 1):
        return f"{size:,.0f}"
    if size == 0:
        return "0"
    return f"{size:,.2f}" if size >= 0.01 else f"{size:.2g}"


def _digits(size: int | float | Decimal) -> str:
    if size == int(size) and size < 1e15:
        return f"{int(size):,}"
    if size >= 1e15:
        return f"{float(size):.3g}"
    if size >= 1000:
        return f"{size:,.0f}" if size >= 100_000 else f"{size:,.1f}"
    return f"{size:.2f}".rstrip("0").rstrip(".") if size >= 1 else f"{float(size):.3g}"


def _abbreviated(size: int | float | Decimal) -> str:
    for bound, letter in ((1e12, "T"), (1e9, "B"), (1e6, "M")):
        if size >= bound:
            return (
                f"{float(size) / bound:.3g}{letter}" if size < bound * 1000 else f"{float(size) / bound:,.0f}{letter}"
            )
    return f"{size:,.0f}" if size >= 1000 else _digits(size)


def day(date: dt.date, *, year: bool = True) -> str:
    """ "3 July 2026"."""
    return f"{date.day} {MONTHS[date.month - 1]} {date.year}" if year else f"{date.day} {MONTHS[date.month - 1]}"


def moment(value: dt.date | dt.datetime) -> str:
    """A date, with its time of day where it has one."""
    if isinstance(value, dt.datetime) and value.time() != dt.time():
        return f"{day(value)} {value:%H:%M:%S}".removesuffix(":00")
    return day(value)


def span(start: dt.date | dt.datetime | None, end: dt.date | dt.datetime | None) -> str:
    """A half-open interval with its last day inclusive: "1–31 October 2026", "since 1 March 2026"."""
    if start is None and end is None:
        return "all time"
    if start is None:
        assert end is not None
        return f"up to {moment(_last_instant(end))}" if _whole_day(end) else f"before {moment(end)}"
    if end is None:
        return f"since {moment(start)}"
    if not (_whole_day(start) and _whole_day(end)):
        return f"{moment(start)} to {moment(end)}"
    first, last = _as_date(start), _as_date(_last_instant(end))
    if last < first:
        return f"{day(first)} to {day(_as_date(end))}"
    if first == last:
        return day(first)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{day(last)}"
    if first.year == last.year:
        return f"{day(first, year=False)} – {day(last)}"
    return f"{day(first)} – {day(last)}"


def _whole_day(value: dt.date | dt.datetime) -> bool:
    return not isinstance(value, dt.datetime) or value.time() == dt.time()


def _as_date(value: dt.date | dt.datetime) -> dt.date:
    return value.date() if isinstance(value, dt.datetime) else value


def _last_instant(end: dt.date | dt.datetime) -> dt.date:
    return _as_date(end) - dt.timedelta(days=1)


def period(value: dt.date | dt.datetime, grain: Grain | None) -> str:
    """The name of the period that starts at `value`: "October 2026", "Q3 2026", "the week of 5 October 2026"."""
    match grain:
        case Grain.YEAR if (value.month, value.day) == (1, 1):
            return str(value.year)
        case Grain.YEAR:
            return f"the year from {day(value)}"
        case Grain.QUARTER if value.month % 3 == 1:
            return f"Q{(value.month - 1) // 3 + 1} {value.year}"
        case Grain.QUARTER:
            return f"the quarter from {day(value)}"
        case Grain.MONTH:
            return f"{MONTHS[value.month - 1]} {value.year}"
        case Grain.WEEK:
            return f"the week of {day(value)}"
        case Grain.HOUR if isinstance(value, dt.datetime):
            return f"{day(value)} {value:%H:%M}"
        case _:
            return moment(value)


def during(value: dt.date | dt.datetime, grain: Grain | None) -> str:
    """ "in October 2026", "on 3 July 2026", "at 3 July 2026 14:00": a period after its preposition."""
    if grain is Grain.HOUR:
        return f"at {period(value, grain)}"
    return f"{'on' if grain in (Grain.DAY, None) else 'in'} {period(value, grain)}"


def next_period(value: dt.date, grain: Grain) -> dt.date:
    """The day on which the following period starts (for HOUR: the next day)."""
    months = {Grain.YEAR: 12, Grain.QUARTER: 3, Grain.MONTH: 1}.get(grain)
    if months:
        year, month = divmod(value.year * 12 + value.month - 1 + months, 12)
        return dt.date(year, month + 1, 1)
    return _as_date(value) + dt.timedelta(days=7 if grain is Grain.WEEK else 1)


def text(value: Cell, unit: str | None = None, grain: Grain | None = None) -> str:
    """Any cell on one line; NULL is "(none)", long text is cut with an ellipsis."""
    if value is None:
        return "(none)"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float | Decimal):
        return quantity(value, unit) if is_number(value) else "(not a number)"
    if isinstance(value, dt.date):
        return period(value, grain)
    if isinstance(value, dt.time):
        return value.isoformat(timespec="minutes")
    flat = " ".join(value.split())
    if not flat:
        return "(blank)"
    return flat if len(flat) <= LONGEST_VALUE else flat[: LONGEST_VALUE - 1].rstrip() + "…"


def listing(items: Iterable[str], conjunction: str = "and") -> str:
    """ "a, b and c"."""
    parts = list(items)
    if len(parts) <= 1:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {conjunction} {parts[-1]}"


def plural(noun: str) -> str:
    """The plural of an English noun phrase (its last word)."""
    lower = noun.lower()
    if not noun or lower.endswith(("ss", "us", "is")):
        return f"{noun}es" if lower.endswith(("ss", "us")) else noun
    if lower.endswith(("s", "people", "data", "staff", "men", "children")):
        return noun
    if lower.endswith("person"):
        return noun[:-6] + "people"
    if lower.endswith("y") and lower[-2:-1] not in "aeiou":
        return f"{noun[:-1]}ies"
    return f"{noun}es" if lower.endswith(("x", "ch", "sh", "z")) else f"{noun}s"


def counted(count: int, singular: str, many: str | None = None) -> str:
    """ "1 order", "1,204 orders"."""
    return f"{count:,} {singular if count == 1 else many or plural(singular)}"


def capitalized(sentence: str) -> str:
    """The sentence with its first letter in upper case, the rest as it was."""
    return sentence[:1].upper() + sentence[1:]


def ordinal(number: int) -> str:
    """ "1st", "22nd", "90th"."""
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def nearest(name: str, known: Sequence[str], count: int = 3) -> tuple[str, ...]:
    """The known names most like `name`, best first."""
    import difflib

    return tuple(difflib.get_close_matches(name.lower(), list(known), n=count, cutoff=0.45))
