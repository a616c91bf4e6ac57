"""Rule for comparisons: "older than 30", "above the average age", "a greater weight than 10", "between 5 and 10"."""

from __future__ import annotations

from deployments.analytics.language.amounts import as_age, main_number, scale_of, stands_for_many
from deployments.analytics.language.filters import equals
from deployments.analytics.language.rules import averages
from deployments.analytics.language.rules.counts import is_set
from deployments.analytics.language.rules.named_rows import against_named
from deployments.analytics.language.rules.operands import aggregate, owner_after, read_operand
from deployments.analytics.language.rules.restrictions import (
    count_in_range,
    count_rows,
    operand_near,
    require_number,
    require_range,
    restrict_measure,
)
from deployments.analytics.language.rules.thresholds import against_number
from deployments.analytics.language.sketch import Condition, Ref, count_of, measured_entity
from deployments.analytics.language.walker import Operand, Walker
from deployments.analytics.model.schema import Role
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
)


def comparison(w: Walker, i: int) -> int | None:
    """ "more than 10 orders", "over $5k", "above the average age", "older than 30"."""
    item = w.items[i]
    after = _split(w, i)
    if after is not None:
        return after
    joined = _joined_bound(w, i)
    if not item.has("cmp") and not item.comparative and joined is None:
        return None
    negated = "negate next" in w.sketch.cues
    w.sketch.cues.discard("negate next")
    left: Ref | None = None
    if joined is not None:
        operator, j = joined
        if item.text.lower().startswith("or "):
            w.either = i
    elif item.has("cmp"):
        operator, j = item.tags["cmp"], i + 1
    else:
        if not _is_than(w, i + 1):
            return None
        j = i + 2
        graded = _graded(w, i)
        if graded is None:
            w.sketch.missing.append(item.text)
            return j
        operator, left = graded
    if isinstance(operator, Operator) and _is_what_was_shown(w, j):
        w.sketch.against_shown.append(operator)
        w.sketch.pronoun = True
        w.sketch.cues.add("pronoun")
        return j + 1
    if operator == "between":
        return _between(w, i, j)
    if negated:
        operator = _NEGATED.get(operator, operator)
    k = w.next(j, over=("the", "of", "a", "an", "that", "than", "overall", "all", "to", "or", "equal"))
    if w.items[min(j, len(w.items) - 1)].text.lower() in ("once", "twice") and j < len(w.items):
        k = j
    target = w.at(k)
    if target is None:
        if " than" in item.text.lower() and item.has("cmp"):
            # A comparison with nothing is not to be passed over.
            w.sketch.missing.append(f"{item.text} what")
            return i + 1
        return None
    operand = operand_near(w, i)
    if left is not None and target.number is not None and operand is not None and (
        operand.ref is not None and operand.ref.attribute.data_type.is_number and i - operand.position <= 2
    ):  # fmt: skip
        # "version later than 5": what stands before is compared, in the adjective's direction.
        operator, left = (Operator.LT if item.text.lower() in _LESS else Operator.GT), operand.ref
    single = any(part.text.lower() == "single" for part in w.items[j:k])
    if single and (counted := w.link.entity(k)) is not None:
        return count_rows(w, i, k, operator, 1.0, counted)
    if target.text.lower() in ("once", "twice") and (often := _happened_so_often(w, i, k, operator)) is not None:
        return often
    if target.text.lower() in ("once", "twice") and w.sketch.existence:
        entity, at = w.sketch.existence.pop()
        after = count_rows(w, i, at, operator, 1.0 if target.text.lower() == "once" else 2.0, entity)
        w.close_all()
        return max(after, k + 1)
    if target.number is not None and not target.ordinal:
        return against_number(w, i, k, operator, left)
    grouped = averages.against_group(w, i, w.next(j), operator, left) or averages.against_everyone(w, i, k, operator)
    if grouped is not None:
        return grouped
    if target.has("agg") or target.has("sup"):
        return _against_aggregate(w, i, k, operator, left)
    return (
        against_named(w, i, k, operator, left)
        or _before_its_number(w, i, k, operator)
        or against_attribute(w, i, k, operator, left)
        or _not_understood(w, i, j, k)
    )


