"""Rule for values of the data: "in Paris or Rome", "Nike orders", and lists of them."""

from __future__ import annotations

from deployments.analytics.language.filters import equals, negate
from deployments.analytics.language.items import Item
from deployments.analytics.language.rules.restrictions import operand_near
from deployments.analytics.language.sketch import Condition, Group
from deployments.analytics.language.text import stem_of
from deployments.analytics.language.vocabulary import lemmas
from deployments.analytics.language.walker import Walker
from deployments.analytics.model.schema import Role
from deployments.analytics.model.values import ValueMatch
from deployments.contracts.query import Attribute, Related


def value(w: Walker, i: int) -> int | None:
    """A value of some column: "in Paris or Rome", "Nike orders", "dog pets"."""
    item = w.items[i]
    if not item.values or i in w.taken:
        return None
    if item.is_link and not _prefer_value(w, i):
        return None
    if (dated := _dated(w, i)) is not None:
        return dated
    if w.word_before(i, "than"):
        # What is to be compared with it was not found; to ask for the thing itself would be another question.
        w.sketch.missing.append(f"than {item.text}")
        return i + 1
    operand = operand_near(w, i)
    column = operand.ref.column if operand is not None and operand.ref is not None else None
    named = None
    if operand is not None and column is not None and i - operand.position <= 3 and item.holds_value_of({column}):
        named = [c for c in w.items[operand.position].attributes if (c.entity, c.name) == column] or None
    after_item = w.at(i + 1)
    beside = None
    if named is None and after_item is not None and after_item.attributes and not after_item.values:
        likely = {(c.entity, c.name) for c in after_item.attributes if c.score > 0.5}
        beside = after_item.attributes if item.holds_value_of(likely) and w.link.entity(i + 1) is None else None
    owner = _owner(w, i)
    hits = w.link.hits(i, named or beside, owner)
    if not hits and (named or beside):
        hits = w.link.hits(i, None, owner)
    if not hits:
        w.sketch.unknown.append(item.text)
        return i + 1
    return collect(w, i, hits, i + 2 if beside is not None and named is None else i + 1)


def _dated(w: Walker, i: int) -> int | None:
    """ "delivered on 3 July": when it was delivered, where the rows that may be "Delivered" have a delivery date."""
    item, at = (
        w.items[i],
        w.next(i + 1, over=("in", "on", "during", "since", "before", "after", "between", "from", "the")),
    )
    period = w.at(at)
    stem = stem_of(item.lemma)
    if (
        period is None
        or period.interval is None
        or len(stem) < 4
        or not item.text.lower().endswith(("ed", "en", "pt", "t"))
    ):
        return None
    for hit in item.values:
        for attribute in w.model.by_name[hit.entity].attributes:
            said = [stem_of(word) for word in lemmas(attribute.label)]
            if (
                attribute.data_type.is_time
                and any(word.startswith(stem[:-1]) for word in said)
                and not attribute.hidden
            ):
                w.sketch.windows.append((period.interval, w.link.make(hit.entity, attribute, 0.9), at))
                w.sketch.assumptions.append(("period", f"{item.text} {period.text} is told by {attribute.label}"))
                w.skipped.add(at)
                return i + 1
    return None


def _prefer_value(w: Walker, i: int) -> bool:
    """A word that may name a thing of the model is taken for a value only where a thing cannot stand."""
    item = w.items[i]
    link = max((c.score for c in (*item.entities, *item.attributes, *item.metrics, *item.filters)), default=0.0)
    if item.quoted or (
        item.text[:1].isupper() and item.start > 0 and link < 0.99 and item.text.lower() != item.text.upper()
    ):
        return True
    if _says_state(w, i):
        return True
    operand = operand_near(w, i)
    beside = operand.ref if operand is not None and i - operand.position <= 2 else None
    return link < 0.72 or (beside is not None and item.holds_value_of({beside.column}))


def _says_state(w: Walker, i: int) -> bool:
    """ "active subscriptions", "open tickets": a value as it stands, before what holds it, unless that has such an attribute too."""
    item, head = w.items[i], w.next(i + 1)
    noun = w.link.entity(head) if head == i + 1 and head < len(w.items) else None
    held = [hit for hit in item.values if hit.entity == noun]
    if (
        not held
        or item.metrics
        or item.filters
        or (item.entities and item.entities[0].score >= _CALLED and not _adds_nothing(w, item, noun))
    ):
        return False
    written = item.negated or any(str(hit.value).lower() == item.text.lower() for hit in held)
    own = [w.model.attribute(c.entity, c.name) for c in item.attributes if c.entity == noun]
    flags = any(attribute.role is Role.FLAG for attribute in own)
    named = any(item.text.lower() in attribute.label.lower().split() for attribute in own)
    return not own or (written and not flags and not named)


_CALLED = 0.9
"""How well a word must name a thing to be more than a form of its name."""


