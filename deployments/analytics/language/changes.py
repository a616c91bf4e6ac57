"""A question why something changed, as a typed query: one measure, the two periods, the conditions, and the analysis."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from dateutil.relativedelta import relativedelta

from deployments.analytics.insights.phrases import Phrases
from deployments.analytics.insights.windows import day_of, shifted, to_date, window_before, window_name
from deployments.analytics.language.asking import as_analysis, ask
from deployments.analytics.language.change_words import ChangeFrame, change_frames
from deployments.analytics.language.sketch import count_of, measured_entity
from deployments.analytics.language.text import tokenize
from deployments.analytics.language.times import time_ref
from deployments.contracts.agents import Context, Reading, ReadRequest
from deployments.contracts.answers import Choice, Intent
from deployments.contracts.query import (
    Analysis,
    AnalyticQuery,
    Attribute,
    Grain,
    PeriodComparison,
    TimeRange,
    TimeWindow,
    Truncated,
)

if TYPE_CHECKING:
    from deployments.analytics.language.reader import Reader

_STEPS = {Grain.MONTH: 1, Grain.QUARTER: 3, Grain.YEAR: 12}


def read_change(reader: Reader, text: str, request: ReadRequest) -> Reading | None:
    """The reading of a question about a change; None where the message is none."""
    frames = change_frames(text)
    if not frames:
        return None
    first: Reading | None = None
    for frame in frames:
        if frame.word and any(found.score > 0.9 for found in reader.vocabulary.find(tokenize(frame.word))):
            # The drivers of a race, the reasons that are given.
            continue
        if not frame.rest:
            return _of_before(reader, frame, request)
        reading = measured(reader, frame.rest, request.as_of)
        if not frame.sure and (reading.query is None or reading.query.time is None or not reading.query.measures):
            continue
        if reading.query is not None and (reading.query.measures or reading.query.is_by_hand):
            query = _with_its_own_period(reader, reading.query, frame.rest, request.as_of)
            return _explained(reader, query, reading, frame, request.as_of)
        first = first or reading
    if first is None:
        return None
    if first.clarification is not None:
        return first
    return ask("What should be explained? Name a measure, as in “why did revenue fall in May?”")


def _with_its_own_period(reader: Reader, query: AnalyticQuery, words: str, as_of: dt.date) -> AnalyticQuery:
    """ "Q3 compared with Q3 2025": the year that is said of the one period is not the other's."""
    first, told, _ = words.partition(" compared with ")
    if not told or query.comparison is None or query.time is None:
        return query
    same = (query.time.start, query.time.end) == (query.comparison.window.start, query.comparison.window.end)
    alone = measured(reader, first, as_of).query if same else None
    return query if alone is None or alone.time is None else query.model_copy(update={"time": alone.time})


def measured(reader: Reader, words: str, as_of: dt.date) -> Reading:
    """The reading of words that name a measure; where they name a thing, of how many there are of it."""
    reading = reader.read(ReadRequest(text=words, as_of=as_of))
    query = reading.query
    if query is None or query.measures or query.is_by_hand:
        return reading
    total = reader.read(ReadRequest(text=f"total {words}", as_of=as_of))
    if total.query is not None and total.query.measures:
        return total
    if query.dimensions and any(
        not isinstance(d.of, Attribute) or d.of.entity != query.subject for d in query.dimensions
    ):
        return reading
    counted = AnalyticQuery(
        subject=query.subject, measures=(count_of(query.subject),), where=query.where, time=query.time
    )
    return reading.model_copy(update={"query": counted})


