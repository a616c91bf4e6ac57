"""Things that can be measured: what follows "average", "the most", "ordered by", "more than the average"."""

from __future__ import annotations

from dataclasses import dataclass

from deployments.analytics.language.amounts import main_number, money_of
from deployments.analytics.language.endings import ENDED
from deployments.analytics.language.items import Item
from deployments.analytics.language.sketch import Ref, count_of, measured_entity
from deployments.analytics.language.walker import Walker
from deployments.analytics.model.schema import DataType, Metric, Role
from deployments.contracts.query import Aggregate, Attribute, Function, Length, Measure, MetricValue, Rollup


@dataclass(slots=True)
class Found:
    """What stood there, and the position after it."""

    after: int
    ref: Ref | None = None
    measure: Measure | None = None
    entity: str | None = None


def compares(w: Walker, i: int) -> bool:
    """Whether a comparison follows."""
    k = w.next(
        i,
        over=("is", "are", "be", "was", "were", "that", "which", "of", "value", "has", "had", "have", "not", "be not"),
    )
    item = w.at(k)
    if any(between.tags.get("rel") == "with" and between.text.lower() == "with" for between in w.items[i:k]):
        # "ids with at least two orders": what follows counts something else.
        return False
    return item is not None and (item.has("cmp") or item.comparative)


_VAGUE = 0.5
"""Names of which so little was said name no number."""


def owner_after(w: Walker, i: int) -> str | None:
    """The entity that "of the X", "for X" or a plain X right after names, as the owner of what stood before."""
    counted = False
    held: set[str] = set()
    for j in range(i, min(i + 10, len(w.items))):
        item = w.items[j]
        if item.has("count") and j > i and w.items[j - 1].has("conj"):
            counted = True
            continue
        if counted and w.link.entity(j) is not None:
            counted = False
            continue
        if item.has("count") or item.has("agg") or item.has("rel") or item.text in ".?;":
            return None
        listed = item.attributes and w.link.entity(j) is None and not item.values
        if (listed and j > i and w.items[j - 1].has("conj")) or (
            item.has("conj") and item.text.lower() in ("and", ",")
        ):
            # "name and theme of the concerts": the list goes on before its owner.
            continue
        if item.text.lower() in ("of", "for", "from", "in", "by", "on", "each", "all", "the", "every", "any", "per", "across",
                                 "these", "those", "our", "different", "for each", "of each", "in each", "of all", "a", "an",
                                 "per each", "for every", "of every"):  # fmt: skip
            continue
        if (item.filler or item.superlative or item.has("sup") or item.has("frequent")) and not item.is_link:
            # "the name and age of the youngest player": the player, and not the adjective, has them.
            continue
        if item.values and not item.entities:
            # "names of the senior consultants": the value's owner, unless an entity follows ("of the US customers").
            held = held or {hit.entity for hit in item.values}
            continue
        return w.link.entity(j) or (held.pop() if len(held) == 1 else None)
    return held.pop() if len(held) == 1 else None


def aggregate(function: Function, ref: Ref, parameter: float | None = None) -> Aggregate:
    """`function` over an attribute."""
    return Aggregate(function=function, entity=ref.entity, of=ref.scalar, parameter=parameter)


def metric_as(metric: Metric, function: Function | None) -> Measure:
    """A metric, with another function where one is said ("average revenue")."""
    inner = metric.measure
    if function in (None, Function.SUM) or not isinstance(inner, Aggregate) or inner.of is None:
        return MetricValue(metric=metric.name)
    if function is inner.function:
        return MetricValue(metric=metric.name)
    return inner.model_copy(update={"function": function, "name": ""})


