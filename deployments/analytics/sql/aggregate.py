"""Pass: the rows of each part, joined and filtered, with each row counted once in each group."""

from __future__ import annotations

from typing import Literal

from sqlglot import exp

from deployments.analytics.model.schema import DataType
from deployments.analytics.sql import conditions, measures, nodes, scalars
from deployments.analytics.sql.draft import Draft, Grouping, Part, Stage, Window, set_where
from deployments.analytics.sql.frame import Frame
from deployments.analytics.sql.joins import Path, is_to_one
from deployments.analytics.sql.periods import Shift
from deployments.analytics.sql.resolve import unique
from deployments.contracts.errors import InvalidQuery
from deployments.contracts.query import Aggregate, Attribute, Function, Truncated


def aggregate(draft: Draft) -> None:
    """Raises InvalidQuery for what cannot be computed without counting a row twice."""
    if not draft.aggregated:
        draft.stage = _rows(draft)
        return
    several = len(draft.parts) > 1
    for part in draft.parts:
        stage = _stage(part, draft, several=several)
        suffix = "previous" if part.windows == ("previous",) else "totals"
        draft.stages.append((f"{part.entity}_{suffix}", stage))


def _stage(part: Part, draft: Draft, *, several: bool) -> Stage:
    context = draft.context
    scope = draft.scope if not several else type(draft.scope)(draft.query.time)
    frame = Frame(context, context.entity(part.entity), scope)
    opened = _open_for(part.groupings, frame)
    dimensions = [_dimension(grouping, frame, part.shift) for grouping in part.groupings]
    keys = [[frame.attribute(key) for key in grouping.key] for grouping in part.groupings]
    sorts = [scalars.calendar_order(each.of, frame) if each.sorted_by_calendar else None for each in part.groupings]
    periods = {window: conditions.condition(part.periods[window], frame) for window in part.periods}
    kept = _kept(part, frame)
    if opened:
        context.warn(
            f"A row of {part.entity} may stand in several groups, so the groups may add up to more than the total"
        )
    counting = _counting(part, opened, frame)
    if counting == "distinct":
        return _distinct_rows(part, frame, dimensions, keys, sorts, kept, periods)
    lone = part.aggregates[0]
    if len(part.aggregates) == 1 and lone.where is not None and not part.groupings and not periods:
        kept += conditions.conjunction([lone.where], frame, keeps=True)
        calls = {(lone, part.windows[0]): measures.call(lone, measures.argument(lone, frame))}
    else:
        calls = _calls(part, frame, periods, once=counting == "once")
    return Stage(dimensions, keys, sorts, calls, grouped=True, frame=frame, held=kept)


def _kept(part: Part, frame: Frame) -> list[exp.Expr]:
    """The conditions on rows; with two periods in one part, that the row is in either."""
    kept = conditions.conjunction(part.where, frame, keeps=True)
    if len(part.periods) == len(part.windows) == 2:
        either = nodes.any_of([conditions.condition(part.periods[window], frame) for window in part.windows])
        if either is not None:
            kept.append(either)
    return kept


def _open_for(groupings: list[Grouping], frame: Frame) -> list[Path]:
    """Open the paths to many that dimensions travel; gives their ends."""
    opened: list[Path] = []
    for grouping in groupings:
        for attribute in (*scalars.attributes_in(grouping.of), *grouping.key):
            owner, path = frame.route(attribute.entity, attribute.path)
            if owner is frame and not is_to_one(path):
                frame.open(path)
                opened.append(path)
    return opened


def _dimension(grouping: Grouping, frame: Frame, shift: Shift | None) -> exp.Expr:
    of = grouping.of
    if shift is not None and (of == shift.of or (isinstance(of, Truncated) and of.of == shift.of)):
        moved = nodes.binary(exp.Add, frame.attribute(shift.of), nodes.interval(shift.count, shift.unit))
        kind = scalars.type_of(shift.of, frame.context)
        if isinstance(of, Truncated):
            return scalars.truncate(moved, of.grain, DataType.TIMESTAMP, frame.context, fiscal=of.fiscal)
        return nodes.cast(moved, "DATE") if kind is DataType.DATE else moved
    return scalars.scalar(of, frame)


def _calls(
    part: Part, frame: Frame, periods: dict[Window, exp.Expr], *, once: bool
) -> dict[tuple[Aggregate, Window], exp.Expr]:
    calls: dict[tuple[Aggregate, Window], exp.Expr] = {}
    for each in part.aggregates:
        for window in part.windows:
            held = [periods[window]] if window in periods else []
            if each.where is not None:
                held += conditions.conjunction([each.where], frame)
            where = nodes.all_of(held)
            calls[each, window] = (
                _once(each, frame, where) if once else measures.call(each, measures.argument(each, frame), where)
            )
    return calls


def _once(each: Aggregate, frame: Frame, where: exp.Expr | None) -> exp.Expr:
    """An aggregate over multiplied rows that comes out as over single ones."""
    if each.function in measures.REPEATABLE:
        return measures.call(each, measures.argument(each, frame), where)
    if each.function is Function.COUNT and len(frame.base.entity.primary_key) == 1:
        key = frame.key(frame.base)[0]
        if each.of is not None:
            known = nodes.is_null(scalars.scalar(each.of, frame), negated=True)
            where = known if where is None else nodes.all_of([known, where])
        distinct = exp.Count(this=exp.Distinct(expressions=[key]))
        return distinct if where is None else exp.Filter(this=distinct, expression=exp.Where(this=where))
    return measures.call(each, measures.argument(each, frame), where)