def _of_before(reader: Reader, frame: ChangeFrame, request: ReadRequest) -> Reading:
    """A change in what the last answer was about."""
    before = request.context.query
    if before is None:
        return ask("There is no earlier answer to explain. Name a measure and a period.", code="no_previous")
    if not before.measures:
        return ask("The last answer holds no measure that could have changed. Name one.")
    grain = next((d.of.grain for d in before.dimensions if isinstance(d.of, Truncated)), None)
    bare = AnalyticQuery(
        subject=before.subject,
        measures=before.measures[:1],
        where=before.where,
        time=before.time,
        comparison=before.comparison,
    )
    reading = Reading(intent=Intent.ANALYSIS, query=bare, confidence=0.9)
    said: list[str] = []
    if frame.tail.strip():
        edited = reader.read(
            ReadRequest(
                text=frame.tail.strip(),
                kind="refine",
                context=Context(query=bare.model_copy(update={"comparison": None})),
                as_of=request.as_of,
            )
        )
        if edited.query is None:
            return edited
        reading = _in_the_year_spoken_of(edited, before)
    elif grain is not None and before.comparison is None:
        window = _last_of_series(bare, grain, request.as_of)
        if window is None:
            return ask("Which period should be explained?")
        said.append(f"no period was named: the last complete one is {window.label}")
        reading = reading.model_copy(update={"query": bare.model_copy(update={"time": window})})
    elif bare.time is None and not frame.named:
        return _which(reader, bare)
    if len(before.measures) > 1:
        said.append("of several measures the first is explained")
    reading = reading.model_copy(update={"assumptions": (*reading.assumptions, *said)})
    assert reading.query is not None
    return _explained(reader, reading.query, reading, frame, request.as_of)


def _in_the_year_spoken_of(reading: Reading, before: AnalyticQuery) -> Reading:
    """ "In March" after an answer about 2025 is March 2025."""
    assumed = [a for a in reading.assumptions if a.startswith("the year was not given")]
    query, whole = reading.query, before.time
    if query is None or query.time is None or whole is None or not assumed:
        return reading
    start, end = day_of(query.time.start), day_of(query.time.end)
    first, last = day_of(whole.start), day_of(whole.end)
    if start is None or end is None or first is None or last is None or (first <= start and end <= last):
        return reading
    for years in range(-20, 20):
        window = query.time.model_copy(
            update={"start": start + relativedelta(years=years), "end": end + relativedelta(years=years)}
        )
        if first <= _day(window.start) and _day(window.end) <= last:
            window = named(window)
            said = [a for a in reading.assumptions if a not in assumed]
            said.append(f"the year was not given: {_day(window.start).year}, as in the last answer")
            moved = query.model_copy(update={"time": window})
            return reading.model_copy(update={"query": moved, "assumptions": tuple(said)})
    return reading


