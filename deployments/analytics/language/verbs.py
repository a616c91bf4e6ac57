"""Verbs that say something of a thing: "failed orders", "customers who churned".

A verb that links two things which are named ("students enrolled in a course") adds no more than the join. One that links
nothing says what became of a thing, and the data must know it: as a value, or not at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise

from deployments.analytics.language.items import Item
from deployments.analytics.language.lexicon import STATES
from deployments.analytics.language.text import stem_of
from deployments.analytics.language.vocabulary import lemmas
from deployments.analytics.model.schema import Role, SemanticModel
from deployments.analytics.model.values import ValueMatch

_IRREGULAR = frozenset("lost sold paid spent won sent built taken".split())
_AUXILIARIES = frozenset("do does did will would have has had not never to".split())
_DETERMINERS = frozenset("the a an any some all their his her its our each every this that these those no".split())
_PREPOSITIONS = frozenset("by to from with into for of".split())
_AFTER_COMMAND = frozenset("the a an all each every their its any me only how what which".split())


def own_up_to_verbs(items: list[Item], model: SemanticModel, similar: Callable[[str], Sequence[ValueMatch]]) -> None:
    """Make values of the verbs that resemble one, and unknown words of those whose meaning nothing carries, in place."""
    _obey(items)
    for i, item in enumerate(items):
        follow = items[i + 1] if i + 1 < len(items) else None
        before_noun = follow is not None and bool(follow.entities)
        noun = follow if before_noun else _noun_before(items, i)
        if noun is not None and (_describes_another(item, noun, model) or _flags_another(item, follow, model)):
            # "paid orders" where only salaries are paid.
            item.attributes, item.unknown = [], True
        if _completes(items, i, model):
            # "the number of references cited": the attribute's own participle, and no citations.
            item.entities, item.attributes, item.verb = [], [], True
        if item.is_link or item.values or not item.verb:
            continue
        participle = bool(re.search(r"(ed|ing)$", item.text.lower())) or item.text.lower() in _IRREGULAR
        hits = similar(item.text) if participle else ()
        if hits:
            item.values, item.guessed, item.verb, item.passed = list(hits), item.text, False, False
        elif before_noun and participle:
            # "the engineering department": nothing says what it describes the noun as.
            free = i == 0 or not (items[i - 1].is_link or items[i - 1].values or items[i - 1].has("rel"))
            if free and (item.passed or _says_a_state(item, items, model)):
                item.unknown, item.verb, item.passed = True, False, False
            else:
                item.passed = True
        elif _predicates(items, i) and not _links(items, i):
            item.unknown, item.verb, item.passed = True, False, False


def _completes(items: list[Item], i: int, model: SemanticModel) -> bool:
    """Whether a participle that names only a thing, or what it refers to, stands right after an attribute that needs no such
    thing."""
    item, before = items[i], items[i - 1] if i else None
    if before is None or not item.text.lower().endswith("ed") or not item.entities or item.metrics:
        return False
    if any(model.attribute(c.entity, c.name).role not in (Role.REFERENCE, Role.KEY) for c in item.attributes):
        return False
    if before.grain is not None:
        # "monthly billed amount": of the bills of each month.
        return False
    return bool(before.attributes) and not before.entities and not before.has("rel")


def _obey(items: list[Item]) -> None:
    """ "return the orders of Acme": at the beginning, before what is to be shown, it orders and names no returns."""
    for item, follow in pairwise(items):
        if item.has("command") and item.is_link and item.text.lower() == item.lemma:
            asked = follow.has("agg") or follow.has("count") or bool(follow.metrics)
            if asked or follow.text.lower() in _AFTER_COMMAND:
                item.entities, item.attributes, item.metrics = [], [], []
        if not item.has("command"):
            return


def _says_a_state(item: Item, items: list[Item], model: SemanticModel) -> bool:
    """Whether a participle before a noun says what became of it, and is no link to something else that is named."""
    if item.text.lower().endswith("ing"):
        return False
    if item.lemma in STATES:
        return True
    named = {c.entity for other in items for c in other.entities[:1]}
    kin = any(stem_of(item.lemma) in {stem_of(word) for word in lemmas(e.label)} for e in model.entities)
    return len(named) < 2 and not kin


def _describes_another(item: Item, noun: Item, model: SemanticModel) -> bool:
    """Whether a participle stands before a noun and names only numbers, or moments, of something else."""
    state = item.lemma in STATES
    participle = state or re.fullmatch(r"[a-z]+ed|paid|sold|spent", item.text.lower())
    if not participle or item.entities or item.values or item.tags or item.negated or not item.attributes:
        return False
    described = {c.entity for c in noun.entities}
    found = [(c.entity, model.attribute(c.entity, c.name)) for c in item.attributes]
    if state and item.text.lower() == item.lemma and all(attribute.data_type.is_time for _, attribute in found):
        # An open shop is not one that has once been opened.
        return True
    return all(
        entity not in described and (attribute.data_type.is_number or (state and attribute.data_type.is_time))
        for entity, attribute in found
    )


def _flags_another(item: Item, noun: Item | None, model: SemanticModel) -> bool:
    """Whether an adjective names only flags of something that neither is, nor belongs to, the noun right after it: bikes are
    not active because stations are."""
    if (
        noun is None
        or not noun.entities
        or not item.attributes
        or item.entities
        or item.values
        or item.metrics
        or item.tags
    ):
        return False
    described = {c.entity for c in noun.entities}
    owners = {c.entity for c in item.attributes}
    flags = all(model.attribute(c.entity, c.name).role is Role.FLAG for c in item.attributes)
    ends = [{r.to_entity, r.from_entity} for r in model.relationships]
    parts = any(pair & described and pair & owners for pair in ends)
    return flags and " " not in item.text and not owners & described and not parts


def _noun_before(items: list[Item], i: int) -> Item | None:
    """The noun that a participle is said of, where no amount follows: "orders paid by card", not "who paid more than 10"."""
    after = items[i + 1 : i + 4]
    if items[i].text.lower() not in ("paid", "sold", "spent") or any(
        item.has("cmp") or item.has("sup") or item.comparative or item.number is not None for item in after
    ):
        return None
    for item in reversed(items[:i]):
        if not (item.filler or item.has("rel")):
            return item if item.entities else None
    return None


def _predicates(items: list[Item], i: int) -> bool:
    """Whether the verb itself is what is said: one that nothing explains, or one of what becomes of things."""
    item = items[i]
    if item.passed:
        return True
    inflected = item.text.lower() != item.lemma or any(w.text.lower() in _AUXILIARIES for w in items[max(0, i - 2) : i])
    return item.lemma in STATES and inflected


def _links(items: list[Item], i: int) -> bool:
    """Whether the verb has something named to link the thing to, after it or, in a clause of its own, before it."""
    state = items[i].lemma in STATES
    agent = False
    bare = True
    for j in range(i + 1, len(items)):
        item, word = items[j], items[j].text.lower()
        if word in _DETERMINERS or word == "by each":
            bare = False
            continue
        named = bool(item.entities or item.attributes or item.values) and item.interval is None
        if named:
            follow = items[j + 1] if j + 1 < len(items) else None
            grouped = (
                agent and bare and word == item.lemma and not (item.values or (follow is not None and follow.values))
            )
            return not grouped
        if word in ".?!;," or item.has("rel") or item.has("conj"):
            break
        if state and not (item.number is not None or word in _PREPOSITIONS):
            break
        agent = agent or word == "by"
    if state:
        return False
    for j in range(i - 1, -1, -1):
        if items[j].has("rel") or items[j].text.lower() in ("did", "do", "does", "how"):
            return any(item.entities or item.values or item.attributes for item in items[j + 1 : i])
    return False
