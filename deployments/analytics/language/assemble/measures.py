"""What is asked for, as measures and columns; names of measures; counts taken where the facts are."""

from __future__ import annotations

from deployments.analytics.language.amounts import default_function
from deployments.analytics.language.assemble.dimensions import attribute_dimension, entity_dimension
from deployments.analytics.language.assemble.draft import Draft
from deployments.analytics.language.sketch import Ask, count_of, measure_entity
from deployments.contracts.query import (
    Aggregate,
    Attribute,
    Elapsed,
    Function,
    Measure,
    MeasureArithmetic,
    MetricValue,
    Rollup,
)


def add_asks(draft: Draft, aggregated: bool) -> None:
    """What was asked for; a count of the subject where groups are to be measured by nothing."""
    others = [ask for ask in draft.sketch.asks if ask.kind != "measure"]
    alone = len(others) == 1 and others[0].kind == "entity" and not aggregated and not draft.sketch.groups
    for ask in draft.sketch.asks:
        if ask.kind == "measure":
            assert ask.measure is not None
            add_measure(draft, ask.measure)
        elif ask.kind == "entity":
            if not alone and not any(g.entity == ask.entity for g in draft.sketch.groups):
                draft.add_dimension(entity_dimension(draft, ask.entity, ask.position))
        elif ask.ref is not None:
            _add_attribute_ask(draft, ask, aggregated)
    _combine_two(draft)
    measured = draft.measures or draft.sketch.superlatives or any(c.having for c in draft.sketch.conditions)
    if aggregated and not measured:
        add_measure(draft, count_of(draft.subject or ""))


def _combine_two(draft: Draft) -> None:
    """ "the ratio of orders to customers", "the difference between ...": two measures become one."""
    kinds = {kind for kind, _, _ in draft.sketch.calculations}
    if len(draft.measures) != 2:
        return
    left, right = draft.measures
    if "ratio" in kinds:
        draft.measures = [MeasureArithmetic(operator="/", left=left, right=right, name="ratio")]
    elif "difference" in kinds:
        draft.measures = [MeasureArithmetic(operator="-", left=left, right=right, name="difference")]


def _add_attribute_ask(draft: Draft, ask: Ask, aggregated: bool) -> None:
    """An attribute as a column, or put together where groups are asked for."""
    ref = ask.ref
    assert ref is not None
    if aggregated and ref.is_measurable and draft.sketch.groups:
        total = any(kind == "running" for kind, _, _ in draft.sketch.calculations)
        function = Function.SUM if total else default_function(ref)
        draft.assume("aggregate", f"{ref.attribute.label} is {'summed' if function is Function.SUM else 'averaged'}")
        add_measure(draft, Aggregate(function=function, entity=ref.entity, of=ref.scalar))
        return
    draft.add_dimension(attribute_dimension(draft, ref, ask.position))


def add_measure(draft: Draft, measure: Measure) -> int:
    """The position of a measure, which is added where it is new."""
    named = _named(draft, measure)
    for position, known in enumerate(draft.measures):
        if known == named or known.model_copy(update={"name": ""}) == measure:
            return position
    draft.measures.append(named)
    return len(draft.measures) - 1


def _named(draft: Draft, measure: Measure) -> Measure:
    """The measure with a name that says what it is."""
    if measure.name:
        return measure
    if isinstance(measure, MetricValue):
        name = measure.metric
    elif isinstance(measure, Aggregate):
        name = _name_of_aggregate(draft, measure)
    else:
        name = "value"
    return measure.model_copy(update={"name": name})


def _name_of_aggregate(draft: Draft, measure: Aggregate) -> str:
    """orders_count, total_amount, p90_delay, avg_orders_per_customer."""
    entity = draft.model.by_name.get(measure.entity)
    inner = measure.of
    if inner is None and measure.function is Function.COUNT:
        return f"{(entity.plural if entity else 'rows').replace(' ', '_').lower()}_count"
    if isinstance(inner, Attribute):
        base = inner.name
    elif isinstance(inner, Rollup):
        counted = draft.model.by_name[measure_entity(inner.measure)].plural
        base = f"{counted}_per_{entity.label if entity else 'row'}".replace(" ", "_")
    else:
        base = "age" if isinstance(inner, Elapsed) else "value"
    prefix = {Function.SUM: "total", Function.COUNT_DISTINCT: "distinct"}.get(measure.function, measure.function.value)
    if measure.function is Function.PERCENTILE and measure.parameter is not None:
        prefix = f"p{measure.parameter * 100:g}"
    return f"{prefix}_{base}".lower()


def count_through_facts(draft: Draft) -> None:
    """ "unique patients per department": where a fact links what is counted to its group, distinct things are
    counted in the fact's rows, whose time is then the question's time."""
    groups = [of.entity for d in draft.dimensions if isinstance(of := d.of, Attribute)]
    for position, measure in enumerate(draft.measures):
        if not isinstance(measure, Aggregate) or measure.function is not Function.COUNT or measure.of is not None:
            continue
        entity = measure.entity
        far = [g for g in groups if g != entity and not draft.graph.to_one(entity, g)]
        path = draft.graph.path(entity, far[0]) if far else None
        if not path or path[0][1]:
            continue
        link = path[0][0]
        fact = link.from_entity
        if len(link.from_attributes) != 1 or not all(fact == g or draft.graph.to_one(fact, g) for g in groups):
            continue
        if measure.where is not None or (len(far) == 1 and fact == far[0]):
            continue
        of = Attribute(entity=fact, name=link.from_attributes[0])
        draft.measures[position] = Aggregate(function=Function.COUNT_DISTINCT, entity=fact, of=of, name=measure.name)
