"""What became of things, told by a noun: "approval rate", "promotion rate", where a status is "approved" and a flag "promoted".

The noun before a word for a rate is looked for among the few values of categories and the names of flags, by the verb that both come from.
"""

from __future__ import annotations

from itertools import pairwise

from deployments.analytics.language.items import Item
from deployments.analytics.language.text import stem_of
from deployments.analytics.language.vocabulary import Candidate, lemmas
from deployments.analytics.model.schema import Role, SemanticModel
from deployments.analytics.model.values import ValueMatch

RATES = ("rate", "ratio", "percentage", "proportion", "percent")

_FEW = 30
"""A category of more values than this is no status."""

_LEAST = 4
"""So many letters at least are shared by the forms of one verb."""

_DOING = ("al", "ion", "ment", "ure", "ance", "ence", "age")
"""Endings of nouns that say what is done."""


def know_outcomes(items: list[Item], model: SemanticModel) -> None:
    """Make the noun before a word for a rate the value, or the flag, of the same verb, in place, where nothing names it better."""
    for item, follow in pairwise(items):
        if follow.lemma not in RATES or " " in item.text or item.values or item.tags or item.entities or item.metrics:
            continue
        if (
            any(c.score >= 0.9 and model.attribute(c.entity, c.name).role is not Role.FLAG for c in item.attributes)
            or item.interval
        ):
            continue
        hits = _values_like(item.text.lower(), model)
        flags = [] if hits else _flags_like(item.text.lower(), model)
        if hits or flags:
            item.values, item.attributes = hits, flags
            item.unknown = item.verb = item.passed = item.filler = False


def _values_like(word: str, model: SemanticModel) -> list[ValueMatch]:
    return [
        ValueMatch(entity=entity.name, attribute=attribute.name, value=value, score=0.9, how="fuzzy", frequency=0)
        for entity in model.entities
        if not entity.hidden
        for attribute in entity.attributes
        if attribute.role is Role.CATEGORY and not attribute.hidden and 0 < (attribute.distinct_count or 0) <= _FEW
        for value in attribute.samples
        if isinstance(value, str) and " " not in value and same_verb(word, value.lower())
    ]


def _flags_like(word: str, model: SemanticModel) -> list[Candidate]:
    return [
        Candidate("attribute", entity.name, attribute.name, 0.9)
        for entity in model.entities
        if not entity.hidden
        for attribute in entity.attributes
        if attribute.role is Role.FLAG and not attribute.hidden
        for said in [[part for part in lemmas(attribute.label) if part not in ("be", "is", "has", "have", "was")]]
        if len(said) == 1 and same_verb(word, said[0])
    ]


def same_verb(noun: str, form: str) -> bool:
    """Whether a noun and a participle come from one verb: "withdrawal" and "withdrawn", "conversion" and "converted"."""
    one, two = stem_of(noun), stem_of(form)
    if one == two:
        return True
    shared = next((n for n, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), min(len(one), len(two)))
    longest = max(len(one), len(two))
    return (
        shared >= _LEAST and shared >= longest - 2 and form.endswith(("ed", "en", "n", "t")) and noun.endswith(_DOING)
    )