def _happened_so_often(w: Walker, i: int, k: int, operator: Operator) -> int | None:
    """ "employees promoted more than once": rows of which the subject has many, that say so."""
    ref, subject = w.operand.ref if w.operand is not None else None, w.subject
    if (
        ref is None
        or ref.attribute.role is not Role.FLAG
        or subject in (None, ref.entity)
        or i - (w.operand.position if w.operand else 0) > 2
    ):
        return None
    if w.graph.to_one(subject or "", ref.entity) or w.graph.path(subject or "", ref.entity) is None:
        return None
    set_so = is_set(ref)
    w.sketch.conditions = [c for c in w.sketch.conditions if c.filter != set_so]
    left = Rollup(entity=subject or "", measure=count_of(ref.entity, set_so))
    times = 1 if w.items[k].text.lower() == "once" else 2
    w.add(Condition(Comparison(left=left, operator=operator, right=Constant(value=times)), subject or "", i))
    return k + 1


def against_attribute(w: Walker, i: int, k: int, operator: Operator, left: Ref | None = None) -> int | None:
    """ "spent more than planned", "a billing city different from the shipping city": two attributes of one row."""
    operand = operand_near(w, i)
    mine = left or (operand.ref if operand is not None else None)
    if mine is not None and (sister := _other_one(w, i, mine)) is not None:
        w.require(mine, Comparison(left=mine.scalar, operator=operator, right=sister[0].scalar), i)
        return sister[1]
    if mine is None or k >= len(w.items) or not w.items[k].attributes or w.items[k].entities:
        return None
    other = w.link.ref(k, owner_after(w, k + 1) or mine.entity)
    if (
        other is None
        or other.column == mine.column
        or other.is_time is not mine.is_time
        or other.is_number is not mine.is_number
    ):
        return None
    if other.entity != mine.entity and not _of_one_row(w, mine.entity, other.entity):
        return None
    w.sketch.link.append(other.score)
    w.require(mine, Comparison(left=mine.scalar, operator=operator, right=other.scalar), i)
    for ask in [a for a in w.sketch.asks if a.ref is not None and a.ref.column == mine.column and w.sketch.wh == "who"]:
        w.sketch.asks.remove(ask)
    return k + 1


def _of_one_row(w: Walker, one: str, other: str) -> bool:
    """Whether each row spoken of has one of both: the customer's and the store's city of an order."""
    subject = w.subject
    shared = subject is not None and all(subject == each or w.graph.to_one(subject, each) for each in (one, other))
    return shared or w.graph.to_one(one, other)


def _other_one(w: Walker, i: int, mine: Ref) -> tuple[Ref, int] | None:
    """ "a billing city different from the shipping one": the attribute beside, of which one word is said."""
    at = next((p for p in range(i + 2, min(i + 8, len(w.items))) if w.items[p].text.lower() in ("one", "ones")), None)
    first, _, rest = mine.attribute.label.partition(" ")
    if at is None or not rest:
        return None
    said = w.items[at - 1].lemma
    for attribute in w.model.by_name[mine.entity].attributes:
        if attribute.label == f"{said} {rest}" and said != first and not attribute.hidden:
            return w.link.make(mine.entity, attribute, 0.9), at + 1
    return None


_NEGATED = {Operator.GT: Operator.LE, Operator.LT: Operator.GE, Operator.GE: Operator.LT, Operator.LE: Operator.GT,
            Operator.EQ: Operator.NE}  # fmt: skip
_LESS = ("earlier", "younger", "lower", "smaller", "shorter", "newer")


def _joined_bound(w: Walker, i: int) -> tuple[Operator, int] | None:
    """ "over 100 and under 500", "under 5 or over 500": a second bound, which looks like "100 and under"."""
    item = w.items[i]
    if not item.has("suffix") or not item.text.lower().startswith(("and ", "or ")):
        return None
    j = i + 2 if _is_than(w, i + 1) else i + 1
    number = w.at(j)
    if (
        number is None
        or number.number is None
        or (i > 0 and w.items[i - 1].number is not None and j == i + 1 and number.interval)
    ):
        return None
    return (Operator.GT if item.tags["suffix"] is Operator.GE else Operator.LT), j


def _is_what_was_shown(w: Walker, j: int) -> bool:
    """ "which are above that": the number of the previous answer."""
    item, follow = w.at(j), w.at(j + 1)
    ends = follow is None or follow.text in ".?!,"
    return w.context_subject is not None and item is not None and item.text.lower() in ("that", "it", "this") and ends


def _is_than(w: Walker, i: int) -> bool:
    item = w.at(i)
    return item is not None and item.text.lower() == "than"


