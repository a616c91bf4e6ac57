"""The passes in order, and the model they end in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from deployments.analytics.model.infer.draft import Column, Link, Schema, TableDraft, Words
from deployments.analytics.model.infer.durations import add_durations
from deployments.analytics.model.infer.keys import find_composite_keys, find_keys
from deployments.analytics.model.infer.kinds import settle_kinds
from deployments.analytics.model.infer.links import find_links, finish_links
from deployments.analytics.model.infer.metrics import derive_metrics
from deployments.analytics.model.infer.naming import name_all
from deployments.analytics.model.infer.profile import profile
from deployments.analytics.model.infer.roles import give_roles
from deployments.analytics.model.infer.time_parts import find_time_parts
from deployments.analytics.model.infer.types import type_all
from deployments.analytics.model.infer.words import pieces, plural, singular
from deployments.analytics.model.schema import Attribute, Entity, Relationship, Role, SemanticModel
from deployments.analytics.warehouse.connect import Warehouse
from deployments.contracts.query import Function


def infer_model(warehouse: Warehouse) -> SemanticModel:
    """The semantic model of the warehouse as its data shows it. Raises WarehouseUnavailable."""
    schema = read_schema(warehouse)
    profile(warehouse, schema)
    name_all(schema)
    type_all(warehouse, schema)
    find_keys(schema)
    find_links(warehouse, schema)
    find_composite_keys(warehouse, schema)
    finish_links(schema)
    give_roles(schema)
    find_time_parts(warehouse, schema)
    settle_kinds(schema)
    add_durations(schema)
    return SemanticModel(
        name=warehouse.name,
        dialect=warehouse.dialect,
        entities=tuple(_entity(warehouse, table, frozenset(t.words for t in schema.tables)) for table in schema.tables),
        relationships=_relationships(schema),
        metrics=derive_metrics(schema),
        notes=tuple(schema.notes),
    )


def read_schema(warehouse: Warehouse) -> Schema:
    """The tables as drafts, named uniquely: with their schema where two schemas have a table of one name."""
    tables = [
        TableDraft(source=table, columns=[Column(column, i) for i, column in enumerate(table.columns)])
        for table in warehouse.tables()
        if table.columns
    ]
    times = Counter(table.source.name for table in tables)
    for table in tables:
        table.name = (
            table.source.name if times[table.source.name] == 1 else f"{table.source.schema}_{table.source.name}"
        )
    return Schema(tables)


def _entity(warehouse: Warehouse, table: TableDraft, known: frozenset[Words]) -> Entity:
    label = " ".join(table.words)
    return Entity(
        name=table.name,
        label=label,
        plural=" ".join((*table.words[:-1], plural(table.words[-1]))),
        table=table.source.name,
        schema_name=None if table.source.schema == warehouse.default_schema else table.source.schema,
        synonyms=(*table.synonyms, *_also_called(table, known)),
        description=table.source.comment,
        kind=table.kind,
        attributes=tuple(_attribute(column, table) for column in (*table.columns, *table.computed)),
        primary_key=table.key,
        label_attribute=table.label_attribute,
        display=_display(table),
        default_time=table.default_time,
        row_count=table.rows,
        counted_by=_counted_by(table),
    )


def _also_called(table: TableDraft, known: frozenset[Words]) -> Iterator[str]:
    """What else people call a row: by its schema where two have such a table ("crm account"), and by its key ("respondent"
    in a survey whose key is the respondent's id) unless a table is called so."""
    if table.name != table.source.name:
        yield " ".join((*pieces(table.source.schema), *table.words))
    if len(table.key) == 1:
        words = table.by_name[table.key[0]].words
        named = (*words[:-2], singular(words[-2])) if len(words) > 1 and words[-1] in ("id", "key") else ()
        if named and named not in known and not set(named) <= set(table.words):
            yield " ".join(named)


def _attribute(column: Column, table: TableDraft) -> Attribute:
    function = {Role.ADDITIVE: Function.SUM, Role.RATE: Function.AVG}.get(column.role)
    return Attribute(
        name=column.name,
        label=column.label,
        data_type=column.data_type,
        role=column.role,
        expression=column.expression,
        synonyms=column.synonyms,
        description=column.source.comment,
        unit=column.unit,
        default_function=function,
        distinct_count=column.distinct if table.rows else None,
        unique=column.unique,
        null_fraction=round(1 - column.filled / table.rows, 6) if table.rows else 0.0,
        minimum=column.minimum,
        maximum=column.maximum,
        samples=column.samples,
        true_values=column.true_values,
        false_values=column.false_values,
        stored_as_text=column.stored_as_text,
        time_part=column.time_part,
        precision=column.precision,
    )


def _display(table: TableDraft) -> tuple[str, ...]:
    """The label and up to four attributes that say most about a row."""
    chosen = [table.label_attribute] if table.label_attribute else list(table.key)
    order = (Role.TIME, Role.ADDITIVE, Role.CATEGORY, Role.RATE, Role.YEAR, Role.CODE)
    for role in order:
        chosen.extend(column.name for column in table.columns if column.role is role and column.name not in chosen)
    return tuple(chosen[:5])


def _counted_by(table: TableDraft) -> str | None:
    """ "count" in a table of check-ins that tells their weekday and no date: its rows were counted up before they were kept.
    "check-in count" says so by itself."""
    own = table.words
    names = [(*own, "count"), ("number", "of", *own), ("number", "of", *own[:-1], plural(own[-1]))]
    parts = any(column.time_part is not None for column in table.columns)
    if parts and not any(column.data_type.is_time for column in (*table.columns, *table.computed)):
        names.append(("count",))
    found = [c.name for c in table.columns if c.role is Role.ADDITIVE and c.words in names]
    return found[0] if len(found) == 1 else None


def _relationships(schema: Schema) -> tuple[Relationship, ...]:
    names: Counter[str] = Counter()
    return tuple(_relationship(link, names) for link in schema.links)


def _relationship(link: Link, names: Counter[str]) -> Relationship:
    role = " ".join(link.role)
    name = f"{link.table.name}_{'_'.join((*link.role, link.to_table.name))}"
    names[name] += 1
    return Relationship(
        name=name if names[name] == 1 else f"{name}_{names[name]}",
        from_entity=link.table.name,
        to_entity=link.to_table.name,
        from_attributes=link.columns,
        to_attributes=link.to_columns,
        role=role,
        one_to_one=link.one_to_one,
        confidence=link.confidence,
        inferred=link.inferred,
        complete=link.complete,
    )
