"""Superlatives: by what they rank, over which rows, how many, and within which groups."""

from __future__ import annotations

from deployments.analytics.language.amounts import main_number
from deployments.analytics.language.assemble.dimensions import entity_dimension, repeats
from deployments.analytics.language.assemble.draft import Draft
from deployments.analytics.language.assemble.known import leave_out_unknown
from deployments.analytics.language.assemble.measures import add_measure
from deployments.analytics.language.assemble.order import row_value
from deployments.analytics.language.sketch import Ask, Superlative, count_of, measured_entity
from deployments.contracts.query import (
    Aggregate,
    AnalyticQuery,
    Attribute,
    Dimension,
    Direction,
    Function,
    Limit,
    Membership,
    MetricValue,
    OrderBy,
)


def add_superlatives(draft: Draft, aggregated: bool) -> None:
    """The order and limit of each superlative, or the restriction to its extreme row."""
    for superlative in draft.sketch.superlatives:
        if superlative.is_open and superlative.entity is None and superlative.count and draft.sketch.orders:
            # "from cheap to expensive, top 5": only how many.
            draft.limit = Limit(count=superlative.count)
            continue
        _settle(draft, superlative)
        others = [a for a in draft.sketch.asks if a.kind != "measure"]
        if _asked_again(draft):
            # "which shops have the most orders, and how many has each shop": all of them, in that order.
            others, draft.group_count = [], 0
            if superlative.count is None:
                draft.sketch.direction = superlative.direction
        per = tuple(range(draft.group_count)) if draft.group_count and (others or superlative.ref) else ()
        parted = draft.sketch.part is not None and superlative.count is None
        count = superlative.count or draft.sketch.limit or (1 if parted else _plural_top(draft, superlative))
        _sum_repeated_names(draft, superlative)
        if superlative.measure is not None:
            if not draft.dimensions and draft.subject:
                draft.add_dimension(entity_dimension(draft, _ranked(draft, superlative), superlative.position))
            index = add_measure(draft, superlative.measure)
            _say_who_is_ranked(draft, superlative)
            if count == 1:
                leave_out_unknown(draft, draft.dimensions, "ranked")
            draft.orders.append(OrderBy(target="measure", index=index, direction=superlative.direction))
        elif superlative.ref is not None:
            if draft.measures and aggregated and not draft.dimensions:
                _restrict_to_extreme(draft, superlative)
                continue
            draft.orders.append(OrderBy(target="scalar", of=row_value(draft, superlative.ref, superlative.direction),
                                       direction=superlative.direction))  # fmt: skip
            if per:
                _list_within(draft, superlative)
        else:
            draft.out.open.append("by what")
            continue
        if superlative.count is None and not per and (draft.sketch.direction is not None or draft.sketch.orders):
            # "which lakes are largest, from large to small": an order, not a single row.
            continue
        if parted:
            draft.parted = superlative
            continue
        offset = draft.sketch.place - 1 if draft.sketch.place is not None else 0
        draft.limit = Limit(count=count, per=per, offset=offset)


def _ranked(draft: Draft, superlative: Superlative) -> str:
    """ "revenue of the top 5 customers": the customers, and not the orders that the revenue is of."""
    assert draft.subject is not None
    named = superlative.entity
    measured = {ask.entity for ask in draft.sketch.asks if ask.kind == "measure"}
    others = named is None or draft.subject not in measured or named in measured
    return draft.subject if others or draft.graph.path(draft.subject, named or "") is None else named or draft.subject


def _say_who_is_ranked(draft: Draft, superlative: Superlative) -> None:
    """ "the store with the lowest sales": one without any is not among those that are ranked."""
    assert superlative.measure is not None
    fact = measured_entity(draft.model, superlative.measure)
    ranked = draft.dimensions[0].of if len(draft.dimensions) == 1 else None
    if (
        superlative.direction is not Direction.ASC
        or not fact
        or not isinstance(ranked, Attribute)
        or ranked.entity == fact
    ):
        return
    entity = draft.model.by_name[ranked.entity]
    draft.assume("ranked", f"only {entity.plural} with {draft.model.by_name[fact].plural} are ranked")


def _asked_again(draft: Draft) -> bool:
    """Whether the groups are the very things that were asked for."""
    groups = {(g.entity, g.ref.column if g.ref else None) for g in draft.sketch.groups if not g.grain and not g.part}
    asked = {
        (a.entity if a.kind == "entity" else None, a.ref.column if a.ref else None)
        for a in draft.sketch.asks
        if a.kind != "measure"
    }
    return bool(groups) and groups == asked and len(draft.sketch.groups) == len(groups)


def settle_best_period(draft: Draft) -> None:
    """ "best month of 2025": by the model's first metric, since nothing says by what."""
    sketch = draft.sketch
    periods = any(group.grain or group.part for group in sketch.groups)
    if sketch.asks or sketch.entities or not periods or len(sketch.superlatives) != 1 or not draft.model.metrics:
        return
    if not sketch.superlatives[0].is_open or "frequency" in sketch.cues:
        return
    metric = draft.model.metrics[0]
    measure = MetricValue(metric=metric.name)
    draft.assume("metric", f"ranked by {metric.label}, since the question does not say by what")
    sketch.superlatives[0].measure = measure
    sketch.asks.append(Ask("measure", measured_entity(draft.model, measure), 0, measure=measure))


