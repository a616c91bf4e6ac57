"""Verified queries of a model file: brought to the warehouse's tables and dialect, and tried before they are trusted."""

from __future__ import annotations

from collections.abc import Iterable

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from deployments.analytics.model.file_spec import VerifiedSpec
from deployments.analytics.model.schema import Entity, SemanticModel, VerifiedQuery
from deployments.analytics.model.values import table_sql
from deployments.analytics.model.yaml_lines import invalid
from deployments.analytics.sql.guard import decide
from deployments.analytics.warehouse.connect import Warehouse
from deployments.contracts.errors import InvalidQuery
from deployments.contracts.limits import Limits


def with_verified(model: SemanticModel, specs: Iterable[VerifiedSpec], warehouse: Warehouse | None) -> SemanticModel:
    """The model with its verified queries, in DuckDB's SQL over tables. Raises ModelError with the line of one that
    cannot be read, that the guard would refuse, or that names what the data lacks."""
    verified: dict[str, VerifiedQuery] = {}
    for spec in specs:
        if spec.name in verified:
            raise invalid(spec.line, f"verified query {spec.name!r} stands twice")
        verified[spec.name] = VerifiedQuery(
            name=spec.name, question=spec.question, sql=_sql(spec, model, warehouse),
            verified_at=spec.verified_at, verified_by=spec.verified_by,
        )  # fmt: skip
    return SemanticModel.model_validate({**dict(model), "verified_queries": tuple(verified.values())})


def _sql(spec: VerifiedSpec, model: SemanticModel, warehouse: Warehouse | None) -> str:
    where = f"verified query {spec.name!r}"
    try:
        tree = sqlglot.parse_one(spec.sql, read=spec.dialect.lower())
    except SqlglotError as error:
        raise invalid(spec.line, f"{where}: the SQL cannot be read") from error
    plain = _text(tree)
    if warehouse is None:
        return plain
    failure = _failure(plain, model, warehouse)
    if failure is None:
        return plain
    over_datasets = _text(_over_datasets(tree, model))
    if over_datasets != plain and _failure(over_datasets, model, warehouse) is None:
        return over_datasets
    raise invalid(spec.line, f"{where}: {failure}")


def _text(tree: exp.Expr) -> str:
    return tree.sql(dialect="duckdb", comments=False)


def _failure(sql: str, model: SemanticModel, warehouse: Warehouse) -> str | None:
    """Why the statement cannot run, or None."""
    decision = decide(sql, model, Limits())
    if not decision.allowed:
        return decision.detail
    try:
        warehouse.query(f"DESCRIBE {sql}")
    except InvalidQuery as error:
        return error.detail
    return None


def _over_datasets(tree: exp.Expr, model: SemanticModel) -> exp.Expr:
    """The statement with a SELECT of its fields in place of each dataset, called by its name, with or without two
    underscores before it, or by its table's."""
    tree = tree.copy()
    ctes = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    named: dict[str, Entity] = {}
    for entity in model.entities:
        for name in (entity.table, entity.name, f"__{entity.name}"):
            named[name.lower()] = entity
    for table in list(tree.find_all(exp.Table)):
        found = named.get(table.name.lower())
        if found is None or (table.name.lower() in ctes and not table.db):
            continue
        fields = [
            f"{a.expression or exp.column(a.name, quoted=True).sql('duckdb')} AS {exp.to_identifier(a.name, quoted=True).sql('duckdb')}"
            for a in found.attributes
        ]
        inner = sqlglot.parse_one(f"SELECT {', '.join(fields)} FROM {table_sql(found)}", read="duckdb")
        assert isinstance(inner, exp.Select)
        table.replace(inner.subquery(table.alias or table.name))
    return tree
