"""What is asked for, as measures and columns; names of measures; counts taken where the facts are."""

from __future__ import annotations

from deployments.analytics.language.amounts import default_function
from deployments.analytics.language.assemble.dimensions import attribute_dimension, entity_dimension
from deployments.analytics.language.assemble.draft import Draft
from deployments.analytics.language.sketch import Ask, count_of, measure_entity
from deployments.analytics.model.schema import Role
from deployments.contracts.query import Aggregate, Attribute, Function, Measure, MeasureArithmetic, MetricValue


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
    ratio = any(kind == "ratio" for kind, _, _ in draft.sketch.calculations)
    if ratio and len(draft.measures) == 2:
        draft.measures = [
            MeasureArithmetic(operator="/", left=draft.measures[0], right=draft.measures[1], name="ratio")
        ]
    difference = any(kind == "difference" for kind, _, _ in draft.sketch.calculations)
    if difference and len(draft.measures) == 2:
        draft.measures = [
            MeasureArithmetic(operator="-", left=draft.measures[0], right=draft.measures[1], name="difference")
        ]
    measured = draft.measures or draft.sketch.superlatives or any(c.having for c in draft.sketch.conditions)
    if aggregated and not measured:
        add_measure(draft, count_of(draft.subject or ""))


def _add_attribute_ask(draft: Draft, ask: Ask, aggregated: bool) -> None:
    """An attribute as a column, or put together where groups are asked for."""
    ref = ask.ref
    assert ref is not None
    measurable = ref.is_number and ref.attribute.role in (Role.ADDITIVE, Role.RATE)
    if aggregated and measurable and draft.sketch.groups:
        function = default_function(ref)
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
        return measure.model_copy(update={"name": measure.metric})
    if isinstance(measure, Aggregate):
        entity = draft.model.by_name.get(measure.entity)
        if measure.function is Function.COUNT and measure.of is None:
            thing = entity.plural if entity else "rows"
            return measure.model_copy(update={"name": f"{thing.replace(' ', '_').lower()}_count"})
        inner = measure.of
        base = (
            inner.name
            if isinstance(inner, Attribute)
            else "age"
            if inner is not None and inner.kind == "elapsed"
            else "value"
        )
        if inner is not None and inner.kind == "rollup":
            base = f"{draft.model.by_name[measure_entity(inner.measure)].plural}_per_{entity.label if entity else 'row'}".replace(
                " ", "_"
            )
        prefix = {Function.SUM: "total", Function.COUNT_DISTINCT: "distinct"}.get(
            measure.function, measure.function.value
        )
        if measure.function is Function.PERCENTILE and measure.parameter is not None:
            prefix = f"p{measure.parameter * 100:g}"
        return measure.model_copy(update={"name": f"{prefix}_{base}".lower()})
    return measure.model_copy(update={"name": "value"})


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
