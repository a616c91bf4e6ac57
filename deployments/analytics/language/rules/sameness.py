"""Rule for likeness: "authors in the same domain as Martin", "shops in the same city as the Main Street shop"."""

from __future__ import annotations

from deployments.analytics.language.filters import equals
from deployments.analytics.language.links import label_ref
from deployments.analytics.language.rules.comparisons import against_attribute
from deployments.analytics.language.sketch import Condition
from deployments.analytics.language.walker import Walker
from deployments.contracts.query import (
    AnalyticQuery,
    Attribute,
    Dimension,
    Filter,
    Membership,
    Operator,
    Related,
)


def same_as(w: Walker, i: int) -> int | None:
    """ "the same A as V": what V has of A, the subject has too. Anything else called "the same" is owned up to."""
    if w.items[i].text.lower().split()[-1] != "same" or not (w.sketch.asks or w.sketch.entities):
        return None
    after = w.at(i + 1)
    if after is not None and after.text.lower() == "as":
        # "whose billing city is the same as the shipping city": of one row.
        beside = against_attribute(w, i, w.next(i + 2, over=("the", "their", "its", "his", "her")), Operator.EQ)
        if beside is not None:
            return beside
    k = w.next(i + 1, over=("the",))
    like = next((j for j in range(k, min(k + 3, len(w.items))) if w.items[j].text.lower() == "as"), None)
    at = w.next(like + 1, over=("the", "that", "of", "those")) if like is not None else len(w.items)
    if like is None or at >= len(w.items) or not w.items[at].values:
        w.sketch.missing.append(f"the same {w.items[k].text if k < len(w.items) else '…'} as what")
        return i + 1
    hits = w.link.hits(at)
    found = _likeness(w, k, Related(entity="", to=hits[0].entity, where=equals(
        Attribute(entity=hits[0].entity, name=hits[0].attribute), hits)))  # fmt: skip
    if found is None:
        w.sketch.missing.append(f"the same {w.items[k].text} as {w.items[at].text}")
        return at + 1
    w.add(found)
    return at + 1


def _likeness(w: Walker, k: int, model: Related) -> Condition | None:
    """The condition that the subject shares the attribute, or the entity, with the rows of `model`."""
    subject = w.subject
    if subject is None:
        return None
    name = w.link.entity(k)
    ref = w.link.ref(k, subject) if name is None else None
    if ref is not None and isinstance(ref.scalar, Attribute) and ref.entity == model.to:
        inner = AnalyticQuery(
            subject=ref.entity, dimensions=(Dimension(of=ref.scalar, name=ref.attribute.name),), where=model.where
        )
        return Condition(Membership(of=ref.scalar, query=inner), ref.entity, k)
    if name is None:
        return None
    entity = w.model.by_name[name]
    key = entity.by_name[entity.primary_key[0]] if len(entity.primary_key) == 1 else label_ref(entity)
    if key is None or w.graph.path(subject, name) is None or w.graph.path(name, model.to) is None:
        return None
    of = Attribute(entity=name, name=key.name)
    inner = AnalyticQuery(
        subject=name, dimensions=(Dimension(of=of, name=key.name),), where=model.model_copy(update={"entity": name})
    )
    shared: Filter = Membership(of=of, query=inner)
    if subject != name and not w.graph.to_one(subject, name):
        return Condition(Related(entity=subject, to=name, where=shared), subject, k)
    return Condition(shared, name, k)
