"""Answers about the data itself, from the semantic model: what there is, what it means, how fresh it is."""

from __future__ import annotations

import datetime as dt

from deployments.analytics.catalog.derivation import derive
from deployments.analytics.catalog.starters import starter_questions
from deployments.analytics.insights.phrases import Phrases
from deployments.analytics.insights.wording import capitalized, counted, listing, moment, nearest, text
from deployments.analytics.model.schema import Attribute, Entity, Metric, Role, SemanticModel
from deployments.contracts.agents import MetadataAnswer, MetadataTopic
from deployments.contracts.answers import Cell, ColumnType, ResultColumn, ResultTable

__all__ = ["describe", "starter_questions"]

MEANING = {
    Role.KEY: "identifies the row", Role.REFERENCE: "points at another table", Role.LABEL: "name",
    Role.CATEGORY: "category", Role.TEXT: "free text", Role.ADDITIVE: "amount that can be summed",
    Role.RATE: "number that is averaged, not summed", Role.TIME: "when", Role.FLAG: "yes or no",
    Role.CODE: "code", Role.YEAR: "year",
}  # fmt: skip


def describe(model: SemanticModel, topic: MetadataTopic) -> MetadataAnswer:
    """Answer a question about the data. A name the model lacks is said, with the nearest ones."""
    match topic.kind:
        case "overview":
            return _overview(model)
        case "tables":
            return _tables(model)
        case "describe":
            return _describe(model, topic.names) if topic.names else _overview(model)
        case "freshness":
            return _freshness(model, topic.names)
        case "examples":
            return _examples(model)
        case "derivation":
            assert topic.derivation is not None
            return derive(model, topic.derivation)


def _visible(model: SemanticModel) -> list[Entity]:
    return [entity for entity in model.entities if not entity.hidden]


def _table(columns: list[tuple[str, str, ColumnType]], rows: list[tuple[Cell, ...]]) -> ResultTable:
    return ResultTable(tuple(ResultColumn(name=n, label=label, type=kind) for n, label, kind in columns), rows)


def _overview(model: SemanticModel) -> MetadataAnswer:
    entities = _visible(model)
    facts = [e.plural for e in entities if e.kind == "fact"]
    others = [e.plural for e in entities if e.kind == "dimension"]
    parts = [model.description] if model.description else []
    parts.append(f"There {'is' if len(entities) == 1 else 'are'} {counted(len(entities), 'table')}.")
    if facts:
        parts.append(f"What happened is in {listing(facts)}.")
    if others:
        parts.append(f"What it happened to is in {listing(others)}." if facts else f"They hold {listing(others)}.")
    if model.metrics:
        names = [m.label for m in model.metrics]
        more = f" and {len(names) - 8} more" if len(names) > 8 else ""
        parts.append(f"Measures with a name: {listing(names[:8]) if not more else ', '.join(names[:8]) + more}.")
    latest = [day for e in entities if e.kind == "fact" and (day := _latest(e))]
    if latest:
        parts.append(f"The data reaches to {moment(max(latest))}.")
    return MetadataAnswer(
        response=" ".join(parts), result=_tables_result(entities), suggestions=starter_questions(model)[:4]
    )


def _tables_result(entities: list[Entity]) -> ResultTable:
    rows: list[tuple[Cell, ...]] = [
        (e.name, e.kind, e.row_count, sum(not a.hidden for a in e.attributes), e.description or _made_of(e))
        for e in entities
    ]
    return _table(
        [("table", "Table", "text"), ("kind", "Kind", "text"), ("row_count", "Rows", "number"),
         ("column_count", "Columns", "number"), ("description", "Description", "text")],
        rows,
    )  # fmt: skip


def _made_of(entity: Entity) -> str:
    labels = [a.label for a in entity.attributes if not a.hidden and a.role not in (Role.KEY, Role.REFERENCE)]
    return listing(labels[:5]) if len(labels) <= 5 else f"{', '.join(labels[:5])}, …"


def _tables(model: SemanticModel) -> MetadataAnswer:
    entities = _visible(model)
    told = [
        f"{e.plural} ({counted(e.row_count, 'row')})" if e.row_count is not None else e.plural
        for e in sorted(entities, key=lambda e: -(e.row_count or 0))
    ]
    shown = listing(told) if len(told) <= 12 else f"{', '.join(told[:12])} and {len(told) - 12} more"
    verb = "is" if len(entities) == 1 else "are"
    response = f"There {verb} {counted(len(entities), 'table')}: {shown}." if entities else "There are no tables."
    suggestions = tuple(f"describe {e.plural}" for e in entities[:4])
    return MetadataAnswer(response=response, result=_tables_result(entities), suggestions=suggestions)


