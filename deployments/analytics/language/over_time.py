"""Questions about what is to come and about odd periods, as typed queries: one measure over time, and the analysis."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from deployments.analytics.language.asking import as_analysis, ask
from deployments.analytics.language.changes import measured
from deployments.analytics.language.oddity_words import odd_names, oddity_frame
from deployments.analytics.language.outlook_words import Horizon, is_only_horizon, outlook_frames, take_horizon
from deployments.analytics.language.sketch import measured_entity
from deployments.analytics.language.text import tokenize
from deployments.analytics.language.times import is_finer, time_ref
from deployments.contracts.agents import Reading, ReadRequest
from deployments.contracts.answers import Intent
from deployments.contracts.query import (
    Analysis,
    AnalyticQuery,
    Attribute,
    Dimension,
    Direction,
    Grain,
    OrderBy,
    TimeWindow,
    Truncated,
)

if TYPE_CHECKING:
    from deployments.analytics.language.reader import Reader

_AHEAD = {Grain.YEAR: 1, Grain.QUARTER: 2, Grain.MONTH: 3, Grain.WEEK: 4, Grain.DAY: 14, Grain.HOUR: 24}
_SURELY = 0.95
_SHORT_WINDOW = 200
"""In a window of fewer days, days are looked at and not weeks."""


def read_outlook(reader: Reader, text: str, request: ReadRequest) -> Reading | None:
    """The reading of a question about what is to come; None where the message is none."""
    said = re.sub(r"\s+", " ", text).strip(" ?.!")
    calendar = reader.model.calendar
    before = request.context.query
    if before is not None and before.analysis is not None and before.analysis.kind == "forecast":
        longer = is_only_horizon(said, request.as_of, calendar)
        if longer is not None:
            return _made(reader, before, Reading(intent=Intent.ANALYSIS), _forecast_of(longer, None), [])
    rest, horizon = take_horizon(said, request.as_of, calendar)
    first: Reading | None = None
    for frame in outlook_frames(rest):
        if frame.word and horizon is None and _names_something(reader, frame.word):
            continue
        if not frame.rest:
            return _outlook_of_before(reader, request, horizon)
        reading = measured(reader, frame.rest, request.as_of)
        if reading.query is not None and reading.query.measures:
            return _outlook(reader, reading.query, reading, horizon, request.as_of)
        first = first or reading
    if first is None or (horizon is None and first.clarification is None):
        return None
    return first if first.clarification is not None else ask("Which measure should be forecast?")


def _names_something(reader: Reader, word: str) -> bool:
    return any(found.score > 0.9 for found in reader.vocabulary.find(tokenize(word)))


def _outlook_of_before(reader: Reader, request: ReadRequest, horizon: Horizon | None) -> Reading:
    before = request.context.query
    if before is None or not before.measures:
        return ask("There is no earlier answer to forecast from. Name a measure.", "no_previous")
    return _outlook(reader, before, Reading(intent=Intent.ANALYSIS, confidence=0.9), horizon, request.as_of)


def _outlook(
    reader: Reader, query: AnalyticQuery, reading: Reading, horizon: Horizon | None, as_of: dt.date
) -> Reading:
    said = [a for a in reading.assumptions if "is not over yet" not in a]
    window = query.time
    ahead = window is not None and window.end is not None and _day(window.end) > as_of
    if horizon is None and ahead and window is not None and window.end is not None:
        grain = _grain_of(query)
        since = _day(window.start) if window.start is not None else as_of
        horizon = Horizon(max(since, as_of), _day(window.end), grain or Grain.MONTH)
    elif horizon is None and window is not None and _grain_of(query) is None:
        return ask(
            f"{window.label or 'That period'} is over. Say how far to look ahead, as in “for the next 3 months”."
        )
    if ahead:
        query = query.model_copy(update={"time": None})
    grain = _grain_of(query) or (horizon.unit if horizon else Grain.MONTH)
    if horizon is None:
        said.append(f"no period was given: the next {_AHEAD[grain]} {grain.value}s")
    over_time = _by(reader, query, grain)
    if over_time is None:
        return ask("The data has no date by which this could be forecast.", "no_data_for")
    return _made(reader, over_time, reading, _forecast_of(horizon, _AHEAD[grain]), said)


def _forecast_of(horizon: Horizon | None, periods: int | None) -> Analysis:
    if horizon is not None:
        return Analysis(kind="forecast", since=horizon.since, until=horizon.until)
    return Analysis(kind="forecast", periods=periods)


def _is_a_name(reader: Reader, words: str) -> bool:
    """Whether something of the data is called so: a table of odd values is no question for odd periods."""
    return any(found.score > _SURELY for found in reader.vocabulary.find(tokenize(words)))


def read_oddity(reader: Reader, text: str, request: ReadRequest) -> Reading | None:
    """The reading of a question for odd periods; None where the message is none."""
    frame = oddity_frame(text)
    if frame is None or any(_is_a_name(reader, words) for words in odd_names(text)):
        return None
    if not frame.rest:
        before = request.context.query
        if before is None or not before.measures:
            return ask("Of what should odd periods be found? Name a measure, as in “unusual days in revenue”.")
        reading, query = Reading(intent=Intent.ANALYSIS, confidence=0.9), before
    else:
        reading = measured(reader, frame.rest, request.as_of)
        if reading.query is None or not reading.query.measures:
            return reading if reading.clarification is not None and frame.sure else None
        query = reading.query
    if not frame.sure and _grain_of(query) is None:
        return None
    said = [a for a in reading.assumptions if "is not over yet" not in a]
    grain = frame.grain or _grain_of(query)
    if grain is None:
        grain = Grain.DAY if query.time is not None and _days(query.time) <= _SHORT_WINDOW else Grain.WEEK
        said.append(f"no period was named: {grain.value}s are looked at")
    over_time = _by(reader, query, grain)
    if over_time is None:
        return ask("The data has no date by which odd periods could be told.", "no_data_for")
    return _made(reader, over_time, reading, Analysis(kind="unusual"), said)


def _made(reader: Reader, query: AnalyticQuery, reading: Reading, analysis: Analysis, said: list[str]) -> Reading:
    made = query.model_copy(update={"analysis": analysis, "chart": None})
    return as_analysis(reader, reading, made, said)


def _by(reader: Reader, query: AnalyticQuery, grain: Grain) -> AnalyticQuery | None:
    """The query's first measure over time; None where nothing says when, or not so exactly."""
    of = next((d.of.of for d in query.dimensions if isinstance(d.of, Truncated)), None)
    if of is None and query.time is not None:
        of = query.time.of
    if of is None:
        ref = time_ref(reader.model, reader.graph, measured_entity(reader.model, query.measures[0]) or query.subject)
        if ref is None or is_finer(grain, ref) or not ref.is_time:
            return None
        of = ref.scalar
    if not isinstance(of, Attribute):
        return None
    return AnalyticQuery(
        subject=query.subject,
        dimensions=(Dimension(of=Truncated(of=of, grain=grain), name=grain.value, fill=True),),
        measures=query.measures[:1],
        where=query.where,
        time=query.time,
        order=(OrderBy(target="dimension", index=0, direction=Direction.ASC),),
        assumptions=query.assumptions,
    )


def _grain_of(query: AnalyticQuery) -> Grain | None:
    grain = next((d.of.grain for d in query.dimensions if isinstance(d.of, Truncated)), None)
    return None if grain is Grain.HOUR else grain


def _day(value: dt.date | dt.datetime) -> dt.date:
    return value.date() if isinstance(value, dt.datetime) else value


def _days(window: TimeWindow) -> float:
    if window.start is None or window.end is None:
        return float("inf")
    return (_day(window.end) - _day(window.start)).days
