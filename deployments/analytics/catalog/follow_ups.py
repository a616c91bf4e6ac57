"""What may sensibly be asked next: small edits of the query just answered, in words that stand on their own."""

from __future__ import annotations

import datetime as dt

from deployments.analytics.charts.kinds import said
from deployments.analytics.charts.recommend import applicable
from deployments.analytics.charts.shape import Shape
from deployments.analytics.insights.phrases import Phrases
from deployments.analytics.insights.wording import LONGEST_VALUE, text
from deployments.analytics.model.schema import Entity, Role, SemanticModel
from deployments.contracts.answers import ResultTable
from deployments.contracts.query import (
    AnalyticQuery,
    Attribute,
    Direction,
    Filter,
    Grain,
    Truncated,
)

MOST = 4
COARSER = {Grain.DAY: Grain.WEEK, Grain.WEEK: Grain.MONTH, Grain.MONTH: Grain.QUARTER, Grain.QUARTER: Grain.YEAR}


def follow_up_questions(
    model: SemanticModel, query: AnalyticQuery, result: ResultTable, shape: Shape | None = None
) -> tuple[str, ...]:
    """Three or four edits of the query: narrow it, split it, change its period, grain, size or chart.

    Each names only what the model and the result hold; none repeats what the query already does."""
    if not result.rows or query.yes_no:
        return _widen(query)
    shape = shape or Shape(query, result)
    if query.is_by_hand:
        return tuple(_chart(shape))[:MOST]
    if query.analysis is not None:
        return (*_narrow(shape)[:1], "how did you get that?")
    ideas = [
        *_narrow(shape),
        *_grain(query),
        *_split(model, query),
        *_period(query),
        *_size(query, result),
        *_share(query, shape),
        *_chart(shape),
    ]
    return tuple(dict.fromkeys(ideas))[:MOST]


def _widen(query: AnalyticQuery) -> tuple[str, ...]:
    return ("for all time",) if query.time is not None and not query.yes_no else ()


def _narrow(shape: Shape) -> list[str]:
    """Only the first value of a category: it is in the data, and spelled as it stands there."""
    if shape.rows < 3 or shape.listed or not shape.categories:
        return []
    field = shape.categories[0]
    value = shape.result.rows[0][field.index]
    if field.column.type != "text" or not isinstance(value, str) or not value.strip():
        return []
    words = text(value)
    plain = words == value and len(words) < LONGEST_VALUE // 2 and not set(words) & set("\"'<>{}[]|\\")
    return [f"only {words}"] if plain and not field.column.cyclic else []


def _grain(query: AnalyticQuery) -> list[str]:
    for dimension in query.dimensions:
        if isinstance(dimension.of, Truncated):
            coarser = COARSER.get(dimension.of.grain)
            return [f"by {coarser.value} instead"] if coarser and not _short(query, coarser) else []
    if query.measures and len(query.dimensions) <= 1 and query.time is not None and query.limit is None:
        grain = _fitting_grain(query)
        return [f"by {grain.value}"] if grain else []
    return []


def _length(query: AnalyticQuery) -> int | None:
    window = query.time
    if window is None or window.start is None or window.end is None:
        return None
    start, end = (v.date() if isinstance(v, dt.datetime) else v for v in (window.start, window.end))
    return (end - start).days


def _short(query: AnalyticQuery, grain: Grain) -> bool:
    days = {Grain.WEEK: 7, Grain.MONTH: 31, Grain.QUARTER: 92, Grain.YEAR: 366}[grain]
    length = _length(query)
    return length is not None and length < 2 * days


def _fitting_grain(query: AnalyticQuery) -> Grain | None:
    length = _length(query)
    if length is None or length > 120:
        return Grain.MONTH
    return Grain.WEEK if length > 31 else Grain.DAY if length > 1 else None


def _split(model: SemanticModel, query: AnalyticQuery) -> list[str]:
    """By a category of the entity that is measured, or of one it points at."""
    if not query.measures or len(query.dimensions) > 1 or query.limit is not None:
        return []
    phrases = Phrases(model)
    used = {phrases.noun(d) for d in query.dimensions}
    fixed = _named(query.where)
    for attribute in categories_near(model, query.subject):
        if (attribute.entity, attribute.name) in fixed:
            continue
        words = phrases.attribute(attribute)
        if words not in used:
            return [f"split that by {words}" if query.dimensions else f"by {words}"]
    return []


def categories_near(model: SemanticModel, owner: str) -> list[Attribute]:
    """Categories of few values that rows of an entity can be grouped by: its own, then those one step "to one"."""
    entity = model.by_name.get(owner)
    if entity is None:
        return []
    found = [Attribute(entity=entity.name, name=name) for name in _categories(entity)]
    for relationship in model.relationships:
        target = model.by_name.get(relationship.to_entity)
        if relationship.from_entity == owner and target is not None and not relationship.role and not target.hidden:
            found += [Attribute(entity=target.name, name=name) for name in _categories(target)]
    return found


def _categories(entity: Entity) -> list[str]:
    return [
        a.name
        for a in entity.attributes
        if a.role is Role.CATEGORY and not a.hidden and a.distinct_count is not None and 2 <= a.distinct_count <= 40
    ]


def _named(where: Filter | None) -> set[tuple[str, str]]:
    """The attributes that a filter already speaks of."""
    if where is None:
        return set()
    found: set[tuple[str, str]] = set()

    def walk(node: object) -> None:
        if isinstance(node, dict):
            if node.get("kind") == "attribute":
                found.add((node["entity"], node["name"]))
            for inner in node.values():
                walk(inner)
        elif isinstance(node, list | tuple):
            for inner in node:
                walk(inner)

    walk(where.model_dump())
    return found


def _period(query: AnalyticQuery) -> list[str]:
    window = query.time
    if window is None or window.start is None or window.end is None or query.comparison is not None:
        return []
    label = window.label.lower()
    start, end = (v.date() if isinstance(v, dt.datetime) else v for v in (window.start, window.end))
    year = (start.month, start.day, end.month, end.day) == (1, 1, 1, 1) and end.year == start.year + 1
    if year:
        return [f"what about {start.year - 1}"]
    if label == "last month":
        return ["what about this month"]
    month = start.day == 1 and end.day == 1 and 28 <= (end - start).days <= 31
    if month:
        before = start - dt.timedelta(days=1)
        return [f"what about {before:%B} {before.year}"]
    return []


def _size(query: AnalyticQuery, result: ResultTable) -> list[str]:
    limit = query.limit
    if limit is not None:
        if limit.per or limit.count <= 5 or result.row_count <= 5:
            return []
        side = "top" if not query.order or query.order[0].direction is Direction.DESC else "bottom"
        return [f"{side} 5"]
    grouped = query.measures and len(query.dimensions) == 1 and not isinstance(query.dimensions[0].of, Truncated)
    return ["top 5"] if grouped and result.row_count > 10 else []


def _share(query: AnalyticQuery, shape: Shape) -> list[str]:
    field = shape.measure
    if len(query.measures) != 1 or query.calculations or query.comparison or field is None or query.limit is not None:
        return []
    adds_up = field.column.additive and not field.negative and field.column.role == "measure"
    return ["as a share"] if adds_up and len(shape.categories) == 1 and shape.time is None else []


def _chart(shape: Shape) -> list[str]:
    types = applicable(shape)
    for wanted in ("pie", "line", "bar", "stacked_bar", "heatmap", "table"):
        if wanted in types and wanted != types[0]:
            return [f"as a {said(wanted)}"]
    return []