def _describe(model: SemanticModel, names: tuple[str, ...]) -> MetadataAnswer:
    texts: list[str] = []
    table: ResultTable | None = None
    for name in names:
        owner, _, attribute_name = name.partition(".")
        entity, metric = model.by_name.get(owner), model.metrics_by_name.get(name)
        if entity is not None and entity.hidden:
            entity = None
        if metric is not None:
            texts.append(_metric_text(model, metric))
        if entity is not None and not attribute_name:
            texts.append(_entity_text(model, entity))
            table = table or _attributes_result(entity)
        elif entity is not None and (attribute := entity.by_name.get(attribute_name)) and not attribute.hidden:
            texts.append(_attribute_text(entity, attribute))
            table = table or _values_result(attribute)
        elif metric is None:
            near = nearest(
                name, [n for e in _visible(model) for n in (e.name, e.plural)] + [m.name for m in model.metrics]
            )
            texts.append(
                f"There is nothing called {text(name)}." + (f" Did you mean {listing(near, 'or')}?" if near else "")
            )
    return MetadataAnswer(response=" ".join(texts), result=table, suggestions=_questions_about(model, names))


def _questions_about(model: SemanticModel, names: tuple[str, ...]) -> tuple[str, ...]:
    wanted = [
        n.lower()
        for name in names
        for n in (model.by_name[name].plural if name in model.by_name else name.split(".")[-1],)
    ]
    fitting = [q for q in starter_questions(model) if any(n in q.lower() for n in wanted)]
    return tuple(fitting[:3])


def _metric_text(model: SemanticModel, metric: Metric) -> str:
    words = Phrases(model).measure(metric.measure)
    parts = [f"{capitalized(metric.label)} is {metric.definition or words}."]
    if metric.definition and words.lower() not in metric.definition.lower():
        parts.append(f"It is computed as {words}.")
    if metric.description:
        parts.append(_sentence(metric.description))
    if metric.unit:
        parts.append(f"Unit: {metric.unit}.")
    if metric.synonyms:
        parts.append(f"Also called {listing(metric.synonyms[:4], 'or')}.")
    if metric.derived:
        parts.append("This was worked out from the names and values of the data, not declared in a model file.")
    return " ".join(parts)


def _sentence(words: str) -> str:
    return words if words.rstrip().endswith((".", "!", "?")) else f"{words.rstrip()}."


def _entity_text(model: SemanticModel, entity: Entity) -> str:
    rows = f" with {counted(entity.row_count, 'row')}" if entity.row_count is not None else ""
    shown = [a for a in entity.attributes if not a.hidden]
    parts = [f"{capitalized(entity.plural)} is a table{rows} and {counted(len(shown), 'column')}."]
    if entity.description:
        parts.append(_sentence(entity.description))
    if entity.primary_key:
        parts.append(f"A row is identified by {listing(entity.primary_key)}.")
    for relationship in model.relationships:
        other, guessed = None, " (inferred from names and values)" if relationship.inferred else ""
        if (
            relationship.from_entity == entity.name
            and (other := model.by_name.get(relationship.to_entity))
            and not other.hidden
        ):
            role = f" as its {relationship.role}" if relationship.role else ""
            parts.append(f"Each {entity.label} belongs to one {other.label}{role}{guessed}.")
        elif (
            relationship.to_entity == entity.name
            and (other := model.by_name.get(relationship.from_entity))
            and not other.hidden
        ):
            many = f"one {other.label}" if relationship.one_to_one else f"many {other.plural}"
            parts.append(
                f"{'An' if entity.label[:1].lower() in 'aeiou' else 'A'} {entity.label} may have {many}{guessed}."
            )
    latest = _latest(entity)
    if latest is not None and entity.default_time:
        parts.append(f"Its {entity.by_name[entity.default_time].label} reaches to {moment(latest)}.")
    own = [m.label for m in model.metrics if f'"entity":"{entity.name}"' in m.measure.model_dump_json()]
    if own:
        parts.append(f"Measures: {listing(own[:6])}.")
    return " ".join(parts)


