"""Questions to begin with, made of the model's own words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from deployments.analytics.catalog.follow_ups import categories_near
from deployments.analytics.insights.phrases import Phrases
from deployments.analytics.insights.wording import plural
from deployments.analytics.model.schema import Entity, Metric, Role, SemanticModel
from deployments.contracts.query import Aggregate, Attribute, Measure, MeasureArithmetic, MetricValue

MOST = 12


def starter_questions(model: SemanticModel) -> tuple[str, ...]:
    """Eight to twelve different plain questions, fewer where the model has little: a total, by category, a top N,
    a trend, last month, a count, a share, a list. They name only what the model has."""
    phrases = Phrases(model)
    facts = sorted(
        (e for e in model.entities if not e.hidden and e.kind != "bridge"),
        key=lambda e: (_metric(model, e) is None, e.kind != "fact", -(e.row_count or 0)),
    )
    rounds = [list(_about(model, phrases, entity)) for entity in facts[:4]]
    questions: list[str] = []
    # The busiest fact gives most of the questions; the others add their first few.
    for index, asked in enumerate(rounds):
        questions += asked[: 8 if index == 0 else 2]
    questions += [question for asked in rounds for question in asked]
    return tuple(dict.fromkeys(questions))[:MOST]


def _about(model: SemanticModel, phrases: Phrases, entity: Entity) -> Iterator[str]:
    metric = _metric(model, entity)
    measure = metric.label if metric else _measure_words(entity)
    counted = f"number of {entity.plural}"
    categories = [phrases.attribute(a) for a in categories_near(model, entity.name)]
    label = _label(model, phrases, entity)
    dated = entity.default_time is not None
    if measure and categories:
        yield f"{measure} by {categories[0]}"
    if measure and label:
        yield f"top 10 {plural(label)} by {measure}"
    if measure and dated:
        yield f"{measure} by month"
        yield (
            f"total {measure} last month"
            if not measure.startswith(("total", "average")) and _adds(metric)
            else f"{measure} last month"
        )
    if entity.kind == "dimension":
        yield f"list all {entity.plural}"
    yield f"how many {entity.plural} are there"
    if measure and len(categories) > 1 and _adds(metric):
        yield f"share of {measure} by {categories[1]}"
    elif not measure and categories:
        yield f"{counted} by {categories[0]}"
    if dated:
        yield f"{counted} by month this year" if _recent(entity) else f"{counted} by month"
    value = _common_value(entity)
    if value:
        yield f"how many {entity.plural} have {value[0]} {value[1]}"
    if measure and len(categories) > 2:
        yield f"{measure} by {categories[2]}"


def _metric(model: SemanticModel, entity: Entity) -> Metric | None:
    """The first metric over the entity's own rows, money before others."""
    own = [m for m in model.metrics if _entities(model, m.measure) == {entity.name}]
    return min(
        own, key=lambda m: (m.unit is None or len(m.unit) != 3, not isinstance(m.measure, Aggregate)), default=None
    )


def _entities(model: SemanticModel, measure: Measure) -> set[str]:
    match measure:
        case Aggregate():
            return {measure.entity}
        case MeasureArithmetic():
            return _entities(model, measure.left) | _entities(model, measure.right)
        case MetricValue():
            metric = model.metrics_by_name.get(measure.metric)
            return _entities(model, metric.measure) if metric else set()


def _adds(metric: Metric | None) -> bool:
    return metric is None or (isinstance(metric.measure, Aggregate) and metric.measure.function in ("sum", "count"))


def _measure_words(entity: Entity) -> str:
    additive = [a for a in entity.attributes if a.role is Role.ADDITIVE and not a.hidden]
    return f"total {additive[0].label}" if additive else ""


def _label(model: SemanticModel, phrases: Phrases, entity: Entity) -> str:
    """What rows of the entity belong to and people rank: the thing a relationship points at, or a name of its own."""
    for relationship in model.relationships:
        target = model.by_name.get(relationship.to_entity)
        if relationship.from_entity == entity.name and target and target.label_attribute and not relationship.role:
            return target.label
    if entity.label_attribute:
        words = phrases.attribute(Attribute(entity=entity.name, name=entity.label_attribute))
        return words.removesuffix(" name")
    return ""


def _recent(entity: Entity) -> bool:
    time = entity.by_name.get(entity.default_time) if entity.default_time else None
    return time is not None and isinstance(time.maximum, dt.date) and time.maximum.year >= dt.date.today().year


def _common_value(entity: Entity) -> tuple[str, str] | None:
    for attribute in entity.attributes:
        if attribute.role is Role.CATEGORY and not attribute.hidden and attribute.samples:
            value = attribute.samples[0]
            if isinstance(value, str) and 1 < len(value) < 25 and value.replace(" ", "").isalnum():
                return attribute.label, value
    return None
