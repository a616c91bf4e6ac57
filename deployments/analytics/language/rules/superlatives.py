"""Rule for superlatives: "top 5 products by revenue", "the youngest dog", "with the most orders"."""

from __future__ import annotations

from deployments.analytics.language.amounts import scale_of
from deployments.analytics.language.items import Item
from deployments.analytics.language.lexicon import GOODS, PEOPLE
from deployments.analytics.language.links import label_ref
from deployments.analytics.language.rules.operands import Found, aggregate, owner_after, read_operand
from deployments.analytics.language.sketch import Ask, Condition, Ref, Superlative, count_of, measured_entity
from deployments.analytics.language.times import own_time
from deployments.analytics.language.vocabulary import Candidate, lemmas
from deployments.analytics.language.walker import Walker
from deployments.analytics.model.schema import Role
from deployments.contracts.query import (
    Aggregate,
    AnalyticQuery,
    Attribute,
    Comparison,
    Dimension,
    Direction,
    Function,
    Limit,
    Membership,
    MetricValue,
    Operator,
    OrderBy,
    Rollup,
)


def superlative(w: Walker, i: int) -> int | None:
    """ "top 5 products by revenue", "the youngest dog", "with the most orders", "most popular"."""
    item = w.items[i]
    if item.has("frequent"):
        return _frequent(w, i)
    if item.comparative and (of_shown := _of_two(w, i)) is not None:
        return of_shown
    if not item.has("sup") and not item.superlative:
        return None
    if (doer := _first_to(w, i)) is not None:
        return doer
    if item.ordinal and (after := w.at(i + 1)) is not None and after.text.lower() in ("one", "row", "of", "ones"):
        return None
    count, j = (None, i + 1) if item.ordinal else _how_many(w, i)
    second = w.at(w.next(j, over=("the",)))
    if count is not None and second is not None and (second.has("sup") or second.superlative or second.has("frequent")):
        # "top 3 highest rated": the second word says by what.
        position = w.next(j, over=("the",))
        ended = superlative(w, position)
        if ended is not None and w.sketch.superlatives and w.sketch.superlatives[-1].position == position:
            w.sketch.superlatives[-1].count = count
        return ended
    if item.superlative and not (item.has("sup") and _names_measure(w, j)):
        found = _graded(w, i, j, count)
        if found is not None:
            return found
        if not item.has("sup"):
            told = any(later.text.lower() == "by" for later in w.items[j : j + 4])
            if not told or not item.gradable:
                w.sketch.missing.append(item.text)
                return i + 1
            # "the cheapest hotels by average rate": by what is said later.
            item.tags["sup"] = item.gradable[0][1]
    direction: Direction = item.tags["sup"]
    if j < len(w.items) and w.items[j].text.lower() in ("times", "often", "frequently"):
        events = next((e for e, _ in reversed(w.sketch.existence)), None)
        if events is not None:
            w.sketch.superlatives.append(Superlative(direction, measure=count_of(events), count=count, position=i))
        else:
            w.sketch.superlatives.append(Superlative(direction, count=count, position=i))
            w.sketch.cues.add("frequency")
        return j + 1
    k = w.next(j, over=("the", "of", "a", "their", "its", "in", "terms", "one"))
    follow = w.at(k)
    if follow is None or follow.text in ".?!" or follow.has("conj"):
        return _trailing(w, i, direction, count, j)
    if follow.lemma in _SELLERS and follow.unknown:
        return _best_seller(w, i, k, direction, count)
    if (happened := _most_happened(w, i, k, direction, count)) is not None:
        return happened
    operand = read_operand(w, k)
    if operand is None and follow.values:
        entity = next((e for p in range(k, min(k + 4, len(w.items))) if (e := w.link.entity(p))), None)
        operand = Found(k, entity=entity) if entity else None
    if operand is None:
        return _trailing(w, i, direction, count, j)
    if operand.measure is not None:
        _put(w, Superlative(direction, measure=operand.measure, count=count, position=i))
        if operand.entity is not None:
            w.sketch.entities.append((operand.entity, operand.after - 1))
        return operand.after
    if operand.ref is not None and operand.ref.is_time and _is_most(item) and w.sketch.asks:
        # "which city had the most churn": of what has a date, the most is the number of its rows, and no latest day.
        date = operand.ref
        where = Comparison(left=date.scalar, operator=Operator.IS_NOT_NULL) if date.attribute.null_fraction else None
        w.sketch.event = date
        _put(w, Superlative(direction, measure=count_of(date.entity, where), count=count, position=i))
        return operand.after
    if operand.ref is not None and (operand.ref.is_number or operand.ref.is_time):
        ref = operand.ref
        if (dated := _most_of_what_is_dated(w, i, ref)) is not None:
            _put(w, Superlative(direction, measure=dated, count=count, position=i))
            return operand.after
        over = _over_related_rows(w, i, ref, direction, total=_says_total(w, i, operand.after))
        _put(w, Superlative(direction, ref=None if over else ref, measure=over, count=count, position=i,
                            entity=None if over else ref.entity))  # fmt: skip
        return operand.after
    if operand.ref is not None:
        return _of_category(w, i, direction, count, operand)
    return _of_entity(w, i, direction, count, operand)


