"""The grammar of dates in English: tokens to half-open intervals.

    interval := bound | span | relative | absolute
    span     := "between" absolute "and" absolute | ["from"] absolute ("to" | "through" | "-") absolute
    bound    := ("since" | "after" | "before" | "until" ...) absolute
    absolute := day | month | quarter | half | year | fiscal year
    relative := "last month" | "last 6 weeks" | "yesterday" | "3 days ago" | "year to date" ...

A period without its year means the latest one that has begun by `as_of`; that is said in `Interval.assumed`.
"last N units" are the N whole units before the current one, as "last month" is the whole month before this.

One file, because its productions call one another: a bound needs a span, a span needs what is absolute.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from deployments.analytics.language import calendar as cal
from deployments.analytics.language.calendar import ImpossibleDateError, Interval, make_day
from deployments.analytics.language.text import Token
from deployments.analytics.model.schema import Calendar
from deployments.contracts.query import Grain

MONTHS = {
    name: number
    for number, names in enumerate(
        ("january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
         "september sep sept", "october oct", "november nov", "december dec"), start=1)
    for name in names.split()
}  # fmt: skip
WEEKDAYS = {
    name: number
    for number, names in enumerate(
        ("monday mon", "tuesday tue tues", "wednesday wed", "thursday thu thurs", "friday fri", "saturday sat",
         "sunday sun"))
    for name in names.split()
}  # fmt: skip
_UNIT = {
    "day": Grain.DAY, "days": Grain.DAY, "week": Grain.WEEK, "weeks": Grain.WEEK, "month": Grain.MONTH,
    "months": Grain.MONTH, "quarter": Grain.QUARTER, "quarters": Grain.QUARTER, "year": Grain.YEAR,
    "years": Grain.YEAR, "yr": Grain.YEAR, "yrs": Grain.YEAR, "mth": Grain.MONTH, "wk": Grain.WEEK, "wks": Grain.WEEK,
}  # fmt: skip
_BEFORE = {"last", "previous", "past", "prior", "preceding"}
_NOW = {"this", "current"}
_AFTER = {"next", "coming", "upcoming", "following"}
_FARTHEST = 100_000
"""More units than this lie outside any calendar, or are no way to say a period."""
_TO = ("-", "–", "to", "through")
_QUARTER = {"first": 1, "second": 2, "third": 3, "fourth": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4, "last": 4}


@dataclass(frozen=True, slots=True)
class DateMatch:
    """An interval and the index after its last token. `explicit` is False for a bare number that may be a year."""

    interval: Interval
    end: int
    explicit: bool = True


class DateGrammar:
    """Finds the interval that begins at a token."""

    def __init__(self, tokens: list[Token], as_of: dt.date, calendar: Calendar) -> None:
        self.tokens = tokens
        self.as_of = as_of
        self.calendar = calendar

    def word(self, i: int) -> str:
        """The lower-case word at a position, "" past the ends and for quoted text."""
        return self.tokens[i].lower if 0 <= i < len(self.tokens) and not self.tokens[i].quoted else ""

    def number(self, i: int) -> int | None:
        """The whole number at a position, or None."""
        if 0 <= i < len(self.tokens):
            token = self.tokens[i]
            if token.number is not None and token.number == int(token.number) and not token.percent and not token.money:
                return int(token.number)
        return None

    def skip(self, i: int, *words: str) -> int:
        """The position after one of the words, if it stands here."""
        return i + 1 if self.word(i) in words else i

    # --- entry -------------------------------------------------------------------------------------------------------

    def match(self, i: int) -> DateMatch | None:
        """The longest interval that begins at token `i`, or None. Raises ImpossibleDateError."""
        try:
            return self.bound(i) or self.span(i) or self.plain(i)
        except ImpossibleDateError:
            raise
        except (ValueError, OverflowError) as error:
            # "10000 years ago" lies before the first year of the calendar.
            begin = self.skip(i, "the")
            raise ImpossibleDateError(" ".join(self.word(k) for k in range(begin, begin + 3)).strip()) from error

    def plain(self, i: int) -> DateMatch | None:
        """A relative or absolute period, without bounds."""
        return self._around(i) or self.relative(i) or self.absolute(i)

    def _around(self, i: int) -> DateMatch | None:
        """ "the week of 12 May", "the month of 3 June": the calendar period that the day lies in."""
        j = self.skip(i, "the")
        unit = {"week": Grain.WEEK, "month": Grain.MONTH, "quarter": Grain.QUARTER}.get(self.word(j))
        if unit is None or self.word(j + 1) not in ("of", "containing", "beginning", "starting", "around"):
            return None
        found = self.absolute(self.skip(j + 2, "the"))
        if found is None or found.interval.unit is not Grain.DAY or found.interval.start is None:
            return None
        return DateMatch(cal.period(unit, cal.floor(found.interval.start, unit, self.calendar)), found.end)

    # --- bounds and spans ---------------------------------------------------------------------------------------------

    def bound(self, i: int) -> DateMatch | None:
        """since, after, before, until ... a period."""
        word, nxt = self.word(i), self.word(i + 1)
        if word == "on" and nxt == "or" and self.word(i + 2) in ("after", "before"):
            found = self.plain(self.skip(i + 3, "the"))
            return found and self._bounded(found, "from" if self.word(i + 2) == "after" else "through")
        if word == "as" and nxt == "of":
            return None
        kinds = {
            "since": "from", "after": "after", "before": "before", "until": "through", "till": "through",
            "through": "through", "from": "from", "starting": "from", "prior": "before", "later": "after",
            "earlier": "before", "by": "", "up": "through",
        }  # fmt: skip
        kind = kinds.get(word)
        if not kind:
            return None
        j = i + 1
        if word in ("later", "earlier"):
            if nxt != "than":
                return None
            j += 1
        if word in ("prior", "up"):
            if nxt != "to":
                return None
            j += 1
        if word == "starting":
            j = self.skip(j, "in", "from", "on")
        j = self.skip(j, "the")
        j = self.skip(j, "start", "beginning", "end")
        edge = self.word(j - 1) if j - 1 > i else ""
        j = self.skip(j, "of") if edge in ("start", "beginning", "end") else j
        j = self.skip(j, "the", "year") if self.number(j + 1) else self.skip(j, "the")
        found = self.plain(j)
        if found is None:
            return None
        if word == "from":
            after = found.end
            if self.word(after) in ("on", "onwards", "onward"):
                return self._bounded(DateMatch(found.interval, after + 1), "from")
            if self.word(after) in ("to", "through", "until", "till", "-", "–", "and"):
                return None
            # "from 2019" alone is the year itself, as in "orders from 2019".
            return DateMatch(found.interval, found.end)
        return self._bounded(found, kind)

    def _bounded(self, found: DateMatch, kind: str) -> DateMatch:
        inner = found.interval
        words = {"from": "since", "after": "after", "before": "before", "through": "until the end of"}
        start, end = {
            "from": (inner.start, None), "after": (inner.end, None), "before": (None, inner.start),
            "through": (None, inner.end),
        }[kind]  # fmt: skip
        return DateMatch(Interval(start, end, f"{words[kind]} {inner.label}", None, inner.assumed), found.end)

    def span(self, i: int) -> DateMatch | None:
        """between ... and ..., from ... to ..."""
        word = self.word(i)
        j = i
        if word in ("between", "from", "during"):
            j = i + 1
        joins = ("and", "to", "-") if word == "between" else ("to", "through", "until", "till", "thru", "-", "–")
        j = self.skip(j, "the")
        first = self.plain(j)
        if first is None or first.end >= len(self.tokens) or self.word(first.end) not in joins:
            return self._shared_year(j, joins, word)
        second = self.plain(self.skip(first.end + 1, "the"))
        if second is None:
            return None
        low, high = first.interval, second.interval
        if low.assumed and not high.assumed and high.start and low.start and low.end:
            # "between January and May 2025": the year of the end is the year of the beginning.
            shift = high.start.year - low.start.year
            if low.start.replace(year=low.start.year + shift) > high.start:
                shift -= 1
            low = low.shifted(Grain.YEAR, shift)
            first = DateMatch(low, first.end)
        elif low.assumed and high.assumed and low.start and high.start and low.start > high.start:
            low = low.shifted(Grain.YEAR, -1)
        if low.start is None or high.end is None:
            return None
        if low.start >= high.end and (low.assumed or high.assumed or word not in ("between", "from")):
            return None
        # A period that is said to end before it begins holds no day, and the answer says so.
        label = f"{low.label} to {high.label}"
        return DateMatch(Interval(low.start, high.end, label, None, low.assumed or high.assumed), second.end)

    def _shared_year(self, j: int, joins: tuple[str, ...], word: str) -> DateMatch | None:
        """ "between 3 and 9 May 2026": the first day borrows the month and year of the second."""
        day = self.number(j)
        if day is None or not 1 <= day <= 31 or self.word(j + 1) not in joins:
            return None
        second = self._day_month(j + 2)
        if second is None or second.interval.unit is not Grain.DAY or second.interval.start is None:
            return None
        last = second.interval.start
        first = make_day(last.year, last.month, day)
        if first >= last or (word not in ("between", "from") and self.word(j + 1) == "and"):
            return None
        return DateMatch(Interval(first, second.interval.end, f"{day} to {second.interval.label}"), second.end)

    # --- relative -----------------------------------------------------------------------------------------------------

    def relative(self, i: int) -> DateMatch | None:
        """A period relative to today."""
        word, today, calendar = self.word(i), self.as_of, self.calendar
        if word == "the" and self.word(i + 1) in _BEFORE | _NOW | _AFTER | {"day"}:
            return self.relative(i + 1)
        for text, offset in (("today", 0), ("yesterday", -1), ("tomorrow", 1)):
            if word == text:
                day = today + dt.timedelta(days=offset)
                return DateMatch(cal.period(Grain.DAY, day, text), i + 1)
        if word in ("ytd", "mtd", "qtd", "wtd"):
            unit = {"y": Grain.YEAR, "m": Grain.MONTH, "q": Grain.QUARTER, "w": Grain.WEEK}[word[0]]
            return DateMatch(self._to_date(unit), i + 1)
        if word in _UNIT and self.word(i + 1) == "to" and self.word(i + 2) == "date":
            return DateMatch(self._to_date(_UNIT[word]), i + 3)
        if word == "so" and self.word(i + 1) == "far" and self.word(i + 2) == "this" and self.word(i + 3) in _UNIT:
            return DateMatch(self._to_date(_UNIT[self.word(i + 3)]), i + 4)
        count = self.number(i)
        if count is not None and self.word(i + 1) in _UNIT and self.word(i + 2) == "ago":
            unit = _UNIT[self.word(i + 1)]
            start = cal.step(cal.floor(today, unit, calendar), unit, -count)
            return DateMatch(cal.period(unit, start), i + 3)
        if word in _BEFORE | _NOW | _AFTER:
            return self._offset(i)
        return None

    def _to_date(self, unit: Grain) -> Interval:
        start = cal.floor(self.as_of, unit, self.calendar)
        return Interval(start, self.as_of + dt.timedelta(days=1), f"{unit.value} to date")

    def _offset(self, i: int) -> DateMatch | None:
        word = self.word(i)
        sign = -1 if word in _BEFORE else 1 if word in _AFTER else 0
        j, count = i + 1, 1
        number = self.number(j)
        if number is not None and not self.tokens[j].ordinal and self.word(j + 1) in _UNIT:
            count, j = number, j + 1
        elif self.word(j) == "few" and self.word(j + 1) in _UNIT:
            return None
        if self.word(j) in ("calendar", "full", "complete", "whole"):
            j += 1
        if self.word(j) in ("fiscal", "financial") and self.word(j + 1) in ("year", "years"):
            return DateMatch(self._fiscal_now(sign), j + 2)
        unit = _UNIT.get(self.word(j))
        if unit is None:
            return self._named(i, sign)
        words = " ".join(self.word(k) for k in range(i, j + 1))
        if count > _FARTHEST:
            raise ImpossibleDateError(words)
        if count > 1 and sign < 0 and unit is Grain.DAY:
            start = self.as_of - dt.timedelta(days=count)
            return DateMatch(Interval(start, self.as_of, words, None, f"{words}: the {count} days before today"), j + 1)
        found = cal.relative(unit, sign, count, self.as_of, self.calendar, words)
        if count > 1:
            settled = f"{words}: whole {unit.value}s, not counting the current one" if sign <= 0 else ""
            found = Interval(found.start, found.end, words, None, settled)
        if sign == 0 and self.word(j + 1) == "to" and self.word(j + 2) == "date":
            return DateMatch(self._to_date(unit), j + 3)
        if sign == 0 and self.word(j + 1) == "so" and self.word(j + 2) == "far":
            return DateMatch(self._to_date(unit), j + 3)
        return DateMatch(found, j + 1)

    def _fiscal_now(self, sign: int) -> Interval:
        start_month = self.calendar.fiscal_year_start
        current = self.as_of.year
        if start_month > 1 and not self.calendar.fiscal_named_by_start and self.as_of.month >= start_month:
            current += 1
        if start_month > 1 and self.calendar.fiscal_named_by_start and self.as_of.month < start_month:
            current -= 1
        return cal.fiscal_year(current + sign, self.calendar)

    def _named(self, i: int, sign: int) -> DateMatch | None:
        """ "last March", "next Monday", "last quarter of 2025" is left to `absolute`."""
        word = self.word(i + 1)
        if word in MONTHS and self.number(i + 2) is None:
            month = MONTHS[word]
            year = self.as_of.year
            start = dt.date(year, month, 1)
            if sign < 0 and start >= self.as_of.replace(day=1):
                start = dt.date(year - 1, month, 1)
            if sign > 0 and start <= self.as_of.replace(day=1):
                start = dt.date(year + 1, month, 1)
            return DateMatch(cal.period(Grain.MONTH, start), i + 2)
        if word in WEEKDAYS and len(word) > 3:
            delta = (self.as_of.weekday() - WEEKDAYS[word]) % 7
            day = self.as_of - dt.timedelta(days=delta or 7) if sign < 0 else (
                self.as_of + dt.timedelta(days=(7 - delta) or 7))  # fmt: skip
            if sign == 0:
                day = cal.floor(self.as_of, Grain.WEEK, self.calendar) + dt.timedelta(days=WEEKDAYS[word])
            return DateMatch(cal.period(Grain.DAY, day), i + 2)
        return None

    # --- absolute -----------------------------------------------------------------------------------------------------

    def absolute(self, i: int) -> DateMatch | None:
        """A period that names itself."""
        return (
            self._iso(i) or self._fiscal(i) or self._quarter(i) or self._half(i) or self._day_month(i)
            or self._month(i) or self._year(i)
        )  # fmt: skip

    def _iso(self, i: int) -> DateMatch | None:
        word = self.word(i)
        if match := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", word):
            year, month, day = (int(part) for part in match.groups())
        elif match := re.fullmatch(r"(\d{1,2})([/.])(\d{1,2})[/.](\d{2,4})", word):
            first, second, year = int(match[1]), int(match[3]), int(match[4])
            year += 2000 if year < 100 else 0
            # 3/4/2025 is read as month/day as written in the US, 3.4.2025 as day.month; a number over 12 decides.
            day, month = (first, second) if match[2] == "." or first > 12 else (second, first)
        else:
            return None
        if not (1 <= month <= 12 and 1 <= day <= 31):
            raise ImpossibleDateError(word)
        return DateMatch(cal.period(Grain.DAY, make_day(year, month, day)), i + 1)

    def _fiscal(self, i: int) -> DateMatch | None:
        word = self.word(i)
        if match := re.fullmatch(r"fy(\d{2}|\d{4})", word):
            year = int(match[1]) + (2000 if len(match[1]) == 2 else 0)
            return DateMatch(cal.fiscal_year(year, self.calendar), i + 1)
        if word == "fy" or (word in ("fiscal", "financial")):
            j = self.skip(i + 1, "year") if word != "fy" else i + 1
            year_number = self.number(j)
            if year_number is not None and (1900 <= year_number <= 2100 or 0 <= year_number < 100):
                year = year_number + (2000 if year_number < 100 else 0)
                return DateMatch(cal.fiscal_year(year, self.calendar), j + 1)
        return None

    def _with_year(self, j: int) -> tuple[int | None, int]:
        """The year that follows, after an optional "of", "in" or comma."""
        for k in (j, j + 1):
            if k == j + 1 and self.word(j) not in ("of", "in", ",", "the"):
                break
            year = self._year_number(k)
            if year is not None:
                return year, k + 1
            if self.word(k) in ("last", "this", "next") and self.word(k + 1) == "year":
                offset = {"last": -1, "this": 0, "next": 1}[self.word(k)]
                return self.as_of.year + offset, k + 2
        return None, j

    def _year_number(self, k: int) -> int | None:
        if 0 <= k < len(self.tokens) and re.fullmatch(r"(?:19|20)\d{2}", self.tokens[k].text):
            return int(self.tokens[k].text)
        return None

    def _latest(self, start: dt.date) -> tuple[dt.date, str]:
        """`start` in the latest year in which it is not after today."""
        year = self.as_of.year
        try:
            found = start.replace(year=year)
            if found > self.as_of:
                found = start.replace(year=year - 1)
        except ValueError as error:  # 29 February
            raise ImpossibleDateError(f"{start.day} {start:%B} {year}") from error
        return found, f"the year was not given: {found.year}"

    def _quarter(self, i: int) -> DateMatch | None:
        word = self.word(i)
        if (match := re.fullmatch(r"q([1-4])", word)) or (match := re.fullmatch(r"([1-4])q", word)):
            number, j = int(match[1]), i + 1
        elif word in _QUARTER and self.word(i + 1) == "quarter":
            number, j = _QUARTER[word], i + 2
            if word == "last" and self._with_year(j)[0] is None:
                return None
        elif word == "quarter" and self.number(i + 1) in (1, 2, 3, 4):
            number, j = int(self.number(i + 1) or 0), i + 2
        else:
            return None
        year, j = self._with_year(j)
        start = dt.date(year or self.as_of.year, 3 * number - 2, 1)
        assumed = ""
        if year is None:
            start, assumed = self._latest(start)
        found = cal.period(Grain.QUARTER, start)
        return DateMatch(Interval(found.start, found.end, found.label, Grain.QUARTER, assumed), j)

    def _half(self, i: int) -> DateMatch | None:
        word = self.word(i)
        if match := re.fullmatch(r"h([12])", word):
            number, j = int(match[1]), i + 1
        elif word in ("first", "second") and self.word(i + 1) == "half":
            number, j = (1 if word == "first" else 2), i + 2
        else:
            return None
        year, j = self._with_year(j)
        if year is None and word.startswith("h"):
            start, assumed = self._latest(dt.date(self.as_of.year, 6 * number - 5, 1))
        elif year is None:
            return None
        else:
            start, assumed = dt.date(year, 6 * number - 5, 1), ""
        end = cal.step(start, Grain.MONTH, 6)
        return DateMatch(Interval(start, end, f"H{number} {start.year}", None, assumed), j)

    def _day_month(self, i: int) -> DateMatch | None:
        """3 July 2025, 3rd of July, July 3, 2025, July 3rd."""
        day = self.number(i)
        if day is not None and 1 <= day <= 99:
            j = self.skip(i + 1, "of")
            if self.word(j) in MONTHS:
                month, j = MONTHS[self.word(j)], j + 1
                return self._dated(day, month, j)
            return None
        if self.word(i) in MONTHS:
            j = self.skip(i + 1, "the")
            day = self.number(j)
            if day is not None and 1 <= day <= 99 and self._year_number(j) is None and self.word(j + 1) not in _UNIT:
                return self._dated(day, MONTHS[self.word(i)], j + 1)
        return None

    def _dated(self, day: int, month: int, j: int) -> DateMatch:
        year, j = self._with_year(j)
        if year is not None:
            return DateMatch(cal.period(Grain.DAY, make_day(year, month, day)), j)
        if day > 28:
            make_day(2024, month, day)
        start, assumed = self._latest(make_day(self.as_of.year, month, day))
        found = cal.period(Grain.DAY, start)
        return DateMatch(Interval(found.start, found.end, found.label, Grain.DAY, assumed), j)

    def _month(self, i: int) -> DateMatch | None:
        word = self.word(i)
        if word not in MONTHS:
            return None
        year, j = self._with_year(i + 1)
        if year is None and word in ("may", "mar", "sun", "jan", "dec", "march") and not self._looks_like_month(i):
            return None
        start = dt.date(year or self.as_of.year, MONTHS[word], 1)
        assumed = ""
        if year is None:
            start, assumed = self._latest(start)
        found = cal.period(Grain.MONTH, start)
        return DateMatch(Interval(found.start, found.end, found.label, Grain.MONTH, assumed), j)

    def _looks_like_month(self, i: int) -> bool:
        before = self.word(i - 1)
        joined = self.word(i + 1) in _TO and self.word(i + 2) in MONTHS
        joined = joined or (before in _TO and self.word(i - 2) in MONTHS)
        return (
            joined
            or before in {"in", "of", "since", "until", "till", "before", "after", "from", "to", "during", "and", "between",
                       "for", "through", "vs", "versus", "early", "late", "about", "last", "this", "next"}
            or (self.tokens[i].text[:1].isupper() and i > 0)
        )  # fmt: skip

    def _year(self, i: int) -> DateMatch | None:
        j = i
        worded = False
        if self.word(i) in ("year", "years"):
            j, worded = i + 1, True
        year = self._year_number(j)
        if year is None:
            return None
        before = self.word(i - 1)
        explicit = worded or before in {
            "in", "of", "during", "for", "since", "until", "till", "before", "after", "from", "to", "through",
            "between", "vs", "versus", "year", "about", "and", "or", "against", ",", "", "than", "by", "throughout",
            "early", "late", "only", "-",
        }  # fmt: skip
        return DateMatch(cal.period(Grain.YEAR, dt.date(year, 1, 1)), j + 1, explicit)
