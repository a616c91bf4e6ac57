"""What a comparison with a number restricts: the words beside it, what stood before it, or what is usual."""

from __future__ import annotations

from deployments.analytics.language.amounts import AGES, as_age, main_number, scale_of
from deployments.analytics.language.calendar import Interval
from deployments.analytics.language.items import Item
from deployments.analytics.language.rules.operands import aggregate
from deployments.analytics.language.rules.restrictions import (
    age_after,
    count_rows,
    operand_near,
    plain_number,
    require_number,
    restrict_measure,
)
from deployments.analytics.language.sketch import Ref, measure_entity
from deployments.analytics.language.walker import Operand, Walker
from deployments.analytics.model.schema import Metric, Role
from deployments.contracts.query import (
    Attribute,
    Comparison,
    Constant,
    Elapsed,
    Filter,
    Function,
    Grain,
    MetricValue,
    Operator,
    TimeRange,
)

_NO_NOUN = frozenset(
    "or and each in on at for per by to from with please thanks now also too as well again instead".split()
)


def against_number(w: Walker, i: int, k: int, operator: Operator, left: Ref | None) -> int:
    """A condition with the number at `k`; the position after what it used. `left` is what is compared, if that is known."""
    number = w.items[k]
    more = w.at(k + 2)
    if (
        (joined := w.at(k + 1)) is not None
        and joined.text.lower() == "or"
        and not (more and more.text.lower() == "more")
    ):
        # "over 500 or paid by card": what follows is another condition.
        unit = k + 1
    else:
        unit = w.next(k + 1, over=("of", "different", "distinct", "or", "more", "the", "a", "total", "single"))
    if left is not None and (lasted := _told_by(w, left, unit)) is not None:
        left = lasted
    if left is not None and (period := _as_a_date(w, left, unit, operator, number)) is not None:
        w.require(left, period, i)
        return unit + 1
    aged = age_after(w, k, w.anchor or w.subject)
    if aged is not None:
        require_number(w, i, left or aged[0], operator, number)
        return aged[1]
    if left is not None and (scale := _in_its_unit(w, left, unit)) != 1.0:
        # "longer than 3 hours" of what is kept in minutes.
        value = plain_number(number) * scale
        bound = Constant(value=int(value) if float(value).is_integer() else value)
        w.sketch.assumptions.append(
            ("unit", f"{number.text} {w.items[unit].text} are {bound.value} of {left.attribute.label}")
        )
        w.require(left, Comparison(left=left.scalar, operator=operator, right=bound), i)
        return unit + 1
    if left is not None:
        require_number(w, i, left, operator, number)
        return unit + 1 if unit < len(w.items) and w.items[unit].grain is not None else k + 1
    after = _by_what_follows(w, i, unit, operator, number)
    if after is not None:
        return after
    if _of_what_was_shown(w, i):
        w.sketch.bounds.append((operator, float(number.number or 0), f"{w.items[i].text} {number.text}"))
        return k + 1
    if not _by_what_was_said(w, i, operator, number) and not _by_what_is_usual(w, i, operator, number):
        w.sketch.missing.append(f"{w.items[i].text} {number.text}")
    return k + 1


def _of_what_was_shown(w: Walker, i: int) -> bool:
    """ "only those with more than 2", "how many are over 40": a bound on what was shown before, of which nothing more is said."""
    if w.context_subject is None or operand_near(w, i) is not None or w.frames:
        return False
    counted = len(w.sketch.asks) == 1 and w.sketch.asks[0].kind == "measure" and w.sketch.pronoun
    nothing = not w.sketch.asks and not w.sketch.entities and not w.sketch.groups
    return (nothing and (w.sketch.pronoun or w.items[0].text.lower() in ("only", "just", "keep"))) or counted


_SECONDS = {"second": 1.0, "minute": 60.0, "hour": 3600.0, "day": 86400.0, "week": 604800.0}


