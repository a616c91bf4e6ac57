"""Rules for what is measured: counts, aggregates, superlatives."""

from __future__ import annotations

from deployments.analytics.language.links import label_ref
from deployments.analytics.language.rules.operands import (
    Found,
    aggregate,
    apply,
    owner_after,
    read_counted,
    read_operand,
)
from deployments.analytics.language.sketch import Ask, Ref, Superlative, count_of, measure_entity
from deployments.analytics.language.walker import Walker
from deployments.contracts.query import (
    Attribute,
    Comparison,
    Constant,
    Direction,
    Filter,
    Function,
    Measure,
    MeasureArithmetic,
    MetricValue,
    Operator,
    Related,
)


def ask_measure(w: Walker, measure: Measure, position: int, entity: str | None = None) -> None:
    """A measure that is asked for."""
    owner = entity or measure_entity(measure)
    if not owner and isinstance(measure, MetricValue):
        owner = measure_entity(w.model.metrics_by_name[measure.metric].measure)
    w.sketch.asks.append(Ask("measure", owner, position, measure=measure))
    if owner:
        w.anchor = owner


def count(w: Walker, i: int) -> int | None:
    """ "how many X", "number of X"."""
    item = w.items[i]
    if not item.has("count") or (item.attributes and item.attributes[0].score > 0.9):
        return None
    if (again := w.at(w.next(i + 1, over=("the",)))) is not None and again.has("count"):
        return i + 1
    distinct = False
    k = w.next(i + 1, over=("the", "of", "all", "total"))
    while (inner := w.at(k)) is not None and (inner.has("distinct") or inner.has("pronoun")):
        if inner.has("pronoun"):
            w.sketch.pronoun = True
        distinct = distinct or inner.has("distinct")
        k = w.next(k + 1, over=("the", "of", "all"))
    if k < len(w.items) and w.items[k].lemma in ("kind", "type", "sort") and not w.items[k].is_link:
        k = w.next(k + 1, over=("of", "the"))
    found = read_counted(w, k) if k < len(w.items) else None
    if w.restrict and w.frames and w.frames[-1].kind == "negation":
        return None
    if found is None or found.measure is None:
        later = _later_entity(w, k)
        if later is None:
            ask_measure(w, count_of(""), i, "")
            return i + 1
        ask_measure(w, count_of(later), i, later)
        w.sketch.subject = w.sketch.subject or later
        return i + 1
    if found.entity is not None:
        w.sketch.entities.append((found.entity, k))
        if not w.sketch.asks and w.sketch.subject is None:
            w.sketch.subject = found.entity
        w.anchor = found.entity
    ask_measure(w, found.measure, i, found.entity)
    if found.ref is not None:
        w.anchor = found.ref.entity
    w.restrict = False
    if found.entity is not None and found.after == k:
        # The counted entity stands after a value; the walk goes on at the value.
        w.taken.update(j for j in range(k, min(k + 4, len(w.items))) if w.link.entity(j) == found.entity)
    return found.after


def _later_entity(w: Walker, k: int) -> str | None:
    """ "how many did we ship to Rome": nothing countable stands right after the words; the next entity is counted."""
    item = w.at(k)
    if item is None or item.text in ".?!;" or item.interval or item.has("group") or not (item.filler or item.verb):
        return None
    if w.items[k - 1].text.lower() in ("people", "persons", "individuals"):
        return None
    for j in range(k, min(k + 5, len(w.items))):
        entity = w.link.entity(j)
        if entity is not None:
            return entity
    return None


def aggregates(w: Walker, i: int) -> int | None:
    """ "average and maximum age", "total revenue"."""
    item = w.items[i]
    if not _is_aggregate(w, i) or (item.metrics and item.metrics[0].score > 0.9):
        return None
    functions: list[tuple[Function, float | None]] = []
    j = i
    while j < len(w.items):
        part = w.items[j]
        if _is_aggregate(w, j):
            functions.append((_function(w, j), part.tags.get("percentile")))
            j += 1
        elif functions and (part.has("conj") or part.text.lower() in ("the", "of", "also")) and _more_functions(w, j):
            j += 1
        else:
            break
    found = read_operand(w, j, numeric=True)
    results = [apply(w, function, found, parameter) for function, parameter in functions] if found is not None else []
    done = [r for r in results if r is not None and r.measure is not None]
    if not done or found is None:
        if w.sketch.asks and w.sketch.asks[-1].kind == "attribute" and w.sketch.asks[-1].ref is not None:
            ref = w.sketch.asks[-1].ref
            if ref.is_number and w.items[w.previous(i)].text != ".":
                w.sketch.asks.pop()
                for function, parameter in functions:
                    ask_measure(w, aggregate(function, ref, parameter), i)
                return j
        w.sketch.aggregate, w.sketch.percentile = functions[0]
        return j
    for result in done:
        assert result.measure is not None
        ask_measure(w, result.measure, i, result.entity)
    after = max(result.after for result in done)
    if found.entity is not None:
        w.sketch.entities.append((found.entity, after - 1))
    w.restrict = False
    return _more_attributes(w, after, functions, found)


