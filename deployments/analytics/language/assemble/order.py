"""The order of the result: as said, as a bare direction means it, or as is usual."""

from __future__ import annotations

from deployments.analytics.language.amounts import default_function
from deployments.analytics.language.assemble.draft import Draft
from deployments.analytics.language.assemble.measures import add_measure
from deployments.analytics.language.assemble.subject import is_aggregated
from deployments.analytics.language.links import label_ref
from deployments.analytics.language.sketch import Order, Ref
from deployments.analytics.model.schema import Role
from deployments.contracts.query import (
    Aggregate,
    Attribute,
    Direction,
    Function,
    OrderBy,
    Part,
    Rollup,
    Scalar,
    Truncated,
)


def add_orders(draft: Draft) -> None:
    """The orders that were said."""
    for order in draft.sketch.orders:
        found = order_of(draft, order)
        if found is not None:
            draft.orders.append(found)
    if draft.sketch.direction is not None and not draft.sketch.orders and not draft.sketch.superlatives:
        add_bare_direction(draft, draft.sketch.direction)


def order_of(draft: Draft, order: Order) -> OrderBy | None:
    """One order, on a column or measure that is there or on a value of each row."""
    if order.measure is not None:
        lists_rows = any(ask.kind == "entity" for ask in draft.sketch.asks) and not is_aggregated(draft)
        if draft.measures or (draft.dimensions and not lists_rows):
            index = add_measure(draft, order.measure)
            return OrderBy(target="measure", index=index, direction=order.direction)
        each = Rollup(entity=draft.subject or "", measure=order.measure)
        return OrderBy(target="scalar", of=each, direction=order.direction)
    if order.ref is None:
        return None
    for index, dimension in enumerate(draft.dimensions):
        of = dimension.of
        if of == order.ref.scalar or (isinstance(of, Truncated) and of.of == order.ref.scalar):
            return OrderBy(target="dimension", index=index, direction=order.direction)
    for index, measure in enumerate(draft.measures):
        if isinstance(measure, Aggregate) and measure.of == order.ref.scalar:
            return OrderBy(target="measure", index=index, direction=order.direction)
    if draft.measures and draft.dimensions:
        function = default_function(order.ref) if order.ref.is_number else Function.MIN
        index = add_measure(draft, Aggregate(function=function, entity=order.ref.entity, of=order.ref.scalar))
        return OrderBy(target="measure", index=index, direction=order.direction)
    if draft.measures:
        return None
    return OrderBy(target="scalar", of=row_value(draft, order.ref, order.direction), direction=order.direction)


def row_value(draft: Draft, ref: Ref, direction: Direction) -> Scalar:
    """The attribute as a value of each row of the subject."""
    subject = draft.subject or ref.entity
    if ref.entity == subject or draft.graph.to_one(subject, ref.entity) or draft.measures:
        return ref.scalar
    function = Function.MAX if direction is Direction.DESC else Function.MIN
    return Rollup(entity=subject, measure=Aggregate(function=function, entity=ref.entity, of=ref.scalar))


def add_bare_direction(draft: Draft, direction: Direction) -> None:
    """ "..., highest first": of the measure, or of the first thing that fits."""
    alphabetical = "alphabetical" in draft.sketch.cues
    if "temporal" in draft.sketch.cues:
        periods = [i for i, d in enumerate(draft.dimensions) if isinstance(d.of, Truncated)]
        if periods:
            draft.orders.append(OrderBy(target="dimension", index=periods[0], direction=direction))
            return
        time = draft.model.by_name[draft.subject].default_time if draft.subject and not draft.measures else None
        if draft.subject and time:
            of = Attribute(entity=draft.subject, name=time)
            draft.orders.append(OrderBy(target="scalar", of=of, direction=direction))
            return
    if draft.measures and draft.dimensions and not alphabetical:
        draft.orders.append(OrderBy(target="measure", index=0, direction=direction))
        return
    refs = [ask.ref for ask in draft.sketch.asks if ask.kind == "attribute" and ask.ref is not None]
    # Words are sorted by the alphabet, numbers and moments by size; what does not fit comes last.
    for ref in sorted(refs, key=lambda ref: (ref.is_number or ref.is_time) is alphabetical):
        found = order_of(draft, Order(direction, ref=ref))
        if found is not None:
            draft.orders.append(found)
            return
    if draft.dimensions:
        draft.orders.append(OrderBy(target="dimension", index=0, direction=direction))
    elif draft.subject:
        label = label_ref(draft.model.by_name[draft.subject])
        if label is not None:
            of = Attribute(entity=draft.subject, name=label.name)
            draft.orders.append(OrderBy(target="scalar", of=of, direction=direction))


def add_default_order(draft: Draft) -> None:
    """Periods run forward; groups are shown greatest first."""
    if draft.orders or not draft.measures or not draft.dimensions:
        return
    for index, dimension in enumerate(draft.dimensions):
        if isinstance(dimension.of, Truncated | Part) or _is_time_part(draft, dimension.of):
            draft.orders.append(OrderBy(target="dimension", index=index, direction=Direction.ASC))
    if draft.orders:
        return
    if _is_year(draft, draft.dimensions[0].of):
        draft.orders.append(OrderBy(target="dimension", index=0, direction=Direction.ASC))
    else:
        draft.orders.append(OrderBy(target="measure", index=0, direction=Direction.DESC))


def _is_time_part(draft: Draft, scalar: Scalar) -> bool:
    return isinstance(scalar, Attribute) and draft.model.attribute(scalar.entity, scalar.name).time_part is not None


def _is_year(draft: Draft, scalar: Scalar) -> bool:
    return isinstance(scalar, Attribute) and draft.model.attribute(scalar.entity, scalar.name).role is Role.YEAR