def _in_its_unit(w: Walker, left: Ref, unit: int) -> float:
    """How many of the units that the attribute is kept in make one of the unit that was said; 1 where either is not told."""
    said = _SECONDS.get(w.items[unit].lemma) if unit < len(w.items) else None
    words = (*left.attribute.label.lower().split(), left.attribute.unit or "")
    kept = next((_SECONDS[word.rstrip("s")] for word in reversed(words) if word.rstrip("s") in _SECONDS), None)
    return said / kept if said is not None and kept is not None and not left.derived else 1.0


def _told_by(w: Walker, left: Ref, unit: int) -> Ref | None:
    """ "requests longer than 10 days" where rows keep their days: the number that is kept, rather than one that is computed."""
    follow = w.at(unit)
    if follow is None or left.attribute.name != "duration" or not follow.attributes:
        return None
    ref = w.link.ref(unit, left.entity, numeric=True)
    own = ref is not None and ref.entity == left.entity and ref.attribute.label.lower() == follow.text.lower()
    return ref if own else None


def _as_a_date(w: Walker, left: Ref, unit: int, operator: Operator, number: Item) -> Filter | None:
    """ "claims older than 6 months": what happened before the day six months ago."""
    grain = w.items[unit].grain if unit < len(w.items) else None
    start = left.scalar.start if isinstance(left.scalar, Elapsed) else None
    count = float(number.number or 0)
    if (
        grain not in (Grain.DAY, Grain.WEEK, Grain.MONTH, Grain.QUARTER)
        or not isinstance(start, Attribute)
        or not count.is_integer()
    ):
        return None
    day = Interval(w.as_of, None, "", Grain.DAY).shifted(grain, -int(count)).start
    said = f"{w.items[unit - 1].text} {w.items[unit].text} ago is {day}"
    w.sketch.assumptions.append(("today", said))
    older = operator in (Operator.GT, Operator.GE)
    return TimeRange(of=start, start=None if older else day, end=day if older else None)


def _by_what_follows(w: Walker, i: int, unit: int, operator: Operator, number: Item) -> int | None:
    """ "more than 10 orders", "over 5 kg of weight": the words after the number say what is compared."""
    follow = w.at(unit)
    if follow is None:
        return None
    value = float(number.number or 0)
    operand = operand_near(w, i)
    if follow.values and not follow.is_link and operand is None:
        hits = w.link.hits(unit)
        subject = w.anchor or w.subject
        if hits and hits[0].entity != subject and not w.graph.to_one(subject or hits[0].entity, hits[0].entity):
            # "at least 5 no-shows": rows that hold the value are counted.
            count_rows(w, i, unit, operator, value, hits[0].entity)
            return unit
    if follow.text not in ".?,":
        counted = w.link.entity(unit)
        ref = w.link.ref(unit, w.anchor, numeric=True) if follow.attributes else None
        named = ref is not None and ref.score >= 0.75 and (counted is None or follow.entities[0].score < 0.9)
        own = operand is not None and (
            operand.measure is not None or (operand.ref is not None and operand.ref.is_number)
        )
        if counted is not None and not named and not (own and _belongs_to_operand(w, i, operand, counted)):
            return count_rows(w, i, unit, operator, value, counted)
        if ref is not None and not own and _counts_money(w, follow, ref, number):
            w.sketch.assumptions.append(
                ("counted", f"{number.text} {follow.text} are {w.model.by_name[ref.entity].plural}")
            )
            return count_rows(w, i, unit, operator, value, ref.entity)
        if ref is not None and ref.is_number and not own:
            require_number(w, i, ref, operator, number)
            return unit + 1
        if follow.metrics and not own:
            restrict_measure(w, i, MetricValue(metric=follow.metrics[0].name), operator, number)
            return unit + 1
    if follow.text.lower() in ("time", "times") and w.sketch.existence:
        entity, _ = w.sketch.existence.pop()
        return count_rows(w, i, unit, operator, value, entity)
    return None


def _counts_money(w: Walker, follow: Item, ref: Ref, number: Item) -> bool:
    """ "more than 3 refunds": so many of them, where an amount of money would be said with its currency."""
    plural = follow.is_inflected and " " not in follow.text
    whole = not number.money and not number.percent and float(number.number or 0).is_integer()
    subject = w.anchor or w.subject
    of_many = subject is not None and subject != ref.entity and not w.graph.to_one(subject, ref.entity)
    return plural and whole and of_many and ref.attribute.role is Role.ADDITIVE and bool(ref.attribute.unit)


