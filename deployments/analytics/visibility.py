"""What one caller may see of a semantic model: a model of their own, without what is not for them.

Everything downstream (language, values, suggestions, descriptions, compiler, guard) is built over that model, so none
of it knows of anything else. In it every row policy is a plain condition: the claims of the caller stand in it as
literals, and the guard puts it below every statement (`sql/policy.py`).

Two ways of not being there: an attribute or entity is `visible_to` other roles, or the caller lacks a claim that the
row policy of an entity asks for. The second is the safe reading of a policy that cannot be evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel
from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError

from deployments.analytics.model.schema import Attribute, Entity, SemanticModel
from deployments.analytics.model.values import table_sql
from deployments.analytics.sql import vocabulary
from deployments.analytics.sql.policy import apply_policies
from deployments.analytics.sql.render import render_condition
from deployments.analytics.sql.scopes import ScopeError, Uses, resolve_names
from deployments.analytics.sql.surface import Surface, surface_of
from deployments.analytics.warehouse.cells import plain
from deployments.analytics.warehouse.connect import Warehouse
from deployments.contracts.errors import ModelError
from deployments.contracts.identity import Principal

CLAIM = re.compile(r"\{(attributes\.[A-Za-z_][A-Za-z0-9_]*|user_id|tenant_id)\}")
MOST_SAMPLES = 100
_SAMPLE_LENGTH = 200

Claims = dict[str, Any]
"""The values of a caller by placeholder, such as `{attributes.region}`."""


def is_restricted(model: SemanticModel) -> bool:
    """Whether callers of this model may see different things."""
    return any(
        entity.row_policy is not None
        or entity.visible_to is not None
        or any(attribute.visible_to is not None for attribute in entity.attributes)
        for entity in model.entities
    )


def visibility_key(model: SemanticModel, principal: Principal) -> tuple[Any, ...]:
    """Equal for callers who see the same: the roles and claims that the model asks for, and nothing else of them."""
    roles: set[str] = set()
    names: set[str] = set()
    for entity in model.entities:
        names.update(match[0] for match in CLAIM.finditer(entity.row_policy or ""))
        roles.update(entity.visible_to or ())
        for attribute in entity.attributes:
            roles.update(attribute.visible_to or ())
    claims = claims_of(principal)
    return tuple(sorted(roles & principal.roles)), tuple((name, repr(claims.get(name))) for name in sorted(names))


def claims_of(principal: Principal) -> Claims:
    """The caller's values that a policy may name."""
    own = {"{user_id}": principal.user_id, "{tenant_id}": principal.tenant_id}
    return own | {f"{{attributes.{name}}}": value for name, value in principal.attributes.items()}


def check_policies(model: SemanticModel) -> None:
    """Raises ModelError for a row policy that cannot be applied, so that it is found when the model is loaded."""
    for entity in model.entities:
        if entity.row_policy is not None:
            _condition(entity)
        if entity.sql is not None and any(attribute.visible_to is not None for attribute in entity.attributes):
            raise ModelError(
                f"{entity.name} is a query, and a query's columns cannot be restricted with visible_to: "
                "leave them out of it, or restrict those of the tables it reads"
            )


def model_seen_by(model: SemanticModel, principal: Principal, warehouse: Warehouse) -> SemanticModel:
    """The model as the caller may see it, with statistics of the rows they may see. Raises WarehouseUnavailable."""
    claims = claims_of(principal)
    closed = _closed_columns(model, principal)
    entities = tuple(
        _narrowed(entity, closed.get(_table(entity), frozenset()), principal, claims, warehouse)
        for entity in model.entities
        if _may(entity.visible_to, principal) and _answered(entity, claims)
    )
    entities = _with_queries_narrowed(model, entities, closed, warehouse)
    kept = {entity.name: entity for entity in entities}
    relationships = tuple(
        # The rows that they point at may be out of sight.
        relationship.model_copy(update={"complete": False}) if kept[relationship.to_entity].row_policy else relationship
        for relationship in model.relationships
        if _has(kept, relationship.from_entity, relationship.from_attributes)
        and _has(kept, relationship.to_entity, relationship.to_attributes)
    )
    paths = frozenset(relationship.name for relationship in relationships)
    metrics = list(model.metrics)
    while gone := [
        metric
        for metric in metrics
        if not _stands(metric.measure, kept, paths, frozenset(other.name for other in metrics))
    ]:
        metrics = [metric for metric in metrics if metric not in gone]
    names = frozenset(metric.name for metric in metrics)
    filters = tuple(f for f in model.filters if f.entity in kept and _stands(f.where, kept, paths, names))
    return model.model_copy(
        update={
            "entities": entities,
            "relationships": relationships,
            "metrics": tuple(metrics),
            "filters": filters,
            "verified_queries": (),
            "notes": tuple(note for note in model.notes if _speaks_of_kept(note, model, kept)),
        }
    )