def read_operand(w: Walker, i: int, *, numeric: bool = False) -> Found | None:
    """The measure, attribute or entity that begins at or just after `i`."""
    j = w.next(
        i, over=("the", "of", "a", "an", "their", "its", "his", "her", "our", "all", "by", "in", "terms", "total")
    )
    item = w.at(j)
    if item is None:
        return None
    if (length := length_of(w, j)) is not None:
        return length
    if item.has("distinct"):
        return read_operand(w, j + 1, numeric=numeric)
    if item.metrics and item.metrics[0].score >= max((c.score for c in item.attributes), default=0) - 0.05:
        metric = w.model.metrics_by_name[item.metrics[0].name]
        return Found(j + 1, measure=MetricValue(metric=metric.name))
    entity_first = w.link.entity(j) is not None and (
        not item.attributes or item.entities[0].score >= item.attributes[0].score + 0.03
    )
    if item.has("count") and not (item.attributes and item.attributes[0].score > 0.9):
        k = w.next(j + 1, over=("the", "of", "all", "different", "distinct", "unique", "their", "its"))
        return read_counted(w, k)
    if item.has("agg") or item.has("percentile"):
        inner = read_operand(w, j + 1, numeric=True)
        if inner is None:
            return None
        return apply(w, item.tags.get("agg", Function.PERCENTILE), inner, item.tags.get("percentile"))
    if item.attributes and not entity_first:
        ref = w.link.ref(j, owner_after(w, j + 1), numeric=numeric)
        if ref is None and numeric:
            ref = None if item.entities else w.link.ref(j, owner_after(w, j + 1))
        if ref is not None and ref.score < _VAGUE and item.grain is not None:
            w.sketch.unknown.append(item.text)
            return None
        if ref is not None:
            head = _head_after(w, j, ref)
            if head is not None:
                return head
            w.sketch.link.append(ref.score)
            w.taken.update(w.link.also_named_at(ref, j))
            return Found(j + 1, ref=ref)
    if item.entities:
        entity = w.link.best_entity(item)
        modified = compound_head(w, j)
        if modified is not None and entity is not None:
            require_related(w, j, entity, w.link.entity(modified))
            return Found(modified + 1, entity=w.link.entity(modified))
        number = amount_after(w, j, entity)
        if number is not None:
            return Found(j + 2, ref=number)
        own = _number_of(w, j, entity) if item.text.lower() == item.lemma else None
        if own is not None:
            return own
        return Found(j + 1, entity=entity)
    return None


_CHARACTERS = frozenset("character letter char".split())


def length_of(w: Walker, j: int) -> Found | None:
    """ "the length of the title", "the number of letters in each name": how long a text is."""
    item = w.items[j]
    counted = w.at(j + 1)
    if item.lemma == "length":
        k = j + 1
    elif item.has("count") and counted is not None and counted.lemma in _CHARACTERS and not counted.is_link:
        k = j + 2
    else:
        return None
    said = w.at(k)
    if said is None or said.text.lower() not in ("of", "in", "of each", "in each", "of every", "in every"):
        return None
    k = w.next(k, over=("of", "in", "the", "each", "of each", "in each", "its", "their", "a", "every", "all", "in the"))
    text = text_at(w, k)
    return Found(k + 1, ref=text) if text is not None else None


_FULL = 0.9


def text_at(w: Walker, k: int) -> Ref | None:
    """The length of the text that an attribute at `k` holds; None where it names no text."""
    item = w.at(k)
    if item is None or not item.attributes or item.attributes[0].score < _FULL or w.link.entity(k) is not None:
        return None
    ref = w.link.ref(k, owner_after(w, k + 1) or w.subject)
    if (
        ref is None
        or ref.derived
        or not isinstance(ref.scalar, Attribute)
        or ref.attribute.data_type is not DataType.TEXT
    ):
        return None
    w.sketch.link.append(ref.score)
    return length(ref)


def length(ref: Ref) -> Ref:
    """The number of characters of a text, as something that can be compared, averaged and sorted by."""
    return Ref(ref.entity, ref.attribute, Length(of=ref.scalar), ref.score, True)


def amount_after(w: Walker, j: int, entity: str | None) -> Ref | None:
    """ "billed amount", "order value": what the rows of the entity named right before come to each, where they have one amount."""
    follow = w.at(j + 1)
    if entity is None or follow is None or follow.is_link or follow.values or w.items[j].possessive:
        return None
    plural = w.items[j].text.lower() != w.items[j].lemma and not _is_participle(w.items[j])
    if follow.text.lower() not in ("amount", "amounts", "value", "values") or plural:
        return None
    return main_number(w.link, entity)


