"""Rules for what restricts: relative clauses, negation, comparisons, values, dates."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from deployments.analytics.language.mentions import Item
from deployments.analytics.language.rules.operands import default_function, read_operand
from deployments.analytics.language.sketch import Condition, Ref, measure_entity
from deployments.analytics.language.walker import Frame, Operand, Walker, average_of, conjoin
from deployments.analytics.model.schema import Metric, Role
from deployments.analytics.model.values import ValueMatch
from deployments.contracts.query import (
    Aggregate,
    AllOf,
    AnalyticQuery,
    AnyOf,
    Attribute,
    Comparison,
    Constant,
    Filter,
    Function,
    Measure,
    MeasureComparison,
    MetricValue,
    Nested,
    Operator,
    Part,
    Related,
    Rollup,
    TimePart,
)

WEEKDAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


# --- clauses ---------------------------------------------------------------------------------------------------------


def boundary(w: Walker, i: int) -> int | None:
    """Where a frame, or the restriction itself, ends."""
    item = w.items[i]
    text = item.text.lower()
    if text in (".", "?", ";", "!"):
        w.close_all()
        w.restrict = False
        w.operand = None
        return i + 1
    if text in ("but", "however"):
        w.close_all()
        w.anchor = w.subject
        return i + 1
    if item.has("conj") and (w.frames or w.restrict):
        k = w.next(i + 1)
        follow = w.at(k)
        if follow is None:
            return i + 1
        asks_again = (follow.has("wh") and follow.text.lower() != "which") or follow.has("count") or (
            i + 1 < len(w.items) and w.items[i + 1].has("command") and w.items[i + 1].text.lower() not in ("also", "then", "too")
            and not w.items[i + 1].is_link
        )  # fmt: skip
        if asks_again:
            w.close_all()
            w.restrict = False
            return i + 1
        continues = bool(follow.values) or follow.number is not None or follow.interval is not None or follow.has("neg")
        if w.frames and w.frames[-1].has_content and not continues:
            w.close_all()
        return None
    return None


def relative(w: Walker, i: int) -> int | None:
    """ "who", "that", "whose", "with", "having": from here on the words restrict."""
    item = w.items[i]
    if not item.has("rel") or (item.is_link and not item.filler and not item.has("wh")):
        return None
    kind = item.tags["rel"]
    started = bool(w.sketch.asks or w.sketch.entities or w.sketch.groups) or (
        w.sketch.pronoun and w.context_subject is not None
    )
    if not started and kind != "possessive":
        return None
    if item.has("wh") and i == 0:
        return None
    if kind == "with" and item.text.lower() in ("own", "get", "hold", "include", "contain", "including", "containing"):
        w.restrict = True
        return i + 1
    if kind == "with" and item.text.lower() == "with":
        w.opened_with = "with"
    else:
        w.opened_with = ""
    w.restrict = True
    w.operand = None
    return i + 1


def negation(w: Walker, i: int) -> int | None:
    """ "not", "without", "except": opens a frame whose conditions must not hold."""
    item = w.items[i]
    if not item.has("neg") or (item.is_link and item.entities):
        return None
    k = w.next(i + 1, over=("the", "any", "a", "an", "be", "been", "yet", "ever", "have", "has", "had", "single", "those", "been",
                            "to", "one", "in", "from", "at", "of", "for", "that", "which", "who", "with", "where", "whose"))  # fmt: skip
    follow = w.at(k)
    if follow is None and not any(item.verb or item.passed for item in w.items[i + 1 :]):
        return None
    if follow is not None and (follow.has("cmp") or follow.has("suffix")):
        w.sketch.cues.add("negate next")
        return i + 1
    w.close_all()
    before = w.at(w.previous(i))
    joined = item.text.lower().startswith("but") or (
        before is not None and (before.has("conj") or before.text.lower() == "but")
    )
    subject = w.anchor if w.restrict and w.anchor and not joined else w.subject
    w.open(Frame("negation", subject, i))
    w.restrict = True
    return i + 1


def both(w: Walker, i: int) -> int | None:
    """ "both A and B": each must hold for a related row of its own."""
    item = w.items[i]
    if not item.has("set") or item.tags["set"] not in ("both", "either"):
        return None
    if item.tags["set"] == "both":
        follow = w.at(w.next(i + 1, over=("the", "their", "a")))
        if follow is not None and not (follow.has("agg") or (follow.attributes and not follow.values)):
            w.both = True
    return i + 1


# --- dates -----------------------------------------------------------------------------------------------------------


def interval(w: Walker, i: int) -> int | None:
    """A date or period, on the attribute named just before it or on the subject's own time."""
    item = w.items[i]
    if item.interval is None:
        return None
    if item.interval.start and item.number is not None and _is_quantity(w, i):
        return None
    ref = None
    if w.operand is not None and w.operand.ref is not None and i - w.operand.position <= 3:
        candidate = w.operand.ref
        if candidate.is_time or candidate.attribute.role is Role.YEAR:
            ref = candidate
    named = w.previous(i)
    if ref is None and named >= 0 and w.items[named].attributes:
        ref = _time_among(w, named)
    ref = ref or _verb_time(w, i)
    windows = w.frames[-1].windows if w.frames else w.sketch.windows
    windows.append((item.interval, ref, i))
    if w.both:
        w.sketch.cues.add("both periods")
    if item.interval.assumed:
        w.sketch.assumptions.append(("period", item.interval.assumed))
    nxt, after = w.at(i + 1), w.at(i + 2)
    if nxt is not None and nxt.lemma in ("versus", "vs", "v", "against", "compare", "compared") and not w.frames:
        w.sketch.versus = True
        step = i + 2
        while step < len(w.items) and w.items[step].text.lower() in ("to", "with", "."):
            step += 1
        return step
    if nxt is not None and nxt.has("conj") and after is not None and after.interval is not None:
        return i + 2
    return i + 1