def _counting(part: Part, opened: list[Path], frame: Frame) -> Literal["plain", "once", "distinct"]:
    """How each row is counted once in each group: nothing needs doing, the calls see to it, or the rows are made
    distinct first."""
    if not opened or _keyed(part, frame):
        return "plain"
    countable = len(frame.base.entity.primary_key) == 1
    if all(
        each.function in measures.REPEATABLE or (each.function is Function.COUNT and countable)
        for each in part.aggregates
    ):
        return "once"
    return "distinct"


def _keyed(part: Part, frame: Frame) -> bool:
    """Whether a row of the base and a group determine the row between them, by that row's primary key."""
    if len(frame.opened) != 1:
        return False
    crossing = frame.opened[0]
    between = frame.context.entity(crossing[-1].target)
    fixed = {there for _, there in crossing[-1].pairs}
    grouped: dict[Path, set[str]] = {}
    for grouping in part.groupings:
        own = (grouping.of,) if isinstance(grouping.of, Attribute) else ()
        for attribute in (*own, *grouping.key):
            grouped.setdefault(frame.route(attribute.entity, attribute.path)[1], set()).add(attribute.name)
    fixed |= grouped.get(crossing, set())
    for path, names in grouped.items():
        if len(path) == len(crossing) + 1 and path[:-1] == crossing and {there for _, there in path[-1].pairs} <= names:
            fixed |= {here for here, _ in path[-1].pairs}
    return bool(between.primary_key) and set(between.primary_key) <= fixed


def _distinct_rows(
    part: Part,
    frame: Frame,
    dimensions: list[exp.Expr],
    keys: list[list[exp.Expr]],
    sorts: list[exp.Expr | None],
    kept: list[exp.Expr],
    periods: dict[Window, exp.Expr],
) -> Stage:
    """Each row of the counted entity once for each group it stands in, and the aggregates over that."""
    alias = frame.scope.take("counted")
    shown: list[exp.Expr] = []
    taken: dict[str, None] = {}

    def put(node: exp.Expr, wanted: str) -> exp.Expr:
        name = unique(wanted, taken)
        shown.append(nodes.aliased(node, name))
        return nodes.column(name)

    outer_dimensions = [put(node, each.name) for node, each in zip(dimensions, part.groupings, strict=True)]
    outer_keys = [
        [put(node, key.name) for node, key in zip(group, each.key, strict=True)]
        for group, each in zip(keys, part.groupings, strict=True)
    ]
    outer_sorts = [
        None if node is None else put(node, f"{each.name}_order")
        for node, each in zip(sorts, part.groupings, strict=True)
    ]
    for node in frame.key(frame.base):
        put(node, f"{frame.base.entity.name}_{node.name}")
    outer_periods = {window: put(node, f"in_{window}") for window, node in periods.items()}
    calls: dict[tuple[Aggregate, Window], exp.Expr] = {}
    for number, each in enumerate(part.aggregates, 1):
        of = measures.argument(each, frame)
        wanted = of.name if isinstance(of, exp.Column) else f"value_{number}"
        outer_of = None if of is None else put(of, wanted)
        held = None if each.where is None else conditions.condition(each.where, frame)
        outer_held = None if held is None or held is nodes.TRUE else put(held, f"counts_{number}")
        for window in part.windows:
            parts = [node for node in (outer_periods.get(window), outer_held) if node is not None]
            calls[each, window] = measures.call(each, outer_of, nodes.all_of(parts))
    select = frame.select()
    select.set("distinct", exp.Distinct())
    select.set("expressions", shown)
    set_where(select, kept)
    frame.close({node.alias for node in shown if isinstance(node, exp.Alias)})
    outer = nodes.select_from(nodes.subquery(select, alias))
    return Stage(outer_dimensions, outer_keys, outer_sorts, calls, grouped=True, source=outer)


def _rows(draft: Draft) -> Stage:
    """The rows of a list: of the subject, or of the finest entity that the columns are of."""
    context = draft.context
    base = _finest(draft)
    frame = Frame(context, context.entity(base), draft.scope)
    opened = _open_for(draft.groupings, frame)
    if opened and not draft.query.distinct and _branches(opened):
        names = " and ".join(sorted({path[-1].target for path in opened}))
        raise InvalidQuery(f"{names} are not related row by row, so listing them side by side would repeat them")
    dimensions = [scalars.scalar(grouping.of, frame) for grouping in draft.groupings]
    kept = conditions.conjunction(draft.conditions, frame, keeps=True)
    sorts = [scalars.calendar_order(each.of, frame) if each.sorted_by_calendar else None for each in draft.groupings]
    return Stage(dimensions, [[] for _ in dimensions], sorts, {}, grouped=False, frame=frame, held=kept)


def _finest(draft: Draft) -> str:
    """The entity whose rows have at most one of everything that is listed; the subject where none is finer."""
    graph, subject = draft.context.graph, draft.subject.name
    wanted = [(a.entity, a.path) for grouping in draft.groupings for a in scalars.attributes_in(grouping.of)]
    finer = []
    for entity, names in wanted:
        path = graph.route(subject, entity, names)
        many = [step for step in path if step.to_many]
        if many:
            finer.append(many[-1].target)
    for candidate in dict.fromkeys(finer):
        back = graph.path(candidate, subject)
        if back is None or not is_to_one(back):
            continue
        try:
            if all(is_to_one(graph.route(candidate, entity, names)) for entity, names in wanted):
                return candidate
        except InvalidQuery:
            continue
    return subject


def _branches(opened: list[Path]) -> bool:
    """Whether the paths part before their last step to many."""
    ends = []
    for path in opened:
        last = max(index for index, step in enumerate(path) if step.to_many)
        ends.append(path[: last + 1])
    longest = max(ends, key=len)
    return any(longest[: len(end)] != end for end in ends)
