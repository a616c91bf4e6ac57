"""Apache Ossie core files: read, and written.

What Ossie lacks stands in `custom_extensions` of the vendor BI_WORKBENCH, as a JSON object: for the model `extends`
(true: what the file does not name stays as inferred), `currency`, `calendar`, `filters`, `verified_queries`, `notes`;
for a dataset, field, relationship or metric the fields of its type in `schema.py`, such as `role`, `unit`, `hidden`.
"""

from __future__ import annotations

import json
from typing import Any

import yaml

from deployments.analytics.model.builder import attribute_extra, build_model
from deployments.analytics.model.expressions import NotExpressible, measure_sql
from deployments.analytics.model.file_spec import (
    DatasetSpec,
    FieldSpec,
    MetricSpec,
    ModelSpec,
    RelationshipSpec,
    VerifiedSpec,
)
from deployments.analytics.model.infer import infer_model
from deployments.analytics.model.schema import Attribute, DataType, Entity, Metric, Relationship, Role, SemanticModel
from deployments.analytics.model.yaml_lines import Node, invalid, load_yaml, unknown
from deployments.analytics.warehouse.connect import Warehouse

VERSION = "0.2.0.dev0"
VENDOR = "BI_WORKBENCH"
_COMMON = ("description", "ai_context", "custom_extensions")
_PREFERRED = ("DUCKDB", "ANSI_SQL", "SNOWFLAKE", "DATABRICKS", "BIGQUERY")
_TYPES = {
    DataType.TEXT: "String",
    DataType.INTEGER: "Integer",
    DataType.DECIMAL: "Decimal",
    DataType.FLOAT: "Float",
    DataType.BOOLEAN: "Boolean",
    DataType.DATE: "Date",
    DataType.TIME: "Time",
    DataType.TIMESTAMP: "DateTime",
}


def parse_ossie(text: str, warehouse: Warehouse | None = None) -> SemanticModel:
    """The model of an Ossie file. Raises ModelError with the line of what is wrong.

    With a warehouse, every table and column named must exist, and statistics come from its data."""
    spec = read_ossie(load_yaml(text))
    return build_model(spec, infer_model(warehouse) if warehouse else None, warehouse)


def read_ossie(document: Node) -> ModelSpec:
    """What an Ossie document says. Raises ModelError."""
    document.expect(("version", "semantic_model", *_COMMON))
    models = document.nodes("semantic_model")
    if len(models) != 1:
        raise invalid(document.line_of("semantic_model"), f"expected one semantic model, found {len(models)}")
    (model,) = models
    model.expect(("name", "datasets", "relationships", "metrics", *_COMMON))
    extra = _extension(model)
    line = model.line_of("custom_extensions")
    return ModelSpec(
        name=model.required("name"),
        line=model.line,
        description=model.text("description").strip(),
        instructions=_context(model)[1],
        datasets=[_dataset(node) for node in model.nodes("datasets")],
        relationships=[_relationship(node) for node in model.nodes("relationships")],
        metrics=[_metric(node) for node in model.nodes("metrics")],
        extends=bool(extra.pop("extends", False)),
        verified=[_verified(item, line) for item in extra.pop("verified_queries", ())],
        extra=extra,
    )


def _dataset(node: Node) -> DatasetSpec:
    node.expect(("name", "source", "primary_key", "unique_keys", "fields", *_COMMON))
    source = node.required("source").strip()
    is_query = source.split(None, 1)[0].lower() in ("select", "with") or source.startswith("(")
    return DatasetSpec(
        name=node.required("name"),
        line=node.line_of("name"),
        source=() if is_query else tuple(part.strip('"`[] ') for part in source.split(".")),
        query=source.strip("() ;\n") if is_query else "",
        primary_key=node.texts("primary_key"),
        primary_key_line=node.line_of("primary_key"),
        fields=[_field(field) for field in node.nodes("fields")],
        description=node.text("description").strip(),
        synonyms=_context(node)[0],
        extra=_extension(node),
    )


def _field(node: Node) -> FieldSpec:
    node.expect(("name", "expression", "dimension", "label", "datatype", *_COMMON))
    sql, dialect, line = _expression(node)
    time = node.node("dimension").get("is_time")
    return FieldSpec(
        name=node.required("name"),
        sql=sql,
        dialect=dialect,
        line=line,
        label=node.text("label"),
        description=node.text("description").strip(),
        synonyms=_context(node)[0],
        data_type=node.text("datatype"),
        is_time=time if isinstance(time, bool) else None,
        extra=_extension(node),
    )


def _relationship(node: Node) -> RelationshipSpec:
    node.expect(("name", "from", "to", "from_columns", "to_columns", *_COMMON))
    return RelationshipSpec(
        name=node.required("name"),
        line=node.line_of("name"),
        from_dataset=node.required("from"),
        to_dataset=node.required("to"),
        from_columns=node.texts("from_columns"),
        to_columns=node.texts("to_columns"),
        extra=_extension(node),
    )


def _metric(node: Node) -> MetricSpec:
    node.expect(("name", "expression", "datatype", *_COMMON))
    sql, dialect, line = _expression(node)
    return MetricSpec(
        name=node.required("name"),
        sql=sql,
        dialect=dialect,
        line=line,
        description=node.text("description").strip(),
        synonyms=_context(node)[0],
        extra=_extension(node),
    )


def _verified(item: Any, line: int) -> VerifiedSpec:
    known = ("name", "question", "sql", "verified_at", "verified_by")
    if not isinstance(item, dict) or not all(str(item.get(key, "")).strip() for key in known[:3]):
        raise invalid(line, "each of verified_queries needs a name, a question and sql")
    for key in item:
        if key not in known:
            raise unknown(line, "key", str(key), known, "verified_queries")
    return VerifiedSpec(line=line, **{key: str(item.get(key, "")).strip() for key in known})


