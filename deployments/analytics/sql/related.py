"""Subqueries over rows related to a row: rollups, values of its group, nested questions, semi- and anti-joins."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from deployments.analytics.sql import conditions, measures, nodes, scalars
from deployments.analytics.sql.context import Context
from deployments.analytics.sql.frame import Frame, Instance
from deployments.analytics.sql.joins import Path
from deployments.contracts.errors import InvalidQuery
from deployments.contracts.query import (
    Aggregate,
    AnalyticQuery,
    Comparison,
    GroupValue,
    Membership,
    Nested,
    Operator,
    Related,
    Rollup,
    TimeRange,
)

SYMBOLS: dict[Operator, type[exp.Expr]] = {
    Operator.LT: exp.LT,
    Operator.LE: exp.LTE,
    Operator.GT: exp.GT,
    Operator.GE: exp.GTE,
}


def rollup(value: Rollup, frame: Frame) -> exp.Expr:
    """The measure over the rows related to the row of `value.entity`, by the path from the measure's entity to it."""
    frame.context.entity(value.entity)
    owner, path = frame.route(value.entity)
    anchor = owner.at(path)
    owner.qualified = True
    tree = measures.expand(value.measure, frame.context)
    return measures.write(tree, lambda aggregate: _rolled_up(aggregate, value.entity, owner, anchor))


def _rolled_up(aggregate: Aggregate, entity: str, owner: Frame, anchor: Instance) -> exp.Expr:
    context = owner.context
    inner = Frame(context, context.entity(aggregate.entity), owner.scope, owner)
    path = context.graph.around(entity) if aggregate.entity == entity else context.graph.route(aggregate.entity, entity)
    link = _leading_to(inner, path, owner, anchor)
    where = [] if aggregate.where is None else [aggregate.where]
    window = owner.scope.window
    if window is not None and uses_window(aggregate, entity, window.of.entity):
        where.append(TimeRange(of=window.of, start=window.start, end=window.end))
    return _aggregated(aggregate, inner, [link], where)


def uses_window(aggregate: Aggregate, entity: str, timed: str) -> bool:
    """Whether the question's period, over a time of `timed`, is the period of a rollup rather than of its row."""
    return aggregate.entity == timed and entity != timed


def _leading_to(inner: Frame, path: Path, owner: Frame, anchor: Instance) -> exp.Expr:
    """The condition that a row of `inner` is related, along `path`, to the row `anchor` of an outer frame."""
    crossing = inner.crossing(path[:-1])
    if crossing is None:
        return inner.link(inner.at(path[:-1]), path[-1], anchor, owner)
    step = crossing[-1]
    between = Frame(inner.context, inner.context.entity(step.target), inner.scope, inner)
    link = nodes.flipped(inner.link(inner.at(crossing[:-1]), step, between.base, between))
    return conditions.existing(between, [link, _leading_to(between, path[len(crossing) :], owner, anchor)])


def group_value(value: GroupValue, frame: Frame) -> exp.Expr:
    """The measure over all rows of its entity that agree with the row in every part of the partition."""
    tree = measures.expand(value.measure, frame.context)

    def of_group(aggregate: Aggregate) -> exp.Expr:
        context = frame.context
        inner = Frame(context, context.entity(aggregate.entity), frame.scope, frame if value.partition else None)
        shared: list[exp.Expr] = [
            exp.NullSafeEQ(
                this=nodes.grouped(scalars.scalar(part, inner)), expression=nodes.grouped(scalars.scalar(part, frame))
            )
            for part in value.partition
        ]
        frame.qualified = frame.qualified or bool(value.partition)
        return _aggregated(aggregate, inner, shared, [] if aggregate.where is None else [aggregate.where])

    return measures.write(tree, of_group)


def _aggregated(aggregate: Aggregate, inner: Frame, held: list[exp.Expr], where: list[Any]) -> exp.Expr:
    """(SELECT aggregate FROM inner WHERE held AND where)."""
    held = [*held, *conditions.conjunction(where, inner, keeps=True)]
    of = measures.argument(aggregate, inner)
    select = inner.select()
    select.set("expressions", [measures.call(aggregate, of)])
    kept = nodes.all_of(held)
    if kept is not None:
        select.set("where", exp.Where(this=kept))
    inner.close(set())
    return nodes.subquery(select)


def nested(value: Nested, frame: Frame) -> exp.Expr:
    """The single value of a question. Raises InvalidQuery where it may have several."""
    return single_value(value, frame.context)


