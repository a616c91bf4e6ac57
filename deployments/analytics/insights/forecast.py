"""A forecast as an answer: the history by the grain asked for, what follows it, and how well that did on the past."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from deployments.analytics.insights.outlook import FEWEST, Outlook, fewest_points, outlook
from deployments.analytics.insights.phrases import Phrases
from deployments.analytics.insights.series import SEASON, Course, at_grain, course, is_whole
from deployments.analytics.insights.wording import capitalized, counted, is_number, listing, next_period, period
from deployments.analytics.model.schema import SemanticModel
from deployments.contracts.agents import Analysis, Inquiry, QueryRun
from deployments.contracts.answers import Cell, Insight, ResultColumn, ResultTable
from deployments.contracts.errors import InvalidQuery
from deployments.contracts.query import AnalyticQuery, Grain, Truncated

FARTHEST = {Grain.YEAR: 3, Grain.QUARTER: 8, Grain.MONTH: 24, Grain.WEEK: 52, Grain.DAY: 92}
PAST = "A forecast goes on with the pattern of the past and knows nothing of what is new."
_LONG = 4


def step(
    model: SemanticModel,
    query: AnalyticQuery,
    inquiries: Sequence[Inquiry],
    runs: Sequence[QueryRun | None],
    as_of: dt.date,
) -> Analysis:
    """The next step. Raises InvalidQuery where there is too little to forecast from, or too far to look."""
    if not runs:
        return Analysis(inquiries=(_inquiry(model, query),))
    run = runs[-1]
    if run is None:
        raise InvalidQuery("The history could not be computed.")
    history = inquiries[-1].query
    known = course(model, history, run.result, as_of)
    needed = fewest_points(SEASON.get(known.grain, 1))
    if len(known.points) < needed and known.grain in (Grain.QUARTER, Grain.YEAR) and len(runs) == 1:
        return Analysis(inquiries=(_inquiry(model, at_grain(query, Grain.MONTH)),))
    if len(known.points) < needed:
        known = replace(known, season=1)
    if len(known.points) < FEWEST:
        raise InvalidQuery(
            f"There {'is' if len(known.points) == 1 else 'are'} only {counted(len(known.points), f'whole {known.grain.value}')} of data; "
            f"a forecast takes at least {FEWEST}."
        )
    ends = _ends(known, query, as_of)
    made = outlook(known.values, known.season, len(ends))
    if made is None:
        raise InvalidQuery("There are too few periods to test a forecast on, so none is given.")
    asked = at_grain(query, known.grain)
    return _told(model, asked, query, known, made, ends, run, as_of)


def _inquiry(model: SemanticModel, query: AnalyticQuery) -> Inquiry:
    of = query.dimensions[0].of
    assert isinstance(of, Truncated)
    words = Phrases(model).measure(query.measures[0])
    return Inquiry(query=query.model_copy(update={"analysis": None}), purpose=f"{words} by {of.grain.value} so far")


def _ends(known: Course, query: AnalyticQuery, as_of: dt.date) -> list[dt.date]:
    """The ends of the periods to forecast: all from the last whole one to the last that was asked for."""
    assert query.analysis is not None
    at = known.points[-1].end
    assert at is not None
    until = query.analysis.until
    ends: list[dt.date] = []
    left = query.analysis.periods or 1
    while len(ends) <= FARTHEST[known.grain]:
        after = next_period(at, known.grain)
        ends.append(after)
        if until is not None:
            if after >= until:
                break
        elif at > as_of:
            # The period that today stands in is not one of the "next" ones.
            left -= 1
            if left <= 0:
                break
        at = after
    if len(ends) > FARTHEST[known.grain]:
        raise InvalidQuery(
            f"That is too far ahead: a forecast by {known.grain.value} goes {FARTHEST[known.grain]} periods at most."
        )
    return ends


def _told(
    model: SemanticModel,
    asked: AnalyticQuery,
    original: AnalyticQuery,
    known: Course,
    made: Outlook,
    ends: list[dt.date],
    run: QueryRun,
    as_of: dt.date,
) -> Analysis:
    label = capitalized(Phrases(model).measure(asked.measures[0]))
    scope = f" {Phrases(model).restriction(asked.where)}" if asked.where is not None else ""
    starts = [known.points[-1].end or as_of, *ends[:-1]]
    made = _rounded(made, whole=is_whole(known.values))
    assert original.analysis is not None
    since = original.analysis.since or as_of + dt.timedelta(days=1)
    future = [i for i, start in enumerate(starts) if start >= since] or [len(starts) - 1]
    shown = future if len(future) <= _LONG else [future[0], future[-1]]
    told = [
        f"{known.series.told(_short(made.values[i]))} for {period(starts[i], known.grain)} "
        f"({known.series.told(_short(made.low[i]))} to {known.series.told(_short(made.high[i]))})"
        for i in shown
    ]
    words = f"{label}{scope} is forecast at {listing(told)}; four in five should lie within the range."
    if known.series.field.column.additive and len(future) > 1:
        total = sum(made.values[i] for i in future)
        words += f" Together that is about {known.series.told(_short(total))} from {period(starts[future[0]], known.grain)} to {period(starts[future[-1]], known.grain)}."
    what = "the last season" if known.season > 1 else "the last value"
    tested = f"tested on the last {counted(made.tested, known.grain.value)}"
    if made.beats:
        words += f" {capitalized(tested)}, it erred by {known.series.told(_short(made.error))} on average; repeating {what} erred by {known.series.told(_short(made.naive_error))}."
    else:
        words += f" This repeats {what}: {tested}, no better forecast was found."
    assumptions = []
    of = original.dimensions[0].of
    if isinstance(of, Truncated) and of.grain is not known.grain:
        assumptions.append(f"forecast by {known.grain.value}, because there are too few whole {of.grain.value}s")
    if starts[0] <= as_of:
        assumptions.append(f"{period(starts[0], known.grain)} is not over, so it is forecast as well")
    if known.season == 1 and SEASON.get(known.grain):
        assumptions.append("no season is assumed: there are too few whole ones to test it on")
    numbers: dict[str, float | int | str] = {
        "error": made.error, "naive_error": made.naive_error, "tested": made.tested, "season": known.season,
    }  # fmt: skip
    for i in range(len(starts)):
        numbers |= {f"forecast_{i + 1}": made.values[i], f"low_{i + 1}": made.low[i], f"high_{i + 1}": made.high[i]}
    kind = "forecast" if made.beats else "naive_forecast"
    return Analysis(
        query=asked,
        result=_table(known, made, starts, run.result),
        sql=run.sql,
        response=words,
        insights=(Insight(kind=kind, text=words, numbers=numbers),),
        assumptions=tuple(assumptions),
        warnings=(PAST,),
    )


def _rounded(made: Outlook, *, whole: bool) -> Outlook:
    digits = 0 if whole else 2

    def near(values: tuple[float, ...]) -> tuple[float, ...]:
        return tuple(float(round(v, digits)) if abs(v) >= 1 else v for v in values)

    return Outlook(
        near(made.values), near(made.low), near(made.high), made.error, made.naive_error, made.tested, made.beats
    )


def _short(value: float) -> float:
    """To four significant digits: an estimate has no more."""
    return float(f"{value:.4g}")


def _table(known: Course, made: Outlook, starts: list[dt.date], result: ResultTable) -> ResultTable:
    """The newest of the history, whole periods alone, and what follows."""
    axis = next(i for i, c in enumerate(result.columns) if c.role == "dimension")
    measure = known.series.field.index
    unit, label = known.series.field.column.unit, known.series.field.label

    def column(ending: str, words: str) -> ResultColumn:
        name = f"{known.series.field.name}_{ending}"
        return ResultColumn(
            name=name, label=f"{label} {words}", type="number", role="calculation", unit=unit, additive=False
        )

    columns = (
        result.columns[axis], result.columns[measure],
        column("forecast", "forecast"), column("low", "low"), column("high", "high"),
    )  # fmt: skip
    # Beside years of days a forecast of a week would not be seen.
    shown = max(3 * known.season, 6 * len(starts), 36)
    whole = {point.at for point in known.points[-shown:]}
    rows: list[tuple[Cell, ...]] = [
        (row[axis], row[measure], None, None, None)
        for row in result.rows
        if _day(row[axis]) in whole and is_number(row[measure])
    ]
    rows += [
        (start, None, value, low, high)
        for start, value, low, high in zip(starts, made.values, made.low, made.high, strict=True)
    ]
    return ResultTable(columns, rows)


def _day(value: Cell) -> dt.date | None:
    if isinstance(value, dt.datetime):
        return value.date()
    return value if isinstance(value, dt.date) else None
