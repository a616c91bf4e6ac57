"""What a comparison with a number restricts: the words beside it, what stood before it, or what is usual."""

from __future__ import annotations

from deployments.analytics.language.amounts import as_age, main_number, scale_of
from deployments.analytics.language.rules.restrictions import (
    column_of,
    compared,
    count_rows,
    operand_near,
    restrict_measure,
)
from deployments.analytics.language.sketch import Condition, Ref, measure_entity
from deployments.analytics.language.walker import Walker
from deployments.analytics.model.schema import Metric
from deployments.contracts.query import Direction, MetricValue, Operator


def against_number(w: Walker, i: int, k: int, operator: Operator, left: Ref | None) -> int:
    """A condition with the number at `k`; the position after what it used. `left` is what is compared, if that is known."""
    number = w.items[k]
    after = k + 1
    unit = w.next(after, over=("of", "different", "distinct", "or", "more", "the", "a", "total", "single"))
    follow = w.at(unit)
    if left is None and follow is not None and follow.values and not follow.is_link and not operand_near(w, i):
        hits = w.link.hits(unit)
        if (
            hits
            and hits[0].entity != (w.anchor or w.subject)
            and not w.graph.to_one(w.anchor or w.subject or hits[0].entity, hits[0].entity)
        ):
            # "at least 5 no-shows": rows that hold the value are counted.
            count_rows(w, i, unit, operator, float(number.number or 0), hits[0].entity)
            return unit
    if left is None and follow is not None and follow.text not in ".?,":
        counted = w.link.entity(unit)
        ref = None
        if follow.attributes:
            ref = w.link.ref(unit, w.anchor, numeric=True)
        operand = operand_near(w, i)
        strong = ref is not None and ref.score >= 0.75 and (counted is None or follow.entities[0].score < 0.9)
        own = operand is not None and (
            operand.measure is not None or (operand.ref is not None and operand.ref.is_number)
        )
        if counted is not None and not strong and not (own and counted == w.subject and counted == w.anchor):
            if own and operand is not None and operand.position > i - 3 and counted == w.anchor:
                pass
            else:
                return count_rows(w, i, unit, operator, float(number.number or 0), counted)
        if ref is not None and ref.is_number and not own:
            w.add(Condition(compared(ref, operator, number, w), ref.entity, i, column_of(ref)))
            return unit + 1
        if follow.metrics and not own:
            metric = w.model.metrics_by_name[follow.metrics[0].name]
            restrict_measure(w, i, MetricValue(metric=metric.name), operator, number)
            return unit + 1
    if follow is not None and follow.text.lower() in ("time", "times") and left is None and w.sketch.existence:
        entity, _ = w.sketch.existence.pop()
        return count_rows(w, i, unit, operator, float(number.number or 0), entity)
    if left is not None:
        w.add(Condition(compared(left, operator, number, w), left.entity, i, column_of(left)))
        return unit + 1 if follow is not None and follow.grain is not None else after
    operand = operand_near(w, i)
    if operand is not None and operand.ref is not None:
        w.add(Condition(compared(operand.ref, operator, number, w), operand.ref.entity, i, column_of(operand.ref)))
        return after
    if operand is not None and operand.measure is not None:
        restrict_measure(w, i, operand.measure, operator, number)
        return after
    last = w.sketch.asks[-1] if w.sketch.asks else None
    if last is not None and last.ref is not None and last.ref.is_number and last.kind == "attribute":
        w.add(Condition(compared(last.ref, operator, number, w), last.ref.entity, i, column_of(last.ref)))
        return after
    if last is not None and last.measure is not None and (w.sketch.groups or not w.anchor):
        restrict_measure(w, i, last.measure, operator, number)
        return after
    owner = w.anchor or w.subject
    main = main_number(w.link, owner) if owner else None
    age = (
        None
        if main or not owner
        else scale_of(
            w.link, owner, (("age", Direction.DESC), ("birth date", Direction.DESC), ("date of birth", Direction.DESC))
        )
    )
    if age is not None and not number.money and not number.percent and owner is not None:
        ref = as_age(age[0], w.as_of)
        w.add(Condition(compared(ref, operator, number, w), ref.entity, i, column_of(ref)))
        return after
    if main is not None:
        w.sketch.assumptions.append(("amount", f"{w.items[i].text} {number.text} is about {main.attribute.label}"))
        w.add(Condition(compared(main, operator, number, w), main.entity, i, column_of(main)))
        return after
    reaching = _reaching_metric(w, owner)
    if reaching is not None and not number.percent:
        w.sketch.assumptions.append(("metric", f"{w.items[i].text} {number.text} is about {reaching.label}"))
        restrict_measure(w, i, MetricValue(metric=reaching.name), operator, number)
        return after
    w.sketch.missing.append(f"{w.items[i].text} {number.text}")
    return after


def _reaching_metric(w: Walker, owner: str | None) -> Metric | None:
    """The model's first metric that has values for each row of the entity."""
    for metric in w.model.metrics:
        fact = measure_entity(metric.measure)
        if owner and fact and fact != owner and w.graph.path(fact, owner) is not None:
            return metric
    return None
