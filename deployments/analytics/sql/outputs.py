"""What each column of the result is: type, unit, grain, whether it adds up."""

from __future__ import annotations

from typing import Any

from deployments.analytics.model.schema import DataType, Role
from deployments.analytics.sql import calculate, scalars
from deployments.analytics.sql.conditions import metric
from deployments.analytics.sql.draft import Draft, Grouping, Term
from deployments.contracts.answers import ColumnType, ResultColumn
from deployments.contracts.query import (
    Aggregate,
    Attribute,
    Function,
    Growth,
    MeasureArithmetic,
    MetricValue,
    Part,
    Rank,
    Share,
    TimePart,
    Truncated,
)

TYPES: dict[DataType, ColumnType] = {
    DataType.INTEGER: "number",
    DataType.DECIMAL: "number",
    DataType.FLOAT: "number",
    DataType.DATE: "date",
    DataType.TIMESTAMP: "datetime",
    DataType.TIME: "time",
    DataType.BOOLEAN: "boolean",
}
IDENTIFYING = (Role.KEY, Role.REFERENCE, Role.CODE)
KEEPS_UNIT = (
    Function.SUM,
    Function.AVG,
    Function.MIN,
    Function.MAX,
    Function.MEDIAN,
    Function.PERCENTILE,
    Function.STDDEV,
    Function.MODE,
)


def of_grouping(grouping: Grouping, draft: Draft) -> ResultColumn:
    """A dimension, or in a list a plain column."""
    of, context = grouping.of, draft.context
    kind = scalars.type_of(of, context)
    attribute = context.attribute(of.entity, of.name) if isinstance(of, Attribute) else None
    label = attribute.label if attribute is not None and attribute.name == grouping.name else ""
    return ResultColumn(
        name=grouping.name,
        label=label or humanized(grouping.name),
        type=TYPES.get(kind, "text"),
        role="dimension" if draft.aggregated else "attribute",
        unit=_unit_of(of, draft),
        grain=of.grain if isinstance(of, Truncated) and not of.fiscal else None,
        cyclic=(of.part is not TimePart.YEAR) if isinstance(of, Part) else bool(attribute and attribute.time_part),
        identifier=attribute is not None and attribute.role in IDENTIFYING,
        additive=attribute is not None and attribute.role is Role.ADDITIVE and not draft.aggregated,
    )


def stands_in_several(draft: Draft) -> bool:
    """Whether a row that is measured may stand in several groups, so that the groups add up to more than the total."""
    return any(
        step.to_many
        for part in draft.parts
        for grouping in part.groupings
        for attribute in scalars.attributes_in(grouping.of)
        for step in draft.context.graph.route(part.entity, attribute.entity, attribute.path)
    )


def of_term(term: Term, draft: Draft) -> ResultColumn:
    """A measure."""
    asked = term.asked
    found = metric(asked.metric, draft.context) if isinstance(asked, MetricValue) else None
    label = found.label if found is not None and term.name in (found.name, "") else humanized(term.name)
    unit = _currency(found.unit, draft) if found is not None and found.unit else unit_of_measure(asked, draft)
    return ResultColumn(
        name=term.name,
        label=label or humanized(term.name),
        type=TYPES.get(scalars.measure_type(asked, draft.context), "text"),
        role="measure",
        unit=unit,
        additive=calculate.is_additive(term.tree) and not stands_in_several(draft),
    )


def of_calculation(calculation: Any, term: Term, draft: Draft) -> ResultColumn:
    """A column computed over the grouped rows."""
    fraction = isinstance(calculation, Share) or (isinstance(calculation, Growth) and not calculation.absolute)
    unit = "%" if fraction else None if isinstance(calculation, Rank) else of_term(term, draft).unit
    label = humanized(calculation.name) or f"{humanized(term.name)} {calculation.kind}"
    return ResultColumn(
        name=calculation.name or calculation.kind,
        label=label,
        type="number",
        role="calculation",
        unit=unit,
        additive=False,
    )


def unit_of_measure(measure: Any, draft: Draft) -> str | None:
    """The unit of a measure, from the attributes and metrics it is made of."""
    if isinstance(measure, MetricValue):
        found = metric(measure.metric, draft.context)
        return _currency(found.unit, draft) if found.unit else unit_of_measure(found.measure, draft)
    if isinstance(measure, Aggregate):
        return _unit_of(measure.of, draft) if measure.function in KEEPS_UNIT else None
    if isinstance(measure, MeasureArithmetic):
        left, right = unit_of_measure(measure.left, draft), unit_of_measure(measure.right, draft)
        if measure.operator in ("+", "-"):
            return left if left == right else None
        if measure.operator == "/":
            return left if right is None else None
        return left if right is None else right if left is None else None
    return None


def _unit_of(value: Any, draft: Draft) -> str | None:
    if isinstance(value, Attribute):
        return _currency(draft.context.attribute(value.entity, value.name).unit, draft)
    if value is not None and value.kind == "arithmetic":
        left, right = _unit_of(value.left, draft), _unit_of(value.right, draft)
        if value.operator in ("+", "-"):
            return left if left == right else left or right
        if value.operator == "/":
            return left if right is None else None
        return left if right is None else right if left is None else None
    if value is not None and value.kind in ("rollup", "group_value"):
        return unit_of_measure(value.measure, draft)
    return None


def _currency(unit: str | None, draft: Draft) -> str | None:
    return draft.context.model.currency if unit == "currency" else unit


def humanized(name: str) -> str:
    """A column name as words."""
    return name.replace("_", " ").strip()