def _most_of_what_is_dated(w: Walker, i: int, ref: Ref) -> Aggregate | None:
    """ "who received the most awards", where an award is known by its year alone: the rows are counted, and no year is the most."""
    when = ref.is_time or ref.attribute.role is Role.YEAR
    often = w.items[i].text.lower().split()[-1] in ("most", "fewest", "least", "of")
    subject = w.subject
    if (
        not when
        or not often
        or ref.derived
        or subject in (None, ref.entity)
        or w.graph.to_one(subject or "", ref.entity)
    ):
        return None
    w.sketch.assumptions.append(("counted", f"{w.model.by_name[ref.entity].plural} are counted"))
    return count_of(ref.entity)


def _of_two(w: Walker, i: int) -> int | None:
    """ "which one was founded earlier", "which is cheaper": of those that were shown, the one at the end of the scale."""
    follow = w.at(i + 1)
    if w.context_subject is None or w.sketch.wh is None or not (follow is None or follow.text in ".?!"):
        return None
    hinted = scale_of(w.link, w.context_subject, w.items[i].gradable)
    operand = w.operand.ref if w.operand is not None and w.operand.position == i - 1 else None
    if operand is not None and operand.tells_when:
        way = next((way for hint, way in w.items[i].gradable if hint == "date"), None)
        hinted = (operand, way) if way is not None else hinted
    if hinted is None:
        return None
    ref, direction = hinted
    w.sketch.superlatives.append(Superlative(direction, ref=ref, position=i, entity=w.context_subject))
    w.sketch.assumptions.append(("gradable", f"{w.items[i].text} means by {ref.attribute.label}"))
    return i + 1


def _says_total(w: Walker, i: int, after: int) -> bool:
    """Whether the words, or those right after them, say that amounts are summed: "the highest total cost", "the most hours in
    total"."""
    follow, last = w.at(after), w.at(after + 1)
    in_all = follow is not None and follow.text.lower() in ("in", "over", "all")
    if in_all and last is not None and last.tags.get("agg") is Function.SUM and not (w.at(after + 2) or last).is_link:
        w.skipped.add(after + 1)
        return True
    return any(item.tags.get("agg") is Function.SUM for item in w.items[i + 1 : after])


def _is_most(item: Item) -> bool:
    return item.text.lower().removeprefix("the ").split()[-1] in ("most", "fewest", "least")


def _over_related_rows(w: Walker, i: int, ref: Ref, direction: Direction, *, total: bool) -> Aggregate | None:
    """ "who logged the most hours": of many rows of each, the most is their sum and the highest is their greatest."""
    subject = w.subject
    asked = any(ask.kind in ("entity", "attribute") for ask in w.sketch.asks)
    if (
        subject is None
        or not asked
        or ref.entity == subject
        or not ref.is_number
        or w.graph.to_one(subject, ref.entity)
    ):
        return None
    if w.graph.path(subject, ref.entity) is None:
        return None
    most = w.items[i].text.lower().split()[-1] in ("most", "least", "fewest") and ref.attribute.role is Role.ADDITIVE
    function = Function.SUM if most or total else Function.MAX if direction is Direction.DESC else Function.MIN
    if not total and ref.attribute.role is Role.RATE and ref.attribute.label.split()[-1] in _SCORES:
        # The lowest rating that a shop ever got says little of the shop: its ratings are averaged.
        function = Function.AVG
        w.sketch.assumptions.append(
            ("aggregate", f"the {ref.attribute.label} of each is the average of its {ref.attribute.label}s")
        )
    return Aggregate(function=function, entity=ref.entity, of=ref.scalar)