def _more_attributes(w: Walker, after: int, functions: list[tuple[Function, float | None]], found: Found) -> int:
    """ "average age and weight": the function holds for the attributes that follow in the list."""
    if found.ref is None:
        return after
    while True:
        k = after
        while k < len(w.items) and w.items[k].has("conj"):
            k += 1
        if k == after or k >= len(w.items):
            return after
        item = w.items[k]
        if item.has("agg") or not item.attributes or item.has("count") or w.link.entity(k) is not None:
            return after
        ref = w.link.ref(k, found.ref.entity, numeric=True)
        if ref is None or not ref.is_number:
            return after
        for function, parameter in functions:
            ask_measure(w, aggregate(function, ref, parameter), k)
        after = k + 1


def _is_aggregate(w: Walker, i: int) -> bool:
    item = w.items[i]
    if item.has("percentile"):
        return True
    if item.has("agg") and not item.has("sup"):
        return True
    return item.has("sup") and _extreme_as_aggregate(w, i)


def _extreme_as_aggregate(w: Walker, i: int) -> bool:
    """ "the maximum capacity" asks for a number; "the stadium with the maximum capacity" asks for a stadium."""
    item = w.items[i]
    if item.text.lower().endswith("of") and not item.has("agg"):
        return False
    text = item.lemma
    named = "max" in text or "min" in text
    if w.word_before(i, "with", "have", "has", "having", "had", "at", "got", "get") or item.text.lower() in (
        "top",
        "bottom",
        "most",
        "least",
    ):
        return False
    if any(ask.kind in ("entity", "attribute") for ask in w.sketch.asks) and not (
        named and w.items[w.previous(i)].has("conj")
    ):
        return named and w.sketch.wh is None and not w.restrict
    if w.restrict:
        return False
    j = w.next(i + 1, over=("the", "of", "a"))
    while j < len(w.items) and (w.items[j].has("conj") or w.items[j].has("sup") or w.items[j].has("agg")):
        j += 1
    follow = w.at(j)
    ended = follow is None or follow.text in (".", "?", "!", ",")
    if ended or follow is None or follow.number is not None:
        return named and ended
    if follow.has("agg") or follow.has("count"):
        return False
    ref = w.link.ref(j, owner_after(w, j + 1), numeric=True) if follow.attributes else None
    if ref is None:
        return bool(follow.metrics) and named
    if follow.entities and w.link.entity(j) is not None and follow.entities[0].score > ref.score:
        return False
    # "the highest rated" and "highest capacity stadium": an entity right after is what is asked for.
    k = w.next(j + 1)
    return not (k == j + 1 and k < len(w.items) and w.link.entity(k) is not None and not named)


def _function(w: Walker, i: int) -> Function:
    item = w.items[i]
    if item.has("percentile"):
        return Function.PERCENTILE
    if item.has("agg"):
        found: Function = item.tags["agg"]
        return found
    return Function.MAX if item.tags["sup"] is Direction.DESC else Function.MIN


def _more_functions(w: Walker, j: int) -> bool:
    """Whether another aggregate word follows in the list."""
    k = j
    while k < len(w.items) and (w.items[k].has("conj") or w.items[k].text.lower() in ("the", "of", "also")):
        k += 1
    return k < len(w.items) and _is_aggregate(w, k)


_RATES = ("rate", "ratio", "percentage", "proportion", "percent")


