"""Filters: which rows of a frame are kept, as SQL.

A condition over attributes reached to one is written over joins; one over attributes reached to many becomes EXISTS,
together with the conjoined conditions that leave by the same step."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from sqlglot import exp

from deployments.analytics.model.schema import Metric
from deployments.analytics.sql import comparisons, nodes, related, scalars
from deployments.analytics.sql.context import Context
from deployments.analytics.sql.frame import Frame
from deployments.analytics.sql.joins import Path, near
from deployments.contracts.errors import InvalidQuery
from deployments.contracts.query import (
    AllOf,
    AnyOf,
    Attribute,
    Comparison,
    MeasureComparison,
    Membership,
    Not,
    Related,
    TimeRange,
)


def condition(value: Any, frame: Frame) -> exp.Expr:
    """The SQL of a filter over the rows of a frame, `nodes.TRUE` where it holds for all. Raises InvalidQuery."""
    return nodes.all_of(conjunction([value], frame)) or nodes.TRUE


def conjunction(filters: Iterable[Any], frame: Frame, *, keeps: bool = False) -> list[exp.Expr]:
    """The conditions of a conjunction. `keeps`: it decides which rows are kept, so an inner join may serve it."""
    written: list[exp.Expr | None] = []
    crossing: dict[Path, tuple[int, list[Any]]] = {}
    for part in flattened(filters):
        ways = _crossings(part, frame)
        if len(ways) == 1 and not isinstance(part, Not) and _all_cross(part, frame, ways[0]):
            if ways[0] not in crossing:
                crossing[ways[0]] = (len(written), [])
                written.append(None)
            crossing[ways[0]][1].append(part)
        else:
            written.append(_WRITERS[type(part)](part, frame))
            if keeps:
                _require(part, frame)
    for path, (place, parts) in crossing.items():
        written[place] = _semi_join(path, parts, frame)
    return [each for each in written if each is not None and each is not nodes.TRUE]


def flattened(filters: Iterable[Any]) -> Iterator[Any]:
    """The parts of nested conjunctions."""
    for part in filters:
        if isinstance(part, AllOf):
            yield from flattened(part.of)
        else:
            yield part


def _semi_join(path: Path, parts: Sequence[Any], frame: Frame) -> exp.Expr:
    """EXISTS a row at the end of `path` for which all of `parts` hold."""
    step = path[-1]
    inner = Frame(frame.context, frame.context.entity(step.target), frame.scope, frame, path)
    frame.qualified = True
    frame.context.say_join(step)
    link = frame.link(frame.at(path[:-1]), step, inner.base, inner)
    held = conjunction(parts, inner, keeps=True)
    return existing(inner, [nodes.flipped(link), *held])


def existing(inner: Frame, held: Sequence[exp.Expr]) -> exp.Expr:
    """EXISTS a row of a frame for which all conditions hold."""
    select = inner.select()
    select.set("expressions", [nodes.integer(1)])
    where = nodes.all_of(held)
    if where is not None:
        select.set("where", exp.Where(this=where))
    inner.close(set())
    return nodes.exists(select)


def _crossings(part: Any, frame: Frame) -> list[Path]:
    """The different steps to many by which a filter leaves the frame."""
    found: list[Path] = []
    for attribute in attributes_in(part):
        owner, path = frame.route(attribute.entity, attribute.path)
        way = owner.crossing(path) if owner is frame else None
        if way is not None and way not in found:
            found.append(way)
    return found


def _all_cross(part: Any, frame: Frame, way: Path) -> bool:
    """Whether each alternative of a disjunction leaves by that step, so that they may share the row at its end."""
    return not isinstance(part, AnyOf) or all(_crossings(each, frame) == [way] for each in part.of)


def _require(part: Any, frame: Frame) -> None:
    """Mark what is joined as required where the condition cannot hold without it."""
    if isinstance(part, (Comparison, TimeRange)) and (isinstance(part, TimeRange) or comparisons.rejects_null(part)):
        left = part.of if isinstance(part, TimeRange) else part.left
        if isinstance(left, Attribute):
            owner, path = frame.route(left.entity, left.path)
            owner.require(path)


def _comparison(value: Comparison, frame: Frame) -> exp.Expr:
    _single_row(value, frame)
    return comparisons.comparison(value, frame)


def _time_range(value: TimeRange, frame: Frame) -> exp.Expr:
    kind = scalars.type_of(value.of, frame.context)
    if not kind.is_time:
        raise InvalidQuery(f"{scalars.name_of(value.of)} is not a date or time")
    bounds = []
    for bound, operator in ((value.start, exp.GTE), (value.end, exp.LT)):
        if bound is not None:
            bounds.append(nodes.binary(operator, scalars.scalar(value.of, frame), nodes.constant(bound)))
    return nodes.all_of(bounds) or nodes.TRUE


def _all_of(value: AllOf, frame: Frame) -> exp.Expr:
    return condition(value, frame)


def _any_of(value: AnyOf, frame: Frame) -> exp.Expr:
    if not value.of:
        return exp.Boolean(this=False)
    return nodes.any_of([condition(part, frame) for part in value.of]) or nodes.TRUE


def _not(value: Not, frame: Frame) -> exp.Expr:
    inner = value.of
    if isinstance(inner, Not):
        return nodes.is_true(condition(inner.of, frame))
    if isinstance(inner, (Related, Membership)) and not _crossings(inner, frame):
        return _WRITERS[type(inner)](inner.model_copy(update={"negated": not inner.negated}), frame)
    if isinstance(inner, Comparison) and not _crossings(inner, frame):
        opposite = comparisons.opposite(inner)
        if opposite is not None:
            return comparisons.comparison(opposite, frame)
    held = condition(inner, frame)
    return exp.Boolean(this=False) if held is nodes.TRUE else nodes.not_true(held)


def _measure_comparison(value: MeasureComparison, _frame: Frame) -> exp.Expr:
    raise InvalidQuery(f"A condition on a measure ({value.operator}) belongs in `having`, or in a rollup of the row")


def _single_row(value: Comparison, frame: Frame) -> None:
    if len(_crossings(value, frame)) > 1:
        names = " and ".join(sorted({attribute.entity for attribute in attributes_in(value)}))
        raise InvalidQuery(f"{names} have no row in common that could be compared")


_WRITERS: dict[type, Callable[[Any, Frame], exp.Expr]] = {
    Comparison: _comparison,
    TimeRange: _time_range,
    AllOf: _all_of,
    AnyOf: _any_of,
    Not: _not,
    MeasureComparison: _measure_comparison,
    # `related` and this module refer to each other, so its functions are looked up when they are called.
    Related: lambda value, frame: related.related(value, frame),  # noqa: PLW0108
    Membership: lambda value, frame: related.membership(value, frame),  # noqa: PLW0108
}


def attributes_in(value: Any) -> Iterator[Attribute]:
    """What of the frame's own rows a filter reads."""
    if isinstance(value, Comparison):
        yield from scalars.attributes_in(value.left)
        if value.right is not None:
            yield from scalars.attributes_in(value.right)
    elif isinstance(value, (TimeRange, Membership)):
        yield from scalars.attributes_in(value.of)
    elif isinstance(value, Related):
        yield Attribute(entity=value.entity, name="")
    elif isinstance(value, (AllOf, AnyOf)):
        for part in value.of:
            yield from attributes_in(part)
    elif isinstance(value, Not):
        yield from attributes_in(value.of)


def metric(name: str, context: Context) -> Metric:
    """A metric of the model. Raises InvalidQuery with the nearest names."""
    found = context.model.metrics_by_name.get(name)
    if found is None:
        raise InvalidQuery(f"There is no metric {name!r}", suggestions=near(name, context.model.metrics_by_name))
    return found