def _is_quantity(w: Walker, i: int) -> bool:
    before = w.at(w.previous(i))
    return before is not None and before.has("cmp") and before.text.lower() not in ("after", "before")


def _time_among(w: Walker, position: int) -> Ref | None:
    item = w.items[position]
    for candidate in item.attributes:
        attribute = w.model.attribute(candidate.entity, candidate.name)
        if attribute.data_type.is_time or attribute.role is Role.YEAR:
            return w.link.make(candidate.entity, attribute, candidate.score)
    return None


def _verb_time(w: Walker, i: int) -> Ref | None:
    """ "hired since 2024", "registered in May": a verb that a time attribute is named after."""
    for back in range(i - 1, max(-1, i - 4), -1):
        item = w.items[back]
        if item.interval or item.text in ".,?":
            return None
        if item.attributes:
            found = _time_among(w, back)
            if found is not None:
                w.taken.add(back)
                if w.sketch.asks and w.sketch.asks[-1].position == back:
                    w.sketch.asks.pop()
                return found
    return None


def weekday(w: Walker, i: int) -> int | None:
    """ "on a Saturday": the weekday of the subject's own time."""
    item = w.items[i]
    if (
        item.weekday is None
        or item.values
        or item.interval is not None
        or (item.attributes and item.attributes[0].score > 0.9)
    ):
        return None
    from deployments.analytics.language.times import time_ref

    entity = w.frames[-1].entity if w.frames and w.frames[-1].entity else w.subject or w.anchor
    ref = time_ref(w.model, w.graph, entity)
    if ref is None or not ref.is_time:
        w.sketch.unknown.append(item.text)
        return i + 1
    days = [WEEKDAY_NAMES[item.weekday]]
    j = i + 1
    while j + 1 < len(w.items) and w.items[j].has("conj") and w.items[j + 1].weekday is not None:
        days.append(WEEKDAY_NAMES[w.items[j + 1].weekday or 0])
        j += 2
    left = Part(of=ref.scalar, part=TimePart.WEEKDAY)
    found = (
        Comparison(left=left, operator=Operator.EQ, right=Constant(value=days[0]))
        if len(days) == 1
        else Comparison(left=left, operator=Operator.IN, values=tuple(days))
    )
    w.add(Condition(found, ref.entity, i, (ref.entity, f"{ref.attribute.name}.weekday")))
    return j


# --- comparisons -----------------------------------------------------------------------------------------------------


