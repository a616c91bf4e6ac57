"""What the query is about: its subject, whether it aggregates, and whose rows say when things happened."""

from __future__ import annotations

from deployments.analytics.language.assemble.draft import Draft
from deployments.analytics.language.sketch import measured_entity
from deployments.analytics.model.schema import Role


def find_subject(draft: Draft) -> str | None:
    """The entity whose rows are shown or measured; None where the question names none."""
    sketch = draft.sketch
    entity_asks = [ask.entity for ask in sketch.asks if ask.kind == "entity"]
    attribute_asks = [ask.entity for ask in sketch.asks if ask.kind == "attribute"]
    measure_asks = [ask.entity for ask in sketch.asks if ask.kind == "measure" and ask.entity]
    if entity_asks:
        return entity_asks[0]
    if attribute_asks:
        owner = sketch.subject
        first = attribute_asks[0]
        if owner and owner != first and draft.graph.to_one(owner, first) and not sketch.superlatives:
            return owner
        return first
    if measure_asks:
        return measure_asks[0]
    grouped = {g.entity or (g.ref.entity if g.ref else "") for g in sketch.groups}
    if sketch.subject and sketch.subject not in grouped:
        return sketch.subject
    for entity, _ in sketch.entities:
        if sketch.groups and entity not in grouped:
            return entity
    for group in sketch.groups:
        if group.entity:
            return group.entity
        if group.ref:
            return group.ref.entity
    for superlative in sketch.superlatives:
        if superlative.entity:
            return superlative.entity
        if superlative.ref:
            return superlative.ref.entity
        if superlative.measure is not None:
            return measured_entity(draft.model, superlative.measure)
    if sketch.subject:
        return sketch.subject
    if sketch.entities:
        return sketch.entities[0][0]
    for condition in sketch.conditions:
        if condition.entity:
            return condition.entity
    return None


def is_aggregated(draft: Draft) -> bool:
    """Whether rows are put together rather than listed."""
    sketch = draft.sketch
    if any(ask.kind == "measure" for ask in sketch.asks) or any(c.having for c in sketch.conditions):
        return True
    if any(s.measure is not None for s in sketch.superlatives):
        return True
    if sketch.superlatives and _pending_needs_count(draft):
        return True
    if sketch.groups and not sketch.asks:
        return True
    return bool(sketch.groups) and any(ask.ref is not None and ask.ref.is_measurable for ask in sketch.asks)


def _pending_needs_count(draft: Draft) -> bool:
    """Whether an extreme that does not say by what can only mean the most rows."""
    pending = any(s.is_open for s in draft.sketch.superlatives)
    return pending and (bool(draft.sketch.groups) or "frequency" in draft.sketch.cues or any(
        a.kind == "attribute" and a.ref is not None and not a.ref.is_number for a in draft.sketch.asks))  # fmt: skip


def is_distinct(draft: Draft, aggregated: bool) -> bool:
    """Whether rows that look the same are shown once."""
    if aggregated or draft.measures or not draft.dimensions:
        return False
    if draft.sketch.distinct:
        return True
    refs = [ask.ref for ask in draft.sketch.asks if ask.ref is not None]
    return (
        bool(refs)
        and "which" in draft.sketch.cues
        and all(r.attribute.role is Role.CATEGORY for r in refs)
        and not draft.orders
    )


def fact_of(draft: Draft) -> str:
    """The entity whose rows are measured: it says when things happened."""
    if draft.measures and (entity := measured_entity(draft.model, draft.measures[0])):
        return entity
    for ask in draft.sketch.asks:
        if ask.kind == "measure" and ask.measure is not None and (entity := measured_entity(draft.model, ask.measure)):
            return entity
    for superlative in draft.sketch.superlatives:
        if superlative.measure is not None and (entity := measured_entity(draft.model, superlative.measure)):
            return entity
    return draft.subject or ""
