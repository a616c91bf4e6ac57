"""So much for each: "revenue per account by industry", "revenue per seat"."""

from __future__ import annotations

from deployments.analytics.language.assemble.draft import Draft
from deployments.analytics.language.sketch import Ask, Group, count_of, measured_entity
from deployments.analytics.model.schema import Role
from deployments.contracts.query import Aggregate, Function, Measure, MeasureArithmetic, MetricValue


def settle_per_unit(draft: Draft) -> None:
    """Where groups are asked for beside what is counted through, one number of each group is divided by the other."""
    sketch = draft.sketch
    asks = [ask for ask in sketch.asks if ask.kind == "measure" and ask.measure is not None]
    units = [group for group in sketch.groups if group.each and group.grain is None]
    if not asks and len(sketch.asks) == 1 and len(units) == 1 and _number_of(draft, units[0]) is not None:
        # "cost per click": of two numbers that add up, the one by the other.
        _sum_asked(sketch.asks[0])
        asks = [ask for ask in sketch.asks if ask.measure is not None]
    if len(asks) != 1 or len(sketch.asks) != 1 or len(units) != 1 or sketch.superlatives or sketch.calculations:
        return
    ask, unit = asks[0], units[0]
    others = [group for group in sketch.groups if group is not unit]
    divisor = _number_of(draft, unit) or _rows_of(draft, unit, others)
    measure = _sum(draft, ask)
    if divisor is None or measure is None:
        return
    name = f"{draft.link.items[ask.position].lemma}_per_{draft.link.items[unit.position].lemma}".replace(" ", "_")
    ask.measure = MeasureArithmetic(operator="/", left=measure, right=divisor, name=name)
    sketch.groups = others
    sketch.entities = [(entity, at) for entity, at in sketch.entities if at != unit.position]
    draft.assume("ratio", "both numbers are added up before they are divided")


def _sum_asked(ask: Ask) -> None:
    ref = ask.ref
    if ask.kind == "attribute" and ref is not None and ref.attribute.role is Role.ADDITIVE and not ref.derived:
        ask.kind, ask.measure = "measure", Aggregate(function=Function.SUM, entity=ref.entity, of=ref.scalar)


def _number_of(draft: Draft, unit: Group) -> Measure | None:
    """ "per seat": the total of a number that adds up."""
    ref = unit.ref
    if ref is None or ref.attribute.role is not Role.ADDITIVE or ref.derived:
        return None
    word = draft.link.items[unit.position]
    return (
        Aggregate(function=Function.SUM, entity=ref.entity, of=ref.scalar) if word.text.lower() == word.lemma else None
    )


def _rows_of(draft: Draft, unit: Group, others: list[Group]) -> Measure | None:
    """ "per account by industry": the number of accounts, where each belongs to one group."""
    if unit.entity is None or not others:
        return None
    for group in others:
        owner = group.entity or (group.ref.entity if group.ref is not None else None)
        before = group.position < unit.position
        if (
            before
            or group.each
            or owner is None
            or not (owner == unit.entity or draft.graph.to_one(unit.entity, owner))
        ):
            return None
    return count_of(unit.entity)


def _sum(draft: Draft, ask: Ask) -> Measure | None:
    """What is divided: a total or a count. An average that is asked for of such a quotient is the quotient itself."""
    measure = ask.measure
    if isinstance(measure, MetricValue):
        inner = draft.model.metrics_by_name[measure.metric].measure
        adds = isinstance(inner, Aggregate) and inner.function in (Function.SUM, Function.COUNT)
        return measure if adds else None
    if not isinstance(measure, Aggregate) or (measure.of is None and measure.function is not Function.COUNT):
        return None
    if measured_entity(draft.model, measure) is None:
        return None
    if measure.function is Function.AVG:
        return measure.model_copy(update={"function": Function.SUM, "name": ""})
    return measure if measure.function in (Function.SUM, Function.COUNT) else None