def _graded(w: Walker, i: int) -> tuple[Operator, Ref] | None:
    """ "older than": what the adjective measures, or what stands before it, and which way is more."""
    hinted = None
    for entity in (w.anchor, w.subject):
        if hinted is None and entity is not None:
            hinted = scale_of(w.link, entity, w.items[i].gradable)
    operand = operand_near(w, i)
    if hinted is None and operand is not None and operand.ref is not None:
        hinted = (operand.ref, Direction.DESC)
    if hinted is None:
        return None
    ref, direction = hinted
    greater = direction is Direction.DESC
    if ref.is_time:
        # An older person has the earlier birth date and the greater age.
        ref, greater = as_age(ref, w.as_of), not greater
    return Operator.GT if greater else Operator.LT, ref


def _before_its_number(w: Walker, i: int, k: int, operator: Operator) -> int | None:
    """ "with more than a weight of 10": the attribute stands between the comparison and its number."""
    at = w.next(k + 1, over=("of", "is", "=", ":"))
    number = w.at(at)
    if not w.items[k].attributes or number is None or number.number is None:
        return None
    ref = w.link.ref(k, w.anchor, numeric=True)
    if ref is None:
        return None
    require_number(w, i, ref, operator, number)
    return at + 1


def _not_understood(w: Walker, i: int, j: int, k: int) -> int | None:
    """A preposition may have meant a place; any other comparison without a number cannot be answered."""
    item = w.items[i]
    operand, target = w.operand, w.items[k]
    beside = operand is not None and operand.ref is not None and operand.ref.is_number and i - operand.position <= 2
    if not (beside and target.attributes and not target.entities) and item.text.lower() in (
        "over",
        "above",
        "under",
        "below",
        "up to",
        "beyond",
        "beneath",
    ):
        w.sketch.penalty += 0.2
        return None
    w.sketch.missing.append(f"{item.text} …")
    return j


_DEGREES = {"greater": Operator.GT, "more": Operator.GT, "higher": Operator.GT, "larger": Operator.GT, "bigger": Operator.GT,
            "longer": Operator.GT, "better": Operator.GT, "lower": Operator.LT, "less": Operator.LT, "fewer": Operator.LT,
            "smaller": Operator.LT, "shorter": Operator.LT, "worse": Operator.LT}  # fmt: skip


def _split(w: Walker, i: int) -> int | None:
    """ "a greater weight than 10", "a longer average wait than overall": the operand stands inside the comparison."""
    operator = _DEGREES.get(w.items[i].text.lower())
    if operator is None or _is_than(w, i + 1):
        return None
    operand = read_operand(w, i + 1)
    if operand is None or (operand.ref is None and operand.measure is None):
        return None
    than = next((k for k in range(operand.after, operand.after + 3) if _is_than(w, k)), None)
    if than is None:
        return None
    k = w.next(than + 1, over=("the", "a", "of", "that", "all", "overall"))
    target = w.at(k)
    if operand.ref is not None and target is not None and target.number is not None:
        require_number(w, i, operand.ref, operator, target)
        return k + 1
    if operand.ref is not None and target is not None and target.has("agg"):
        w.operand = Operand(i, ref=operand.ref)
        return _against_aggregate(w, i, k, operator, operand.ref)
    if operand.ref is not None and (after := against_named(w, i, k, operator, operand.ref)) is not None:
        return after
    if operand.measure is not None and target is not None and target.number is not None:
        restrict_measure(w, i, operand.measure, operator, target)
        return k + 1
    if operand.measure is not None:
        return _above_overall(w, i, operand.measure, operator, than + 1)
    if target is not None and target.values:
        w.sketch.missing.append(f"{w.items[i].text} … than {target.text}")
    return None


def _above_overall(w: Walker, i: int, measure: Measure, operator: Operator, j: int) -> int | None:
    """ "... than overall", "than the average": the group's measure against the same measure over everything."""
    while j < len(w.items):
        words = set(w.items[j].lemma.lower().split())
        if not (w.items[j].filler or w.items[j].has("agg") or words & {"overall", "company", "average", "all", "other", "rest", "whole"}
                or words <= set(w.model.name.lower().split("_"))):  # fmt: skip
            break
        if w.items[j].text in ",.?;" or w.items[j].interval is not None:
            break
        j += 1
    overall = AnalyticQuery(subject=getattr(measure, "entity", "") or w.subject or "", measures=(measure,))
    having = MeasureComparison(measure=measure, operator=operator, right=Nested(query=overall))
    w.sketch.conditions.append(Condition(having, w.subject or "", i, having=True))
    return j


