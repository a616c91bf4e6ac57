"""Cohorts side by side: "retention by cohort" is how many of those who first came in a period came in each period after it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from deployments.analytics.insights.interpret import interpret
from deployments.analytics.language.calendar import UNITS
from deployments.analytics.language.lexicon import BUYERS, PEOPLE
from deployments.analytics.language.text import tokenize
from deployments.analytics.language.times import own_time
from deployments.contracts.agents import Reading, ReadRequest
from deployments.contracts.answers import Intent
from deployments.contracts.query import (
    Aggregate,
    AnalyticQuery,
    Attribute,
    Dimension,
    Direction,
    Function,
    Grain,
    GroupValue,
    OrderBy,
    Truncated,
)

if TYPE_CHECKING:
    from deployments.analytics.language.reader import Reader

_FRAME = re.compile(
    r"^(?:(?:show|give|make|build|do|run)(?: me| us)? )?(?:a |an |the |our )?(?:(?P<grain>month|quarter|year|week)ly )?(?P<who>[\w ]+? )??"
    r"(?:cohorts?(?: (?:analysis|analyses|table|matrix|retention|chart))?|retention (?:by|per) (?:(?P<by>month|quarter|year|week)ly )?cohorts?"
    r"|retention (?:table|matrix|analysis|curves?))(?: (?:of|for) (?:the |our )?(?P<of>[\w ]+))?(?: by (?P<every>month|quarter|year|week))?$",
    re.IGNORECASE,
)


def read_cohorts(reader: Reader, text: str, _: ReadRequest) -> Reading | None:
    """The reading of a question for cohorts side by side; None where the message is none."""
    match = _FRAME.match(re.sub(r"\s+", " ", text).strip(" ?.!"))
    if match is None:
        return None
    words = (match["of"] or match["who"] or "").strip()
    people = _named(reader, words) if words else _likeliest(reader)
    found = _events(reader, people) if people is not None else None
    if found is None:
        return None
    events, key, time = found
    grain = UNITS[(match["grain"] or match["by"] or match["every"] or "month").lower()]
    plural = reader.model.by_name[people].plural if people else ""
    happened = reader.model.by_name[events].plural
    query = _table(events, key, time, grain)
    return Reading(
        intent=Intent.SQL_QUERY,
        query=query,
        interpretation=interpret(query, reader.model),
        assumptions=(f"a cohort is the {plural} whose first of all {happened} was in that {grain.value}",),
        confidence=0.9,
    )


def _table(events: str, key: Attribute, time: Attribute, grain: Grain) -> AnalyticQuery:
    first = GroupValue(measure=Aggregate(function=Function.MIN, entity=events, of=time), partition=(key,))
    return AnalyticQuery(
        subject=events,
        dimensions=(
            Dimension(of=Truncated(of=first, grain=grain), name="cohort"),
            Dimension(of=Truncated(of=time, grain=grain), name=grain.value),
        ),
        measures=(Aggregate(function=Function.COUNT_DISTINCT, entity=events, of=key),),
        order=tuple(OrderBy(target="dimension", index=i, direction=Direction.ASC) for i in (0, 1)),
        chart="heatmap",
    )


def _named(reader: Reader, words: str) -> str | None:
    found = [c for c in reader.vocabulary.find(tokenize(words)) if c.kind == "entity" and c.score > 0.9]
    return found[0].entity if found else None


def _likeliest(reader: Reader) -> str | None:
    """The entity that is called as buyers or other people are; None where there are several."""
    for known in (BUYERS, PEOPLE):
        named = [e.name for e in reader.model.entities if not e.hidden and e.label.split()[-1].lower() in known]
        named = [name for name in named if _events(reader, name) is not None]
        if named:
            return named[0] if len(named) == 1 else None
    return None


def _events(reader: Reader, people: str) -> tuple[str, Attribute, Attribute] | None:
    """The events that refer to the people, the reference, and when an event was: the fact with most rows."""
    options = [
        (reader.model.by_name[r.from_entity].row_count or 0, r.from_entity, r.from_attributes[0])
        for r in reader.model.relationships
        if r.to_entity == people and len(r.from_attributes) == 1 and reader.model.by_name[r.from_entity].kind == "fact"
    ]
    for _, events, name in sorted(options, reverse=True):
        time = own_time(reader.model.by_name[events])
        if time is not None and time.is_time and isinstance(time.scalar, Attribute):
            return events, Attribute(entity=events, name=name), time.scalar
    return None
