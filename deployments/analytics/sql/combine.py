"""Pass: the parts side by side. One part stands for itself; several are joined on their dimensions."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from deployments.analytics.sql import measures, nodes
from deployments.analytics.sql.draft import Draft, Stage, Window
from deployments.contracts.query import Aggregate


def combine(draft: Draft) -> None:
    """A group is present if it has rows in any part; counts of what a part lacks are 0, other values NULL."""
    if not draft.stages:
        return
    if len(draft.stages) == 1:
        draft.stage = draft.stages[0][1]
        return
    tables = [as_table(draft, name, stage) for name, stage in draft.stages]
    first, others = tables[0], tables[1:]
    select = nodes.select_from(nodes.table(first.name))
    known = [[column] for column in first.columns]
    joins = []
    for table in others:
        if not table.columns:
            joins.append(exp.Join(this=nodes.table(table.name), kind="CROSS"))
            continue
        same = [
            exp.NullSafeEQ(this=_coalesced(seen), expression=column)
            for seen, column in zip(known, table.columns, strict=True)
        ]
        joins.append(exp.Join(this=nodes.table(table.name), side="FULL", on=nodes.all_of(same)))
        for seen, column in zip(known, table.columns, strict=True):
            seen.append(column)
    select.set("joins", joins)
    columns = iter([_coalesced(seen) for seen in known])
    shape = draft.stages[0][1]
    dimensions, keys, sorts = shaped(shape, columns)
    aggregates: dict[tuple[Aggregate, Window], exp.Expr] = {}
    for table in tables:
        for key, column in table.aggregates.items():
            counts = key[0].function in measures.COUNTS and bool(first.columns)
            aggregates[key] = exp.Coalesce(this=column, expressions=[nodes.integer(0)]) if counts else column
    draft.stage = Stage(dimensions, keys, sorts, aggregates, grouped=False, source=select)


@dataclass(slots=True)
class Table:
    """A grouped stage as a named table: the columns of its dimensions (with hidden ones) and of its aggregates."""

    name: str
    columns: list[exp.Expr]
    aggregates: dict[tuple[Aggregate, Window], exp.Expr]


def as_table(draft: Draft, wanted: str, stage: Stage) -> Table:
    """Put a stage into the WITH clause, grouped, under plain column names."""
    names: dict[str, None] = {}
    shown: list[exp.Expr] = []
    columns: list[str] = []
    for index, grouping in enumerate(draft.groupings):
        listed = [(stage.dimensions[index], grouping.name)]
        listed += [(node, key.name) for node, key in zip(stage.keys[index], grouping.key, strict=True)]
        sort = stage.sorts[index]
        if sort is not None:
            listed.append((sort, f"{grouping.name}_order"))
        for node, name in listed:
            columns.append(_put(node, name, names, shown))
    aggregates = {
        key: _put(node, _aggregate_name(key[0], key[1]), names, shown) for key, node in stage.aggregates.items()
    }
    select = stage.body()
    select.set("expressions", shown)
    if stage.grouped and stage.group_by():
        select.set("group", exp.Group(expressions=stage.group_by()))
    if stage.frame is not None:
        stage.frame.close({node.alias for node in shown if isinstance(node, exp.Alias)})
    name = draft.cte(wanted, select)
    return Table(
        name,
        [nodes.column(each, name) for each in columns],
        {key: nodes.column(each, name) for key, each in aggregates.items()},
    )


def shaped(shape: Stage, columns: object) -> tuple[list[exp.Expr], list[list[exp.Expr]], list[exp.Expr | None]]:
    """A flat run of columns as dimensions, their keys and their sort columns, as in `shape`."""
    flat = iter(columns)  # type: ignore[call-overload]
    dimensions: list[exp.Expr] = []
    keys: list[list[exp.Expr]] = []
    sorts: list[exp.Expr | None] = []
    for hidden, sort in zip(shape.keys, shape.sorts, strict=True):
        dimensions.append(next(flat))
        keys.append([next(flat) for _ in hidden])
        sorts.append(None if sort is None else next(flat))
    return dimensions, keys, sorts


def _put(node: exp.Expr, wanted: str, names: dict[str, None], shown: list[exp.Expr]) -> str:
    from deployments.analytics.sql.resolve import unique

    name = unique(wanted, names)
    shown.append(nodes.aliased(node, name))
    return name


def _aggregate_name(aggregate: Aggregate, window: Window) -> str:
    of = aggregate.of
    base = aggregate.function.value if of is None or of.kind != "attribute" else f"{aggregate.function.value}_{of.name}"
    return base if window == "current" else f"{base}_previous"


def _coalesced(columns: list[exp.Expr]) -> exp.Expr:
    return columns[0] if len(columns) == 1 else exp.Coalesce(this=columns[0], expressions=list(columns[1:]))
