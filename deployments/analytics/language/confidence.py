"""How likely a reading is to be what was meant: a logistic model over a few facts of the reading.

The weights are fitted on scored questions by `tests/evaluation/fit_confidence.py`, which also reports how they do on databases they
were not fitted on. What counts: how well words matched names, what had to be guessed or passed over, and how much was composed.
"""

from __future__ import annotations

import math
from typing import Any

from deployments.analytics.language.assemble.draft import Assembled
from deployments.analytics.language.confidence_weights import BIAS, WEIGHTS
from deployments.analytics.language.items import Item
from deployments.analytics.language.sketch import Sketch
from deployments.analytics.model.schema import Role, SemanticModel
from deployments.contracts.query import AnalyticQuery, Attribute

_SETTLED = ("period", "filter", "instruction", "value", "cohort", "moving", "bins", "shortened")
"""Assumptions that only say what the words say."""


def features(
    query: AnalyticQuery, sketch: Sketch, assembled: Assembled, items: list[Item], model: SemanticModel, *, follow: bool
) -> dict[str, float]:
    """The facts of one reading, each a small number; the names are those of the weights."""
    weakest = min(sketch.link, default=1.0)
    kinds = _kinds(query.model_dump(exclude_defaults=False))
    entities = {value for key, value in kinds if key == "entity" and value}
    words = [item for item in items if not item.filler]
    texts = [value for key, value in kinds if key == "value" and isinstance(value, str)]
    joined = [r for r in model.relationships if r.from_entity in entities and r.to_entity in entities]
    shown = [
        a for d in query.dimensions if isinstance(d.of, Attribute) for a in (model.attribute(d.of.entity, d.of.name),)
    ]
    matched = {id(hit): hit for item in items for hit in item.values if hit.value in texts}.values()
    return {
        "weak_link": max(0.0, 1.0 - weakest),
        "weak_links": sum(score < 0.9 for score in sketch.link),
        "very_weak_link": float(weakest < 0.65),
        "ambiguous": len(dict(sketch.ambiguous)),
        "guessed": len(sketch.guesses),
        "passed_over": sketch.penalty + assembled.penalty,
        "assumed": sum(a.code not in _SETTLED for a in assembled.assumptions),
        "entities": min(len(entities), 5),
        "one_entity": float(len(entities) <= 1),
        "semi_joins": sum(key == "kind" and value == "related" for key, value in kinds),
        "bare_semi_joins": _bare_semi_joins(query.model_dump()),
        "nested": sum(key == "kind" and value in ("nested", "membership", "rollup") for key, value in kinds),
        "conditions": sum(key == "kind" and value == "comparison" for key, value in kinds),
        "extreme": float(query.limit is not None and query.limit.count == 1),
        "limit": float(query.limit is not None),
        "measures": len(query.measures),
        "dimensions": len(query.dimensions),
        "listed_whole": float(not query.measures and not query.dimensions),
        "dates": float(query.time is not None),
        "having": float(query.having is not None),
        "follow_up": float(follow),
        "pronoun": float(sketch.pronoun),
        "sentences": sum(item.text in ".?!;" for item in items[:-1]),
        "padded_values": sum(text != text.strip() for text in texts),
        "loose_values": sum(hit.how in ("containing", "fuzzy") for hit in matched),
        "values": min(len(texts), 4),
        "incomplete_joins": sum(not r.complete for r in joined),
        "guessed_joins": sum(r.inferred and r.confidence < 0.9 for r in joined),
        "doubtful_joins": float(any(r.confidence < 0.5 for r in joined)),
        "several_joins": float(len(joined) >= 2),
        "shown_text_dates": sum(a.stored_as_text and a.data_type.is_time for a in shown),
        "shown_names": sum(not a.unique and a.role is Role.LABEL for a in shown),
        "repeats": float(
            not query.measures and not query.distinct and bool(shown) and not any(a.unique for a in shown)
        ),
        "distinct": float(query.distinct),
        "words": min(len(words), 25) / 10,
        "long": float(len(words) > 12),
    }


def confidence(facts: dict[str, float]) -> float:
    """A probability, between 0.05 and 0.99."""
    score = BIAS + sum(WEIGHTS.get(name, 0.0) * value for name, value in facts.items())
    return round(min(0.99, max(0.05, 1 / (1 + math.exp(-max(-30.0, min(30.0, score)))))), 3)


def _kinds(value: Any) -> list[tuple[str, Any]]:
    """All (key, plain value) pairs of a query as data, at every depth."""
    if isinstance(value, dict):
        out = []
        for key, inner in value.items():
            if isinstance(inner, dict | list | tuple):
                out += _kinds(inner)
            else:
                out.append((key, inner))
        return out
    if isinstance(value, list | tuple):
        return [pair for inner in value for pair in _kinds(inner)]
    return []


def _bare_semi_joins(value: Any) -> int:
    """Related rows that must exist without anything being said of them."""
    if isinstance(value, dict):
        own = value.get("kind") == "related" and value.get("where") is None
        return int(own) + sum(_bare_semi_joins(inner) for inner in value.values())
    if isinstance(value, list | tuple):
        return sum(_bare_semi_joins(inner) for inner in value)
    return 0