def _attribute_text(entity: Entity, attribute: Attribute) -> str:
    kind = "text" if attribute.data_type == "other" else attribute.data_type.value
    parts = [f"{capitalized(attribute.label)} is a column of {entity.plural} ({kind}; {MEANING[attribute.role]})."]
    if attribute.description:
        parts.append(_sentence(attribute.description))
    if attribute.unit:
        parts.append(f"Unit: {attribute.unit}.")
    if (
        attribute.minimum is not None
        and attribute.maximum is not None
        and (attribute.data_type.is_number or attribute.data_type.is_time)
    ):
        parts.append(
            f"It runs from {text(attribute.minimum, attribute.unit)} to {text(attribute.maximum, attribute.unit)}."
        )
    if attribute.distinct_count is not None:
        parts.append(f"It has {counted(attribute.distinct_count, 'distinct value')}.")
    examples = _examples_of(attribute)
    if examples:
        parts.append(f"Examples: {examples}.")
    if attribute.null_fraction > 0:
        parts.append(f"{text(attribute.null_fraction, '%')} of the rows have none.")
    if attribute.expression:
        parts.append("It is computed from the table's columns.")
    return " ".join(parts)


def _examples_of(attribute: Attribute) -> str:
    if attribute.role in (Role.KEY, Role.REFERENCE):
        return ""
    return listing(text(value, attribute.unit) for value in attribute.samples[:5] if value is not None)


def _attributes_result(entity: Entity) -> ResultTable:
    rows: list[tuple[Cell, ...]] = [
        (
            a.name,
            a.label,
            a.data_type.value,
            MEANING[a.role],
            a.unit,
            a.distinct_count,
            _examples_of(a) or None,
            a.description or None,
        )
        for a in entity.attributes
        if not a.hidden
    ]
    return _table(
        [("column", "Column", "text"), ("label", "Label", "text"), ("type", "Type", "text"), ("meaning", "Meaning", "text"),
         ("unit", "Unit", "text"), ("distinct_values", "Distinct values", "number"), ("examples", "Examples", "text"),
         ("description", "Description", "text")],
        rows,
    )  # fmt: skip


def _values_result(attribute: Attribute) -> ResultTable | None:
    if attribute.role in (Role.KEY, Role.REFERENCE) or not attribute.samples:
        return None
    values: list[tuple[Cell, ...]] = [(text(value, attribute.unit),) for value in attribute.samples[:100]]
    return _table([("value", "Frequent values", "text")], values)


def _latest(entity: Entity) -> dt.date | None:
    time = entity.by_name.get(entity.default_time) if entity.default_time else None
    return time.maximum if time is not None and isinstance(time.maximum, dt.date) else None


def _freshness(model: SemanticModel, names: tuple[str, ...]) -> MetadataAnswer:
    asked = {name.partition(".")[0] for name in names}
    entities = [e for e in _visible(model) if (not asked or e.name in asked) and _latest(e) is not None]
    facts = [e for e in entities if e.kind == "fact"] if not asked else []
    shown = facts or entities
    if not shown:
        return MetadataAnswer(
            response="No table has a date that says when its rows happened, so how fresh they are is not known."
        )
    told: list[str] = []
    rows: list[tuple[Cell, ...]] = []
    for entity in sorted(shown, key=_newest, reverse=True):
        latest = _latest(entity)
        assert latest is not None
        assert entity.default_time is not None
        time = entity.by_name[entity.default_time]
        since = f" from {moment(time.minimum)}" if isinstance(time.minimum, dt.date) else ""
        told.append(f"{entity.plural}{since} to {moment(latest)} ({time.label})")
        rows.append((entity.name, time.name, _cell(time.minimum), _cell(time.maximum), entity.row_count))
    table = _table(
        [("table", "Table", "text"), ("date_column", "Date", "text"), ("earliest", "Earliest", "datetime"),
         ("latest", "Latest", "datetime"), ("row_count", "Rows", "number")],
        rows,
    )  # fmt: skip
    return MetadataAnswer(response=f"The data reaches: {listing(told[:8])}.", result=table)


def _cell(value: Cell) -> Cell:
    return value


def _newest(entity: Entity) -> str:
    latest = _latest(entity)
    return latest.isoformat() if latest else ""


def _examples(model: SemanticModel) -> MetadataAnswer:
    questions = starter_questions(model)
    if not questions:
        return MetadataAnswer(response="There is no data to ask about.")
    shown = listing([f"“{question}”" for question in questions[:4]], "or")
    rows: list[tuple[Cell, ...]] = [(question,) for question in questions]
    table = _table([("question", "Question", "text")], rows)
    return MetadataAnswer(response=f"You can ask, for example: {shown}.", result=table, suggestions=questions[:4])
