"""Pass: conditions on groups, order, limit, and the columns that are shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from deployments.analytics.model.schema import DataType, Role
from deployments.analytics.sql import measures, nodes, scalars
from deployments.analytics.sql.draft import Draft, Output, Stage, set_where
from deployments.analytics.sql.having import having
from deployments.analytics.sql.resolve import unique
from deployments.contracts.answers import ResultColumn
from deployments.contracts.errors import InvalidQuery
from deployments.contracts.query import Attribute, Direction, Limit, OrderBy, Rank

CERTAIN = (DataType.DECIMAL, DataType.FLOAT)
"""Types whose sums are hardly ever equal, so that no one would write a second sort key."""


_MOST_ROWS = 2**63 - 1
"""Engines count rows with 64 bits, so that a greater limit is none."""


@dataclass(slots=True)
class SortKey:
    """`node` over the stage's rows; `name`, where it is shown, the output it is."""

    node: exp.Expr
    descending: bool
    name: str | None = None

    def ordered(self, *, by_name: bool) -> exp.Ordered:
        """As a sort key of the SELECT (by its output name) or of a window (by its SQL)."""
        node = nodes.column(self.name) if by_name and self.name is not None else self.node
        return nodes.ordered(node, descending=self.descending)


def finish(draft: Draft) -> None:
    """Raises InvalidQuery where the order or a condition is not on what the groups have."""
    query = draft.query
    if query.yes_no:
        _yes_no(draft)
        return
    sort = [_sort_key(order, draft) for order in query.order] or _by_name(draft)
    limit = query.limit
    ranked = limit is not None and (bool(limit.per) or limit.ties)
    late = query.having is not None and not all(isinstance(each, Rank) for each in query.calculations)
    by_calculation = any(order.target == "calculation" for order in query.order)
    held = None if query.having is None or late else having(query.having, draft)
    if late or (ranked and by_calculation) or (query.distinct and ranked):
        _wrap(draft, sort, held)
        held = having(query.having, draft) if late and query.having is not None else None
    select = _selected(draft, held, sort)
    if limit is not None and ranked:
        _rank_limit(select, limit, draft, sort)
        sort = _per_first(limit, draft, sort)
    elif limit is not None:
        select.set("limit", exp.Limit(expression=nodes.integer(min(limit.count, _MOST_ROWS))))
        if limit.offset:
            select.set("offset", exp.Offset(expression=nodes.integer(min(limit.offset, _MOST_ROWS))))
        sort = sort + _tie_breaks(draft, sort)
    if sort:
        select.set("order", exp.Order(expressions=[key.ordered(by_name=True) for key in sort]))
    _close(draft, select)


def _by_name(draft: Draft) -> list[SortKey]:
    """A list that nobody sorted runs by what its rows are called, so that asking twice shows the same rows first."""
    query = draft.query
    if query.measures or draft.context.depth > 1 or (query.limit is not None and query.limit.per):
        return []
    for index, grouping in enumerate(draft.groupings):
        of, output = grouping.of, draft.outputs[index]
        if not isinstance(of, Attribute) or not output.shown:
            continue
        entity = draft.context.model.by_name[of.entity]
        if entity.label_attribute == of.name and (of.entity == query.subject or query.distinct):
            key = SortKey(output.node, descending=False, name=output.name)
            return [key] if query.limit is not None or query.distinct else [key, *_tie_breaks(draft, [key])]
    return []


def _selected(draft: Draft, held: exp.Expr | None, sort: list[SortKey]) -> exp.Select:
    """SELECT the shown outputs FROM the stage, grouped, with the condition on groups."""
    stage, query = draft.standing, draft.query
    shown = [output for output in draft.outputs if output.shown]
    if not shown:
        raise InvalidQuery("Every column is hidden, so nothing is left to show")
    select = stage.body()
    select.set("expressions", [nodes.aliased(output.node, output.name) for output in shown])
    if stage.grouped and stage.group_by():
        select.set("group", exp.Group(expressions=stage.group_by()))
    elif query.distinct and any(key.name is None for key in sort):
        select.set("group", exp.Group(expressions=[output.node for output in shown]))
        for key in sort:
            if key.name is None:
                key.node = nodes.function("MAX" if key.descending else "MIN", key.node)
    elif query.distinct:
        select.set("distinct", exp.Distinct())
    _hold(select, stage, held)
    return select


