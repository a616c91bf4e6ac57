"""When something happened: which attribute says it, and an interval or a part of a time as a condition on it."""

from __future__ import annotations

from collections.abc import Iterable

from deployments.analytics.language.calendar import Interval, floor
from deployments.analytics.language.graph import Graph
from deployments.analytics.language.sketch import Ref
from deployments.analytics.model.schema import Calendar, Entity, Role, SemanticModel
from deployments.analytics.model.time_parts import spellings
from deployments.contracts.query import (
    AllOf,
    AnyOf,
    Attribute,
    Comparison,
    Constant,
    Filter,
    Grain,
    Operator,
    TimePart,
    TimeRange,
)

_GRAINS = tuple(Grain)
"""From the coarsest to the finest."""

_BIRTH = frozenset("birth born birthday birthdate dob death died".split())


def own_time(entity: Entity) -> Ref | None:
    """The entity's default time, else its only time attribute, else its year."""
    times = [a for a in entity.attributes if a.name == entity.default_time]
    times += [a for a in entity.attributes if a.data_type.is_time and not a.hidden]
    # Nobody asks for customers of last month by their birthdays.
    times = [a for a in times if not _BIRTH & set(a.label.split())]
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
    """start <= time < end; on a year kept as a number, the years that the interval covers exactly, else None; None also
    where the time is not precise enough to tell."""
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
    precision = ref.attribute.precision
    if precision and any(day and floor(day, precision, Calendar()) != day for day in (interval.start, interval.end)):
        return None
    return TimeRange(of=ref.scalar, start=interval.start, end=interval.end)


def month_filter(year: Ref, month: Ref, interval: Interval) -> Filter | None:
    """The interval where rows keep the year and the month apart; None where it does not begin and end with months."""
    start, end = interval.start, interval.end
    if any(day is not None and day.day != 1 for day in (start, end)) or start is None or end is None:
        return None
    last = end.year if end.month > 1 else end.year - 1
    years: list[Filter] = []
    for number in range(start.year, last + 1):
        first_month = start.month if number == start.year else 1
        last_month = (end.month - 1 or 12) if number == last else 12
        of_year = Comparison(left=year.scalar, operator=Operator.EQ, right=Constant(value=_year(year, number)))
        if (first_month, last_month) == (1, 12):
            years.append(of_year)
            continue
        months = part_filter(month, range(first_month, last_month + 1))
        if months is not None:
            years.append(AllOf(of=(of_year, months)))
    if not years:
        return None
    return years[0] if len(years) == 1 else AnyOf(of=tuple(years))


def is_finer(grain: Grain, ref: Ref) -> bool:
    """Whether the grain asks for more than the time tells: weeks of what is known by the month."""
    precision = ref.attribute.precision
    return precision is not None and _GRAINS.index(grain) > _GRAINS.index(precision)


def part_ref(model: SemanticModel, graph: Graph, entity: str | None, part: TimePart) -> Ref | None:
    """The attribute of the entity, else of the nearest that each row belongs to, that holds this part of a time."""
    if entity is None:
        return None
    near = sorted((graph.distance(entity, e.name), e.name) for e in model.entities if graph.to_one(entity, e.name))
    for name in (entity, *(name for _, name in near)):
        for attribute in model.by_name[name].attributes:
            if attribute.time_part is part and not attribute.hidden:
                return Ref(name, attribute, Attribute(entity=name, name=attribute.name), 0.9)
    return None


def part_filter(ref: Ref, numbers: Iterable[int]) -> Filter | None:
    """The attribute's weekdays (Monday 0) or months (January 1) are among these; None where the data has none of them."""
    values = tuple(value for value in spellings(ref.attribute, numbers) if value is not None)
    if len(values) == 1:
        return Comparison(left=ref.scalar, operator=Operator.EQ, right=Constant(value=values[0]))
    return Comparison(left=ref.scalar, operator=Operator.IN, values=values) if values else None


def _year(ref: Ref, year: int) -> int | str:
    return year if ref.attribute.data_type.is_number else str(year)
