"""Another order, limit or calculation: "top 5", "ascending", "as a share"."""

from __future__ import annotations

import datetime as dt
import re

from deployments.analytics.language.assemble.calculations import calculations_of
from deployments.analytics.language.assemble.dimensions import entity_dimension
from deployments.analytics.language.assemble.growth import moved, rank_by_growth
from deployments.analytics.language.assemble.measures import add_measure
from deployments.analytics.language.assemble.order import add_bare_direction, order_of
from deployments.analytics.language.calendar import interval_of
from deployments.analytics.language.followup.edit import Edit
from deployments.analytics.language.sketch import Ref, count_of
from deployments.analytics.model.schema import Role
from deployments.contracts.query import (
    Attribute,
    Direction,
    Limit,
    Measure,
    OrderBy,
    PeriodComparison,
    Share,
    TimeWindow,
    Truncated,
)


def rank_by_what_is_shown(edit: Edit) -> None:
    """ "which line has the most": what is named is a column already, and what it has the most of is the measure."""
    if not edit.query.measures or not any(s.is_open and s.entity is None for s in edit.sketch.superlatives):
        return
    shown = [of for d in edit.query.dimensions if isinstance(of := d.of, Attribute)]
    labels = {
        (of.entity, edit.model.by_name[of.entity].label_attribute)
        for of in shown
        if of.name == edit.model.by_name[of.entity].label_attribute
    }
    columns = {(of.entity, of.name) for of in shown}
    edit.sketch.asks[:] = [
        ask
        for ask in edit.sketch.asks
        if not (ask.kind == "entity" and ask.entity in {entity for entity, _ in labels})
        and not (ask.ref is not None and ask.ref.column in columns)
    ]


def name_the_extreme(edit: Edit) -> None:
    """ "which is the newest", after a list of years or their total: the thing is asked for, and not the number again."""
    sketch, query = edit.sketch, edit.query
    if not any(s.ref is not None for s in sketch.superlatives) or sketch.asks or sketch.wh not in ("what", "who"):
        return
    if query.measures and not query.dimensions and query.comparison is None:
        edit.put(measures=(), order=(), having=None, calculations=())
        edit.draft.measures = []
        return
    if query.measures or not query.dimensions or query.distinct:
        return
    entity = edit.model.by_name[query.subject]
    names = {entity.label_attribute, *entity.primary_key}
    if any(
        isinstance(of := d.of, Attribute) and of.entity == entity.name and of.name in names for d in query.dimensions
    ):
        return
    edit.put(dimensions=(entity_dimension(edit.draft, entity.name, 0), *query.dimensions))


def rank_by_what_is_counted(edit: Edit) -> None:
    """ "which of them has the most orders", where orders are what the groups count: no new column, but their order."""
    for superlative in edit.sketch.superlatives:
        if superlative.entity is None or not superlative.is_open or not edit.query.dimensions:
            continue
        counted = next(
            (m for m in edit.query.measures if m.model_copy(update={"name": ""}) == count_of(superlative.entity)), None
        )
        if counted is not None:
            superlative.measure = counted
            edit.sketch.asks[:] = [a for a in edit.sketch.asks if a.kind != "entity" or a.entity != superlative.entity]


def change_calculations(edit: Edit) -> None:
    """A calculation over the same result."""
    if any(s.is_open for s in edit.sketch.superlatives) and any(k == "growth" for k, _, _ in edit.sketch.calculations):
        return
    for kind, _, text in edit.sketch.calculations:
        if (
            kind == "share"
            and edit.before.where is not None
            and re.search(r"\bof (all|the total|total|everything)\b", edit.text.lower())
        ):
            # A share of all rows, of which the answer holds some: another denominator than the rows that were shown.
            edit.draft.out.missing.append(f"{text}, of all rows")
            return
        if kind == "share" and edit.query.measures and edit.query.dimensions:
            edit.put(calculations=(Share(measure=0, name=f"{edit.query.measures[0].name}_share"),))
            continue
        edit.show_in_draft()
        edit.draft.comparison = edit.query.comparison
        found = calculations_of(edit.draft)
        if found:
            edit.put(calculations=tuple(found))
            return
        if text not in edit.draft.out.missing and edit.draft.comparison == edit.query.comparison:
            edit.draft.out.missing.append(text)


