"""Rows that hold from one day to another: a salary, a price. A question that names no time is about those that hold today.

Where a table keeps what was valid when, its rows of a day are those whose range the day lies in, and not those that began then.
"""

from __future__ import annotations

import datetime as dt
import re

from deployments.analytics.language.filters import conjoin, parts
from deployments.analytics.language.sketch import measured_entity
from deployments.analytics.model.schema import Entity, SemanticModel
from deployments.contracts.query import (
    AnalyticQuery,
    AnyOf,
    Attribute,
    Comparison,
    Constant,
    Filter,
    Operator,
    Related,
    TimeRange,
)

_FROM = re.compile(
    r"^(?:valid|effective|active|in effect) (?:from|since)(?: date)?$|^(?:valid|effective) start(?: date)?$"
)
_TO = re.compile(
    r"^(?:valid|effective|active|in effect) (?:to|until|through|till)(?: date)?$|^(?:valid|effective) end(?: date)?$"
)
_PAST = re.compile(
    r"\b(?:histor\w+|ever|always|over time|previous\w*|past|former\w*|old|earlier|all|every|first|last|latest|changes?|changed|raises?|"
    r"initial\w*|original\w*|trend|evolution|valid|effective)\b",
    re.IGNORECASE,
)
"""Words that speak of more than what holds today."""


def as_valid(
    query: AnalyticQuery, model: SemanticModel, text: str, as_of: dt.date
) -> tuple[AnalyticQuery, tuple[str, ...]]:
    """The query over the rows that held in its period, or that hold today where it names none; and what to say of it."""
    subject = measured_entity(model, query.measures[0]) if query.measures else query.subject
    said: list[str] = []
    found = _range_of(model.by_name[subject]) if subject in model.by_name else None
    if found is not None:
        query = _of_its_rows(query, model.by_name[subject], found, text, as_of, said)
    kept = [_of_related(part, model, text, as_of, said) for part in parts(query.where)]
    if tuple(kept) != parts(query.where):
        query = query.model_copy(update={"where": conjoin(kept)})
    return query, tuple(dict.fromkeys(said))


def _range_of(entity: Entity) -> tuple[str, str] | None:
    """The attributes that say from when and until when a row holds; None where the entity has no such pair."""
    times = [a for a in entity.attributes if a.data_type.is_time and not a.hidden]
    begins = [a.name for a in times if _FROM.match(a.label)]
    ends = [a.name for a in times if _TO.match(a.label)]
    return (begins[0], ends[0]) if len(begins) == len(ends) == 1 else None


def _of_its_rows(
    query: AnalyticQuery, entity: Entity, found: tuple[str, str], text: str, as_of: dt.date, said: list[str]
) -> AnalyticQuery:
    if query.time is not None:
        # A period that is asked for takes the place of today.
        kept = [part for part in parts(query.where) if not _is_held(part, entity, found)]
        query = query.model_copy(update={"where": conjoin(kept)})
    mentioned = query.model_copy(update={"time": None, "order": ()}).model_dump_json()
    if any(f'"entity":"{entity.name}","name":"{name}"' in mentioned for name in found) or query.comparison is not None:
        return query
    time = query.time
    if time is None:
        return query if _PAST.search(text) else _restricted(query, _held(entity, found, as_of, as_of, said))
    if time.of != Attribute(entity=entity.name, name=found[0]):
        return query
    start, last = _days(time.start, time.end, as_of)
    return _restricted(query.model_copy(update={"time": None}), _held(entity, found, start, last, said))


def _of_related(part: Filter, model: SemanticModel, text: str, as_of: dt.date, said: list[str]) -> Filter:
    """A condition on related rows, over those of them that held then."""
    if not isinstance(part, Related) or part.negated or part.where is None or part.to not in model.by_name:
        return part
    entity = model.by_name[part.to]
    found = _range_of(entity)
    if found is None or f'"name":"{found[1]}"' in part.where.model_dump_json():
        return part
    begins = Attribute(entity=entity.name, name=found[0])
    own = parts(part.where)
    ranges = [condition for condition in own if isinstance(condition, TimeRange) and condition.of == begins]
    if len(ranges) > 1 or (
        not ranges and (_PAST.search(text) or f'"name":"{found[0]}"' in part.where.model_dump_json())
    ):
        return part
    start, last = _days(ranges[0].start, ranges[0].end, as_of) if ranges else (as_of, as_of)
    kept = [condition for condition in own if condition not in ranges]
    return part.model_copy(update={"where": conjoin([*kept, *_held(entity, found, start, last, said)])})


def _days(start: dt.date | None, end: dt.date | None, as_of: dt.date) -> tuple[dt.date | None, dt.date]:
    """The first and the last day of a period of which either end may be open."""
    return start, end - dt.timedelta(days=1) if end is not None else as_of


def _held(
    entity: Entity, found: tuple[str, str], start: dt.date | None, last: dt.date, said: list[str]
) -> list[Filter]:
    """That a row held on some day from the first to the last."""
    begins, ends = (Attribute(entity=entity.name, name=name) for name in found)
    until = entity.by_name[found[1]].label
    when = f"on {last}" if start == last else f"at some time from {start} to {last}"
    said.append(f"only {entity.plural} that held {when} are taken: a row holds until its {until}")
    held: list[Filter] = [Comparison(left=begins, operator=Operator.LE, right=Constant(value=last))]
    if start is not None:
        later = Comparison(left=ends, operator=Operator.GT, right=Constant(value=start))
        held.append(AnyOf(of=(Comparison(left=ends, operator=Operator.IS_NULL), later)))
    return held


def _is_held(part: Filter, entity: Entity, found: tuple[str, str]) -> bool:
    """Whether the condition is one that an earlier turn took the rows of its day by."""
    begins, ends = (Attribute(entity=entity.name, name=name) for name in found)
    if isinstance(part, AnyOf):
        return all(isinstance(one, Comparison) and one.left == ends for one in part.of)
    return isinstance(part, Comparison) and part.left == begins and part.operator is Operator.LE


def _restricted(query: AnalyticQuery, more: list[Filter]) -> AnalyticQuery:
    return query.model_copy(update={"where": conjoin([*parts(query.where), *more])})