def comparison(w: Walker, i: int) -> int | None:
    """ "more than 10 orders", "over $5k", "above the average age", "older than 30"."""
    item = w.items[i]
    graded = item.comparative and not item.has("cmp")
    split = _split(w, i)
    if split is not None:
        return split
    if not item.has("cmp") and not graded:
        return None
    j = i + 1
    negated = "negate next" in w.sketch.cues
    w.sketch.cues.discard("negate next")
    hinted = None
    if graded:
        if not (j < len(w.items) and w.items[j].text.lower() == "than"):
            return None
        j += 1
        for entity in (w.anchor, w.subject):
            hinted = hinted or (w.link.hinted(entity, item.gradable) if entity else None)
        if hinted is None and (mine := _left(w, i)) is not None and mine.ref is not None:
            hinted = (mine.ref, _DESC)
        if hinted is None:
            w.sketch.missing.append(item.text)
            return j
        operator: Any = Operator.GT if hinted[1].value == "desc" else Operator.LT
        if hinted[0].is_time:
            # An older person has the earlier birth date and the greater age.
            hinted = (_as_age(w, hinted[0]), hinted[1])
            operator = Operator.LT if operator is Operator.GT else Operator.GT
    else:
        operator = item.tags["cmp"]
    if operator == "between":
        return _between(w, i, j)
    if negated:
        operator = {Operator.GT: Operator.LE, Operator.LT: Operator.GE, Operator.GE: Operator.LT, Operator.LE: Operator.GT,
                    Operator.EQ: Operator.NE}.get(operator, operator)  # fmt: skip
    k = w.next(j, over=("the", "of", "a", "an", "that", "than", "overall", "all", "to", "or", "equal"))
    target = w.at(k)
    if target is None:
        return None
    left = hinted[0] if hinted else None
    if graded and target.number is not None and (operand := _left(w, i)) is not None and (
        operand.ref is not None and operand.ref.attribute.data_type.is_number and i - operand.position <= 2
    ):  # fmt: skip
        # "version later than 5": what stands before is compared, in the adjective's direction.
        operator = (
            Operator.LT
            if item.text.lower() in ("earlier", "younger", "lower", "smaller", "shorter", "newer")
            else Operator.GT
        )
        left = operand.ref
    if any(w.items[p].text.lower() == "single" for p in range(j, k)) and (counted := w.link.entity(k)) is not None:
        return _count_frame(w, i, k, operator, 1.0, counted)
    if target.text.lower() in ("once", "twice") and w.sketch.existence:
        entity, at = w.sketch.existence.pop()
        after = _count_frame(w, i, at, operator, 1.0 if target.text.lower() == "once" else 2.0, entity)
        w.close_all()
        return max(after, k + 1)
    if target.number is not None and not target.ordinal:
        return _with_number(w, i, k, operator, left)
    if target.has("agg") or target.has("sup"):
        return _with_aggregate(w, i, k, operator, left)
    if target.attributes and (number := w.next(k + 1, over=("of", "is", "=", ":"))) < len(w.items):
        named = w.items[number]
        if named.number is not None:
            ref = w.link.ref(k, w.anchor, numeric=True)
            if ref is not None:
                w.add(Condition(_number(ref, operator, named, w), ref.entity, i, _key(ref)))
                return number + 1
    if item.text.lower() in ("over", "above", "under", "below", "up to", "beyond", "beneath"):
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
    if operator is None or (i + 1 < len(w.items) and w.items[i + 1].text.lower() == "than"):
        return None
    operand = read_operand(w, i + 1)
    if operand is None or (operand.ref is None and operand.measure is None):
        return None
    than = next(
        (k for k in range(operand.after, min(operand.after + 3, len(w.items))) if w.items[k].text.lower() == "than"),
        None,
    )
    if than is None:
        return None
    k = w.next(than + 1, over=("the", "a", "of", "that", "all", "overall"))
    target = w.at(k)
    if operand.ref is not None and target is not None and target.number is not None:
        w.add(Condition(_number(operand.ref, operator, target, w), operand.ref.entity, i, _key(operand.ref)))
        return k + 1
    if operand.ref is not None and target is not None and target.has("agg"):
        w.operand = Operand(i, ref=operand.ref)
        return _with_aggregate(w, i, k, operator, operand.ref)
    if operand.measure is not None and target is not None and target.number is not None:
        _measure_condition(w, i, operand.measure, operator, target)
        return k + 1
    if operand.measure is not None:
        return _above_overall(w, i, operand.measure, operator, than + 1)
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


def _left(w: Walker, i: int) -> Operand | None:
    operand = w.operand
    if operand is not None and i - operand.position <= 6:
        return operand
    return None