def _number_of(w: Walker, j: int, entity: str | None) -> Found | None:
    """ "the median booking amount": the number of the entity that is named right after it."""
    item = w.at(j + 1)
    if entity is not None and item is not None and item.metrics and not item.entities:
        metric = w.model.metrics_by_name[item.metrics[0].name]
        if measured_entity(w.model, metric.measure) == entity:
            # "booking revenue": the revenue of the bookings.
            return Found(j + 2, measure=MetricValue(metric=metric.name))
    if entity is None or item is None or not item.attributes or item.entities or item.values:
        return None
    ref = w.link.ref(j + 1, entity, numeric=True)
    if ref is None or ref.entity != entity or not ref.is_measurable:
        return None
    w.sketch.link.append(ref.score)
    return Found(j + 2, ref=ref)


def _head_after(w: Walker, j: int, ref: Ref) -> Found | None:
    """ "population density": of two numbers of one entity named in a row, the last is the head and is meant."""
    item = w.at(j + 1)
    if item is None or not item.attributes or item.entities or item.values or item.has("agg"):
        return None
    head = w.link.ref(j + 1, ref.entity, numeric=True)
    if head is None or head.entity != ref.entity or head.column == ref.column or head.score < 0.9 or not ref.is_number:
        return None
    w.sketch.link.append(head.score)
    return Found(j + 2, ref=head)


def _is_flag(w: Walker, k: int) -> bool:
    ref = w.link.ref(k) if w.items[k].attributes else None
    return ref is not None and ref.attribute.role is Role.FLAG


def _is_participle(item: Item) -> bool:
    return item.text.lower().endswith("ed") or item.text.lower() in ("paid", "sold")


def compound_head(w: Walker, k: int) -> int | None:
    """The position of the noun that a noun at `k` modifies: "store orders" are orders, and no stores."""
    item, follow = w.at(k), w.at(k + 1)
    modifier = w.link.entity(k)
    if item is None or follow is None or modifier is None or item.possessive:
        return None
    if item.text.lower() != item.lemma and not _is_participle(item):
        return None
    head = w.link.entity(k + 1)
    plural = follow.text.lower() != follow.lemma
    if head in (None, modifier) or not plural or item.values or follow.values:
        return None
    if w.word_before(k, "which", "what", "each", "every", "no", "any", "one", "a", "an", "per"):
        # "which customer orders most": the plural may be a verb.
        return None
    return k + 1 if w.graph.path(head or "", modifier) is not None else None


def require_related(w: Walker, k: int, modifier: str, head: str | None) -> None:
    """What a modifying noun says of the noun it modifies: that there is one, where there may be none."""
    steps = w.graph.path(head or "", modifier) or ()
    if not all(to_one and relationship.complete for relationship, to_one in steps):
        w.exists(modifier, k)
    w.taken.add(k)


def read_counted(w: Walker, k: int) -> Found | None:
    """What "number of" counts: rows of an entity, or distinct values of an attribute."""
    item = w.at(k)
    if item is None:
        return None
    entity = w.link.entity(k)
    head = compound_head(w, k)
    if head is not None and entity is not None:
        counted = w.link.entity(head)
        require_related(w, k, entity, counted)
        return Found(head + 1, measure=count_of(counted or ""), entity=counted)
    told = item.negated or item.has(ENDED)
    if entity is None and (item.values or item.filters or told or _is_flag(w, k) or _is_participle(item)):
        # "number of cancelled orders": the value, or the flag, is a condition; what it qualifies is counted.
        for j in range(k + 1, min(k + 4, len(w.items))):
            if w.items[j].has("group") or w.items[j].has("rel"):
                break
            held = {hit.entity for hit in item.values}
            own = next((c.entity for c in w.items[j].entities if c.entity in held), None)
            entity = w.link.entity(j) or own
            if entity is not None:
                return Found(k, measure=count_of(entity), entity=entity)
        hits = w.link.hits(k) if item.values and not item.is_link and item.text.lower() != item.lemma else None
        if hits:
            # "number of novels": the value in the plural stands for its rows.
            return Found(k, measure=count_of(hits[0].entity), entity=hits[0].entity)
        if _is_flag(w, k) and not item.values and (flag := w.link.ref(k)) is not None:
            # "how many were returned": yes and no are not counted, but the rows that say yes.
            return Found(k, measure=count_of(flag.entity), entity=flag.entity)
        if item.filters:
            return Found(k, measure=count_of(item.filters[0].entity), entity=item.filters[0].entity)
        entity = None
    beside = w.at(k + 1)
    if (
        entity is not None
        and beside is not None
        and beside.attributes
        and not beside.has("rel")
        and w.link.entity(k + 1) is None
    ):
        ref = w.link.ref(k + 1, entity)
        participle = beside.text.lower().split()[0].endswith("ed") or beside.text.lower().endswith(" by")
        if ref is not None and ref.entity == entity and not participle and not beside.values and not ref.is_time:
            # "store locations": the attribute of the entity is what is counted.
            return Found(k + 2, ref=ref, measure=Aggregate(
                function=Function.COUNT_DISTINCT, entity=entity, of=ref.scalar))  # fmt: skip
    if entity is not None and not (item.attributes and item.attributes[0].score > item.entities[0].score):
        return Found(k + 1, measure=count_of(entity), entity=entity)
    if item.metrics:
        return Found(k + 1, measure=MetricValue(metric=item.metrics[0].name))
    if item.attributes:
        ref = w.link.ref(k, owner_after(w, k + 1))
        if ref is not None and ref.score < _VAGUE and ref.is_number:
            # "how many nights": a nightly rate is not what nights are.
            w.sketch.unknown.append(item.text)
            return None
        if ref is not None:
            w.sketch.link.append(ref.score)
            if ref.is_number and ref.attribute.role is Role.ADDITIVE:
                return Found(k + 1, ref=ref, measure=aggregate(Function.SUM, ref))
            return Found(k + 1, ref=ref, measure=Aggregate(
                function=Function.COUNT_DISTINCT, entity=ref.entity, of=ref.scalar))  # fmt: skip
    if item.entities:
        entity = w.link.best_entity(item)
        assert entity is not None
        return Found(k + 1, measure=count_of(entity), entity=entity)
    return None