def _hold(select: exp.Select, stage: Stage, held: exp.Expr | None) -> None:
    """Keep only the groups for which the condition holds."""
    if held is None or held is nodes.TRUE:
        return
    if stage.grouped:
        select.set("having", exp.Having(this=held))
    else:
        where = select.args.get("where")
        set_where(select, [where.this, held] if where is not None else [held])


def _sort_key(order: OrderBy, draft: Draft) -> SortKey:
    descending = order.direction is Direction.DESC
    stage = draft.standing
    if order.target == "scalar":
        return SortKey(_unseen(order.of, stage, draft, descending=descending), descending)
    if order.target == "dimension" and stage.sorts[order.index] is not None:
        calendar = stage.sorts[order.index]
        if calendar is not None:
            return SortKey(calendar, descending)
    kind = [output for output in draft.outputs if output.kind == order.target]
    output = kind[order.index]
    return SortKey(output.node, descending, output.name if output.shown else None)


def _unseen(of: Any, stage: Stage, draft: Draft, *, descending: bool) -> exp.Expr:
    """A scalar to sort by: for each row of a list; for a group what it is grouped by, or the first or last of it."""
    for grouping, dimension, keys in zip(draft.groupings, stage.dimensions, stage.keys, strict=True):
        if grouping.of == of:
            return dimension
        # A list has no keys beside its columns: they only tell groups apart.
        for key, node in zip(grouping.key, keys, strict=stage.grouped):
            if key == of:
                return node
    if stage.frame is None:
        raise InvalidQuery(f"The groups cannot be sorted by {scalars.name_of(of)}: it is not one of their columns")
    node = scalars.scalar(of, stage.frame)
    return nodes.function("MAX" if descending else "MIN", node) if stage.grouped else node


def _rank_limit(select: exp.Select, limit: Limit, draft: Draft, sort: list[SortKey]) -> None:
    """QUALIFY the first rows of each partition; with ties, those equal to the last one too."""
    stage = draft.standing
    partition = [node for index in limit.per for node in (stage.dimensions[index], *_keys_of(index, stage, draft))]
    breaks = [] if limit.ties else _tie_breaks(draft, sort, limit.per)
    keys = [key.ordered(by_name=False) for key in (*sort, *breaks)]
    place = nodes.window(nodes.function("RANK" if limit.ties else "ROW_NUMBER"), partition, keys)
    condition = nodes.binary(exp.LTE, place, nodes.integer(limit.offset + limit.count))
    if limit.offset:
        condition = exp.And(this=nodes.binary(exp.GT, place, nodes.integer(limit.offset)), expression=condition)
    select.set("qualify", exp.Qualify(this=condition))


def _keys_of(index: int, stage: Stage, draft: Draft) -> list[exp.Expr]:
    """What tells things of one name apart; a list shows it nowhere, but it parts the rows of each."""
    if stage.grouped or stage.keys[index] or stage.frame is None:
        return stage.keys[index]
    return [stage.frame.attribute(key) for key in draft.groupings[index].key]


def _per_first(limit: Limit, draft: Draft, sort: list[SortKey]) -> list[SortKey]:
    stage = draft.standing
    first = []
    for index in limit.per:
        output = draft.outputs[index]
        calendar = stage.sorts[index]
        if calendar is not None:
            first.append(SortKey(calendar, descending=False))
        else:
            first.append(SortKey(output.node, descending=False, name=output.name if output.shown else None))
    named = {key.name for key in first if key.name}
    return first + [key for key in sort if key.name is None or key.name not in named]


def _tie_breaks(draft: Draft, sort: list[SortKey], skipped: tuple[int, ...] = ()) -> list[SortKey]:
    """Dimensions that settle which of equal rows come first, where rows may well be equal."""
    if not sort or _hardly_equal(draft):
        return []
    stage = draft.standing
    seen = {id(key.node) for key in sort} | {
        id(node) for node in stage.sorts if node is not None and any(node is key.node for key in sort)
    }
    breaks = []
    for index, grouping in enumerate(draft.groupings):
        output, node = draft.outputs[index], stage.dimensions[index]
        if index in skipped or id(node) in seen or (stage.sorts[index] is not None):
            continue
        if not stage.grouped and not draft.aggregated and not _is_name(grouping.of, draft) and index != 0:
            continue
        breaks.append(SortKey(node, descending=False, name=output.name if output.shown else None))
        breaks += [SortKey(key, descending=False) for key in stage.keys[index]]
    return breaks


