"""DuckDB's catalogue: tables, views, columns and declared keys."""

from __future__ import annotations

from collections import defaultdict

import duckdb

from deployments.analytics.warehouse.connect import ForeignKey, Table, TableColumn

_TABLES = """
SELECT schema_name, table_name, comment, false FROM duckdb_tables()
WHERE database_name = current_database() AND NOT internal
UNION ALL
SELECT schema_name, view_name, comment, true FROM duckdb_views()
WHERE database_name = current_database() AND NOT internal
ORDER BY 1, 2
"""
_COLUMNS = """
SELECT schema_name, table_name, column_name, data_type, is_nullable, comment FROM duckdb_columns()
WHERE database_name = current_database() AND NOT internal
ORDER BY schema_name, table_name, column_index
"""
_CONSTRAINTS = """
SELECT schema_name, table_name, constraint_type, constraint_column_names, referenced_table, referenced_column_names
FROM duckdb_constraints()
WHERE database_name = current_database() AND constraint_type IN ('PRIMARY KEY', 'UNIQUE', 'FOREIGN KEY')
ORDER BY schema_name, table_name, constraint_index
"""


def read_tables(cursor: duckdb.DuckDBPyConnection) -> tuple[Table, ...]:
    """Every table and view of the current database; a foreign key is within its schema, as DuckDB requires."""
    columns: dict[tuple[str, str], list[TableColumn]] = defaultdict(list)
    for schema, table, name, kind, nullable, comment in cursor.execute(_COLUMNS).fetchall():
        columns[schema, table].append(TableColumn(name, kind, bool(nullable), comment or ""))
    primary: dict[tuple[str, str], tuple[str, ...]] = {}
    unique: dict[tuple[str, str], list[tuple[str, ...]]] = defaultdict(list)
    foreign: dict[tuple[str, str], list[ForeignKey]] = defaultdict(list)
    for schema, table, kind, names, to_table, to_names in cursor.execute(_CONSTRAINTS).fetchall():
        if kind == "PRIMARY KEY":
            primary[schema, table] = tuple(names)
        elif kind == "UNIQUE":
            unique[schema, table].append(tuple(names))
        else:
            foreign[schema, table].append(ForeignKey(tuple(names), schema, to_table, tuple(to_names)))
    return tuple(
        Table(
            schema=schema,
            name=name,
            columns=tuple(columns[schema, name]),
            primary_key=primary.get((schema, name), ()),
            unique_keys=tuple(unique[schema, name]),
            foreign_keys=tuple(foreign[schema, name]),
            comment=comment or "",
            is_view=is_view,
        )
        for schema, name, comment, is_view in cursor.execute(_TABLES).fetchall()
    )
