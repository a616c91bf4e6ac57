"""The way in to the data: one interface for every engine, and the function that opens whatever was named.

A warehouse is read only and may be used from several threads at once.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from deployments.contracts.answers import ResultColumn, ResultTable
from deployments.contracts.errors import DataError
from deployments.contracts.limits import Limits


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column as the engine's catalogue has it."""

    name: str
    engine_type: str
    nullable: bool = True
    comment: str = ""


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A declared reference: `columns` of this table point at `to_columns` of `to_schema.to_table`."""

    columns: tuple[str, ...]
    to_schema: str
    to_table: str
    to_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table or view as the engine's catalogue has it; keys are those declared. `schema` is never empty."""

    schema: str
    name: str
    columns: tuple[TableColumn, ...]
    primary_key: tuple[str, ...] = ()
    unique_keys: tuple[tuple[str, ...], ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    comment: str = ""
    is_view: bool = False


class Warehouse(ABC):
    """Data that can be asked. `dialect` is sqlglot's name for its SQL; `name` is what people call it, `source` what was
    opened."""

    dialect: ClassVar[str]
    name: str
    source: str
    default_schema: str

    @abstractmethod
    def fetch(
        self, sql: str, columns: tuple[ResultColumn, ...], limits: Limits, token: str | None = None
    ) -> ResultTable:
        """Run a SELECT and keep at most `limits.rows` rows.

        `columns` describe the result in order (empty: the engine's own names); their types are set to what the engine
        returns. `token` names the query for `interrupt`. Raises QueryTimeout after `limits.seconds`, TurnCancelled
        when interrupted, InvalidQuery when the engine cannot compute it, WarehouseUnavailable when it cannot be
        reached."""

    @abstractmethod
    def query(self, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Rows of a statement of our own (introspection). Raises InvalidQuery or WarehouseUnavailable."""

    @abstractmethod
    def tables(self) -> tuple[Table, ...]:
        """Every table and view that a person put there, in order of schema and name."""

    @abstractmethod
    def interrupt(self, token: str | None = None) -> None:
        """Stop the running queries of this token, or with None every running `fetch`; each raises TurnCancelled."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the data; running queries are stopped."""


def open_warehouse(data: str, limits: Limits | None = None) -> Warehouse:
    """Open the data read-only.

    `data` is "demo", a DuckDB file, a CSV, TSV, Parquet or JSON-lines file, or a folder of such files.
    `limits.memory_mb`, `limits.spill_mb` and `limits.threads` bound each query. Raises DataError with one line that says what was
    expected and the nearest valid thing."""
    from deployments.analytics.warehouse.duckdb_warehouse import DuckDBWarehouse
    from deployments.analytics.warehouse.locate import locate

    found = locate(data)
    warehouse = DuckDBWarehouse(found.database, name=found.name, source=found.source, limits=limits or Limits())
    if not warehouse.tables():
        warehouse.close()
        raise DataError(f"{data} holds no tables. Expected a database with at least one table or view.")
    return warehouse
