"""Pass: periods without rows are put in between the first and the last of the data that the question is about."""

from __future__ import annotations

import datetime as dt

from sqlglot import exp

from deployments.analytics.model.schema import DataType
from deployments.analytics.sql import measures, nodes, scalars
from deployments.analytics.sql.combine import as_table, shaped
from deployments.analytics.sql.draft import Draft, Grouping, Stage
from deployments.analytics.sql.frame import Frame
from deployments.contracts.query import Attribute, Function, Grain, Truncated

ZERO = (*measures.COUNTS, Function.SUM)
STEPS = {
    Grain.YEAR: (1, "year"),
    Grain.QUARTER: (3, "month"),
    Grain.MONTH: (1, "month"),
    Grain.WEEK: (7, "day"),
    Grain.DAY: (1, "day"),
    Grain.HOUR: (1, "hour"),
}


def fill(draft: Draft) -> None:
    """Counts and sums of a missing period are 0, other values NULL; other dimensions get each period."""
    index = next((number for number, grouping in enumerate(draft.groupings) if grouping.fill), None)
    if index is None or not draft.aggregated:
        return
    stage = draft.standing
    grouping = draft.groupings[index]
    grouped = as_table(draft, "grouped", stage)
    periods = draft.cte("periods", _periods(grouping, draft))
    columns = dict(zip([str(column.name) for column in grouped.columns], grouped.columns, strict=True))
    period = nodes.column(grouping.name, periods)
    spine = nodes.select_from(nodes.table(periods))
    joins: list[exp.Expr] = []
    others = [name for name in columns if name != grouping.name]
    if others:
        combinations = nodes.select_from(nodes.table(grouped.name))
        combinations.set("distinct", exp.Distinct())
        combinations.set("expressions", [nodes.column(name) for name in others])
        joins.append(exp.Join(this=nodes.table(draft.cte("series", combinations)), kind="CROSS"))
    full = {name: nodes.column(name, draft.with_[-1][0]) for name in others}
    full[grouping.name] = period
    same = [
        (exp.EQ if name == grouping.name else exp.NullSafeEQ)(this=columns[name], expression=node)
        for name, node in full.items()
    ]
    joins.append(exp.Join(this=nodes.table(grouped.name), side="LEFT", on=nodes.all_of(same)))
    spine.set("joins", joins)
    dimensions, keys, sorts = shaped(stage, [full[name] for name in columns])
    aggregates = {
        key: exp.Coalesce(this=node, expressions=[nodes.integer(0)]) if key[0].function in ZERO else node
        for key, node in grouped.aggregates.items()
    }
    draft.stage = Stage(dimensions, keys, sorts, aggregates, grouped=False, source=spine)


def _periods(grouping: Grouping, draft: Draft) -> exp.Select:
    """Every period from the later of the question's and the data's beginning to the earlier of their ends."""
    of: Truncated = grouping.of
    start, last = _bound(of, draft, first=True), _bound(of, draft, first=False)
    count, unit = STEPS[of.grain]
    series = nodes.function("GENERATE_SERIES", start, last, nodes.interval(count, unit))
    shown: exp.Expr = nodes.function("UNNEST", series)
    if of.grain is not Grain.HOUR:
        shown = nodes.cast(shown, "DATE")
    return exp.Select(expressions=[nodes.aliased(shown, grouping.name)])


def _bound(of: Truncated, draft: Draft, *, first: bool) -> exp.Expr:
    """The first or last period: of the data, and not beyond the question's window where that is on the same time."""
    edge = _edge_of_data(of, draft, first=first)
    window = draft.query.time
    asked = None if window is None or window.of != of.of else window.start if first else window.end
    if asked is None:
        return edge
    if not first:
        asked = _last_moment(asked)
    period = scalars.truncate(nodes.constant(asked), of.grain, DataType.TIMESTAMP, draft.context, fiscal=of.fiscal)
    if _is_within_data(of, asked, draft):
        return nodes.constant(_start_of(asked, of.grain, draft.context.model.calendar.week_start))
    return nodes.function("GREATEST" if first else "LEAST", period, edge)


def _last_moment(end: dt.date | dt.datetime) -> dt.date | dt.datetime:
    if isinstance(end, dt.datetime):
        return end - dt.timedelta(microseconds=1)
    return end - dt.timedelta(days=1)


def _start_of(moment: dt.date | dt.datetime, grain: Grain, week_start: int) -> dt.date | dt.datetime:
    day = moment.date() if isinstance(moment, dt.datetime) else moment
    if grain is Grain.HOUR:
        full = moment if isinstance(moment, dt.datetime) else dt.datetime.combine(day, dt.time())
        return full.replace(minute=0, second=0, microsecond=0)
    if grain is Grain.WEEK:
        return day - dt.timedelta(days=(day.weekday() - week_start) % 7)
    months = {Grain.YEAR: 12, Grain.QUARTER: 3, Grain.MONTH: 1}.get(grain)
    return day if months is None else day.replace(day=1, month=(day.month - 1) // months * months + 1)


def _is_within_data(of: Truncated, asked: dt.date | dt.datetime, draft: Draft) -> bool:
    """Whether the data is known to reach from before that moment to after it, so that no bound need be looked up."""
    if not isinstance(of.of, Attribute) or of.grain is Grain.HOUR or of.fiscal:
        return False
    attribute = draft.context.attribute(of.of.entity, of.of.name)
    low, high = _as_day(attribute.minimum), _as_day(attribute.maximum)
    day = asked.date() if isinstance(asked, dt.datetime) else asked
    return low is not None and high is not None and low <= day <= high


def _as_day(value: object) -> dt.date | None:
    if isinstance(value, dt.datetime):
        return value.date()
    return value if isinstance(value, dt.date) else None


def _edge_of_data(of: Truncated, draft: Draft, *, first: bool) -> exp.Expr:
    """(SELECT the first or last period FROM the entity that has the time)."""
    context = draft.context
    attributes = list(scalars.attributes_in(of))
    entity = attributes[0].entity if attributes else draft.subject.name
    frame = Frame(context, context.entity(entity), type(draft.scope)())
    edge = nodes.function("MIN" if first else "MAX", scalars.scalar(_rooted(of.of), frame))
    select = frame.select()
    select.set("expressions", [scalars.truncate(edge, of.grain, DataType.TIMESTAMP, context, fiscal=of.fiscal)])
    frame.close(set())
    return nodes.subquery(select)


def _rooted(value: object) -> object:
    """An attribute without its path: its own entity's rows are meant."""
    return value.model_copy(update={"path": ()}) if isinstance(value, Attribute) else value