def _with_number(w: Walker, i: int, k: int, operator: Operator, left: Ref | None) -> int:
    number = w.items[k]
    after = k + 1
    unit = w.next(after, over=("of", "different", "distinct", "or", "more", "the", "a", "total", "single"))
    follow = w.at(unit)
    if left is None and follow is not None and follow.values and not follow.is_link and not _left(w, i):
        hits = w.link.hits(unit)
        if (
            hits
            and hits[0].entity != (w.anchor or w.subject)
            and not w.graph.to_one(w.anchor or w.subject or hits[0].entity, hits[0].entity)
        ):
            # "at least 5 no-shows": rows that hold the value are counted.
            _count_frame(w, i, unit, operator, float(number.number or 0), hits[0].entity)
            return unit
    if left is None and follow is not None and follow.text not in ".?,":
        counted = w.link.entity(unit)
        ref = None
        if follow.attributes:
            ref = w.link.ref(unit, w.anchor, numeric=True)
        operand = _left(w, i)
        strong = ref is not None and ref.score >= 0.75 and (counted is None or follow.entities[0].score < 0.9)
        own = operand is not None and (
            operand.measure is not None or (operand.ref is not None and operand.ref.is_number)
        )
        if counted is not None and not strong and not (own and counted == w.subject and counted == w.anchor):
            if own and operand is not None and operand.position > i - 3 and counted == w.anchor:
                pass
            else:
                return _count_frame(w, i, unit, operator, float(number.number or 0), counted)
        if ref is not None and ref.is_number and not own:
            w.add(Condition(_number(ref, operator, number, w), ref.entity, i, _key(ref)))
            return unit + 1
        if follow.metrics and not own:
            metric = w.model.metrics_by_name[follow.metrics[0].name]
            _measure_condition(w, i, MetricValue(metric=metric.name), operator, number)
            return unit + 1
    if follow is not None and follow.text.lower() in ("time", "times") and left is None and w.sketch.existence:
        entity, _ = w.sketch.existence.pop()
        return _count_frame(w, i, unit, operator, float(number.number or 0), entity)
    if left is not None:
        w.add(Condition(_number(left, operator, number, w), left.entity, i, _key(left)))
        return unit + 1 if follow is not None and follow.grain is not None else after
    operand = _left(w, i)
    if operand is not None and operand.ref is not None:
        w.add(Condition(_number(operand.ref, operator, number, w), operand.ref.entity, i, _key(operand.ref)))
        return after
    if operand is not None and operand.measure is not None:
        _measure_condition(w, i, operand.measure, operator, number)
        return after
    last = w.sketch.asks[-1] if w.sketch.asks else None
    if last is not None and last.ref is not None and last.ref.is_number and last.kind == "attribute":
        w.add(Condition(_number(last.ref, operator, number, w), last.ref.entity, i, _key(last.ref)))
        return after
    if last is not None and last.measure is not None and (w.sketch.groups or not w.anchor):
        _measure_condition(w, i, last.measure, operator, number)
        return after
    owner = w.anchor or w.subject
    main = w.link.main_number(owner) if owner else None
    age = (
        None
        if main or not owner
        else w.link.hinted(owner, (("age", _DESC), ("birth date", _DESC), ("date of birth", _DESC)))
    )
    if age is not None and not number.money and not number.percent and owner is not None:
        ref = _as_age(w, age[0])
        w.add(Condition(_number(ref, operator, number, w), ref.entity, i, _key(ref)))
        return after
    if main is not None:
        w.sketch.assumptions.append(("amount", f"{w.items[i].text} {number.text} is about {main.attribute.label}"))
        w.add(Condition(_number(main, operator, number, w), main.entity, i, _key(main)))
        return after
    reaching = _reaching_metric(w, owner)
    if reaching is not None and not number.percent:
        w.sketch.assumptions.append(("metric", f"{w.items[i].text} {number.text} is about {reaching.label}"))
        _measure_condition(w, i, MetricValue(metric=reaching.name), operator, number)
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


from deployments.contracts.query import Direction as _Direction  # noqa: E402
from deployments.contracts.query import Elapsed  # noqa: E402

_DESC = _Direction.DESC


def _as_age(w: Walker, ref: Ref) -> Ref:
    if not ref.attribute.data_type.is_time:
        return ref
    return Ref(
        ref.entity, ref.attribute, Elapsed(unit="year", start=ref.scalar, end=Constant(value=w.as_of)), ref.score, True
    )


def _count_frame(w: Walker, i: int, unit: int, operator: Operator, number: float, counted: str) -> int:
    subject = w.anchor if w.anchor and w.anchor != counted else w.subject
    if subject is not None and subject != counted and w.graph.path(subject, counted) is None:
        w.sketch.missing.append(w.items[unit].text)
        return unit + 1
    if w.sketch.existence and w.sketch.existence[-1][0] == counted:
        w.sketch.existence.pop()
    w.close_all()
    w.open(Frame("count", subject if subject != counted else _asked_owner(w, counted), i, operator=operator, number=number,
                 entity=counted))  # fmt: skip
    w.restrict = True
    return unit + 1


def _asked_owner(w: Walker, counted: str) -> str | None:
    """Whose rows are counted when the counted entity is also the subject: the groups asked for, not an entity."""
    for ask in w.sketch.asks:
        if ask.kind == "entity" and ask.entity != counted:
            return ask.entity
    return None


