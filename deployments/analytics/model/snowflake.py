"""Snowflake semantic-model YAML: read into the same model."""

from __future__ import annotations

import datetime as dt

from deployments.analytics.model.builder import build_model
from deployments.analytics.model.file_spec import (
    DatasetSpec,
    FieldSpec,
    FilterSpec,
    MetricSpec,
    ModelSpec,
    RelationshipSpec,
    VerifiedSpec,
)
from deployments.analytics.model.infer import infer_model
from deployments.analytics.model.schema import SemanticModel
from deployments.analytics.model.yaml_lines import Node, invalid, load_yaml
from deployments.analytics.warehouse.connect import Warehouse

_DIALECT = "SNOWFLAKE"
_TOP = ("name", "description", "tables", "relationships", "verified_queries", "metrics", "custom_instructions", "comments", "module_custom_instructions")  # fmt: skip
_TABLE = ("name", "description", "synonyms", "base_table", "primary_key", "unique_keys", "dimensions", "time_dimensions", "facts", "measures", "metrics", "filters", "comments")  # fmt: skip
_COLUMN = ("name", "synonyms", "description", "expr", "data_type", "unique", "sample_values", "is_enum", "access_modifier", "cortex_search_service", "default_aggregation", "labels")  # fmt: skip


def parse_snowflake(text: str, warehouse: Warehouse | None = None) -> SemanticModel:
    """The model of a Snowflake file. Raises ModelError with the line of what is wrong."""
    spec = read_snowflake(load_yaml(text))
    return build_model(spec, infer_model(warehouse) if warehouse else None, warehouse)


def read_snowflake(document: Node) -> ModelSpec:
    """What a Snowflake document says. Raises ModelError."""
    document.expect(_TOP)
    tables = document.nodes("tables")
    if not tables:
        raise invalid(document.line, "tables is missing or empty")
    metrics = [_metric(node, "") for node in document.nodes("metrics")]
    metrics.extend(_metric(node, table.required("name")) for table in tables for node in table.nodes("metrics"))
    filters = [_filter(node, table.required("name")) for table in tables for node in table.nodes("filters")]
    return ModelSpec(
        name=document.required("name"),
        line=document.line,
        description=document.text("description").strip(),
        instructions=document.text("custom_instructions").strip(),
        datasets=[_table(node) for node in tables],
        relationships=[_relationship(node) for node in document.nodes("relationships")],
        metrics=metrics,
        filters=filters,
        verified=[_verified(node) for node in document.nodes("verified_queries")],
    )


def _table(node: Node) -> DatasetSpec:
    node.expect(_TABLE)
    base = node.node("base_table")
    source = tuple(part for part in (base.text("database"), base.text("schema"), base.text("table")) if part)
    fields = [_column(column, None) for column in node.nodes("dimensions")]
    fields.extend(_column(column, True) for column in node.nodes("time_dimensions"))
    fields.extend(_column(column, False) for column in (*node.nodes("facts"), *node.nodes("measures")))
    return DatasetSpec(
        name=node.required("name"),
        line=node.line_of("name"),
        source=source,
        primary_key=node.node("primary_key").texts("columns"),
        primary_key_line=node.line_of("primary_key"),
        fields=fields,
        description=node.text("description").strip(),
        synonyms=node.texts("synonyms"),
    )


def _column(node: Node, is_time: bool | None) -> FieldSpec:
    node.expect(_COLUMN)
    name = node.required("name")
    return FieldSpec(
        name=name,
        sql=node.text("expr") or name,
        dialect=_DIALECT,
        line=node.line_of("expr"),
        description=node.text("description").strip(),
        synonyms=node.texts("synonyms"),
        data_type=node.text("data_type"),
        is_time=is_time,
    )


def _metric(node: Node, table: str) -> MetricSpec:
    node.expect(("name", "synonyms", "description", "expr", "access_modifier", "data_type"))
    return MetricSpec(
        name=node.required("name"),
        sql=node.required("expr"),
        dialect=_DIALECT,
        line=node.line_of("expr"),
        dataset=table,
        description=node.text("description").strip(),
        synonyms=node.texts("synonyms"),
    )


def _filter(node: Node, table: str) -> FilterSpec:
    node.expect(("name", "synonyms", "description", "expr"))
    return FilterSpec(
        name=node.required("name"),
        sql=node.required("expr"),
        dialect=_DIALECT,
        line=node.line_of("expr"),
        dataset=table,
        description=node.text("description").strip(),
        synonyms=node.texts("synonyms"),
    )


def _verified(node: Node) -> VerifiedSpec:
    node.expect(("name", "question", "sql", "verified_at", "verified_by", "use_as_onboarding_question"))
    return VerifiedSpec(
        name=node.required("name"),
        question=node.required("question"),
        sql=node.required("sql"),
        line=node.line_of("sql"),
        dialect=_DIALECT,
        verified_at=_day(node.text("verified_at")),
        verified_by=node.text("verified_by").strip(),
    )


def _day(text: str) -> str:
    """A moment, which Snowflake writes in seconds since 1970, as a date; any other text as it is."""
    seconds = text.strip()
    if not seconds.isdigit():
        return seconds
    return dt.datetime.fromtimestamp(int(seconds), dt.UTC).date().isoformat()


def _relationship(node: Node) -> RelationshipSpec:
    node.expect(("name", "left_table", "right_table", "relationship_columns", "join_type", "relationship_type"))
    pairs = node.nodes("relationship_columns")
    return RelationshipSpec(
        name=node.required("name"),
        line=node.line_of("name"),
        from_dataset=node.required("left_table"),
        to_dataset=node.required("right_table"),
        from_columns=tuple(pair.required("left_column") for pair in pairs),
        to_columns=tuple(pair.required("right_column") for pair in pairs),
        extra={"one_to_one": True} if node.text("relationship_type") == "one_to_one" else {},
    )