def settle_frequency(draft: Draft) -> None:
    """ "the busiest hotel of each month": what is counted says whose time the months are of, so it is settled first."""
    if "frequency" not in draft.sketch.cues or draft.sketch.aggregate is not None:
        return
    measured = any(ask.kind == "measure" for ask in draft.sketch.asks)
    ask = next((a for a in draft.sketch.asks if a.kind == "attribute" and a.ref is not None), None)
    for superlative in draft.sketch.superlatives:
        if superlative.is_open and not measured:
            superlative.measure = count_of(_events_of(draft, superlative.entity or draft.subject, ask))


def _sum_repeated_names(draft: Draft, superlative: Superlative) -> None:
    """ "the most expensive treatment": where many rows have one name, the name is ranked by what its rows add up to."""
    ref = superlative.ref
    if ref is None or superlative.measure is not None or ref.entity != draft.subject or not ref.is_number:
        return
    asked = any(ask.kind == "entity" and ask.entity == draft.subject for ask in draft.sketch.asks)
    if not asked or not repeats(draft, ref.entity):
        return
    function = Function.SUM if superlative.direction is Direction.DESC else Function.MIN
    superlative.measure = Aggregate(function=function, entity=ref.entity, of=ref.scalar)
    draft.assume("aggregate", f"{ref.attribute.label} is summed for each {draft.model.by_name[ref.entity].label}")


_SEVERAL = ("top", "bottom", "the top", "the bottom", "best", "worst", "best selling", "top selling", "worst selling")
"""Words that mean more than one row where a plural follows."""


def _plural_top(draft: Draft, superlative: Superlative) -> int:
    """ "top reasons": several, where "the top reason" is one."""
    items = draft.link.items
    if superlative.position >= len(items) or items[superlative.position].text.lower() not in _SEVERAL:
        return 1
    noun = next((item for item in items[superlative.position + 1 :] if item.is_link), None)
    if noun is None or not noun.is_inflected:
        return 1
    draft.assume("top", "the number was not given: the first 10 are shown")
    return 10


def _list_within(draft: Draft, superlative: Superlative) -> None:
    """ "the oldest employee of each department": rows are listed, so many for each group."""
    if not any(ask.kind != "measure" for ask in draft.sketch.asks) and superlative.entity:
        draft.add_dimension(entity_dimension(draft, superlative.entity, superlative.position))


def _restrict_to_extreme(draft: Draft, superlative: Superlative) -> None:
    """ "how many orders has the oldest customer": the measure is over the extreme row's."""
    ref = superlative.ref
    assert ref is not None
    model = draft.model.by_name[ref.entity]
    if len(model.primary_key) != 1:
        draft.out.penalty += 0.3
        return
    key = Attribute(entity=ref.entity, name=model.primary_key[0])
    inner = AnalyticQuery(
        subject=ref.entity, dimensions=(Dimension(of=key, name=key.name),),
        order=(OrderBy(target="scalar", of=ref.scalar, direction=superlative.direction),),
        limit=Limit(count=superlative.count or 1),
    )  # fmt: skip
    draft.conditions.append(Membership(of=key, query=inner))


def _settle(draft: Draft, superlative: Superlative) -> None:
    """By what an open superlative ranks."""
    if not superlative.is_open:
        return
    if draft.measures:
        superlative.measure = draft.measures[0]
        return
    if draft.sketch.aggregate is not None:
        return
    subject = superlative.entity or draft.subject
    ask = next((a for a in draft.sketch.asks if a.kind == "attribute" and a.ref is not None), None)
    if "frequency" in draft.sketch.cues or (
        ask is not None and ask.ref is not None and not ask.ref.is_number and superlative.count is None
    ):
        entity = _events_of(draft, subject, ask)
        superlative.measure = count_of(entity)
        return
    if subject is None:
        return
    for metric in draft.model.metrics:
        fact = measured_entity(draft.model, metric.measure)
        if fact and fact != subject and draft.graph.path(fact, subject) is not None:
            draft.assume("metric", f"ranked by {metric.label}, since the question does not say by what")
            superlative.measure = MetricValue(metric=metric.name)
            return
    number = main_number(draft.link, subject)
    if number is not None:
        draft.assume("amount", f"ranked by {number.attribute.label}, since the question does not say by what")
        superlative.ref = number


def _events_of(draft: Draft, subject: str | None, ask: Ask | None) -> str:
    """Whose rows tell how often something occurs: the nearest fact that refers to it, else its own table."""
    if subject is None:
        return ""
    if ask is not None and ask.ref is not None and (
        ask.ref.attribute.name != draft.model.by_name[ask.entity].label_attribute
    ):  # fmt: skip
        named = [e for e, _ in draft.sketch.entities if e != ask.entity]
        return named[0] if named else ask.entity
    grouped = {group.entity for group in draft.sketch.groups}
    named = [e for e, _ in draft.sketch.entities if e not in (subject, *grouped) and draft.graph.path(subject, e)]
    if named:
        return named[0]
    # What refers to it directly or through others; facts, which happen, before things it merely has.
    facts = [
        (e.kind != "fact", draft.graph.distance(subject, e.name), -(e.row_count or 0), e.name)
        for e in draft.model.entities
        if e.name != subject and e.kind != "bridge" and draft.graph.to_one(e.name, subject)
    ]
    return min(facts)[3] if facts else subject
