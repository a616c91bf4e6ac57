"""What a result is made of, as a chart and a finding see it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property

from deployments.analytics.insights.wording import MONTHS, WEEKDAYS, is_number, text
from deployments.contracts.answers import Cell, ResultColumn, ResultTable
from deployments.contracts.query import AnalyticQuery, Binned, Growth, Moving, Running, Share

CYCLES = (MONTHS, WEEKDAYS, tuple(m[:3] for m in MONTHS), tuple(d[:3] for d in WEEKDAYS))


@dataclass(frozen=True)
class Field:
    """A column at its place in the result."""

    index: int
    column: ResultColumn
    values: tuple[Cell, ...]

    @property
    def name(self) -> str:
        """The column's name in the result."""
        return self.column.name

    @property
    def label(self) -> str:
        """The column's title."""
        return self.column.label or self.column.name.replace("_", " ")

    @property
    def noun(self) -> str:
        """What one value is called inside a sentence: "customer" for a column labelled "Customer name"."""
        words = lowered(self.label)
        for ending in (" name", " title"):
            words = words.removesuffix(ending)
        return words

    @property
    def is_time(self) -> bool:
        """Whether values lie on a time axis (a weekday does not)."""
        return self.column.type in ("date", "datetime") and not self.column.cyclic

    @cached_property
    def distinct(self) -> int:
        """How many different values there are, NULL counting as one."""
        return len(set(self.values))

    @cached_property
    def numbers(self) -> tuple[float, ...]:
        """The finite numbers among the values, in row order."""
        return tuple(float(v) for v in self.values if is_number(v))  # type: ignore[arg-type]

    @cached_property
    def negative(self) -> bool:
        """Whether any number is below zero."""
        return any(number < 0 for number in self.numbers)

    @cached_property
    def longest(self) -> int:
        """The length of the longest label."""
        return max((len(str(v)) for v in self.values if v is not None), default=0)

    @cached_property
    def ordered(self) -> bool:
        """Whether the axis has an order of its own: time, a number, a weekday or month name."""
        if self.is_time or self.column.cyclic or self.column.type == "number":
            return True
        present = {v for v in self.values if isinstance(v, str)}
        return bool(present) and any(present <= set(cycle) for cycle in CYCLES)


def lowered(label: str) -> str:
    """A label inside a sentence: its first letter small, unless the word is an abbreviation."""
    return label[:1].lower() + label[1:] if label[1:2].islower() else label