def _with_aggregate(w: Walker, i: int, k: int, operator: Operator, left: Ref | None) -> int | None:
    operand = _left(w, i)
    found = read_operand(w, k)
    mine = left or (operand.ref if operand else None)
    if found is not None and isinstance(found.measure, Aggregate) and found.measure.of is not None:
        measure = found.measure
        after = found.after
        ref = mine or _ref_of(w, measure)
    else:
        # "above average": of the same attribute.
        ref = mine or (w.sketch.asks[-1].ref if w.sketch.asks else None)
        if ref is None and w.anchor:
            ref = w.link.main_number(w.anchor)
        if ref is None:
            return None
        function = w.items[k].tags.get("agg", Function.AVG)
        measure = average_of(ref).model_copy(update={"function": function})
        after = k + 1
    if ref is None:
        return None
    nested = AnalyticQuery(subject=measure.entity, measures=(measure,))
    w.add(
        Condition(Comparison(left=ref.scalar, operator=operator, right=Nested(query=nested)), ref.entity, i, _key(ref))
    )
    return after


def _ref_of(w: Walker, measure: Aggregate) -> Ref | None:
    inner = measure.of
    if isinstance(inner, Attribute):
        return w.link.make(inner.entity, w.model.attribute(inner.entity, inner.name), 0.9)
    return None


def _between(w: Walker, i: int, j: int) -> int | None:
    low = w.at(w.next(j))
    if low is None or low.number is None:
        return None
    a = w.next(j)
    if not (
        a + 2 < len(w.items) and w.items[a + 1].text.lower() in ("and", "to", "-") and w.items[a + 2].number is not None
    ):
        return None
    operand = _left(w, i)
    ref = operand.ref if operand else None
    after = a + 3
    if (ref is None or not ref.is_number) and (
        counted := _count_range(w, i, w.items[a], w.items[a + 2], w.next(after))
    ):
        return counted
    if ref is None:
        unit = w.next(after)
        if unit < len(w.items) and w.items[unit].attributes:
            ref, after = w.link.ref(unit, w.anchor, numeric=True), unit + 1
    if ref is None and w.sketch.asks and w.sketch.asks[-1].ref is not None and w.sketch.asks[-1].ref.is_number:
        ref = w.sketch.asks[-1].ref
    if ref is None and (owner := w.anchor or w.subject):
        ref = w.link.main_number(owner)
        if ref is not None:
            w.sketch.assumptions.append(
                ("amount", f"between {low.text} and {w.items[a + 2].text} is about {ref.attribute.label}")
            )
    if ref is None:
        return None
    w.add(Condition(_range(ref, w.items[a], w.items[a + 2], w), ref.entity, i, _key(ref)))
    return after


def _count_range(w: Walker, i: int, low: Item, high: Item, unit: int) -> int | None:
    """ "with 1 to 2 orders", "between one and two paragraphs"."""
    counted = w.link.entity(unit) if unit < len(w.items) else None
    if counted is None:
        return None
    subject = w.anchor if w.anchor and w.anchor != counted else w.subject
    bounds = ((Operator.GE, _plain(low)), (Operator.LE, _plain(high)))
    if subject is None or subject == counted or w.graph.path(subject, counted) is None:
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


def _range(ref: Ref, low: Item, high: Item, w: Walker) -> Filter:
    return AllOf(of=(_number(ref, Operator.GE, low, w), _number(ref, Operator.LE, high, w)))


def _measure_condition(w: Walker, i: int, measure: Measure, operator: Operator, number: Item) -> None:
    value = _plain(number)
    subject = w.anchor or w.subject or ""
    grouped = any(ask.kind == "entity" for ask in w.sketch.asks) or any(g.entity for g in w.sketch.groups)
    if grouped and subject and not w.sketch.groups and not any(a.kind == "measure" for a in w.sketch.asks):
        left = Rollup(entity=subject, measure=measure)
        w.add(Condition(Comparison(left=left, operator=operator, right=Constant(value=value)), subject, i))
    else:
        having = MeasureComparison(measure=measure, operator=operator, right=Constant(value=value))
        w.sketch.conditions.append(Condition(having, subject, i, having=True))


def _plain(number: Item) -> int | float:
    value = float(number.number or 0)
    return int(value) if value.is_integer() else value


def _number(ref: Ref, operator: Operator, number: Item, w: Walker) -> Filter:
    value: int | float = _plain(number)
    attribute = ref.attribute
    maximum = attribute.maximum
    if number.percent and isinstance(maximum, int | float | Decimal) and float(maximum) <= 1.5:
        value = value / 100
        w.sketch.assumptions.append(("percent", f"{attribute.label} is kept as a fraction"))
    return Comparison(left=ref.scalar, operator=operator, right=Constant(value=value))