def single_value(value: Nested, context: Context) -> exp.Expr:
    """(question), which has one row and one column."""
    if value.choose != "value":
        raise InvalidQuery(f"'{value.choose}' of several values can only be compared with")
    query = value.query
    single = query.measures and not query.dimensions
    first = query.limit is not None and query.limit.count == 1 and not query.limit.per and not query.limit.ties
    if not single and not first:
        raise InvalidQuery("A nested question must have one value: one measure and no dimension, or the first row")
    return nodes.subquery(_first_column(query, context))


def chosen(comparison: Comparison, value: Nested, frame: Frame) -> exp.Expr:
    """`left > any (question)`: against the least value; `> all`: against the greatest; `= any`: among them."""
    operator, every = comparison.operator, value.choose == "all"
    if (operator is Operator.EQ and not every) or (operator is Operator.NE and every):
        return membership(Membership(of=comparison.left, query=value.query, negated=every), frame)
    return against_several(operator, scalars.scalar(comparison.left, frame), value, frame.context)


def against_several(operator: Operator, left: exp.Expr, value: Nested, context: Context) -> exp.Expr:
    """left operator the edge of a question's values that decides for any or for all of them."""
    if operator not in SYMBOLS:
        raise InvalidQuery(f"'{operator.value} {value.choose}' is not a comparison with several values")
    upwards = operator in (Operator.GT, Operator.GE)
    select = _first_column(value.query, context)
    edge = nodes.select_from(nodes.subquery(select, "several"))
    greatest = upwards == (value.choose == "all")
    edge.set("expressions", [nodes.function("MAX" if greatest else "MIN", nodes.column(_name_of_first(select)))])
    return nodes.binary(SYMBOLS[operator], left, nodes.subquery(edge))


def membership(value: Membership, frame: Frame) -> exp.Expr:
    """of IN (question), or NOT EXISTS a row of it that equals `of`."""
    select = _first_column(value.query, frame.context)
    of = scalars.scalar(value.of, frame)
    if not value.negated:
        return exp.In(this=nodes.grouped(of), query=nodes.subquery(select))
    frame.qualified = True
    alias = frame.scope.take("listed")
    row = nodes.select_from(nodes.subquery(select, alias))
    row.set("expressions", [nodes.integer(1)])
    same = nodes.binary(exp.EQ, nodes.column(_name_of_first(select), alias), of)
    row.set("where", exp.Where(this=same))
    return exp.Not(this=nodes.exists(row))


def related(value: Related, frame: Frame) -> exp.Expr:
    """EXISTS, or NOT EXISTS, a row of `to` related to the row of `entity` for which `where` holds."""
    context = frame.context
    context.entity(value.to)
    context.entity(value.entity)
    owner, lead = frame.route(value.entity)
    owner.qualified = True
    anchor_path = lead
    if value.entity == value.to and not value.path:
        path = context.graph.around(value.entity)
    else:
        path = context.graph.route(value.entity, value.to, value.path)
    if not path:
        raise InvalidQuery(f"A row of {value.entity} is not related to itself; put the condition on it directly")
    where = [] if value.where is None else [value.where]
    found = _exists_along(owner, owner.at(anchor_path), path, where)
    return exp.Not(this=found) if value.negated else found


def _exists_along(frame: Frame, anchor: Instance, path: Path, where: list[Any]) -> exp.Expr:
    """EXISTS a row at the end of `path`: in one step where from there the way back is to one, else step by step."""
    context, step = frame.context, path[0]
    whole = all(back.to_many or back.relationship.one_to_one for back in path[1:])
    inner = Frame(context, context.entity(path[-1].target if whole else step.target), frame.scope, frame)
    way_back = tuple(context.graph.reverse(each) for each in reversed(path[1:])) if whole else ()
    context.say_join(step)
    link = nodes.flipped(frame.link(anchor, step, inner.at(way_back), inner))
    if whole:
        return conditions.existing(inner, [link, *conditions.conjunction(where, inner, keeps=True)])
    return conditions.existing(inner, [link, _exists_along(inner, inner.base, path[1:], where)])


def _first_column(query: AnalyticQuery, context: Context) -> exp.Select:
    from deployments.analytics.sql import statement

    return statement.first_column(query, context)


def _name_of_first(select: exp.Select) -> str:
    return str(select.expressions[0].alias_or_name)