def _against_aggregate(w: Walker, i: int, k: int, operator: Operator, left: Ref | None) -> int | None:
    """ "above the average age", "over the maximum": against a measure over everything."""
    operand = operand_near(w, i)
    found = read_operand(w, k)
    mine = left or (operand.ref if operand else None)
    if mine is not None and not (mine.is_number or mine.is_time or mine.attribute.data_type.is_number):
        # "songs by singers above the average age": the title is not what is compared.
        mine = None
    if found is not None and isinstance(found.measure, Aggregate) and found.measure.of is not None:
        measure = found.measure
        after = found.after
        ref = mine or _ref_of(w, measure)
    elif operand is not None and operand.measure is not None and left is None and (subject := w.subject) is not None:
        # "whose average rating is below the overall average": each one's against everything's.
        each = Rollup(entity=subject, measure=operand.measure)
        over_all = AnalyticQuery(
            subject=measured_entity(w.model, operand.measure) or subject, measures=(operand.measure,)
        )
        w.add(Condition(Comparison(left=each, operator=operator, right=Nested(query=over_all)), subject, i))
        after = k + 1
        while (
            after < len(w.items)
            and (w.items[after].attributes or w.items[after].filler)
            and w.items[after].text not in ".?!,"
        ):
            after += 1
        return after
    else:
        # "above average": of the same attribute.
        ref = mine or (w.sketch.asks[-1].ref if w.sketch.asks else None)
        if ref is None and w.anchor:
            ref = main_number(w.link, w.anchor)
        if ref is None:
            return None
        function = w.items[k].tags.get("agg", Function.AVG)
        measure = aggregate(function, ref)
        after = k + 1
    if ref is None:
        return None
    nested = AnalyticQuery(subject=measure.entity, measures=(measure,))
    kind = w.at(after)
    if kind is not None and kind.values and not kind.is_link and after == k + 1:
        # "bigger than the average mortgage": the average of those that are mortgages.
        hits = w.link.hits(after, owner=measure.entity)
        if hits and hits[0].entity == measure.entity:
            only = equals(Attribute(entity=measure.entity, name=hits[0].attribute), hits)
            nested, after = nested.model_copy(update={"where": only}), after + 1
    asked = w.sketch.asks[0].ref if len(w.sketch.asks) == 1 and "which" in w.sketch.cues else None
    if asked is not None and asked.entity == ref.entity and ref.is_measurable and stands_for_many(w.model, asked):
        # "which cities have an above average price": the average of each against that of all.
        having = MeasureComparison(measure=measure, operator=operator, right=Nested(query=nested))
        w.sketch.conditions.append(Condition(having, ref.entity, i, having=True))
        return after
    w.require(ref, Comparison(left=ref.scalar, operator=operator, right=Nested(query=nested)), i)
    return after


def _ref_of(w: Walker, measure: Aggregate) -> Ref | None:
    """The attribute that an aggregate is of."""
    inner = measure.of
    if isinstance(inner, Attribute):
        return w.link.make(inner.entity, w.model.attribute(inner.entity, inner.name), 0.9)
    return None


def _between(w: Walker, i: int, j: int) -> int | None:
    """ "between 5 and 10": on what stands before, on the unit after, or on the amount that is usual."""
    a = w.next(j)
    low, word, high = w.at(a), w.at(a + 1), w.at(a + 2)
    if low is None or word is None or high is None or low.number is None or high.number is None:
        return None
    if word.text.lower() not in ("and", "to", "-"):
        return None
    operand = operand_near(w, i)
    ref = operand.ref if operand else None
    after = a + 3
    if (ref is None or not ref.is_number) and (counted := count_in_range(w, i, low, high, w.next(after))):
        return counted
    if ref is None:
        unit = w.next(after)
        if unit < len(w.items) and w.items[unit].attributes:
            ref, after = w.link.ref(unit, w.anchor, numeric=True), unit + 1
    if ref is None and w.sketch.asks and w.sketch.asks[-1].ref is not None and w.sketch.asks[-1].ref.is_number:
        ref = w.sketch.asks[-1].ref
    if ref is None and (owner := w.anchor or w.subject):
        ref = main_number(w.link, owner)
        if ref is not None:
            w.sketch.assumptions.append(
                ("amount", f"between {low.text} and {high.text} is about {ref.attribute.label}")
            )
    if ref is None:
        return None
    require_range(w, i, ref, low, high)
    return after
