"""Pass: one part for each entity whose rows are counted, and for a compared period that cannot share the part.

Each part is aggregated for itself, so no entity's rows multiply another's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from deployments.analytics.model.schema import Entity
from deployments.analytics.sql import conditions, measures, scalars
from deployments.analytics.sql.draft import Draft, Grouping, Part, Window
from deployments.analytics.sql.joins import Path, is_to_one, through_a_valley
from deployments.analytics.sql.periods import Shift, shift_between
from deployments.contracts.base import Value
from deployments.contracts.errors import InvalidQuery
from deployments.contracts.query import (
    Aggregate,
    AllOf,
    AnyOf,
    Attribute,
    MeasureComparison,
    Not,
    Rollup,
    TimeRange,
    TimeWindow,
    Truncated,
)
from deployments.contracts.query import Part as TimeOfPart


def divide(draft: Draft) -> None:
    """Raises InvalidQuery where a condition, dimension or period does not reach an entity that is counted."""
    if not draft.aggregated:
        window = draft.query.time
        if window is not None and not _taken_by_rollups(draft, draft.subject.name):
            draft.conditions.append(_range(window, window.of))
        return
    wanted = list(dict.fromkeys(_aggregates(draft)))
    entities = list(dict.fromkeys(aggregate.entity for aggregate in wanted))
    for name in entities:
        counted = [aggregate for aggregate in wanted if aggregate.entity == name]
        draft.parts.extend(_parts_of(name, counted, draft, alone=len(entities) == 1))


def _aggregates(draft: Draft) -> Iterator[Aggregate]:
    for term in draft.terms:
        yield from measures.aggregates_in(term.tree)
    if draft.query.having is not None:
        for comparison in measure_comparisons(draft.query.having):
            for measure in (comparison.measure, comparison.right_measure):
                if measure is not None:
                    yield from measures.aggregates_in(measures.expand(measure, draft.context))


def measure_comparisons(value: Any) -> Iterator[MeasureComparison]:
    """The conditions on measures in a `having` tree."""
    if isinstance(value, MeasureComparison):
        yield value
    elif isinstance(value, (AllOf, AnyOf)):
        for part in value.of:
            yield from measure_comparisons(part)
    elif isinstance(value, Not):
        yield from measure_comparisons(value.of)


def _parts_of(name: str, counted: list[Aggregate], draft: Draft, *, alone: bool) -> list[Part]:
    query, entity = draft.query, draft.context.entity(name)
    where = list(draft.conditions)
    if not alone:
        _check_reach(where, entity, draft)
    timed = None if query.time is None or _taken_by_rollups(draft, name) else _time_of(query.time, entity, draft, alone)
    groupings = [_localized(grouping, entity, draft, alone) for grouping in draft.groupings]
    if query.comparison is None:
        if timed is not None and query.time is not None:
            where.append(_range(query.time, timed))
        return [Part(name, ("current",), counted, groupings, where)]
    earlier = query.comparison.window
    earlier_timed = timed if query.time is not None and earlier.of == query.time.of else None
    earlier_timed = earlier_timed or _time_of(earlier, entity, draft, alone)
    periods: dict[Window, Any] = {"previous": _range(earlier, earlier_timed)}
    if query.time is not None and timed is not None:
        periods["current"] = _range(query.time, timed)
    shift = _shift(groupings, earlier_timed, draft)
    to_one = is_to_one(draft.context.graph.route(name, earlier_timed.entity, earlier_timed.path))
    if to_one and shift is None:
        return [Part(name, ("current", "previous"), counted, groupings, where, periods)]
    now = where + ([periods["current"]] if "current" in periods else [])
    before = periods["previous"]
    if shift is not None:
        before = _range(shift.clip(earlier, query.time, draft.context), earlier_timed)
    return [
        Part(name, ("current",), counted, groupings, now),
        Part(name, ("previous",), counted, groupings, [*where, before], shift=shift),
    ]


def _range(window: TimeWindow, of: Attribute) -> TimeRange:
    return TimeRange(of=of, start=window.start, end=window.end)


def _path(source: Entity, attribute: Attribute, draft: Draft) -> Path | None:
    if not attribute.path and draft.context.graph.path(source.name, attribute.entity) is None:
        return None
    try:
        return draft.context.graph.route(source.name, attribute.entity, attribute.path)
    except InvalidQuery:
        return None


def _time_of(window: TimeWindow, entity: Entity, draft: Draft, alone: bool) -> Attribute:
    """The time by which an entity's rows fall into the period: the window's own, or else when its rows happened."""
    path = _path(entity, window.of, draft)
    if path is not None and is_to_one(path):
        return window.of
    related = path is not None and not through_a_valley(path)
    if related and (alone or entity.kind != "fact" or entity.default_time is None):
        return window.of
    return _own_time(entity, window.of, draft)


def _own_time(entity: Entity, asked: Attribute, draft: Draft) -> Attribute:
    if entity.default_time is None:
        raise InvalidQuery(f"{entity.name} has no time of its own and none by way of {asked.entity}.{asked.name}")
    own = draft.context.attribute(entity.name, entity.default_time)
    draft.context.assume(f"The period is taken by {own.label or own.name} for {entity.plural or entity.name}")
    return Attribute(entity=entity.name, name=own.name)


def _localized(grouping: Grouping, entity: Entity, draft: Draft, alone: bool) -> Grouping:
    """The dimension for this entity: a time it cannot reach becomes its own, where several entities are counted."""
    if alone:
        return grouping
    of = grouping.of
    inner = of.of if isinstance(of, (Truncated, TimeOfPart)) else of
    for attribute in (*scalars.attributes_in(of), *grouping.key):
        path = _path(entity, attribute, draft)
        if path is not None and not through_a_valley(path):
            if is_to_one(path) or attribute is not inner or not _is_time_of_rows(attribute, draft):
                continue
        elif attribute is not inner or not _is_time_of_rows(attribute, draft):
            raise InvalidQuery(f"{entity.name} cannot be grouped by {attribute.entity}.{attribute.name or 'rows'}")
        own = _own_time(entity, attribute, draft)
        return replace(grouping, of=of.model_copy(update={"of": own}) if inner is not of else own)
    return grouping


def _is_time_of_rows(attribute: Attribute, draft: Draft) -> bool:
    window = draft.query.time
    if window is not None and window.of == attribute:
        return True
    return bool(attribute.name) and draft.context.entity(attribute.entity).default_time == attribute.name


def _check_reach(where: list[Any], entity: Entity, draft: Draft) -> None:
    for condition in where:
        for attribute in conditions.attributes_in(condition):
            path = _path(entity, attribute, draft)
            if path is None or through_a_valley(path):
                raise InvalidQuery(
                    f"The condition on {attribute.entity} says nothing of {entity.name}, which is counted as well"
                )


def _shift(groupings: list[Grouping], timed: Attribute, draft: Draft) -> Shift | None:
    """How far the earlier period's dates are moved so that its groups meet those of the later one."""
    for grouping in groupings:
        of = grouping.of
        if of == timed or (isinstance(of, Truncated) and of.of == timed):
            comparison, time = draft.query.comparison, draft.query.time
            if comparison is None or time is None or time.start is None or comparison.window.start is None:
                raise InvalidQuery("Two periods can only be set side by side in time where both have a beginning")
            grain = of.grain if isinstance(of, Truncated) else None
            return shift_between(comparison.window.start, time.start, grain, timed)
    return None


@dataclass(slots=True)
class _Found:
    taken: bool = False


def _taken_by_rollups(draft: Draft, outer: str) -> bool:
    """Whether the question's period says which rows a rollup counts, and not which rows have one in it."""
    window = draft.query.time
    if window is None or window.of.entity == outer:
        return False
    path = draft.context.graph.path(outer, window.of.entity)
    if path is not None and is_to_one(path):
        return False
    query = draft.query
    roots = (query.where, query.having, *(each.of for each in query.dimensions), *query.measures, *query.order)
    found = _Found()
    for root in roots:
        _look_for_rollups(root, window.of.entity, draft, found)
    return found.taken


def _look_for_rollups(value: Any, timed: str, draft: Draft, found: _Found) -> None:
    if isinstance(value, Rollup):
        tree = measures.expand(value.measure, draft.context)
        if any(each.entity == timed != value.entity for each in measures.aggregates_in(tree)):
            found.taken = True
    if isinstance(value, Value):
        for each in value.__dict__.values():
            if isinstance(each, (Value, tuple)):
                _look_for_rollups(each, timed, draft, found)
    elif isinstance(value, tuple):
        for each in value:
            _look_for_rollups(each, timed, draft, found)
