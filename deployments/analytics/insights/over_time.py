"""Findings along time: trend, the latest change, the peak, gaps, and odd periods. Periods not over yet are set apart."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from statistics import median

from deployments.analytics.charts.shape import Field, Shape, as_date
from deployments.analytics.insights.wording import (
    capitalized,
    counted,
    during,
    is_number,
    listing,
    next_period,
    period,
    quantity,
    text,
)
from deployments.analytics.model.schema import SemanticModel
from deployments.contracts.answers import Insight
from deployments.contracts.query import AnalyticQuery, Attribute, Grain, Truncated

FEWEST_FOR_TREND = 4
FEWEST_FOR_ODD = 8
ODD_SCORE = 4.5
# Days by which the data may stop short of a period's end and the period still counts as over (no sales on a Sunday).
SLACK = {Grain.YEAR: 10, Grain.QUARTER: 5, Grain.MONTH: 3, Grain.WEEK: 2, Grain.DAY: 0, Grain.HOUR: 0}


@dataclass(frozen=True)
class Point:
    """A period, its value, and the day after its last where the grain is known."""

    at: dt.date
    value: float
    end: dt.date | None


@dataclass(frozen=True)
class TimeSeries:
    """The points in time order: those of complete periods, and those of periods not over or cut by the window."""

    complete: tuple[Point, ...]
    partial: tuple[Point, ...]
    grain: Grain | None
    field: Field

    def name(self, point: Point) -> str:
        """The period of a point in words."""
        return period(point.at, self.grain)

    def in_(self, point: Point) -> str:
        """The period of a point after its preposition."""
        return during(point.at, self.grain)

    def told(self, value: float) -> str:
        """A value with its unit."""
        return text(value, self.field.column.unit)


def time_series(shape: Shape, field: Field, covered: Coverage) -> TimeSeries | None:
    """The result as a series, or None where the axis repeats or its rows have no date."""
    axis = shape.time
    if axis is None or axis.column.grain is Grain.HOUR:
        return None
    grain, window = axis.column.grain, shape.query.time
    start = _day(window.start) if window else None
    end = _day(window.end) if window else None
    complete: list[Point] = []
    partial: list[Point] = []
    for row in shape.result.rows:
        at = as_date(row[axis.index])
        if at is None or not is_number(row[field.index]):
            continue
        after = next_period(at, grain) if grain else None
        point = Point(at, float(row[field.index]), after)  # type: ignore[arg-type]
        cut = after is not None and (
            (start is not None and at < start)
            or (end is not None and after > end)
            or (grain is not None and covered.cuts(at, after, grain))
        )
        (partial if cut else complete).append(point)
    days = [point.at for point in (*complete, *partial)]
    if len(set(days)) != len(days):
        return None
    complete.sort(key=lambda p: p.at)
    partial.sort(key=lambda p: p.at)
    return TimeSeries(tuple(complete), tuple(partial), grain, field)


def _day(value: dt.date | dt.datetime | None) -> dt.date | None:
    return value.date() if isinstance(value, dt.datetime) else value


def changes_over_time(shape: Shape, covered: Coverage) -> list[Insight]:
    """The findings of a single series."""
    field = shape.measures[0]
    series = time_series(shape, field, covered)
    if series is None or len(series.complete) < 2:
        return []
    found = [*_latest(series), *_trend(series), *_odd(series), *_gaps(shape, series), *_peak(series)]
    return [*found[:3], *_not_over(series)] if series.partial else found


def _name(series: TimeSeries) -> str:
    label = series.field.label
    return label[:1].upper() + label[1:]


def slope(points: tuple[Point, ...]) -> tuple[float, float]:
    """The least-squares slope for each step in time order, and the share of variance it explains (R squared)."""
    count = len(points)
    mid_x, mid_y = (count - 1) / 2, sum(p.value for p in points) / count
    over = sum((i - mid_x) * (p.value - mid_y) for i, p in enumerate(points))
    spread_x = sum((i - mid_x) ** 2 for i in range(count))
    spread_y = sum((p.value - mid_y) ** 2 for p in points)
    if spread_x == 0 or spread_y == 0:
        return 0.0, 0.0
    return over / spread_x, over * over / (spread_x * spread_y)


def _trend(series: TimeSeries) -> list[Insight]:
    points = series.complete
    if len(points) < FEWEST_FOR_TREND or series.field.column.role == "calculation":
        return []
    first, last = points[0], points[-1]
    rate, fit = slope(points)
    change = last.value - first.value
    # A line through noise is no trend, and a line against the ends misleads.
    if fit < 0.4 or rate * change <= 0:
        return []
    verb = "rose" if change > 0 else "fell"
    unit = series.field.column.unit
    if unit == "%":
        how = f"{abs(change) * 100:.2g} points"
    elif first.value > 0:
        how = quantity(abs(change) / first.value, "%")
    else:
        how = series.told(abs(change))
    words = (
        f"{_name(series)} {verb} {how} from {series.name(first)} ({series.told(first.value)}) "
        f"to {series.name(last)} ({series.told(last.value)})."
    )
    numbers: dict[str, float | int | str] = {
        "first": first.value, "last": last.value, "change": change, "slope": rate, "r_squared": fit,
        "periods": len(points),
    }  # fmt: skip
    return [Insight(kind="trend", text=words, numbers=numbers)]


def _latest(series: TimeSeries) -> list[Insight]:
    before, last = series.complete[-2:]
    if before.end is None or before.end != last.at or series.field.column.role == "calculation":
        return []
    change = last.value - before.value
    if change == 0:
        words = f"{_name(series)} {series.in_(last)} equals that {series.in_(before)}: {series.told(last.value)}."
    else:
        side = "above" if change > 0 else "below"
        if series.field.column.unit == "%":
            how = f"{abs(change) * 100:.2g} points"
        elif before.value > 0:
            how = quantity(abs(change) / before.value, "%")
        else:
            how = series.told(abs(change))
        words = (
            f"{_name(series)} {series.in_(last)} was {how} {side} that {series.in_(before)} "
            f"({series.told(last.value)} against {series.told(before.value)})."
        )
    numbers: dict[str, float | int | str] = {"last": last.value, "before": before.value, "change": change}
    return [Insight(kind="latest_change", text=words, numbers=numbers)]


def _peak(series: TimeSeries) -> list[Insight]:
    points = series.complete
    if len(points) < 3:
        return []
    high, low = max(p.value for p in points), min(p.value for p in points)
    tops, bottoms = [p for p in points if p.value == high], [p for p in points if p.value == low]
    if high == low or len(tops) > 1 or len(bottoms) > 1:
        return []
    words = (
        f"{_name(series)} was highest {series.in_(tops[0])} ({series.told(high)}) "
        f"and lowest {series.in_(bottoms[0])} ({series.told(low)})."
    )
    return [Insight(kind="extremes", text=words, numbers={"highest": high, "lowest": low})]


def _odd(series: TimeSeries) -> list[Insight]:
    """Periods far from the median of their neighbours, by the deviations of all from theirs."""
    points = series.complete
    if len(points) < FEWEST_FOR_ODD:
        return []
    values = [p.value for p in points]
    local = [median(values[max(0, i - 3) : i] + values[i + 1 : i + 4]) for i in range(len(values))]
    residuals = [value - usual for value, usual in zip(values, local, strict=True)]
    spread = median(abs(r) for r in residuals)
    if spread == 0:
        return []
    far = [(0.6745 * abs(r) / spread, i) for i, r in enumerate(residuals) if 0.6745 * abs(r) / spread > ODD_SCORE]
    if not far or len(far) > max(2, len(points) // 10):
        return []
    score, index = max(far)
    point, usual = points[index], local[index]
    words = f"{series.name(point)[:1].upper()}{series.name(point)[1:]} stands out: {series.told(point.value)}, where the periods around it have a median of {series.told(usual)}."
    numbers: dict[str, float | int | str] = {"value": point.value, "neighbours_median": usual, "score": score}
    return [Insight(kind="outlier", text=words, numbers=numbers)]


def _gaps(shape: Shape, series: TimeSeries) -> list[Insight]:
    """Periods between the first and last without a row, or, where empty ones are shown, without anything in them."""
    grain, points = series.grain, (*series.complete, *series.partial)
    if grain is None or shape.result.truncated or shape.query.limit is not None or shape.query.having is not None:
        return []
    held = {p.at for p in points}
    present = {as_date(row[shape.time.index]) for row in shape.result.rows if shape.time}
    missing: list[dt.date] = []
    at, last = min(held), max(held)
    while at < last and len(missing) <= 400:
        if at not in present:
            missing.append(at)
        at = next_period(at, grain)
    # Periods of another calendar than the grain's own would all seem missing.
    if not missing or len(missing) > len(held):
        return []
    shown = (
        listing([period(day, grain) for day in missing[:3]])
        if len(missing) <= 3
        else f"first {period(missing[0], grain)}"
    )
    words = f"{counted(len(missing), grain.value)} {'has' if len(missing) == 1 else 'have'} no rows: {shown}."
    return [Insight(kind="gap", text=words, numbers={"missing": len(missing)})]


def _not_over(series: TimeSeries) -> list[Insight]:
    found = []
    first, last = series.partial[0], series.partial[-1]
    if first.at < series.complete[0].at:
        words = f"{capitalized(series.name(first))} is only partly covered ({series.told(first.value)}), so it is not compared with full periods."
        found.append(Insight(kind="partial_first", text=words, numbers={"value": first.value}))
    if last.at > series.complete[-1].at:
        words = f"{capitalized(series.name(last))} is not complete ({series.told(last.value)} so far), so it is not compared with full periods."
        found.insert(0, Insight(kind="partial_period", text=words, numbers={"value": last.value}))
    return found


@dataclass(frozen=True)
class Coverage:
    """What the data and the calendar cover: the first and last day with data, and today. None is unknown."""

    first: dt.date | None = None
    last: dt.date | None = None
    today: dt.date | None = None

    def cuts(self, start: dt.date, after: dt.date, grain: Grain) -> bool:
        """Whether the period from `start` up to `after` lies partly outside."""
        slack = dt.timedelta(days=SLACK[grain])
        return (
            (self.today is not None and after > self.today)
            or (self.last is not None and after - dt.timedelta(days=1) - slack > self.last)
            or (self.first is not None and start + slack < self.first)
        )


def coverage(model: SemanticModel, query: AnalyticQuery, today: dt.date | None) -> Coverage:
    """The days that the query's time has in the data, where the model knows them."""
    times = [d.of.of for d in query.dimensions if isinstance(d.of, Truncated) and isinstance(d.of.of, Attribute)]
    for time in times:
        entity = model.by_name.get(time.entity)
        attribute = entity.by_name.get(time.name) if entity else None
        if attribute is not None:
            return Coverage(as_date(attribute.minimum), as_date(attribute.maximum), today)
    return Coverage(today=today)