def _expression(node: Node) -> tuple[str, str, int]:
    """The SQL in the dialect that is nearest to ours, that dialect, and the line."""
    expression = node.node("expression")
    written = {item.text("dialect").upper(): item for item in expression.nodes("dialects")}
    for dialect in (*_PREFERRED, *written):
        if dialect in written:
            item = written[dialect]
            return item.required("expression"), dialect, item.line_of("expression")
    raise invalid(node.line, f"{node.text('name') or 'it'} has no expression")


def _context(node: Node) -> tuple[tuple[str, ...], str]:
    """Synonyms and instructions."""
    found = node.get("ai_context")
    if isinstance(found, str):
        return (), found.strip()
    context = node.node("ai_context")
    return context.texts("synonyms"), context.text("instructions").strip()


def _extension(node: Node) -> dict[str, Any]:
    for item in node.nodes("custom_extensions"):
        if item.text("vendor_name").upper() == VENDOR:
            try:
                data = json.loads(item.required("data"))
            except ValueError as error:
                raise invalid(item.line_of("data"), "data of custom_extensions must be a JSON object") from error
            if not isinstance(data, dict):
                raise invalid(item.line_of("data"), "data of custom_extensions must be a JSON object")
            return data
    return {}


# --- writing ---------------------------------------------------------------------------------------------------------


def dump_ossie(model: SemanticModel) -> str:
    """The model as an Ossie file, which `parse_ossie` reads back as the same model."""
    own = {"name", "description", "dialect", "entities", "relationships", "metrics", "instructions", "unfollowed"}
    extra = model.model_dump(mode="json", exclude_defaults=True, exclude=own)
    if model.filters:
        # A condition's kind is a default of its type, and what tells one from the other.
        extra["filters"] = [named.model_dump(mode="json") for named in model.filters]
    content = {
        "name": model.name,
        "description": model.description,
        "ai_context": {"instructions": model.instructions} if model.instructions else None,
        "datasets": [_dataset_out(entity) for entity in model.entities],
        "relationships": [_relationship_out(relationship) for relationship in model.relationships],
        "metrics": [_metric_out(metric) for metric in model.metrics],
        "custom_extensions": _extension_out(extra),
    }
    document = {"version": VERSION, "semantic_model": [_without_empty(content)]}
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)


def _dataset_out(entity: Entity) -> dict[str, Any]:
    left_out = {
        "name",
        "table",
        "schema_name",
        "catalog",
        "synonyms",
        "description",
        "attributes",
        "primary_key",
        "sql",
        "row_count",
    }
    extra = entity.model_dump(mode="json", exclude_defaults=True, exclude=left_out)
    source = entity.sql or ".".join(part for part in (entity.catalog, entity.schema_name, entity.table) if part)
    return _without_empty(
        {
            "name": entity.name,
            "source": source,
            "primary_key": list(entity.primary_key),
            "description": entity.description,
            "ai_context": _synonyms_out(entity.synonyms),
            "fields": [_field_out(attribute) for attribute in entity.attributes],
            "custom_extensions": _extension_out(extra),
        }
    )


def _field_out(attribute: Attribute) -> dict[str, Any]:
    left_out = ("name", "label", "expression", "synonyms", "description")
    return _without_empty(
        {
            "name": attribute.name,
            "expression": _expression_out(attribute.expression or _quoted(attribute.name)),
            "dimension": {"is_time": True} if attribute.role is Role.TIME else None,
            "label": attribute.label,
            "description": attribute.description,
            "datatype": _TYPES.get(attribute.data_type, "Opaque"),
            "ai_context": _synonyms_out(attribute.synonyms),
            "custom_extensions": _extension_out(attribute_extra(attribute, left_out)),
        }
    )


def _relationship_out(relationship: Relationship) -> dict[str, Any]:
    left_out = {"name", "from_entity", "to_entity", "from_attributes", "to_attributes"}
    extra = relationship.model_dump(mode="json", exclude_defaults=True, exclude=left_out)
    return _without_empty(
        {
            "name": relationship.name,
            "from": relationship.from_entity,
            "to": relationship.to_entity,
            "from_columns": list(relationship.from_attributes),
            "to_columns": list(relationship.to_attributes),
            "custom_extensions": _extension_out(extra),
        }
    )


def _metric_out(metric: Metric) -> dict[str, Any]:
    extra = metric.model_dump(
        mode="json", exclude_defaults=True, exclude={"name", "measure", "synonyms", "description"}
    )
    try:
        sql = measure_sql(metric.measure)
    except NotExpressible:
        sql = "NULL"
        extra["measure"] = metric.measure.model_dump(mode="json")
    return _without_empty(
        {
            "name": metric.name,
            "expression": _expression_out(sql),
            "description": metric.description,
            "ai_context": _synonyms_out(metric.synonyms),
            "custom_extensions": _extension_out(extra),
        }
    )


def _expression_out(sql: str) -> dict[str, Any]:
    return {"dialects": [{"dialect": "ANSI_SQL", "expression": sql}]}


def _synonyms_out(synonyms: tuple[str, ...]) -> dict[str, Any] | None:
    return {"synonyms": list(synonyms)} if synonyms else None


def _extension_out(extra: dict[str, Any]) -> list[dict[str, str]] | None:
    return [{"vendor_name": VENDOR, "data": json.dumps(extra, ensure_ascii=False)}] if extra else None


def _without_empty(content: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in content.items() if value not in (None, "", [], {})}


def _quoted(name: str) -> str:
    return name if name.isidentifier() else '"' + name.replace('"', '""') + '"'


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True
