"""Pass: every name and slot of the question is checked against the model, and defaults are filled in."""

from __future__ import annotations

from typing import Any

from deployments.analytics.sql.draft import Draft, Grouping
from deployments.analytics.sql.scalars import attributes_in, is_named_part
from deployments.contracts.errors import InvalidQuery
from deployments.contracts.query import (
    AllOf,
    AnyOf,
    Attribute,
    Calculation,
    Dimension,
    MeasureComparison,
    Not,
    Part,
    TimePart,
    TimeWindow,
    Truncated,
)


def resolve(draft: Draft) -> None:
    """Raises InvalidQuery for what the model or the question itself does not have."""
    query, context = draft.query, draft.context
    dimensions = query.dimensions or (() if query.measures else _whole_row(draft))
    taken: dict[str, None] = {}
    for index, dimension in enumerate(dimensions):
        for attribute in attributes_in(dimension.of):
            if attribute.name:
                context.attribute(attribute.entity, attribute.name)
            else:
                context.entity(attribute.entity)
        if dimension.fill and not isinstance(dimension.of, Truncated):
            raise InvalidQuery(f"{dimension.name} is not a period, so no missing one can be filled in")
        name = unique(dimension.name or _default_name(dimension.of), taken)
        draft.groupings.append(
            Grouping(dimension.of, name, dimension.key, dimension.fill, _sorted_by_calendar(draft, index, dimension))
        )
    draft.aggregated = bool(
        query.measures
        or (query.having is not None and _has_measure(query.having))
        or any(order.target == "measure" for order in query.order)
    )
    for window in (query.time, query.comparison.window if query.comparison else None):
        if window is not None:
            _check_window(window, draft)
    if query.comparison is not None and not query.measures:
        raise InvalidQuery("Two periods can only be compared by a measure")
    for calculation in query.calculations:
        _check_calculation(calculation, len(dimensions), len(query.measures))
    _check_order(draft, len(dimensions))


def unique(name: str, taken: dict[str, None]) -> str:
    """The name, numbered where it is taken already (DuckDB does not tell cases apart)."""
    candidate, number = name, 2
    while candidate.lower() in taken:
        candidate, number = f"{name}_{number}", number + 1
    taken[candidate.lower()] = None
    return candidate


def _whole_row(draft: Draft) -> tuple[Dimension, ...]:
    if draft.query.yes_no:
        return ()
    entity = draft.subject
    shown = [attribute for attribute in entity.attributes if not attribute.hidden]
    if not shown:
        raise InvalidQuery(f"{entity.name} has nothing to show")
    return tuple(Dimension(of=Attribute(entity=entity.name, name=each.name), name=each.name) for each in shown)


def _default_name(of: Any) -> str:
    if isinstance(of, Attribute):
        return of.name
    if isinstance(of, Truncated):
        return of.grain.value
    if isinstance(of, Part):
        return of.part.value
    return str(of.kind)


def _sorted_by_calendar(draft: Draft, index: int, dimension: Dimension) -> bool:
    query, of = draft.query, dimension.of
    if isinstance(of, Attribute):
        if not is_named_part(draft.context.attribute(of.entity, of.name)):
            return False
    elif not isinstance(of, Part) or of.part not in (TimePart.WEEKDAY, TimePart.MONTH):
        return False
    ordered = any(order.target == "dimension" and order.index == index for order in query.order)
    return ordered or any(getattr(each, "along", None) == index for each in query.calculations)


def _has_measure(value: Any) -> bool:
    if isinstance(value, (AllOf, AnyOf)):
        return any(_has_measure(part) for part in value.of)
    return _has_measure(value.of) if isinstance(value, Not) else isinstance(value, MeasureComparison)


def _check_window(window: TimeWindow, draft: Draft) -> None:
    attribute = draft.context.attribute(window.of.entity, window.of.name)
    if not attribute.data_type.is_time:
        raise InvalidQuery(f"{window.of.entity}.{window.of.name} is not a date or time")


def _check_calculation(calculation: Calculation, dimensions: int, measures: int) -> None:
    if not 0 <= calculation.measure < measures:
        raise InvalidQuery(f"{calculation.kind} names measure {calculation.measure}; there are {measures}")
    for index in (*calculation.within, *([calculation.along] if hasattr(calculation, "along") else [])):
        if not 0 <= index < dimensions:
            raise InvalidQuery(f"{calculation.kind} names dimension {index}; there are {dimensions}")
    for count in ("periods",):
        if getattr(calculation, count, 1) < 1:
            raise InvalidQuery(f"{calculation.kind} needs at least one period")


def _check_order(draft: Draft, dimensions: int) -> None:
    query = draft.query
    lengths = {"dimension": dimensions, "measure": len(query.measures), "calculation": len(query.calculations)}
    for order in query.order:
        if order.target == "scalar":
            if order.of is None:
                raise InvalidQuery("Nothing is given to sort by")
        elif not 0 <= order.index < lengths[order.target]:
            raise InvalidQuery(f"The order names {order.target} {order.index}; there are {lengths[order.target]}")
    limit = query.limit
    if limit is None:
        return
    if limit.count < 0 or limit.offset < 0:
        raise InvalidQuery("A limit cannot be below zero")
    for index in limit.per:
        if not 0 <= index < dimensions:
            raise InvalidQuery(f"The limit names dimension {index}; there are {dimensions}")