def _belongs_to_operand(w: Walker, i: int, operand: Operand | None, counted: str) -> bool:
    """ "whose price is over 5 products ...": the entity after the number is only the one already spoken of."""
    return counted == w.anchor and (counted == w.subject or (operand is not None and operand.position > i - 3))


def _by_what_was_said(w: Walker, i: int, operator: Operator, number: Item) -> bool:
    """What stood before the comparison, or what was asked for last."""
    operand = operand_near(w, i)
    last = w.sketch.asks[-1] if w.sketch.asks else None
    if operand is not None and operand.ref is not None and _is_done(w, operand):
        # "advertisers that spent more than 5000": what each did in all.
        restrict_measure(w, i, aggregate(Function.SUM, operand.ref), operator, number)
    elif operand is not None and operand.ref is not None:
        require_number(w, i, operand.ref, operator, number)
    elif operand is not None and operand.measure is not None:
        restrict_measure(w, i, operand.measure, operator, number)
    elif last is not None and last.ref is not None and last.ref.is_number and last.kind == "attribute":
        require_number(w, i, last.ref, operator, number)
    elif last is not None and last.measure is not None and (w.sketch.groups or not w.anchor):
        restrict_measure(w, i, last.measure, operator, number)
    else:
        return False
    return True


_DONE = frozenset(
    "spent paid sold earned bought billed raised received invested donated made generated used consumed logged".split()
)


def _is_done(w: Walker, operand: Operand) -> bool:
    """Whether a verb says that the subject does so much, of which it has many rows that add up."""
    ref, subject = operand.ref, w.subject
    verb = w.items[operand.position].text.lower().split()[-1] in _DONE or w.items[operand.position].lemma == "spend"
    if ref is None or ref.attribute.role is not Role.ADDITIVE or ref.derived or not verb or subject is None:
        return False
    if w.anchor not in (None, subject) or not w.restrict or w.frames:
        return False
    return ref.entity != subject and w.graph.to_one(ref.entity, subject)


def _by_what_is_usual(w: Walker, i: int, operator: Operator, number: Item) -> bool:
    """ "orders over 5k", "patients over 65": the amount, the age, or the first metric of the entity spoken of."""
    noun = w.at(w.items.index(number) + 1)
    if noun is not None and (noun.passed or noun.unknown or noun.has("command") or (noun.verb and noun.text.islower())):
        # "more than 30 direct reports": of what, is not known.
        follow = w.at(w.items.index(number) + 2)
        ends = follow is None or follow.text in ".?!," or follow.has("group") or follow.has("command") or follow.filler
        if ends and not noun.has("conj") and noun.text.lower() not in _NO_NOUN:
            return False
    owner = w.anchor or w.subject
    main = main_number(w.link, owner) if owner else None
    age = scale_of(w.link, owner, AGES) if owner and main is None else None
    said = f"{w.items[i].text} {number.text}"
    acted = any(item.verb for item in w.items[max(0, i - 2) : i])
    plausible = (number.number or 0) <= 130 and not number.money and not number.percent
    if age is not None and age[0].entity == owner and plausible and not acted:
        require_number(w, i, as_age(age[0], w.as_of), operator, number)
        return True
    if main is not None:
        w.sketch.assumptions.append(("amount", f"{said} is about {main.attribute.label}"))
        require_number(w, i, main, operator, number)
        w.operand = Operand(i, ref=main)
        return True
    reaching = _reaching_metric(w, owner)
    if reaching is None or number.percent:
        return False
    w.sketch.assumptions.append(("metric", f"{said} is about {reaching.label}"))
    restrict_measure(w, i, MetricValue(metric=reaching.name), operator, number)
    return True


def _reaching_metric(w: Walker, owner: str | None) -> Metric | None:
    """The model's first metric that has values for each row of the entity."""
    for metric in w.model.metrics:
        fact = measure_entity(metric.measure)
        if owner and fact and fact != owner and w.graph.path(fact, owner) is not None:
            return metric
    return None