def _key(ref: Ref) -> tuple[str, str]:
    return ref.entity, ref.attribute.name


# --- numbers ---------------------------------------------------------------------------------------------------------


def number(w: Walker, i: int) -> int | None:
    """A number by itself: "age 3", "20 or older", "20-30 years", "show 5 customers"."""
    item = w.items[i]
    if (
        item.number is not None
        and (sup := w.at(i + 1)) is not None
        and (sup.has("sup") or sup.superlative or sup.has("frequent"))
    ):
        return i + 1
    if item.number is None or i in w.taken or (item.interval is not None and not _is_quantity(w, i)):
        return None
    nxt = w.at(i + 1)
    operand = _left(w, i)
    own = operand.ref if operand is not None and i - operand.position <= 3 else None
    if nxt is not None and nxt.has("suffix"):
        ref = own or _unit(w, i + 2)
        if ref is None:
            counted = w.link.entity(w.next(i + 2)) if w.next(i + 2) < len(w.items) else None
            if counted is not None:
                return _count_frame(w, i, w.next(i + 2), nxt.tags["suffix"], float(item.number), counted)
            age = (("age", _DESC), ("birth date", _DESC))
            owner = w.anchor or w.subject
            hinted = (
                w.link.hinted(owner, age) if owner and nxt.text.lower().split()[-1] in ("older", "younger") else None
            )
            ref = _as_age(w, hinted[0]) if hinted else (w.link.main_number(owner) if owner else None)
        if ref is not None:
            w.add(Condition(_number(ref, nxt.tags["suffix"], item, w), ref.entity, i, _key(ref)))
            return i + 2
    high = w.at(i + 2)
    if nxt is not None and nxt.text in ("-", "–", "to") and high is not None and high.number is not None:
        ref = own or _unit(w, i + 3)
        if ref is None and (ranged := _count_range(w, i, item, high, w.next(i + 3))):
            return ranged
        if ref is not None:
            w.add(Condition(_range(ref, item, high, w), ref.entity, i, _key(ref)))
            return i + 3
    if own is not None and (own.is_number or own.attribute.role in (Role.CODE, Role.KEY, Role.REFERENCE, Role.YEAR)
                            or own.attribute.data_type.is_number):  # fmt: skip
        return _one_of(w, i, own)
    if (old := w.next(i + 1, over=("years", "year", "-", "yrs"))) < len(w.items) and w.items[old].text.lower() in ("old", "age") and (
        owner := w.anchor or w.subject or _named_after(w, old + 1)
    ):  # fmt: skip
        hinted = w.link.hinted(owner, (("age", _DESC), ("birth date", _DESC)))
        if hinted is not None:
            ref = _as_age(w, hinted[0])
            w.add(Condition(_number(ref, Operator.EQ, item, w), ref.entity, i, _key(ref)))
            return old + 1
    k = w.next(i + 1)
    counted = w.link.entity(k) if k < len(w.items) else None
    if counted is not None and not item.ordinal:
        if w.restrict and w.subject not in (None, counted) and float(item.number).is_integer():
            return _count_frame(w, i, k, Operator.EQ, float(item.number), counted)
        if not w.sketch.asks and not w.sketch.entities and not w.restrict:
            w.sketch.limit = int(item.number)
            return i + 1
    if item.ordinal and w.sketch.is_empty:
        return None
    entity = w.link.entity(w.previous(i)) if w.previous(i) >= 0 else None
    if entity is not None and not item.ordinal and float(item.number).is_integer() and k == len(w.items):
        key = w.model.by_name[entity].primary_key
        if len(key) == 1 and w.model.attribute(entity, key[0]).data_type.is_number:
            ref = w.link.make(entity, w.model.attribute(entity, key[0]), 0.8)
            w.add(Condition(_number(ref, Operator.EQ, item, w), entity, i, _key(ref)))
            return i + 1
    if (
        entity is not None
        and not item.ordinal
        and w.model.by_name[entity].primary_key
        and not w.restrict
        and w.items[w.previous(i)].text.lower() == w.model.by_name[entity].label
    ):
        name = w.model.by_name[entity].primary_key[0]
        ref = w.link.make(entity, w.model.attribute(entity, name), 0.8)
        w.add(Condition(_number(ref, Operator.EQ, item, w), entity, i, _key(ref)))
        return i + 1
    w.sketch.unknown.append(item.text)
    return i + 1