def _last_of_series(query: AnalyticQuery, grain: Grain, as_of: dt.date) -> TimeWindow | None:
    """The last period of a series that is over."""
    of = query.time.of if query.time else None
    months = _STEPS.get(grain)
    if of is None or months is None:
        return None if of is None else _days(of, grain, as_of)
    end = as_of
    if query.time is not None and isinstance(query.time.end, dt.date) and query.time.end < as_of:
        end = query.time.end
    last = dt.date(end.year, (end.month - 1) // months * months + 1, 1)
    return named(TimeWindow(of=of, start=shifted(last, -months), end=last))


def _days(of: Attribute, grain: Grain, as_of: dt.date) -> TimeWindow | None:
    if grain is Grain.DAY:
        return named(TimeWindow(of=of, start=as_of - dt.timedelta(days=1), end=as_of))
    if grain is Grain.WEEK:
        monday = as_of - dt.timedelta(days=as_of.weekday())
        return named(TimeWindow(of=of, start=monday - dt.timedelta(days=7), end=monday))
    return None


def named(window: TimeWindow) -> TimeWindow:
    """The window with its name as its label."""
    return window.model_copy(update={"label": window_name(window)})


def _explained(reader: Reader, query: AnalyticQuery, reading: Reading, frame: ChangeFrame, as_of: dt.date) -> Reading:
    if query.is_by_hand or len(query.measures) != 1:
        return ask("A change can be explained for one measure at a time. Which one?")
    said = list(reading.assumptions)
    window, comparison = query.time, query.comparison
    if window is None:
        if _dated_otherwise(query):
            return ask("Which two periods should be compared?")
        ref = time_ref(reader.model, reader.graph, measured_entity(reader.model, query.measures[0]) or query.subject)
        if ref is None or not isinstance(ref.scalar, Attribute):
            return ask("The data has no date by which a change could be told.", code="no_data_for")
        first = as_of.replace(day=1)
        window = named(TimeWindow(of=ref.scalar, start=shifted(first, -1), end=first))
        said.append(f"no period was given: {window.label} is explained, the last whole month")
        comparison = None
    if comparison is None:
        earlier = window_before(window)
        if earlier is None:
            return ask("Which two periods should be compared? One of them has no end.")
        earlier = named(earlier)
        assumed = f"compared with {window_name(earlier)}, the period before"
    else:
        earlier, assumed = comparison.window, ""
    cut = to_date(window, earlier, as_of)
    if cut is not None:
        window, earlier = cut
        said = [s for s in said if "is not over yet" not in s]
        said.append(f"the period is not over: {window_name(window)} is compared with {window_name(earlier)}")
    elif assumed:
        said.append(assumed)
    if cut is None and window.start is not None and _day(window.start) >= as_of:
        return ask(f"{window_name(window)} has not happened yet. Which two periods should be compared?")
    if _day(earlier.start) == _day(window.start) and _day(earlier.end) == _day(window.end):
        return ask("These are the same two periods. Which two should be compared?")
    made = AnalyticQuery(
        subject=query.subject,
        measures=query.measures,
        where=query.where,
        time=window,
        comparison=PeriodComparison(window=earlier, show="difference"),
        assumptions=query.assumptions,
        analysis=Analysis(kind="drivers", claim=frame.claim),
    )
    return as_analysis(reader, reading, made, said)


def _dated_otherwise(query: AnalyticQuery) -> bool:
    """Whether a condition restricts the time, where the two periods should."""
    return isinstance(query.where, TimeRange) or '"kind":"time_range"' in (
        query.where.model_dump_json() if query.where is not None else ""
    )


def _day(value: dt.date | dt.datetime | None) -> dt.date:
    assert value is not None
    return value.date() if isinstance(value, dt.datetime) else value


def _which(reader: Reader, query: AnalyticQuery) -> Reading:
    label = Phrases(reader.model).measure(query.measures[0])
    choices = tuple(
        Choice(label=period, message=f"Why did {label} change {period}?") for period in ("last month", "last quarter")
    )
    return ask(f"The last answer is about one period. Which change of {label} should be explained?", choices=choices)


def _is_over_time(query: AnalyticQuery) -> bool:
    return len(query.dimensions) == 1 and isinstance(query.dimensions[0].of, Truncated)


def kept_analysis(before: AnalyticQuery, after: AnalyticQuery) -> AnalyticQuery:
    """The edited query of an analysis: it is analysed again where only what it is about was changed, and is an ordinary
    question where its shape was. Where the later period of a change was moved, the period before it moves along."""
    if after.analysis is None:
        return after
    if after.analysis.kind != "drivers" and before.chart != after.chart:
        return after.model_copy(update={"analysis": None})
    shape: tuple[str, ...] = ("dimensions", "measures", "calculations", "order", "limit", "having", "distinct", "chart")
    if after.analysis.kind in ("forecast", "unusual") and _is_over_time(after):
        shape = ("measures", "calculations", "limit", "having")
    if any(getattr(before, name) != getattr(after, name) for name in shape):
        return after.model_copy(update={"analysis": None})
    if after.analysis.kind != "drivers":
        return after
    if after.comparison is None or after.time is None or before.time is None or before.comparison is None:
        return after.model_copy(update={"analysis": None})
    if after.time != before.time and after.comparison == before.comparison:
        was = window_before(before.time)
        beside = was is not None and _day(was.start) == _day(before.comparison.window.start)
        earlier = window_before(after.time)
        if not beside or earlier is None:
            return after.model_copy(update={"analysis": None})
        after = after.model_copy(update={"comparison": PeriodComparison(window=named(earlier), show="difference")})
    # The dimension that is shown was the answer to what is now asked anew.
    return after.model_copy(update={"dimensions": (), "analysis": Analysis(kind="drivers")})