def rate(w: Walker, i: int) -> int | None:
    """ "no-show rate", "return rate": the part of the rows that hold the value, or that have such a row."""
    item, follow = w.items[i], w.at(i + 1)
    if follow is None or follow.lemma not in _RATES or w.restrict:
        return None
    if item.values and (not item.is_link or item.values):
        hits = w.link.hits(i)
        if hits and not (item.entities and w.link.entity(i)):
            from deployments.analytics.language.rules.conditions import equals

            entity = hits[0].entity
            where = equals(Attribute(entity=entity, name=hits[0].attribute), hits)
            _ask_rate(w, i, entity, where, item.text)
            return i + 2
    entity_name = w.link.entity(i)
    if entity_name is None:
        return None
    owners = [r.to_entity for r in w.model.relationships if r.from_entity == entity_name]
    facts = [e for e in owners if w.model.by_name[e].kind == "fact"] or owners
    if len(facts) != 1:
        return None
    _ask_rate(w, i, facts[0], Related(entity=facts[0], to=entity_name), item.text)
    return i + 2


def _ask_rate(w: Walker, i: int, entity: str, where: Filter, said: str) -> None:
    name = f"{said}_rate".lower().replace(" - ", "_").replace(" ", "_")
    ratio = MeasureArithmetic(operator="/", left=count_of(entity, where), right=count_of(entity), name=name)
    plural = w.model.by_name[entity].plural
    w.sketch.assumptions.append(("rate", f"the {said.replace(' - ', '-')} rate is the share of all {plural}"))
    ask_measure(w, ratio, i, entity)


# --- superlatives ----------------------------------------------------------------------------------------------------


def superlative(w: Walker, i: int) -> int | None:
    """ "top 5 products by revenue", "the youngest dog", "with the most orders", "most popular"."""
    item = w.items[i]
    if item.has("frequent"):
        return _frequent(w, i)
    if not item.has("sup") and not item.superlative:
        return None
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
            w.sketch.missing.append(item.text)
            return i + 1
    direction: Direction = item.tags["sup"]
    if j < len(w.items) and w.items[j].text.lower() in ("times", "often", "frequently", "time"):
        events = next((e for e, _ in reversed(w.sketch.existence)), None)
        if events is not None:
            w.sketch.superlatives.append(Superlative(direction, measure=count_of(events), count=count, position=i))
        else:
            w.sketch.superlatives.append(Superlative(direction, count=count, position=i))
            w.sketch.cues.add("frequency")
        return j + 1
    k = w.next(j, over=("the", "of", "a", "their", "its", "in", "terms"))
    follow = w.at(k)
    if follow is None or follow.text in ".?!" or follow.has("conj"):
        return _trailing(w, i, direction, count, j)
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
    if operand.ref is not None and (operand.ref.is_number or operand.ref.is_time):
        ref = operand.ref
        _put(w, Superlative(direction, ref=ref, count=count, position=i, entity=ref.entity))
        return operand.after
    if operand.ref is not None:
        return _of_category(w, i, direction, count, operand)
    return _of_entity(w, i, direction, count, operand)


def _how_many(w: Walker, i: int) -> tuple[int | None, int]:
    """ "top 5", "5 best", "3 youngest": how many rows, and the position after the number."""
    after, before = w.at(i + 1), w.at(i - 1)
    if (
        after is not None
        and after.number is not None
        and not after.ordinal
        and not after.percent
        and float(after.number).is_integer()
    ):
        w.taken.add(i + 1)
        return int(after.number), i + 2
    if before is not None and before.number is not None and i - 1 not in w.taken and not before.percent:
        if before.ordinal and before.number > 1:
            return None, i + 1
        w.taken.add(i - 1)
        if w.sketch.limit == int(before.number):
            w.sketch.limit = None
        return (int(before.number) if not before.ordinal else None), i + 1
    return None, i + 1


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
    for p in range(k, min(k + 3, len(w.items))):
        entity = w.link.entity(p) or (
            w.link.hits(p)[0].entity if w.items[p].values and not w.items[p].is_link else None
        )
        if entity is not None:
            break
    for owner in (entity, w.anchor, w.subject):
        if owner is None:
            continue
        hinted = w.link.hinted(owner, item.gradable)
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
    if w.operand is not None and (w.operand.ref is not None or w.operand.measure is not None):
        _put(w, Superlative(direction, ref=w.operand.ref, measure=w.operand.measure, count=count, position=i,
                            entity=w.operand.ref.entity if w.operand.ref else None))  # fmt: skip
        return j
    last = w.sketch.asks[-1] if w.sketch.asks else None
    if last is not None and last.ref is not None and last.ref.is_number and len(w.sketch.asks) > 1:
        _put(w, Superlative(direction, ref=last.ref, count=count, position=i, entity=last.entity))
        return j
    if count is not None and not w.sketch.asks:
        w.sketch.superlatives.append(Superlative(direction, count=count, position=i))
        return j
    w.sketch.superlatives.append(Superlative(direction, count=count, position=i))
    return j