class Shape:
    """The columns of a result sorted by what they are for.

    `dimensions` group, `measures` are the numbers to draw (most asked for first). A list without measures takes its
    text and date columns as dimensions and its numbers that identify nothing as measures; `listed` says so."""

    def __init__(self, query: AnalyticQuery, result: ResultTable) -> None:
        self.query, self.result = query, result
        columns = list(zip(*result.rows, strict=True)) if result.rows else [()] * len(result.columns)
        self.fields = tuple(Field(i, c, columns[i]) for i, c in enumerate(result.columns))
        self.rows = result.row_count
        self.listed = not query.measures
        if self.listed:
            self.dimensions = tuple(f for f in self.fields if f.column.type != "number" or f.column.identifier)
            self.measures = tuple(f for f in self.fields if f.column.type == "number" and not f.column.identifier)
        else:
            drawn = [f for f in self.fields if f.column.role in ("measure", "calculation")]
            self.dimensions = tuple(f for f in self.fields if f not in drawn)
            self.measures = tuple(f for f in self._by_interest(drawn) if f.column.type == "number")
            if self.contribution is not None:
                self.measures = (self.contribution, *(f for f in self.measures if f is not self.contribution))

    def _by_interest(self, drawn: list[Field]) -> list[Field]:
        """A running total, moving average or growth was asked for to be seen; a share or rank is seen in the measure."""
        calculations = self.query.calculations
        asked = {c.name for c in calculations if isinstance(c, Running | Moving | Growth) and c.name}
        columns = [f for f in drawn if f.column.role == "calculation"]
        if len(columns) == len(calculations):
            pairs = zip(columns, calculations, strict=True)
            asked |= {f.name for f, c in pairs if isinstance(c, Running | Moving | Growth)}
        return sorted(drawn, key=lambda f: f.name not in asked)

    @property
    def measure(self) -> Field | None:
        """The first measure."""
        return self.measures[0] if self.measures else None

    @cached_property
    def time(self) -> Field | None:
        """The dimension that lies on a time axis."""
        return next((f for f in self.dimensions if f.is_time), None)

    @cached_property
    def categories(self) -> tuple[Field, ...]:
        """The dimensions that are not on a time axis."""
        return tuple(f for f in self.dimensions if not f.is_time)

    @property
    def told_over_time(self) -> bool:
        """Whether a course stands beside what was, or is to be, expected of it."""
        analysis = self.query.analysis
        return analysis is not None and analysis.kind in ("forecast", "unusual") and self.time is not None

    @cached_property
    def contribution(self) -> Field | None:
        """What each group contributes to a change that is taken apart."""
        analysis = self.query.analysis
        if analysis is None or analysis.kind != "drivers" or not self.dimensions:
            return None
        apart = [f for f in self.fields if f.column.role == "calculation"]
        return next((f for f in apart if f.name == "contribution"), apart[0] if apart else None)

    @cached_property
    def comparison(self) -> tuple[Field, Field] | None:
        """The measure and its value in the period compared with."""
        if self.query.comparison is None or self.contribution is not None:
            return None
        names = {f.name: f for f in self.measures}
        for field in self.measures:
            before = names.get(f"{field.name}_previous")
            if before is not None:
                return field, before
        return None

    @cached_property
    def together(self) -> tuple[Field, ...]:
        """The measures that may share one axis: those of the first one's unit and size, calculations set apart."""
        if self.comparison:
            return self.comparison
        if self.measure is None:
            return ()
        first = self.measure
        if self.listed or self.contribution is not None:
            return (first,)
        return tuple(
            f
            for f in self.measures
            if f is first
            or (f.column.unit is not None and f.column.unit == first.column.unit and f.column.role == first.column.role)
        )

    @cached_property
    def binned(self) -> bool:
        """Whether the one dimension is a number in bins."""
        return len(self.query.dimensions) == 1 and isinstance(self.query.dimensions[0].of, Binned)

    def key(self, row: tuple[Cell, ...]) -> str:
        """The dimensions of a row in words; a bin by both its bounds."""
        if self.binned and is_number(row[self.dimensions[0].index]):
            of, field = self.query.dimensions[0].of, self.dimensions[0]
            assert isinstance(of, Binned)
            low, unit = float(row[field.index]), field.column.unit  # type: ignore[arg-type]
            return f"{text(low, unit)} to {text(low + of.width, unit)}"
        return " / ".join(text(row[f.index], f.column.unit, f.column.grain) for f in self.dimensions)

    @cached_property
    def shared(self) -> bool:
        """Whether parts of a whole were asked for."""
        return any(isinstance(calculation, Share) for calculation in self.query.calculations)

    def parts_of_each(self, axis: Field) -> bool:
        """Whether the shares that were asked for are those within each place of the axis."""
        shares = [calculation for calculation in self.query.calculations if isinstance(calculation, Share)]
        place = next((i for i, dimension in enumerate(self.query.dimensions) if dimension.name == axis.name), None)
        return bool(shares) and all(share.within == (place,) for share in shares)

    @cached_property
    def unique(self) -> bool:
        """Whether each combination of dimensions stands in one row."""
        keys = {tuple(row[f.index] for f in self.dimensions) for row in self.result.rows}
        return len(keys) == self.rows

    def axis_and_series(self) -> tuple[Field | None, Field | None]:
        """The dimension for the axis and the one for colour: time first, else the one with more values."""
        if not self.dimensions:
            return None, None
        if self.listed:
            return self.label, None
        if len(self.dimensions) == 1:
            return self.dimensions[0], None
        first, second = self.dimensions[0], self.dimensions[1]
        if second.is_time and not first.is_time:
            return second, first
        if first.is_time:
            return first, second
        if second.column.cyclic and not first.column.cyclic:
            return second, first
        return (first, second) if first.column.cyclic or first.distinct >= second.distinct else (second, first)

    @cached_property
    def label(self) -> Field | None:
        """What names the rows of a list: the first text that identifies nothing, else the first dimension."""
        named = (f for f in self.dimensions if f.column.type == "text" and not f.column.identifier)
        return next(named, self.dimensions[0] if self.dimensions else None)


def as_date(value: Cell) -> dt.date | None:
    """The day of a date or datetime cell."""
    if isinstance(value, dt.datetime):
        return value.date()
    return value if isinstance(value, dt.date) else None
