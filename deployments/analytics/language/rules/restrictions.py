"""What the rules for comparisons and numbers share: conditions on an attribute, a measure, or a number of rows."""

from __future__ import annotations

from decimal import Decimal

from deployments.analytics.language.amounts import OLDER, as_age, scale_of
from deployments.analytics.language.items import Item
from deployments.analytics.language.sketch import Condition, Ref
from deployments.analytics.language.walker import Frame, Operand, Walker
from deployments.contracts.query import (
    Aggregate,
    AllOf,
    Comparison,
    Constant,
    Filter,
    Function,
    Measure,
    MeasureComparison,
    MetricValue,
    Operator,
    Rollup,
)


def operand_near(w: Walker, i: int) -> Operand | None:
    """What a comparison at `i` would compare, if it stands near enough before it."""
    operand = w.operand
    if operand is not None and i - operand.position <= 6:
        return operand
    return None


def unit_after(w: Walker, i: int) -> Ref | None:
    """The number that the word right after names: "20 years of age"."""
    k = w.next(i)
    if k < len(w.items) and w.items[k].attributes and k - i <= 1:
        return w.link.ref(k, w.anchor, numeric=True)
    return None


def age_after(w: Walker, k: int, owner: str | None) -> tuple[Ref, int] | None:
    """ "20 years old", with the number at `k`: the age of `owner` on the day, and the position after it."""
    old = w.next(k + 1, over=("years", "year", "-", "yrs"))
    if old >= len(w.items) or w.items[old].text.lower() not in ("old", "age") or old == k + 1:
        return None
    age = scale_of(w.link, owner, OLDER) if owner else None
    return None if age is None else (as_age(age[0], w.as_of), old + 1)


def plain_number(number: Item) -> int | float:
    """The number, whole where it is."""
    value = float(number.number or 0)
    return int(value) if value.is_integer() else value


def compared(w: Walker, ref: Ref, operator: Operator, number: Item) -> Filter:
    """An attribute compared with a number; a percentage fits how the attribute is kept."""
    value: int | float = plain_number(number)
    attribute = ref.attribute
    maximum = attribute.maximum
    if number.percent and isinstance(maximum, int | float | Decimal) and float(maximum) <= 1.5:
        value = value / 100
        w.sketch.assumptions.append(("percent", f"{attribute.label} is kept as a fraction"))
    return Comparison(left=ref.scalar, operator=operator, right=Constant(value=value))


def require_number(w: Walker, i: int, ref: Ref, operator: Operator, number: Item) -> None:
    """A condition that compares an attribute with a number."""
    w.require(ref, compared(w, ref, operator, number), i)


def require_range(w: Walker, i: int, ref: Ref, low: Item, high: Item) -> None:
    """A condition that keeps an attribute between two numbers, both included."""
    bounds = (compared(w, ref, Operator.GE, low), compared(w, ref, Operator.LE, high))
    w.require(ref, AllOf(of=bounds), i)


def restrict_measure(w: Walker, i: int, measure: Measure, operator: Operator, number: Item) -> None:
    """A condition on a measure: of each row of the subject, or of the groups."""
    value = plain_number(number)
    if number.percent:
        unit = w.model.metrics_by_name[measure.metric].unit if isinstance(measure, MetricValue) else None
        if unit != "%":
            w.sketch.missing.append(f"{number.text} of what")
            return
        value = value / 100
    subject = w.anchor or w.subject or ""
    grouped = any(ask.kind == "entity" for ask in w.sketch.asks) or any(g.entity for g in w.sketch.groups)
    if grouped and subject and not w.sketch.groups and not any(a.kind == "measure" for a in w.sketch.asks):
        left = Rollup(entity=subject, measure=measure)
        w.add(Condition(Comparison(left=left, operator=operator, right=Constant(value=value)), subject, i))
    else:
        having = MeasureComparison(measure=measure, operator=operator, right=Constant(value=value))
        w.sketch.conditions.append(Condition(having, subject, i, having=True))


def count_rows(w: Walker, i: int, unit: int, operator: Operator, number: float, counted: str) -> int:
    """Open a frame that counts rows of `counted` for each row of the subject; what follows is about the counted rows."""
    subject = w.anchor if w.anchor and w.anchor != counted else w.subject
    if subject is not None and subject != w.subject and (whole := _of_all_of_theirs(w, subject, counted)) is not None:
        w.sketch.existence = [(entity, at) for entity, at in w.sketch.existence if entity != subject]
        subject = whole
    if w.sketch.existence and w.sketch.existence[-1][0] == counted:
        w.sketch.existence.pop()
    w.close_all()
    w.open(Frame("count", subject if subject != counted else _asked_owner(w, counted), i, operator=operator, number=number,
                 entity=counted))  # fmt: skip
    w.restrict = True
    return unit + 1


def _of_all_of_theirs(w: Walker, anchor: str, counted: str) -> str | None:
    """ "agents whose policies had more than 40 claims": the claims of all of an agent's policies, whose plural was said."""
    at = next((p for p in range(len(w.items) - 1, -1, -1) if w.items[p].tags.get("rel") == "possessive"), None)
    said = w.at(at + 1) if at is not None else None
    subject = w.subject
    if said is None or subject is None or w.link.entity((at or 0) + 1) != anchor or said.text.lower() == said.lemma:
        return None
    return subject if w.graph.to_one(anchor, subject) and w.graph.to_one(counted, anchor) else None


def _asked_owner(w: Walker, counted: str) -> str | None:
    """Whose rows are counted when the counted entity is also the subject: the groups asked for, not an entity."""
    for ask in w.sketch.asks:
        if ask.kind == "entity" and ask.entity != counted:
            return ask.entity
    return None


def count_in_range(w: Walker, i: int, low: Item, high: Item, unit: int) -> int | None:
    """ "with 1 to 2 orders", "between one and two paragraphs"."""
    counted = w.link.entity(unit) if unit < len(w.items) else None
    if counted is None:
        return None
    subject = w.anchor if w.anchor and w.anchor != counted else w.subject
    bounds = ((Operator.GE, plain_number(low)), (Operator.LE, plain_number(high)))
    if subject is None or subject == counted:
        for operator, value in bounds:
            w.sketch.conditions.append(
                Condition(w.group_count(counted, None, operator, value), counted, i, having=True)
            )
    else:
        count = Rollup(entity=subject, measure=Aggregate(function=Function.COUNT, entity=counted))
        both = tuple(
            Comparison(left=count, operator=operator, right=Constant(value=value)) for operator, value in bounds
        )
        w.add(Condition(AllOf(of=both), subject, i))
    return unit + 1