def apply(w: Walker, function: Function, inner: Found, parameter: float | None = None) -> Found | None:
    """An aggregate function over what was found."""
    if inner.ref is not None and not (inner.measure is not None and not inner.ref.is_number):
        ref = inner.ref
        if not ref.is_number and function in (Function.SUM, Function.AVG, Function.MEDIAN, Function.PERCENTILE,
                                              Function.STDDEV, Function.VARIANCE):  # fmt: skip
            if ref.attribute.role is Role.YEAR or ref.attribute.data_type.is_number:
                pass
            else:
                return None
        return Found(inner.after, measure=aggregate(function, ref, parameter))
    if isinstance(inner.measure, MetricValue):
        metric = w.model.metrics_by_name[inner.measure.metric]
        return Found(inner.after, measure=metric_as(metric, function))
    if isinstance(inner.measure, Aggregate) and inner.measure.function in (Function.COUNT, Function.SUM):
        if function is Function.SUM:
            return inner
        per = per_entity(w, inner.after, inner.measure.entity)
        if per is None:
            return None
        entity, after = per
        return Found(after, measure=Aggregate(
            function=function, entity=entity, of=Rollup(entity=entity, measure=inner.measure), parameter=parameter))  # fmt: skip
    if (
        isinstance(inner.measure, Aggregate)
        and inner.measure.function is Function.COUNT_DISTINCT
        and function is Function.SUM
    ):
        return inner
    if inner.entity is not None:
        if function is Function.SUM:
            number = money_of(w.link, inner.entity)
            if number is not None:
                return Found(inner.after, measure=aggregate(function, number), entity=inner.entity)
            return Found(inner.after, measure=count_of(inner.entity), entity=inner.entity)
        number = main_number(w.link, inner.entity)
        if number is not None:
            text = f"the {function.value} {w.model.by_name[inner.entity].label} is of its {number.attribute.label}"
            w.sketch.assumptions.append(("amount", text))
            return Found(inner.after, measure=aggregate(function, number, parameter))
    return None


def per_entity(w: Walker, i: int, counted: str) -> tuple[str, int] | None:
    """ "... per customer": over which entity's rows counts are averaged."""
    for j in range(i, len(w.items)):
        item = w.items[j]
        if item.has("group") or item.text.lower() in ("for", "by", "a", "an", "each", "of"):
            k = w.next(j + 1, over=("the", "a", "an", "all", "each", "every"))
            entity = w.link.entity(k) if k < len(w.items) else None
            if entity is not None and entity != counted and w.graph.path(entity, counted) is not None:
                w.taken.update(range(j, k + 1))
                return entity, (k + 1 if j <= i + 1 else i)
    return None