_ENDS = {"first": Direction.ASC, "earliest": Direction.ASC, "last": Direction.DESC, "latest": Direction.DESC}


def _first_to(w: Walker, i: int) -> int | None:
    """ "who was the first to register", "the last customer to order": by the time that the verb names."""
    direction = _ENDS.get(w.items[i].text.lower().removeprefix("the "))
    named = w.link.entity(i + 1) if i + 1 < len(w.items) else None
    to = i + 2 if named is not None else i + 1
    if direction is None or to + 1 >= len(w.items) or w.items[to].text.lower() != "to":
        return None
    verb, subject = w.items[to + 1], named or w.subject
    if verb.has("conj") or verb.number is not None or verb.text in ".,?!":
        return None
    times = [c for c in verb.attributes if w.model.attribute(c.entity, c.name).data_type.is_time]
    own = next((c for c in times if c.entity == subject), times[0] if times and subject is None else None)
    event = w.link.entity(to + 1)
    if own is not None:
        ref = w.link.make(own.entity, w.model.attribute(own.entity, own.name), own.score)
        found = Superlative(direction, ref=ref, position=i, entity=own.entity)
    elif event is not None and subject is not None and (time := own_time(w.model.by_name[event])) is not None:
        if event == subject or not w.graph.to_one(event, subject):
            return None
        when = aggregate(Function.MIN if direction is Direction.ASC else Function.MAX, time)
        found = Superlative(direction, measure=when, position=i, entity=subject)
    else:
        w.sketch.missing.append(f"{w.items[i].text} to {verb.text}")
        if named is not None and not w.sketch.asks:
            w.sketch.asks.append(Ask("entity", named, i))
        return to + 2
    asked = found.entity or ""
    if not w.sketch.asks:
        w.sketch.asks.append(Ask("entity", asked, i))
        w.sketch.subject = w.sketch.subject or asked
    w.sketch.superlatives.append(found)
    return to + 2


_SELLERS = ("seller", "sell")


def _best_seller(w: Walker, i: int, k: int, direction: Direction, count: int | None) -> int:
    """ "the best seller of each month": the one kind of thing that is sold, by the model's first metric."""
    goods = [e.name for e in w.model.entities if not e.hidden and lemmas(e.label)[-1] in GOODS]
    fact = measured_entity(w.model, w.model.metrics[0].measure) if w.model.metrics else ""
    if len(goods) != 1 or not fact or w.graph.path(fact, goods[0]) is None:
        w.sketch.missing.append(f"what a {w.items[k].lemma} is")
        return k + 1
    metric = w.model.metrics[0]
    w.items[k].entities = [Candidate("entity", goods[0], "", 0.75)]
    w.sketch.asks.append(Ask("entity", goods[0], i))
    w.sketch.subject = w.sketch.subject or goods[0]
    w.sketch.entities.append((goods[0], k))
    measure = MetricValue(metric=metric.name)
    w.sketch.superlatives.append(Superlative(direction, measure=measure, count=count, position=i, entity=goods[0]))
    what = w.model.by_name[goods[0]].label
    w.sketch.assumptions.append(("goods", f"a {w.items[k].lemma} is a {what}, ranked by {metric.label}"))
    return k + 1


def _most_happened(w: Walker, i: int, k: int, direction: Direction, count: int | None) -> int | None:
    """ "the most borrowed book", "least ordered products": by the number of times that it happened to each."""
    what, noun = w.items[k], w.next(k + 1)
    often = w.items[i].text.lower().split()[-1] in ("most", "least")
    if not often or not what.text.lower().endswith("ed") or noun >= len(w.items):
        return None
    entity, event = w.link.entity(noun), w.link.best_entity(what)
    if (
        entity is None
        or event in (None, entity)
        or not w.graph.path(entity, event or "")
        or w.graph.to_one(entity, event or "")
    ):
        return None
    if not w.sketch.asks:
        w.sketch.asks.append(Ask("entity", entity, noun))
        w.sketch.subject = w.sketch.subject or entity
    w.sketch.entities.append((entity, noun))
    _put(w, Superlative(direction, measure=count_of(event or ""), count=count, position=i, entity=entity))
    return noun + 1