def _may(visible_to: tuple[str, ...] | None, principal: Principal) -> bool:
    return visible_to is None or not principal.roles.isdisjoint(visible_to)


def _answered(entity: Entity, claims: Claims) -> bool:
    return all(_is_usable(claims.get(match[0])) for match in CLAIM.finditer(entity.row_policy or ""))


def _is_usable(value: Any) -> bool:
    if isinstance(value, list):
        return bool(value) and all(isinstance(item, str | int | float) for item in value)
    return isinstance(value, str | int | float)


def _table(entity: Entity) -> tuple[str, ...]:
    return _names(entity.catalog, entity.schema_name, entity.table)


def _names(*parts: str | None) -> tuple[str, ...]:
    return tuple(part.lower() for part in parts if part and part != "main")


def _closed_columns(model: SemanticModel, principal: Principal) -> dict[tuple[str, ...], frozenset[str]]:
    """The columns of each table that the caller may not see, whatever entity or expression reads them."""
    closed: dict[tuple[str, ...], frozenset[str]] = {}
    for entity in model.entities:
        columns = {
            column
            for attribute in entity.attributes
            if not _may(attribute.visible_to, principal)
            for column in [_plain_column(attribute)]
            if column
        }
        closed[_table(entity)] = closed.get(_table(entity), frozenset()) | columns
    return closed


def _plain_column(attribute: Attribute) -> str | None:
    """The column that an attribute is; None for an expression."""
    if attribute.expression is None:
        return attribute.name.lower()
    tree = parse_one(attribute.expression, read="duckdb")
    return tree.name.lower() if isinstance(tree, exp.Column) else None


def _columns(attribute: Attribute) -> set[str]:
    if attribute.expression is None:
        return {attribute.name.lower()}
    tree = parse_one(attribute.expression, read="duckdb")
    return {column.name.lower() for column in tree.find_all(exp.Column)}


def _narrowed(
    entity: Entity, closed: frozenset[str], principal: Principal, claims: Claims, warehouse: Warehouse
) -> Entity:
    attributes = tuple(
        attribute
        for attribute in entity.attributes
        if _may(attribute.visible_to, principal) and closed.isdisjoint(_columns(attribute))
    )
    names = {attribute.name for attribute in attributes}

    def kept(name: str | None) -> str | None:
        return name if name in names else None

    narrowed = entity.model_copy(
        update={
            "attributes": attributes,
            "primary_key": entity.primary_key if names.issuperset(entity.primary_key) else (),
            "label_attribute": kept(entity.label_attribute),
            "default_time": kept(entity.default_time),
            "counted_by": kept(entity.counted_by),
            "display": tuple(name for name in entity.display if name in names),
        }
    )
    if entity.row_policy is None:
        return narrowed
    condition = render_condition(_condition(entity).transform(_with_claims, claims))
    return _counted(narrowed.model_copy(update={"row_policy": condition}), warehouse)


# --- entities that are queries --------------------------------------------------------------------------------------


def _with_queries_narrowed(
    model: SemanticModel,
    entities: tuple[Entity, ...],
    closed: dict[tuple[str, ...], frozenset[str]],
    warehouse: Warehouse,
) -> tuple[Entity, ...]:
    """Without the queries that read what is out of the caller's sight, and the others with row policies below them."""
    there = {_table(entity) for entity in entities if entity.sql is None}
    gone = {_table(entity) for entity in model.entities if entity.sql is None} - there
    entities = tuple(entity for entity in entities if entity.sql is None or not _reads(entity.sql, gone, closed))
    surface = surface_of(model.model_copy(update={"entities": entities, "relationships": ()}))
    narrowed = (_below_policies(entity, surface, warehouse) if entity.sql else entity for entity in entities)
    return tuple(entity for entity in narrowed if entity is not None)


