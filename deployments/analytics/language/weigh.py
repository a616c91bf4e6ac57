"""Counting rows that each stand for several of their kind: "check-ins" where a row holds the count of an hour."""

from __future__ import annotations

from typing import Any

from deployments.analytics.model.schema import SemanticModel
from deployments.contracts.base import Value
from deployments.contracts.query import Aggregate, AnalyticQuery, Attribute, Function


def weigh_counts(query: AnalyticQuery, model: SemanticModel) -> tuple[AnalyticQuery, tuple[str, ...]]:
    """The query with counts of rows turned into sums of what each row counts, and what to say of it."""
    weights = {entity.name: entity.counted_by for entity in model.entities if entity.counted_by}
    if not weights:
        return query, ()
    used: dict[str, None] = {}
    weighed: AnalyticQuery = _weighed(query, weights, used)
    said = tuple(
        f"a row of {model.by_name[name].plural} stands for as many as its {model.attribute(name, weights[name]).label} says"
        for name in used
    )
    return weighed, said


def _weighed(value: Any, weights: dict[str, str], used: dict[str, None]) -> Any:
    if isinstance(value, tuple):
        return tuple(_weighed(part, weights, used) for part in value)
    if not isinstance(value, Value):
        return value
    changed = {}
    for name in type(value).model_fields:
        before = getattr(value, name)
        after = _weighed(before, weights, used)
        if after is not before and after != before:
            changed[name] = after
    if (
        isinstance(value, Aggregate)
        and value.function is Function.COUNT
        and value.of is None
        and value.entity in weights
    ):
        used[value.entity] = None
        changed |= {"function": Function.SUM, "of": Attribute(entity=value.entity, name=weights[value.entity])}
    return value.model_copy(update=changed) if changed else value
