"""Pass: the columns of the result, and the calculations over the grouped rows as window functions."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from deployments.analytics.model.schema import DataType
from deployments.analytics.sql import measures, nodes, outputs, related, scalars
from deployments.analytics.sql.draft import Draft, Output, Stage, Term, Window
from deployments.analytics.sql.fill import STEPS
from deployments.analytics.sql.resolve import unique
from deployments.contracts.errors import InvalidQuery
from deployments.contracts.query import (
    Aggregate,
    AnalyticQuery,
    Direction,
    Function,
    Growth,
    MeasureArithmetic,
    Moving,
    Nested,
    Rank,
    Running,
    Share,
    Truncated,
)


def calculate(draft: Draft) -> None:
    """Raises InvalidQuery for a share or running total of what does not add up."""
    query, stage = draft.query, draft.standing
    taken: dict[str, None] = {}
    hidden = {name.lower() for name in query.hidden}

    def put(kind: str, name: str, node: exp.Expr, column: Any) -> None:
        name = unique(name, taken)
        column = column.model_copy(update={"name": name})
        draft.outputs.append(Output(kind, name, node, column, shown=name.lower() not in hidden))

    for index, grouping in enumerate(draft.groupings):
        put("dimension", grouping.name, stage.dimensions[index], outputs.of_grouping(grouping, draft))
    for term in draft.terms:
        value = measure(term.tree, stage, "current")
        column = outputs.of_term(term, draft)
        put("measure", term.name, value, column)
        if query.comparison is not None:
            earlier = measure(term.tree, stage, "previous")
            label = f"{column.label} ({query.comparison.window.label or 'previous period'})"
            put("previous", f"{term.name}_previous", earlier, column.model_copy(update={"label": label}))
            _change(term.name, value, earlier, column, query.comparison.show, put)
    for calculation in query.calculations:
        term = draft.terms[calculation.measure]
        name, node = _WRITERS[type(calculation)](calculation, draft)
        put("calculation", calculation.name or name, node, outputs.of_calculation(calculation, term, draft))


def measure(tree: Any, stage: Stage, window: Window) -> exp.Expr:
    """A measure as SQL over a stage."""
    return measures.write(tree, lambda aggregate: stage.aggregates[aggregate, window])


def _change(name: str, value: Any, earlier: Any, column: Any, show: str, put: Any) -> None:
    if show == "values":
        return
    if show == "difference":
        renamed = {"role": "calculation", "label": f"{column.label} difference"}
        difference = nodes.binary(exp.Sub, nodes.missing_as_zero(value), nodes.missing_as_zero(earlier))
        put("change", f"{name}_difference", difference, column.model_copy(update=renamed))
        return
    told: dict[str, Any] = {
        "role": "calculation",
        "label": f"{column.label} change",
        "unit": "%",
        "additive": False,
        "type": "number",
    }
    put("change", f"{name}_change", _growth(value, earlier), column.model_copy(update=told))


def _growth(value: exp.Expr, earlier: exp.Expr) -> exp.Expr:
    return nodes.divide(exp.Paren(this=nodes.binary(exp.Sub, value, earlier)), earlier)


def is_additive(tree: Any) -> bool:
    """Whether the values of groups add up to the value of all."""
    if isinstance(tree, MeasureArithmetic):
        return tree.operator in ("+", "-") and is_additive(tree.left) and is_additive(tree.right)
    return isinstance(tree, Aggregate) and tree.function in (Function.COUNT, Function.SUM)


def _value(calculation: Any, draft: Draft) -> exp.Expr:
    return measure(draft.terms[calculation.measure].tree, draft.standing, "current")


def _partition(indexes: Any, draft: Draft) -> list[exp.Expr]:
    stage = draft.standing
    return [node for index in indexes for node in (stage.dimensions[index], *stage.keys[index])]


def _series(calculation: Any, draft: Draft) -> list[exp.Expr]:
    """One series for each combination of the dimensions other than the one it runs along."""
    return _partition((index for index in range(len(draft.groupings)) if index != calculation.along), draft)


def _along(calculation: Any, draft: Draft) -> exp.Ordered:
    stage = draft.standing
    sort = stage.sorts[calculation.along]
    return nodes.ordered(stage.dimensions[calculation.along] if sort is None else sort, descending=False)


def _share(calculation: Share, draft: Draft) -> tuple[str, exp.Expr]:
    term = draft.terms[calculation.measure]
    value = _value(calculation, draft)
    if not is_additive(term.tree) or (outputs.stands_in_several(draft) and not calculation.within):
        return f"{term.name}_share", nodes.divide(value, _counted_once(calculation, term, draft))
    total = nodes.window(nodes.function("SUM", value), _partition(calculation.within, draft))
    return f"{term.name}_share", nodes.divide(value, total)


def _counted_once(calculation: Share, term: Term, draft: Draft) -> exp.Expr:
    """The total of what may be in several groups: orders by the categories in them are counted once in all."""
    tree, query = term.tree, draft.query
    distinct = isinstance(tree, Aggregate) and tree.function is Function.COUNT_DISTINCT
    if not (distinct or is_additive(tree)) or calculation.within or query.comparison is not None:
        raise InvalidQuery(f"{term.name} does not add up over groups, so there is no share of a total")
    whole = AnalyticQuery(subject=query.subject, measures=(tree,), where=query.where, time=query.time)
    counted = term.name.replace("_", " ")
    draft.context.assume(
        f"what is in several groups counts in each, so shares of the {counted} may add up to more than 100%"
    )
    return related.single_value(Nested(query=whole), draft.context)


def _running(calculation: Running, draft: Draft) -> tuple[str, exp.Expr]:
    term = draft.terms[calculation.measure]
    if not is_additive(term.tree):
        raise InvalidQuery(f"{term.name} does not add up, so there is no running total of it")
    total = nodes.window(
        nodes.function("SUM", _value(calculation, draft)), _series(calculation, draft), [_along(calculation, draft)]
    )
    return f"running_{term.name}", total


def _moving(calculation: Moving, draft: Draft) -> tuple[str, exp.Expr]:
    rows = exp.WindowSpec(
        kind="ROWS", start=nodes.integer(calculation.periods - 1), start_side="PRECEDING", end="CURRENT ROW"
    )
    average = nodes.window(
        nodes.function("AVG", _value(calculation, draft)),
        _series(calculation, draft),
        [_along(calculation, draft)],
        rows,
    )
    return f"{draft.terms[calculation.measure].name}_moving_average", average


def _rank(calculation: Rank, draft: Draft) -> tuple[str, exp.Expr]:
    best = nodes.ordered(_value(calculation, draft), descending=calculation.direction is Direction.DESC)
    return "rank", nodes.window(nodes.function("RANK"), _partition(calculation.within, draft), [best])


def _growth_along(calculation: Growth, draft: Draft) -> tuple[str, exp.Expr]:
    value = _value(calculation, draft)
    earlier = _earlier(calculation, value, draft)
    name = draft.terms[calculation.measure].name
    if calculation.absolute:
        return f"{name}_difference", nodes.binary(exp.Sub, value, earlier)
    return f"{name}_growth", _growth(value, earlier)


def _earlier(calculation: Growth, value: exp.Expr, draft: Draft) -> exp.Expr:
    """The value so many periods before: by rows where each period has one, otherwise by the calendar."""
    grouping = draft.groupings[calculation.along]
    series, along = _series(calculation, draft), _along(calculation, draft)
    stepped: exp.Expr | None = None
    if isinstance(grouping.of, Truncated) and not grouping.fill:
        count, unit = STEPS[grouping.of.grain]
        stepped = nodes.interval(count * calculation.periods, unit)
    elif not grouping.fill and scalars.type_of(grouping.of, draft.context) is DataType.INTEGER:
        stepped = nodes.integer(calculation.periods)
    if stepped is None:
        offset = [] if calculation.periods == 1 else [nodes.integer(calculation.periods)]
        return nodes.window(nodes.function("LAG", value, *offset), series, [along])
    exactly = exp.WindowSpec(kind="RANGE", start=stepped, start_side="PRECEDING", end=stepped, end_side="PRECEDING")
    return nodes.window(nodes.function("MAX", value), series, [along], exactly)


_WRITERS: dict[type, Any] = {
    Share: _share,
    Running: _running,
    Moving: _moving,
    Rank: _rank,
    Growth: _growth_along,
}
