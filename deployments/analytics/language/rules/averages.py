"""What a comparison with an average is against: the row's own group, or everyone of a kind.

"priced above the average of their category", "above their category's average": each row against its group.
"spent more than the average customer": each one's total against the average of everyone's.
"""

from __future__ import annotations

from deployments.analytics.language.amounts import main_number, scale_of
from deployments.analytics.language.rules.operands import aggregate
from deployments.analytics.language.rules.restrictions import operand_near
from deployments.analytics.language.sketch import Condition, Ref, count_of, measured_entity
from deployments.analytics.language.walker import Walker
from deployments.contracts.query import (
    Aggregate,
    AnalyticQuery,
    Attribute,
    Comparison,
    Function,
    GroupValue,
    Measure,
    MetricValue,
    Nested,
    Operator,
    Rollup,
    Scalar,
)

_OWN = ("their", "its", "his", "her", "the", "own", "that", "same", "respective", "overall", "a", "an")
_IN = ("of", "for", "in", "within", "among", "across")


def against_group(w: Walker, i: int, k: int, operator: Operator, left: Ref | None) -> int | None:
    """ "above the average of their category", "above their category's average", "below the average price in its city"."""
    found = _average_of_group(w, k) or _groups_average(w, k)
    operand = operand_near(w, i)
    subject = w.anchor or w.subject or (operand.ref.entity if operand is not None and operand.ref is not None else None)
    if found is None or subject is None:
        return None
    function, at, after = found
    partition = _partition(w, at, subject)
    mine = left or _compared(w, i, k, after, subject)
    if partition is None or mine is None:
        return None
    measure = aggregate(function, mine)
    group = GroupValue(measure=measure, partition=(partition,))
    w.require(mine, Comparison(left=mine.scalar, operator=operator, right=group), i)
    return after


def against_everyone(w: Walker, i: int, k: int, operator: Operator) -> int | None:
    """ "spent more than the average customer": what each has in all, against the average of that over everyone."""
    subject = w.subject
    average = w.items[k].tags.get("agg")
    at = w.next(k + 1, over=("the",))
    if subject is None or average is None or at >= len(w.items) or w.link.entity(at) != subject:
        return None
    measure = _measure_of_each(w, i, subject)
    if measure is None:
        return None
    each = Rollup(entity=subject, measure=measure)
    over_all = AnalyticQuery(subject=subject, measures=(Aggregate(function=average, entity=subject, of=each),))
    w.add(Condition(Comparison(left=each, operator=operator, right=Nested(query=over_all)), subject, i))
    return at + 1


def _measure_of_each(w: Walker, i: int, subject: str) -> Measure | None:
    """What was said to be compared, else the model's first metric that each of them has, which is said."""
    operand = operand_near(w, i)
    if operand is not None and operand.measure is not None:
        return operand.measure
    if operand is not None and operand.ref is not None and operand.ref.is_measurable and operand.ref.entity != subject:
        return aggregate(Function.SUM, operand.ref)
    event = next((e for e, at in reversed(w.sketch.existence) if at < i and w.graph.to_one(e, subject)), None)
    if event is not None:
        # "members who borrowed more than the average member": so many of what they did.
        w.sketch.existence = [(e, at) for e, at in w.sketch.existence if e != event]
        return count_of(event)
    for metric in w.model.metrics:
        fact = measured_entity(w.model, metric.measure)
        if fact and fact != subject and w.graph.to_one(fact, subject):
            w.sketch.assumptions.append(
                ("metric", f"more than the average {w.model.by_name[subject].label} is about {metric.label}")
            )
            return MetricValue(metric=metric.name)
    return None


def _average_of_group(w: Walker, k: int) -> tuple[Function, int, int] | None:
    """ "average [price] of their category": the function, where the group stands, the position after it."""
    function = w.items[k].tags.get("agg")
    if function is None:
        return None
    # "average of" may be one item or two.
    start = k if w.items[k].text.lower().endswith(" of") else k + 1
    for j in range(start, min(k + 5, len(w.items) - 1)):
        own = [p for p in range(j + 1, min(j + 4, len(w.items))) if w.items[p].text.lower() in _OWN]
        if (
            w.items[j].text.lower().split()[-1] not in _IN
            or not own
            or w.items[own[0]].text.lower() in ("overall", "a", "an")
        ):
            continue
        at = own[-1] + 1
        pointing = any(
            w.items[p].text.lower() in ("their", "its", "his", "her", "same", "own", "respective") for p in own
        )
        if pointing and at < len(w.items) and w.items[at].is_link:
            return function, at, at + 1
    return None


def _groups_average(w: Walker, k: int) -> tuple[Function, int, int] | None:
    """ "their category's average", "the category average"."""
    j = k
    while j < len(w.items) and w.items[j].text.lower() in _OWN:
        j += 1
    if j + 1 >= len(w.items) or not (w.items[j].entities or w.items[j].attributes):
        return None
    function = w.items[j + 1].tags.get("agg")
    if function is None:
        return None
    after = j + 2
    if after < len(w.items) and w.items[after].attributes and not w.items[after].entities:
        after += 1
    return function, j, after


def _partition(w: Walker, at: int, subject: str) -> Scalar | None:
    """What rows share with their group: the reference to an entity, or a category of their own."""
    entity = w.link.entity(at)
    if entity is not None and entity != subject:
        key = w.model.by_name[entity].primary_key
        direct = w.graph.between(subject, entity)
        if len(direct) == 1 and len(direct[0].from_attributes) == 1:
            return Attribute(entity=subject, name=direct[0].from_attributes[0])
        return Attribute(entity=entity, name=key[0]) if len(key) == 1 and w.graph.to_one(subject, entity) else None
    ref = w.link.ref(at, subject)
    if ref is None or not isinstance(ref.scalar, Attribute) or ref.is_measurable:
        return None
    return ref.scalar if ref.entity == subject or w.graph.to_one(subject, ref.entity) else None


def _compared(w: Walker, i: int, k: int, after: int, subject: str) -> Ref | None:
    """The number of each row: named beside the average, or before the comparison, or the only one there is."""
    for j in range(k, after):
        if w.items[j].attributes:
            ref = w.link.ref(j, subject, numeric=True)
            if ref is not None and ref.entity == subject and ref.is_measurable:
                return ref
    operand = operand_near(w, i)
    if operand is not None and operand.ref is not None and operand.ref.is_number:
        return operand.ref
    for j in range(max(0, i - 3), i):
        if w.items[j].gradable and (hinted := scale_of(w.link, subject, w.items[j].gradable)) is not None:
            return hinted[0]
        if (
            w.items[j].attributes
            and (ref := w.link.ref(j, subject, numeric=True)) is not None
            and ref.entity == subject
        ):
            return ref
    found = main_number(w.link, subject)
    if found is not None:
        return found
    numbers = [
        a for a in w.model.by_name[subject].attributes if w.link.make(subject, a, 0.7).is_measurable and not a.hidden
    ]
    return w.link.make(subject, numbers[0], 0.7) if len(numbers) == 1 else None
