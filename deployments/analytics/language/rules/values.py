"""Rule for values of the data: "in Paris or Rome", "Nike orders", and lists of them."""

from __future__ import annotations

from deployments.analytics.language.filters import equals
from deployments.analytics.language.rules.restrictions import operand_near
from deployments.analytics.language.sketch import Condition
from deployments.analytics.language.walker import Walker
from deployments.analytics.model.values import ValueMatch
from deployments.contracts.query import Attribute, Related


def value(w: Walker, i: int) -> int | None:
    """A value of some column: "in Paris or Rome", "Nike orders", "dog pets"."""
    item = w.items[i]
    if not item.values or i in w.taken:
        return None
    if item.is_link and not _prefer_value(w, i):
        return None
    operand = operand_near(w, i)
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
    return collect(w, i, hits, i + 2 if beside is not None and named is None else i + 1)


def _prefer_value(w: Walker, i: int) -> bool:
    """A word that may name a thing of the model is taken for a value only where a thing cannot stand."""
    item = w.items[i]
    link = max((c.score for c in (*item.entities, *item.attributes, *item.metrics, *item.filters)), default=0.0)
    if item.quoted or (
        item.text[:1].isupper() and item.start > 0 and link < 0.99 and item.text.lower() != item.text.upper()
    ):
        return True
    operand = operand_near(w, i)
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


def collect(w: Walker, i: int, hits: list[ValueMatch], after: int) -> int:
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