def _of_category(w: Walker, i: int, direction: Direction, count: int | None, operand: Found) -> int:
    """ "top 3 countries by revenue": the attribute is what is ranked; by what is said later, or its number of rows."""
    ref = operand.ref
    assert ref is not None
    if w.sketch.asks and w.items[i].text.lower() in ("most", "the most", "least", "fewest"):
        _put(w, Superlative(direction, measure=_distinct_values(ref), count=count, position=i))
        return operand.after
    w.sketch.asks.append(Ask("attribute", ref.entity, i, ref=ref))
    w.anchor = ref.entity
    w.sketch.superlatives.append(Superlative(direction, count=count, position=i))
    return operand.after


def _distinct_values(ref: Ref) -> Measure:
    return aggregate_distinct(ref)


def aggregate_distinct(ref: Ref) -> Measure:
    """How many different values an attribute has."""
    from deployments.contracts.query import Aggregate

    return Aggregate(function=Function.COUNT_DISTINCT, entity=ref.entity, of=ref.scalar)


def _of_entity(w: Walker, i: int, direction: Direction, count: int | None, operand: Found) -> int | None:
    item, entity = w.items[i], operand.entity
    if entity is None:
        return None
    subject = w.subject
    text = item.text.lower().removeprefix("the ")
    said_before = subject is not None and (w.sketch.asks or w.sketch.entities)
    counting = text.startswith(("most", "least", "fewest")) or "number" in text or "amount" in text or (
        said_before and entity != subject and not text.startswith(("best", "worst", "top", "bottom"))
    )  # fmt: skip
    if counting and said_before and (entity != subject or (w.sketch.asks and w.sketch.asks[0].kind == "attribute")):
        w.sketch.entities.append((entity, operand.after - 1))
        _put(w, Superlative(direction, measure=count_of(entity), count=count, position=i))
        return operand.after
    size = w.link.hinted(entity, item.gradable) if item.gradable else None
    if size is not None and text not in ("top", "bottom", "best", "worst"):
        ref, way = size
        _put(w, Superlative(way, ref=ref, count=count, position=i, entity=entity))
        return i + 1 if count is None else i + 2
    if not w.sketch.asks:
        w.sketch.asks.append(Ask("entity", entity, i))
        w.sketch.subject = w.sketch.subject or entity
    w.sketch.entities.append((entity, operand.after - 1))
    w.anchor = entity
    w.sketch.superlatives.append(Superlative(direction, count=count, position=i, entity=entity))
    return operand.after


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
    nested = (
        other is not None and subject is not None and other != subject and w.restrict
        and (found.measure is not None or found.entity in (other, None) or not w.graph.to_one(subject, found.entity or ""))
    )  # fmt: skip
    counting_ask = (
        any(ask.kind == "measure" and not (ask.position > found.position) for ask in w.sketch.asks)
        and not any(ask.kind in ("entity", "attribute") for ask in w.sketch.asks)
        and not w.sketch.groups
    )
    if (nested or (counting_ask and w.restrict)) and other is not None:
        _nest(w, found, other)
        return
    if w.frames:
        w.close_all()
    found.entity = entity
    pending = next((s for s in w.sketch.superlatives if s.ref is None and s.measure is None), None)
    if pending is not None and pending.direction is found.direction:
        # "the top 5 cities with the highest population": said once by how many, once by what.
        pending.ref, pending.measure, pending.count = found.ref, found.measure, pending.count or found.count
        return
    w.sketch.superlatives.append(found)
    if found.ref is not None and w.sketch.subject is None and not w.sketch.asks:
        w.sketch.subject = found.ref.entity


def _nest(w: Walker, found: Superlative, entity: str) -> None:
    """ "flights of the airport with the most staff": the entity is restricted to its extreme rows."""
    from deployments.analytics.language.sketch import Condition
    from deployments.contracts.query import AnalyticQuery, Attribute, Dimension, Limit, Membership, OrderBy, Rollup

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


def constant_comparison(ref: Ref, operator: Operator, value: float) -> Comparison:
    """An attribute compared with a number."""
    number = int(value) if float(value).is_integer() else value
    return Comparison(left=ref.scalar, operator=operator, right=Constant(value=number))