_SCORES = frozenset("rating score satisfaction grade review mark feedback".split())


def _how_many(w: Walker, i: int) -> tuple[int | None, int]:
    """ "top 5", "5 best", "3 youngest": how many rows, and the position after the number."""
    after, before = w.at(i + 1), w.at(i - 1)
    if (
        after is not None
        and after.number is not None
        and not after.ordinal
        and not after.percent
        and float(after.number).is_integer()
        and not ((unit := w.at(i + 2)) is not None and unit.text.lower() in ("time", "way", "off"))
    ):
        w.taken.add(i + 1)
        if after.number < 1:
            w.sketch.missing.append(f"{w.items[i].text} {after.text}")
        return int(after.number), i + 2
    if after is not None and w.items[i].has("sup") and (part := _part(after)) is not None:
        # "the top 10% of customers", "the bottom quartile": so large a part of them.
        w.sketch.part = part
        after.unknown = False
        return None, i + 2
    if before is not None and before.number is not None and i - 1 not in w.taken and not before.percent:
        if before.ordinal and before.number > 1:
            # "the second most expensive": one row, after those that come before it.
            w.taken.add(i - 1)
            w.sketch.place = int(before.number)
            return None, i + 1
        w.taken.add(i - 1)
        if w.sketch.limit == int(before.number):
            w.sketch.limit = None
        return (int(before.number) if not before.ordinal else None), i + 1
    return None, i + 1


_PARTS = {
    "half": 0.5,
    "third": 1 / 3,
    "quartile": 0.25,
    "quarter": 0.25,
    "quintile": 0.2,
    "decile": 0.1,
    "percentile": 0.01,
}


def _part(item: Item) -> float | None:
    """How large a part "10%" and "decile" are; None for what is no part of a whole."""
    if item.number is not None and item.percent:
        return item.number / 100 if 0 < item.number < 100 else None
    return _PARTS.get(item.lemma) if not item.is_link else None


def _names_measure(w: Walker, j: int) -> bool:
    """Whether what follows is something that can be high or low by itself."""
    k = w.next(j, over=("the", "of", "a"))
    item = w.at(k)
    if item is None:
        return False
    if item.has("count") or item.has("agg") or item.metrics:
        return True
    if not item.attributes or (w.link.entity(k) is not None and item.entities[0].score > item.attributes[0].score):
        return False
    ref = w.link.ref(k, owner_after(w, k + 1), numeric=True)
    return ref is not None and ref.is_number


def _graded(w: Walker, i: int, j: int, count: int | None) -> int | None:
    """An adjective that brings its own attribute: the youngest teacher, the most expensive product."""
    item = w.items[i]
    k = w.next(j, over=("the", "of", "and"))
    entity = None
    named = w.link.entity(k) if k < len(w.items) else None
    for p in range(k, min(k + 3, len(w.items))):
        entity = w.link.entity(p) or (
            w.link.hits(p)[0].entity if w.items[p].values and not w.items[p].is_link else None
        )
        if (
            entity is None
            and not (w.anchor or w.subject)
            and w.items[p].attributes
            and (ref := w.link.ref(p)) is not None
            and not ref.is_time
        ):
            # "the highest rated episodes": an attribute stands for its rows.
            entity = ref.entity
        if entity is not None:
            break
    for owner in (entity, w.anchor, w.subject, w.context_subject):
        if owner is None or named not in (None, owner):
            # "revenue of the largest stores": what is named beside the adjective has it, and not what was measured.
            continue
        hinted = scale_of(w.link, owner, item.gradable)
        if hinted is None:
            continue
        ref, direction = hinted
        _put(w, Superlative(direction, ref=ref, count=count, position=i, entity=owner))
        if direction is Direction.ASC or not ref.attribute.label.startswith(item.lemma):
            text = f"{item.text} means by {ref.attribute.label}"
            w.sketch.assumptions.append(("gradable", text))
        return j
    return None