def _reads(sql: str, gone: set[tuple[str, ...]], closed: dict[tuple[str, ...], frozenset[str]]) -> bool:
    """Whether a query reads a table that is not there for the caller, or a column that is closed to them. One that a
    CTE shares its name with counts, and a star reads every column."""
    tree = parse_one(sql, read="duckdb")
    tables = {_names(table.db, table.name) for table in tree.find_all(exp.Table)}
    shut = {column for table, columns in closed.items() if table[-2:] in tables for column in columns}
    named = {column.name.lower() for column in tree.find_all(exp.Column)}
    starred = any(not isinstance(star.parent, exp.Count) for star in tree.find_all(exp.Star))
    return any(table[-2:] in tables for table in gone) or bool(shut and (starred or shut & named))


def _below_policies(entity: Entity, surface: Surface, warehouse: Warehouse) -> Entity | None:
    tree = parse_one(f"SELECT 1 FROM ({entity.sql}) AS t", read="duckdb")
    uses = Uses()
    try:
        resolve_names(tree, surface, uses)
    except ScopeError:
        return None  # nor would the guard let it through
    if not apply_policies(uses.places, surface):
        return entity
    seen = tree.find(exp.From).this.this.sql("duckdb")  # type: ignore[union-attr]
    return _counted(entity.model_copy(update={"seen": seen}), warehouse)


# --- the condition --------------------------------------------------------------------------------------------------


def _condition(entity: Entity) -> exp.Expr:
    """The policy as a condition over the table's own columns, claims as quoted names. Raises ModelError."""

    def refused(why: str) -> ModelError:
        return ModelError(f"The row policy of {entity.name} {why}: {entity.row_policy}")

    if entity.sql is not None:
        raise refused("stands on a query; put it on the tables that the query reads")
    text = entity.row_policy or ""
    try:
        named = CLAIM.sub(lambda found: f'"{found[0]}"', text)
        tree = parse_one(f"SELECT 1 WHERE {named}", read="duckdb")
    except SqlglotError:
        raise refused("is not a condition in SQL") from None
    if not isinstance(tree, exp.Select) or set(filter(tree.args.get, tree.args)) != {"expressions", "where"}:
        raise refused("is not a condition in SQL")
    condition: exp.Expr = tree.args["where"].this
    attributes = {attribute.name.lower(): attribute for attribute in entity.attributes}
    for node in condition.walk():
        if isinstance(node, (exp.Query, exp.Star)) or type(node) not in vocabulary.ALLOWED:
            raise refused(f"may not use {type(node).__name__}; expected comparisons of its own columns")
        if isinstance(node, exp.Literal) and CLAIM.search(node.name):
            raise refused("holds a claim between quotes; write it without them")
    for column in list(condition.find_all(exp.Column)):
        if CLAIM.fullmatch(column.name):
            continue
        if column.table and column.table.lower() not in (entity.name.lower(), entity.table.lower()):
            raise refused(f"names {column.table}, which is another table")
        if column.name.lower() not in attributes:
            raise refused(f"names {column.name}, which is not an attribute of it")
        expression = attributes[column.name.lower()].expression
        own = exp.column(exp.to_identifier(attributes[column.name.lower()].name, quoted=True))
        column.replace(exp.Paren(this=parse_one(expression, read="duckdb")) if expression else own)
    return condition


def _with_claims(node: exp.Expr, claims: Claims) -> exp.Expr:
    """The claims put in as literals; one that is a list turns `=` and `IN` into a test of membership."""
    if isinstance(node, exp.In) and (field := node.args.get("field")) is not None and _is_claim(field):
        return exp.In(this=node.this, expressions=_literals(claims[field.name]))
    if isinstance(node, (exp.EQ, exp.NEQ)):
        for here, there in ((node.this, node.expression), (node.expression, node.this)):
            if _is_claim(there) and isinstance(claims[there.name], list):
                member = exp.In(this=here, expressions=_literals(claims[there.name]))
                return exp.Not(this=member) if isinstance(node, exp.NEQ) else member
    if _is_claim(node):
        values = _literals(claims[node.name])
        # A list where one value is expected is no condition that could hold.
        value: exp.Expr = values[0] if len(values) == 1 else exp.Null()
        return value
    return node