def _adds_nothing(w: Walker, item: Item, noun: str | None) -> bool:
    """ "branch transactions": each transaction has a branch, so that it is the channel that is told by "branch"."""
    modifier = w.link.best_entity(item)
    steps = w.graph.path(noun or "", modifier) if noun and modifier and modifier != noun else None
    return bool(steps) and item.text.lower() == item.lemma and all(one and r.complete for r, one in steps or ())


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
    """A condition on the value at `i` and on those that follow in a list on the same column; the position after it."""
    entity, name = column = (hits[0].entity, hits[0].attribute)
    groups, word, j = _listed(w, hits, after)
    left = Attribute(entity=entity, name=name, path=_own_kind(w, i, entity))
    subject = w.subject
    of_many = subject is not None and subject != entity and not w.graph.to_one(subject, entity)
    measured = bool(w.sketch.asks) and all(ask.kind == "measure" for ask in w.sketch.asks) and not w.both
    if subject is not None and of_many and len(groups) > 1 and word == "and" and not measured and not w.frames:
        # "bought A and B": a row of its own for each.
        for group in groups:
            w.add(Condition(Related(entity=subject, to=entity, where=equals(left, group)), subject, i, column))
    elif w.both and word == "and" and len(groups) > 1 and _asks_for_kinds(w) and not w.frames:
        # "cuisines with both easy and hard recipes": no one recipe is both.
        for group in groups:
            w.add(Condition(equals(left, group), entity, i, column))
    else:
        found = equals(left, [hit for group in groups for hit in group])
        w.add(Condition(negate([found]) if w.items[i].negated else found, entity, i, column))
    if w.sketch.subject is None and not w.sketch.asks and not w.sketch.entities:
        w.anchor = w.anchor or entity
    w.operand = None
    if w.restrict:
        w.anchor = entity
    compared = word == "versus" or (len(groups) > 1 and any(item.lemma == "compare" for item in w.items[:i]))
    if compared and not w.frames:
        # "compare Lisbon and Porto": each is shown by itself.
        w.sketch.groups.append(Group(i, ref=w.link.make(entity, w.model.attribute(entity, name), 1.0)))
    return j


def _asks_for_kinds(w: Walker) -> bool:
    """Whether a value that many rows have is asked for, and no rows."""
    asks = w.sketch.asks
    ref = asks[0].ref if len(asks) == 1 and asks[0].kind == "attribute" else None
    return ref is not None and ref.attribute.role is Role.CATEGORY and not ref.attribute.unique


_BOSSES = frozenset("manager supervisor boss lead leader head chief".split())
_UNDER = frozenset(stem_of(word) for word in "manage report supervise lead head".split())


def _own_kind(w: Walker, i: int, entity: str) -> tuple[str, ...]:
    """ "employees managed by Liam": of two rows of one kind the value names the other, which is reached over the reference
    that the words are about."""
    if w.subject != entity:
        return ()
    said = {stem_of(word) for item in w.items[max(0, i - 4) : i] for word in item.lemma.split()}
    before = [item for item in w.items[max(0, i - 3) : i] if item.text.lower() not in ("the", "named", "called")]
    if (
        len(before) > 1
        and before[-1].text.lower() in ("of", "for")
        and before[-2].lemma in _BOSSES
        and before[-2].attributes
    ):
        # "the manager of Liam": Liam is the one who is managed.
        return ()
    for relationship in w.model.relationships:
        if relationship.from_entity != entity or relationship.to_entity != entity:
            continue
        words = set(lemmas(relationship.role or " ".join(relationship.from_attributes).replace("_", " ")))
        if {stem_of(word) for word in words} & said or (words & _BOSSES and said & _UNDER):
            return (relationship.name,)
    return ()


def _listed(w: Walker, hits: list[ValueMatch], after: int) -> tuple[list[list[ValueMatch]], str, int]:
    """The values of a list, the word that joins them ("and" or "or"), and the position after it."""
    column = (hits[0].entity, hits[0].attribute)
    groups, word, j = [hits], "or", after
    while j + 1 < len(w.items):
        k = j
        while k < len(w.items) and (
            w.items[k].has("conj") or w.items[k].text.lower() in ("the", "in", "from", "a", "for", "both", *_VERSUS)
        ):
            k += 1
        joins = [item.tags["conj"] for item in w.items[j:k] if item.has("conj")]
        joins += ["versus" for item in w.items[j:k] if item.text.lower() in _VERSUS]
        if not joins or k >= len(w.items):
            break
        more = _values_of(w, k, column)
        if not more and (column in w.items[k].columns() or w.link.entity(k) == column[0]):
            # "in the city of Paris or the city of Rome": the column or its owner is named again.
            more = _values_of(w, k + 1, column)
            k += bool(more)
        if not more:
            break
        last = w.items[k].tags.get("conj")
        word = next((said for said in (last, *reversed(joins)) if said not in (None, "comma")), word)
        groups.append(more)
        j = k + 1
    return groups, word, j


_VERSUS = ("vs", "versus", "against", "compared to", "compared with")


def _values_of(w: Walker, k: int, column: tuple[str, str]) -> list[ValueMatch]:
    item = w.at(k)
    return [] if item is None else [hit for hit in item.values if (hit.entity, hit.attribute) == column]