def _trailing(w: Walker, i: int, direction: Direction, count: int | None, j: int) -> int | None:
    """ "whose capacity is the highest", "which one has the most"."""
    ranked = w.operand is not None and w.operand.ref is not None and (w.operand.ref.is_number or w.operand.ref.is_time)
    if w.operand is not None and (ranked or w.operand.measure is not None):
        _put(w, Superlative(direction, ref=w.operand.ref, measure=w.operand.measure, count=count, position=i,
                            entity=w.operand.ref.entity if w.operand.ref else None))  # fmt: skip
        return j
    happened = next((e for e, at in w.sketch.existence if at == i - 1), None)
    if happened is not None and w.items[i].text.lower().removeprefix("the ") in ("most", "least"):
        # "which products are returned most": by the number of times.
        _put(w, Superlative(direction, measure=count_of(happened), count=count, position=i, entity=w.subject))
        return j
    last = w.sketch.asks[-1] if w.sketch.asks else None
    if last is not None and last.ref is not None and last.ref.is_number and len(w.sketch.asks) > 1:
        _put(w, Superlative(direction, ref=last.ref, count=count, position=i, entity=last.entity))
        return j
    w.sketch.superlatives.append(Superlative(direction, count=count, position=i))
    return j


def _of_category(w: Walker, i: int, direction: Direction, count: int | None, operand: Found) -> int:
    """ "top 3 countries by revenue": the attribute is what is ranked; by what is said later, or its number of rows."""
    ref = operand.ref
    assert ref is not None
    text = w.items[i].text.lower().removeprefix("the ")
    if w.sketch.asks and (text.startswith(("most", "least", "fewest")) or "number" in text):
        rows = w.link.entity(operand.after - 1)
        counted = count_of(rows) if rows is not None else aggregate(Function.COUNT_DISTINCT, ref)
        _put(w, Superlative(direction, measure=counted, count=count, position=i))
        return operand.after
    w.sketch.asks.append(Ask("attribute", ref.entity, i, ref=ref))
    w.anchor = ref.entity
    w.sketch.superlatives.append(Superlative(direction, count=count, position=i))
    return operand.after


def _of_entity(w: Walker, i: int, direction: Direction, count: int | None, operand: Found) -> int | None:
    item, entity = w.items[i], operand.entity
    if entity is None:
        return None
    subject = w.subject
    text = item.text.lower().removeprefix("the ")
    periods = not w.sketch.asks and any(group.grain or group.part for group in w.sketch.groups)
    # "which day had the most orders": the periods are what is asked for.
    said_before = (subject is not None and (w.sketch.asks or w.sketch.entities)) or periods
    counting = text.startswith(("most", "least", "fewest")) or "number" in text or "amount" in text or (
        said_before and entity != subject and not text.startswith(("best", "worst", "top", "bottom"))
    )  # fmt: skip
    beside = w.restrict and w.anchor not in (None, entity)
    if count is not None and all(ask.kind == "measure" for ask in w.sketch.asks) and not periods:
        # "revenue of the 3 largest stores": so many stores, and not the number of them.
        counting = False
    if (
        counting
        and said_before
        and (entity != subject or beside or periods or (w.sketch.asks and w.sketch.asks[0].kind == "attribute"))
    ):
        w.sketch.entities.append((entity, operand.after - 1))
        _put(w, Superlative(direction, measure=count_of(entity), count=count, position=i))
        return operand.after
    size = scale_of(w.link, entity, item.gradable) if item.gradable else None
    if size is not None and text not in ("top", "bottom", "best", "worst"):
        ref, way = size
        _put(w, Superlative(way, ref=ref, count=count, position=i, entity=entity))
        return i + 1 if count is None else i + 2
    if _asks_who(w, i, entity, text):
        w.sketch.entities.append((entity, operand.after - 1))
        w.sketch.superlatives.append(Superlative(direction, measure=count_of(entity), count=count, position=i))
        return operand.after
    if not w.sketch.asks:
        w.sketch.asks.append(Ask("entity", entity, i))
        w.sketch.subject = w.sketch.subject or entity
    w.sketch.entities.append((entity, operand.after - 1))
    w.anchor = entity
    w.sketch.superlatives.append(Superlative(direction, count=count, position=i, entity=entity))
    return operand.after


