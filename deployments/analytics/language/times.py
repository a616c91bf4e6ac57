"""When something happened: which attribute says it, and an interval as a condition on it."""

from __future__ import annotations

from deployments.analytics.language.calendar import Interval
from deployments.analytics.language.graph import Graph
from deployments.analytics.language.sketch import Ref
from deployments.analytics.model.schema import Entity, Role, SemanticModel
from deployments.contracts.query import AllOf, Attribute, Comparison, Constant, Filter, Operator, TimeRange


def own_time(entity: Entity) -> Ref | None:
    """The entity's default time, else its only time attribute, else its year."""
    times = [a for a in entity.attributes if a.name == entity.default_time]
    times += [a for a in entity.attributes if a.data_type.is_time and not a.hidden]
    times += [a for a in entity.attributes if a.role is Role.YEAR and not a.hidden]
    if not times:
        return None
    return Ref(entity.name, times[0], Attribute(entity=entity.name, name=times[0].name), 0.9)


def time_ref(model: SemanticModel, graph: Graph, entity: str | None) -> Ref | None:
    """The entity's own time, else that of the nearest entity that each row belongs to."""
    if entity is None:
        return None
    found = own_time(model.by_name[entity])
    if found is not None:
        return found
    near = sorted(
        (graph.distance(entity, other.name), other.name) for other in model.entities if graph.to_one(entity, other.name)
    )
    for _, name in near:
        found = own_time(model.by_name[name])
        if found is not None:
            return found
    return None


def interval_filter(ref: Ref, interval: Interval) -> Filter | None:
    """start <= time < end; on a year kept as a number, the years that the interval covers exactly, else None."""
    if ref.attribute.role is Role.YEAR and not ref.attribute.data_type.is_time:
        years = interval.years
        if years is None:
            return None
        first, last = years
        if first is not None and first == last:
            return Comparison(left=ref.scalar, operator=Operator.EQ, right=Constant(value=_year(ref, first)))
        parts: list[Filter] = []
        if first is not None:
            parts.append(Comparison(left=ref.scalar, operator=Operator.GE, right=Constant(value=_year(ref, first))))
        if last is not None:
            parts.append(Comparison(left=ref.scalar, operator=Operator.LE, right=Constant(value=_year(ref, last))))
        return parts[0] if len(parts) == 1 else AllOf(of=tuple(parts))
    return TimeRange(of=ref.scalar, start=interval.start, end=interval.end)


def _year(ref: Ref, year: int) -> int | str:
    return year if ref.attribute.data_type.is_number else str(year)