def _named_after(w: Walker, j: int) -> str | None:
    """The entity that the next words name, by itself or by a value."""
    for k in range(j, min(j + 3, len(w.items))):
        entity = w.link.entity(k) or next((hit.entity for hit in w.items[k].values), None)
        if entity is not None:
            return entity
    return None


def _one_of(w: Walker, i: int, ref: Ref) -> int:
    """ "aged 32 or 33": one number, or a list of them."""
    values = [_plain(w.items[i])]
    j = i + 1
    while (
        j + 1 < len(w.items)
        and w.items[j].has("conj")
        and w.items[j + 1].number is not None
        and not w.items[j + 1].interval
    ):
        values.append(_plain(w.items[j + 1]))
        j += 2
    if len(values) == 1:
        w.add(Condition(_number(ref, Operator.EQ, w.items[i], w), ref.entity, i, _key(ref)))
    else:
        found = Comparison(left=ref.scalar, operator=Operator.IN, values=tuple(values))
        w.add(Condition(found, ref.entity, i, _key(ref)))
    return j


_PATTERNS = {
    "start with": Operator.STARTS_WITH, "starting with": Operator.STARTS_WITH, "begin with": Operator.STARTS_WITH,
    "beginning with": Operator.STARTS_WITH, "starts with": Operator.STARTS_WITH, "begins with": Operator.STARTS_WITH,
    "end with": Operator.ENDS_WITH, "ending with": Operator.ENDS_WITH, "ends with": Operator.ENDS_WITH,
    "ending in": Operator.ENDS_WITH,
}  # fmt: skip
_PARTS_OF_TEXT = ("word", "letter", "substring", "string", "phrase", "character", "prefix", "suffix", "keyword")


def contains(w: Walker, i: int) -> int | None:
    """ "with the word 'Hey' in its title", "starting with A", "containing 'east'"."""
    pair = " ".join(part.text.lower() for part in w.items[i : i + 2])
    operator = _PATTERNS.get(pair)
    j = i + 2 if operator else i
    if operator is None and w.items[i].lemma in _PARTS_OF_TEXT and not w.items[i].is_link:
        operator = Operator.CONTAINS
    elif operator is None and w.items[i].lemma in ("contain", "include", "containing", "including", "like", "mention"):
        quoted = w.at(w.next(i + 1))
        if quoted is None or not quoted.quoted:
            return None
        operator, j = Operator.CONTAINS, i
    if operator is None:
        return None
    k = j + (1 if operator is Operator.CONTAINS else 0)
    while k < len(w.items) and (w.items[k].text.lower() in ("the", "a", "an") or w.items[k].lemma in _PARTS_OF_TEXT):
        k += 1
    if k >= len(w.items) or not (
        w.items[k].quoted or len(w.items[k].text) == 1 or w.items[k].unknown or w.items[k].values
    ):
        return None
    text = w.items[k].text
    ref, after = None, k + 1
    named = w.next(k + 1, over=("in", "its", "their", "the", "on", "within", "of"))
    if (
        named > k + 1
        and named < len(w.items)
        and w.items[named].attributes
        and w.items[k + 1].text.lower() in ("in", "on", "within")
    ):
        ref, after = w.link.ref(named, w.anchor), named + 1
    operand = _left(w, i)
    if ref is None and operand is not None:
        ref = operand.ref
    if (
        ref is None
        and w.sketch.asks
        and w.sketch.asks[-1].ref is not None
        and w.sketch.asks[-1].ref.attribute.data_type.value == "text"
    ):
        ref = w.sketch.asks[-1].ref
    if ref is None:
        return None
    w.add(
        Condition(Comparison(left=ref.scalar, operator=operator, right=Constant(value=text)), ref.entity, i, _key(ref))
    )
    return after


def _unit(w: Walker, i: int) -> Ref | None:
    k = w.next(i)
    if k < len(w.items) and w.items[k].attributes and k - i <= 1:
        return w.link.ref(k, w.anchor, numeric=True)
    return None


# --- values ----------------------------------------------------------------------------------------------------------