def _is_claim(node: exp.Expr) -> bool:
    return isinstance(node, exp.Column) and CLAIM.fullmatch(node.name) is not None


def _literals(value: Any) -> list[exp.Expr]:
    return [exp.convert(item) for item in (value if isinstance(value, list) else [value])]


# --- what follows from it -------------------------------------------------------------------------------------------


def _counted(entity: Entity, warehouse: Warehouse) -> Entity:
    """The entity with the statistics of the rows that its policy lets through: the others' would tell of them."""
    table = table_sql(entity)
    values = [attribute.expression or f'"{attribute.name}"' for attribute in entity.attributes]
    parts = [f"count({v}), count(DISTINCT {v}), min({v}), max({v})" for v in values]
    found = iter(warehouse.query(f"SELECT {', '.join(['count(*)', *parts])} FROM {table}")[0])
    rows = int(next(found))
    attributes = []
    for attribute, value in zip(entity.attributes, values, strict=True):
        filled, distinct, least, most = (next(found) for _ in range(4))
        bounded = attribute.minimum is not None
        attributes.append(
            attribute.model_copy(
                update={
                    "distinct_count": int(distinct),
                    "null_fraction": 1 - filled / rows if rows else 0.0,
                    "minimum": plain(least, "date") if bounded else None,
                    "maximum": plain(most, "date") if bounded else None,
                    "samples": _samples(value, table, warehouse) if attribute.samples else (),
                }
            )
        )
    return entity.model_copy(update={"attributes": tuple(attributes), "row_count": rows})


def _samples(value: str, table: str, warehouse: Warehouse) -> tuple[Any, ...]:
    top = f"SELECT {value} AS v, count(*) AS n FROM {table} WHERE {value} IS NOT NULL GROUP BY 1 ORDER BY n DESC, v LIMIT {MOST_SAMPLES}"
    return tuple(plain(row[0], "date") for row in warehouse.query(top) if len(str(row[0])) <= _SAMPLE_LENGTH)


def _has(kept: dict[str, Entity], entity: str, attributes: tuple[str, ...]) -> bool:
    return entity in kept and all(name in kept[entity].by_name for name in attributes)


def _stands(value: BaseModel, kept: dict[str, Entity], paths: frozenset[str], metrics: frozenset[str]) -> bool:
    """Whether everything that a measure or filter names is still there."""
    for part in _parts(value):
        names = {name: getattr(part, name, None) for name in ("entity", "to", "metric", "path", "subject")}
        if any(isinstance(names[role], str) and names[role] not in kept for role in ("entity", "to", "subject")):
            return False
        if isinstance(names["metric"], str) and names["metric"] not in metrics:
            return False
        if names["path"] and not paths.issuperset(names["path"]):
            return False
        if getattr(part, "kind", "") == "attribute" and part.name not in kept[part.entity].by_name:  # type: ignore[attr-defined]
            return False
    return True


def _parts(value: Any) -> Iterator[BaseModel]:
    """A value and all values within it."""
    if isinstance(value, BaseModel):
        yield value
        for name in type(value).model_fields:
            yield from _parts(getattr(value, name))
    elif isinstance(value, tuple):
        for item in value:
            yield from _parts(item)


def _speaks_of_kept(note: str, model: SemanticModel, kept: dict[str, Entity]) -> bool:
    """Whether a note of inference names nothing that is out of sight."""
    for entity in model.entities:
        names = [f"{entity.name}.{attribute.name}" for attribute in entity.attributes]
        if entity.name not in kept:
            names.append(entity.name)
        gone = [n for n in names if entity.name not in kept or n.partition(".")[2] not in kept[entity.name].by_name]
        if any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", note) for name in gone):
            return False
    return True
