"""What of the warehouse a statement may touch: the model's tables and columns."""

from __future__ import annotations

from sqlglot import exp

from deployments.analytics.model.schema import Entity, SemanticModel
from deployments.analytics.sql.context import ModelIndex, index_of

TableKey = tuple[str | None, str | None, str]
"""(catalog, schema, table) in lower case; schema None where the default one is meant."""


class Surface:
    """The tables and columns of one model, in lower case, since DuckDB does not tell cases apart."""

    def __init__(self, index: ModelIndex) -> None:
        self._columns: dict[tuple[str | None, str], set[str]] = {}
        self._catalogs: dict[tuple[str | None, str], set[str | None]] = {}
        self._policies: dict[tuple[str | None, str], dict[str, None]] = {}
        for entity in index.model.entities:
            if entity.sql is None:
                self._add(entity.catalog, entity.schema_name, entity.table, _columns_of(entity, index))
                if entity.row_policy is not None:
                    policies = self._policies.setdefault((_schema(entity.schema_name), entity.table.lower()), {})
                    policies[entity.row_policy] = None
            else:
                self._add_select(index.parsed(entity.sql))

    def columns(self, table: exp.Table) -> frozenset[str] | None:
        """The columns of a table of the model; None where the model has no such table."""
        schema = _schema(table.db)
        key = (schema, table.name.lower())
        if key not in self._columns or (table.catalog and table.catalog.lower() not in self._catalogs[key]):
            return None
        return frozenset(self._columns[key])

    def policies(self, table: exp.Table) -> tuple[str, ...]:
        """The conditions that must hold for the rows of a table."""
        return tuple(self._policies.get((_schema(table.db), table.name.lower()), ()))

    @property
    def restricted(self) -> bool:
        """Whether any table has a row policy."""
        return bool(self._policies)

    def _add(self, catalog: str | None, schema: str | None, table: str, columns: set[str]) -> None:
        key = (_schema(schema), table.lower())
        self._columns.setdefault(key, set()).update(columns)
        self._catalogs.setdefault(key, set()).add(catalog.lower() if catalog else None)

    def _add_select(self, select: exp.Expr) -> None:
        """The tables of a SELECT that a model file puts in a table's place, with the columns it reads of them."""
        columns = {column.name.lower() for column in select.find_all(exp.Column)}
        names = {cte.alias.lower() for cte in select.find_all(exp.CTE)}
        for table in select.find_all(exp.Table):
            if table.name.lower() not in names or table.db:
                self._add(table.catalog or None, table.db or None, table.name, columns)


def _columns_of(entity: Entity, index: ModelIndex) -> set[str]:
    columns: set[str] = set()
    for attribute in entity.attributes:
        if attribute.expression is None:
            columns.add(attribute.name.lower())
        else:
            columns.update(column.name.lower() for column in index.parsed(attribute.expression).find_all(exp.Column))
    return columns


def _schema(name: str | None) -> str | None:
    return None if not name or name.lower() == "main" else name.lower()


_surfaces: dict[int, tuple[ModelIndex, Surface]] = {}


def surface_of(model: SemanticModel) -> Surface:
    """The surface of a model, made once."""
    index = index_of(model)
    kept = _surfaces.get(id(index))
    if kept is None or kept[0] is not index:
        if len(_surfaces) > 2 * 16:
            _surfaces.clear()
        kept = _surfaces[id(index)] = (index, Surface(index))
    return kept[1]