def value(w: Walker, i: int) -> int | None:
    """A value of some column: "in Paris or Rome", "Nike orders", "dog pets"."""
    item = w.items[i]
    if not item.values or i in w.taken:
        return None
    if item.is_link and not _prefer_value(w, i):
        return None
    operand = _left(w, i)
    named = None
    if operand is not None and operand.ref is not None and i - operand.position <= 3:
        column = (operand.ref.entity, operand.ref.attribute.name)
        named = [c for c in w.items[operand.position].attributes if (c.entity, c.name) == column] or None
        if named and not any((h.entity, h.attribute) == column for h in item.values):
            named = None
    after_item = w.at(i + 1)
    beside = None
    if named is None and after_item is not None and after_item.attributes and not after_item.values:
        keys = {(c.entity, c.name) for c in after_item.attributes if c.score > 0.5}
        if any((h.entity, h.attribute) in keys for h in item.values) and w.link.entity(i + 1) is None:
            beside = after_item.attributes
    owner = _owner(w, i)
    hits = w.link.hits(i, named or beside, owner)
    if not hits and (named or beside):
        hits = w.link.hits(i, None, owner)
    if not hits:
        w.sketch.unknown.append(item.text)
        return i + 1
    return _collect(w, i, hits, i + 2 if beside is not None and named is None else i + 1)


def _prefer_value(w: Walker, i: int) -> bool:
    """A word that may name a thing of the model is taken for a value only where a thing cannot stand."""
    item = w.items[i]
    link = max((c.score for c in (*item.entities, *item.attributes, *item.metrics, *item.filters)), default=0.0)
    if item.quoted or (
        item.text[:1].isupper() and item.start > 0 and link < 0.99 and item.text.lower() != item.text.upper()
    ):
        return True
    operand = _left(w, i)
    if operand is not None and operand.ref is not None and i - operand.position <= 2:
        column = (operand.ref.entity, operand.ref.attribute.name)
        if any((h.entity, h.attribute) == column for h in item.values):
            return True
    return link < 0.72


def _owner(w: Walker, i: int) -> str | None:
    """The entity named right beside a value."""
    held = {hit.entity for hit in w.items[i].values}
    for k in (w.next(i + 1), w.previous(i)):
        if 0 <= k < len(w.items):
            entity = w.link.entity(k)
            if entity in held:
                return entity
    return w.anchor if w.restrict and w.anchor in held else None


def _collect(w: Walker, i: int, hits: list[ValueMatch], after: int) -> int:
    """The value, and those that follow in a list on the same column."""
    column = (hits[0].entity, hits[0].attribute)
    groups = [hits]
    word = "or"
    j = after
    while j + 1 < len(w.items):
        k = j
        while k < len(w.items) and (
            w.items[k].has("conj") or w.items[k].text.lower() in ("the", "in", "from", "a", "for", "both")
        ):
            k += 1
        if k == j or k >= len(w.items) or not any(w.items[p].has("conj") for p in range(j, k)):
            break
        more = [h for h in w.items[k].values if (h.entity, h.attribute) == column]
        named = w.items[k].attributes
        if not more and named and any((c.entity, c.name) == column for c in named) and k + 1 < len(w.items):
            more = [h for h in w.items[k + 1].values if (h.entity, h.attribute) == column]
            k += bool(more)
        if not more and w.items[k].entities and k + 1 < len(w.items) and w.link.entity(k) == column[0]:
            more = [h for h in w.items[k + 1].values if (h.entity, h.attribute) == column]
            k += bool(more)
        if not more:
            break
        word = next(
            (
                w.items[p].tags["conj"]
                for p in range(k, j - 1, -1)
                if w.items[p].has("conj") and w.items[p].tags["conj"] != "comma"
            ),
            word,
        )
        groups.append(more)
        j = k + 1
    entity = column[0]
    subject = w.subject
    left = Attribute(entity=entity, name=column[1])
    apart = (
        len(groups) > 1
        and word == "and"
        and subject is not None
        and subject != entity
        and not w.graph.to_one(subject, entity)
    )
    measured = bool(w.sketch.asks) and all(ask.kind == "measure" for ask in w.sketch.asks) and not w.both
    if apart and not measured and not w.frames:
        assert subject is not None
        for group in groups:
            w.add(Condition(Related(entity=subject, to=entity, where=equals(left, group)), subject, i, column))
    else:
        merged = [hit for group in groups for hit in group]
        w.add(Condition(equals(left, merged), entity, i, column))
    if w.sketch.subject is None and not w.sketch.asks and not w.sketch.entities:
        w.anchor = w.anchor or entity
    w.operand = None
    if w.restrict:
        w.anchor = entity
    return j


def equals(left: Attribute, hits: list[ValueMatch]) -> Filter:
    """The attribute is one of the values."""
    values = tuple(dict.fromkeys(hit.value for hit in hits))
    if len(values) == 1:
        return Comparison(left=left, operator=Operator.EQ, right=Constant(value=values[0]))
    return Comparison(left=left, operator=Operator.IN, values=values)


__all__ = ["AnyOf", "conjoin", "default_function"]
