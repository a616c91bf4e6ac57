"""The upper or lower part of all: "the top 10% of customers by revenue", "the bottom quartile of salaries".

Those at or above the percentile, of all that meet the question's conditions: everyone of one value is in or out together.
"""

from __future__ import annotations

from deployments.analytics.language.assemble.draft import Draft
from deployments.analytics.language.filters import conjoin, restricted
from deployments.analytics.language.grain import moved_to
from deployments.analytics.language.sketch import count_of, measured_entity
from deployments.contracts.query import (
    Aggregate,
    AnalyticQuery,
    Attribute,
    Comparison,
    Constant,
    Direction,
    Function,
    Measure,
    MeasureComparison,
    Nested,
    Operator,
    Rollup,
    Scalar,
    TimeRange,
)


def keep_part(draft: Draft) -> None:
    """The condition on the groups or rows that were ranked; "by what" is missing where it is not of one thing each."""
    superlative, part = draft.parted, draft.sketch.part
    if part is None:
        return
    shown = f"{part * 100:.4g}%"
    if superlative is None or draft.group_count:
        draft.out.missing.append(f"of what the {shown} are")
        return
    upper = superlative.direction is Direction.DESC
    operator = Operator.GE if upper else Operator.LE
    share = round(1 - part if upper else part, 6)
    edge = f"{share * 100:.4g}th percentile"
    if superlative.measure is not None:
        ranked = next((d.of for d in draft.dimensions if isinstance(d.of, Attribute)), None)
        measure = superlative.measure
        if ranked is not None:
            # An order's amount is no product's; its lines' amounts are.
            measure = moved_to(measure, [ranked.entity], draft.model, draft.graph) or measure
        own = _of_everyone(draft, ranked, measure, share) if ranked is not None else None
        if own is None:
            draft.out.missing.append(f"of what the {shown} are")
            return
        draft.having.append(MeasureComparison(measure=measure, operator=operator, right=own))
    elif superlative.ref is not None:
        of = superlative.ref.scalar
        everyone = AnalyticQuery(
            subject=superlative.ref.entity,
            measures=(_percentile(superlative.ref.entity, of, share),),
            where=conjoin(draft.conditions),
            time=draft.window,
        )
        draft.conditions.append(Comparison(left=of, operator=operator, right=Nested(query=everyone)))
    draft.assume(
        "part", f"{'top' if upper else 'bottom'} {shown} means at or {'above' if upper else 'below'} the {edge}"
    )


def _of_everyone(draft: Draft, ranked: Attribute, measure: Measure, share: float) -> Nested | None:
    """The percentile of the measure over each of the things that are ranked and have such rows."""
    fact, entity = measured_entity(draft.model, measure), ranked.entity
    if fact in ("", entity) or not draft.graph.to_one(fact, entity):
        return None
    filters = list(draft.conditions)
    if draft.window is not None:
        filters.append(TimeRange(of=draft.window.of, start=draft.window.start, end=draft.window.end))
    where = conjoin(filters)
    each = Rollup(entity=entity, measure=restricted(measure, where))
    counted = Rollup(entity=entity, measure=count_of(fact, where))
    some = Comparison(left=counted, operator=Operator.GT, right=Constant(value=0))
    return Nested(query=AnalyticQuery(subject=entity, measures=(_percentile(entity, each, share),), where=some))


def _percentile(entity: str, of: Scalar, share: float) -> Aggregate:
    return Aggregate(function=Function.PERCENTILE, entity=entity, of=of, parameter=share)