def _is_name(of: Any, draft: Draft) -> bool:
    if not isinstance(of, Attribute):
        return False
    attribute = draft.context.attribute(of.entity, of.name)
    return attribute.unique or attribute.role is Role.KEY


def _hardly_equal(draft: Draft) -> bool:
    order = draft.query.order[0] if draft.query.order else None
    if order is None or order.target != "measure":
        return False
    for aggregate in measures.aggregates_in(draft.terms[order.index].tree):
        kind = None if aggregate.of is None else scalars.type_of(aggregate.of, draft.context)
        if aggregate.function in measures.COUNTS or kind not in CERTAIN:
            return False
    return True


def _wrap(draft: Draft, sort: list[SortKey], held: exp.Expr | None) -> None:
    """Put the rows with all their columns into the WITH clause, so that the next level may choose among them."""
    stage = draft.standing
    names: dict[str, None] = {}
    shown: list[exp.Expr] = []

    def put(node: exp.Expr, wanted: str) -> exp.Expr:
        name = unique(wanted, names)
        shown.append(nodes.aliased(node, name))
        return nodes.column(name)

    moved: dict[int, exp.Expr] = {}
    for output in draft.outputs:
        moved[id(output.node)] = output.node = put(output.node, output.name)
    keys = [
        [put(node, key.name) for node, key in zip(group, grouping.key, strict=True)]
        for group, grouping in zip(stage.keys, draft.groupings, strict=True)
    ]
    sorts = [
        None if node is None else put(node, f"{grouping.name}_order")
        for node, grouping in zip(stage.sorts, draft.groupings, strict=True)
    ]
    aggregates = {key: put(node, f"{key[0].function.value}_value") for key, node in stage.aggregates.items()}
    for key in sort:
        place = next((index for index, node in enumerate(stage.sorts) if node is key.node), None)
        if key.name is None:
            replaced = sorts[place] if place is not None else None
            key.node = replaced if replaced is not None else put(key.node, "sort_key")
        else:
            key.node = nodes.column(key.name)
    select = stage.body()
    select.set("expressions", shown)
    if stage.grouped and stage.group_by():
        select.set("group", exp.Group(expressions=stage.group_by()))
    if draft.query.distinct and not stage.grouped:
        select.set("distinct", exp.Distinct())
    _hold(select, stage, held)
    if stage.frame is not None:
        stage.frame.close({node.alias for node in shown if isinstance(node, exp.Alias)})
    name = draft.cte("calculated", select)
    dimensions = [draft.outputs[index].node for index in range(len(stage.dimensions))]
    source = nodes.select_from(nodes.table(name))
    draft.stage = Stage(dimensions, keys, sorts, aggregates, grouped=False, source=source)


def _yes_no(draft: Draft) -> None:
    """One boolean: is there any row, or is the one count above zero."""
    query, stage = draft.query, draft.standing
    held = None if query.having is None else having(query.having, draft)
    select = stage.body()
    lone = draft.aggregated and not draft.groupings and held is None
    if lone and len(draft.terms) == 1:
        answer = nodes.binary(exp.GT, draft.outputs[0].node, nodes.integer(0))
        select.set("expressions", [nodes.aliased(answer, "answer")])
        outer = select
    else:
        select.set("expressions", [nodes.integer(1)])
        if stage.grouped and stage.group_by():
            select.set("group", exp.Group(expressions=stage.group_by()))
        _hold(select, stage, held)
        outer = exp.Select(expressions=[nodes.aliased(nodes.exists(select), "answer")])
    column = ResultColumn(name="answer", label="answer", type="boolean", role="attribute", additive=False)
    draft.outputs = [Output("answer", "answer", outer.expressions[0], column)]
    _close(draft, outer)


def _close(draft: Draft, select: exp.Select) -> None:
    stage = draft.standing
    if stage.frame is not None:
        stage.frame.close({node.alias for node in select.expressions if isinstance(node, exp.Alias)})
    if stage.frame is None and stage.source is not None and not select.args.get("joins"):
        for node in select.find_all(exp.Column):
            if node.table and node.table == _only_table(select):
                node.set("table", None)
    if draft.with_:
        tables = [exp.CTE(this=inner, alias=exp.TableAlias(this=nodes.identifier(name))) for name, inner in draft.with_]
        select.set("with_", exp.With(expressions=tables))
    draft.select = select


def _only_table(select: exp.Select) -> str:
    return str(select.args["from_"].this.alias_or_name)