def _asks_who(w: Walker, i: int, entity: str, text: str) -> bool:
    """ "who wrote the most reviews": a person is asked for, by how many rows each has; named in the rows themselves where
    they say who."""
    counting = text.startswith(("most", "least", "fewest")) and w.sketch.wh == "who" and not w.sketch.asks
    if not counting or lemmas(w.model.by_name[entity].label)[-1] in PEOPLE:
        return False
    said = [
        attribute
        for attribute in w.model.by_name[entity].attributes
        if attribute.role in (Role.CATEGORY, Role.LABEL) and not attribute.hidden and not attribute.unique
        and (last := lemmas(attribute.label)[-1]) and (last in PEOPLE or last.endswith(("er", "or")))
    ]  # fmt: skip
    if len(said) == 1:
        w.sketch.asks.append(Ask("attribute", entity, i, ref=w.link.make(entity, said[0], 0.8)))
        w.sketch.subject = w.sketch.subject or entity
        return True
    return any(
        lemmas(other.label)[-1] in PEOPLE and w.graph.to_one(entity, other.name) and other.name != entity
        for other in w.model.entities
    )


def _frequent(w: Walker, i: int) -> int:
    """ "most common X", "most popular X": by how many rows there are of it."""
    direction: Direction = w.items[i].tags["frequent"]
    count, j = _how_many(w, i)
    k = w.next(j, over=("the", "of", "a"))
    entity = w.link.entity(k) if k < len(w.items) else None
    w.sketch.superlatives.append(Superlative(direction, count=count, position=i, entity=entity))
    w.sketch.cues.add("frequency")
    return j


def _put(w: Walker, found: Superlative) -> None:
    """Into the question, or, where the words restrict another entity than the one asked for, into a condition."""
    entity = found.entity or w.anchor
    subject = w.subject
    other = w.anchor
    pending = next((s for s in w.sketch.superlatives if s.is_open), None)
    twice = pending is not None and pending.direction is found.direction and pending.count and not found.count
    if other is not None and w.restrict and not twice:
        of_other = found.measure is not None or found.entity in (other, None)
        between = found.measure is not None and subject is not None and (
            _lies_between(w, subject, other, measured_entity(w.model, found.measure))
        )  # fmt: skip
        nested = (
            not between
            and subject not in (None, other)
            and (of_other or not w.graph.to_one(subject or "", found.entity or ""))
        )
        if nested or _asks_one_number(w, found.position):
            _nest(w, found, other)
            return
    w.close_all()
    found.entity = entity
    if pending is not None and pending.direction is found.direction:
        # "the top 5 cities with the highest population": said once by how many, once by what.
        pending.ref, pending.measure, pending.count = found.ref, found.measure, pending.count or found.count
        return
    w.sketch.superlatives.append(found)
    if found.ref is not None and w.sketch.subject is None and not w.sketch.asks:
        w.sketch.subject = found.ref.entity


def _lies_between(w: Walker, subject: str, other: str, measured: str) -> bool:
    """ "the shop that is hiring the most employees": the hirings only link the shop to what is counted."""
    path = w.graph.path(subject, measured) if measured not in ("", other, subject) else None
    return bool(path) and any(other in (r.from_entity, r.to_entity) for r, _ in path or ())


def _asks_one_number(w: Walker, position: int) -> bool:
    """ "how many orders has the oldest customer": a measure was asked for before the superlative, and nothing else."""
    kinds = {ask.kind for ask in w.sketch.asks}
    return kinds == {"measure"} and not w.sketch.groups and any(ask.position <= position for ask in w.sketch.asks)


def _nest(w: Walker, found: Superlative, entity: str) -> None:
    """ "flights of the airport with the most staff": the entity is restricted to its extreme rows."""
    model = w.model.by_name[entity]
    key = model.by_name[model.primary_key[0]] if len(model.primary_key) == 1 else label_ref(model)
    if key is None:
        w.sketch.missing.append(f"which {model.plural} {w.items[found.position].text} means")
        return
    attribute = Attribute(entity=entity, name=key.name)
    if found.measure is not None:
        by = Rollup(entity=entity, measure=found.measure)
        order = OrderBy(target="scalar", of=by, direction=found.direction)
    elif found.ref is not None:
        order = OrderBy(target="scalar", of=found.ref.scalar, direction=found.direction)
    else:
        w.sketch.missing.append(f"by what {w.items[found.position].text} is meant")
        return
    inner = AnalyticQuery(
        subject=entity, dimensions=(Dimension(of=attribute, name=key.name),), order=(order,),
        limit=Limit(count=found.count or 1),
    )  # fmt: skip
    w.add(Condition(Membership(of=attribute, query=inner), entity, found.position))