def change_extremes(edit: Edit) -> None:
    """Another extreme, or another number of rows."""
    grew = [text for kind, _, text in edit.sketch.calculations if kind == "growth"]
    if grew and any(s.is_open for s in edit.sketch.superlatives):
        _rank_by_growth(edit)
        return
    for superlative in edit.sketch.superlatives:
        count = superlative.count or edit.sketch.limit or 1
        if "frequency" in edit.sketch.cues and superlative.is_open:
            superlative.measure = count_of(edit.query.subject)
            edit.put(measures=())
        limit = Limit(count=count)
        ref = superlative.ref
        if ref is not None and edit.query.measures and edit.query.dimensions:
            superlative.ref = ref = None if _runs_along(edit, ref) else ref
            if ref is not None and all(d.of != ref.scalar for d in edit.query.dimensions):
                edit.draft.out.missing.append(f"the {ref.attribute.label} of each row")
                continue
        if superlative.ref is not None:
            by = OrderBy(target="scalar", of=superlative.ref.scalar, direction=superlative.direction)
            edit.put(order=(by,), limit=limit)
        elif superlative.measure is not None:
            _rank_by(edit, superlative.measure, superlative.direction)
            edit.put(limit=limit)
        elif edit.query.limit is not None and edit.query.limit.per:
            edit.put(limit=edit.query.limit.model_copy(update={"count": count}))
        elif edit.query.measures:
            edit.put(order=(OrderBy(target="measure", index=0, direction=superlative.direction),), limit=limit)
        elif edit.query.order:
            by = edit.query.order[0].model_copy(update={"direction": superlative.direction})
            edit.put(order=(by,), limit=limit)
        elif (number := _only_number(edit)) is not None:
            by = OrderBy(target="scalar", of=number, direction=superlative.direction)
            edit.put(order=(by,), limit=limit)
        else:
            edit.draft.out.open.append("by what")
    if edit.sketch.limit is not None and not edit.sketch.superlatives:
        if "bare limit" in edit.sketch.cues and edit.query.limit is None:
            edit.draft.out.open.append("what to change")
            return
        edit.put(limit=Limit(count=edit.sketch.limit))


def _only_number(edit: Edit) -> Attribute | None:
    """The one column of numbers that was listed: "what is the smallest value" is of it."""
    listed = [d.of for d in edit.query.dimensions if isinstance(d.of, Attribute)]
    numbers = [of for of in listed if edit.model.attribute(of.entity, of.name).data_type.is_number
               and edit.model.attribute(of.entity, of.name).role not in (Role.KEY, Role.REFERENCE)]  # fmt: skip
    return numbers[0] if len(numbers) == 1 else None


def _runs_along(edit: Edit, ref: Ref) -> bool:
    """ "the worst day" of revenue by day: one of the periods shown, by what is measured."""
    return any(isinstance(d.of, Truncated) and d.of.of == ref.scalar for d in edit.query.dimensions)


def _rank_by_growth(edit: Edit) -> None:
    """ "which one grew the most": of the two periods that are compared, else there is nothing to grow from."""
    comparison, time = edit.query.comparison, edit.query.time
    if comparison is None and time is not None and isinstance(time.start, dt.date) and isinstance(time.end, dt.date):
        earlier = moved(interval_of(time.start, time.end, time.label), None, -1)
        comparison = PeriodComparison(
            window=TimeWindow(of=time.of, start=earlier.start, end=earlier.end, label=earlier.label)
        )
    if comparison is None or time is None or not edit.query.measures:
        edit.draft.out.missing.append("growth between which periods")
        return
    edit.show_in_draft()
    edit.draft.window, edit.draft.comparison = time, comparison
    edit.draft.growing = next(s for s in edit.sketch.superlatives if s.is_open)
    rank_by_growth(edit.draft)
    edit.put(time=None, comparison=None, measures=tuple(edit.draft.measures), order=tuple(edit.draft.orders),
             limit=edit.draft.limit, calculations=())  # fmt: skip


def _rank_by(edit: Edit, measure: Measure, direction: Direction) -> None:
    """Order by a measure, which is shown."""
    if not edit.query.dimensions:
        edit.put(dimensions=(entity_dimension(edit.draft, edit.query.subject, 0),))
    edit.draft.measures = list(edit.query.measures)
    index = add_measure(edit.draft, measure)
    edit.put(
        measures=tuple(edit.draft.measures),
        order=(OrderBy(target="measure", index=index, direction=direction),),
    )


def change_order(edit: Edit) -> None:
    """Another order, or the other direction."""
    sketch = edit.sketch
    edit.show_in_draft()
    edit.draft.orders = []
    for order in sketch.orders:
        if order.measure is not None and not edit.query.measures:
            _rank_by(edit, order.measure, order.direction)
            return
        found = order_of(edit.draft, order)
        if found is not None:
            edit.put(order=(found,), measures=tuple(edit.draft.measures))
    if sketch.direction is not None and not sketch.orders:
        periods = [i for i, d in enumerate(edit.query.dimensions) if isinstance(d.of, Truncated)]
        if "temporal" in sketch.cues and periods:
            edit.put(order=(OrderBy(target="dimension", index=periods[0], direction=sketch.direction),))
            return
        if edit.query.order and not edit.query.measures:
            edit.put(order=tuple(o.model_copy(update={"direction": sketch.direction}) for o in edit.query.order))
        elif edit.query.measures and edit.query.dimensions:
            edit.put(order=(OrderBy(target="measure", index=0, direction=sketch.direction),))
        else:
            add_bare_direction(edit.draft, sketch.direction)
            edit.put(order=tuple(edit.draft.orders))
    elif "order" in sketch.cues and not sketch.orders and edit.query.measures and edit.query.dimensions:
        edit.put(order=(OrderBy(target="measure", index=0, direction=Direction.DESC),))
