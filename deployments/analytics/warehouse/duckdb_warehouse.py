"""A DuckDB database file, opened read-only and locked down. What bounds a query is in `duckdb_engines`."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import duckdb

from deployments.analytics.warehouse.cells import plain_rows, typed_columns
from deployments.analytics.warehouse.connect import Table, Warehouse
from deployments.analytics.warehouse.duckdb_catalog import read_tables
from deployments.analytics.warehouse.duckdb_engines import Engines, open_database
from deployments.analytics.warehouse.duckdb_errors import running_error
from deployments.contracts.answers import ResultColumn, ResultTable
from deployments.contracts.errors import InvalidQuery, QueryTimeout, TurnCancelled, WorkbenchError
from deployments.contracts.limits import Limits

_LAST_WORDS = 5.0
"""Seconds that interrupted statements get to end before the database is closed."""


class DuckDBWarehouse(Warehouse):
    """Calls neither wait for nor stop one another: each has a cursor of its own, and each query an engine of its own.

    `path` is a DuckDB file; `source` is what the user named, where `path` is a file made from that."""

    dialect = "duckdb"
    default_schema = "main"

    def __init__(self, path: Path, name: str, source: str, limits: Limits) -> None:
        self.name = name
        self.source = source
        self._connection = open_database(path, limits, source)
        ((catalog,),) = self._connection.execute("SELECT current_database()").fetchall()
        self._engines = Engines(path, limits, catalog)
        self._running: set[_Running] = set()
        self._lock = threading.Lock()
        self._door = threading.Lock()
        self._closed = False

    def fetch(
        self, sql: str, columns: tuple[ResultColumn, ...], limits: Limits, token: str | None = None
    ) -> ResultTable:
        """See Warehouse."""
        with self._engine_cursor() as cursor, self._watched(cursor, token, limits.seconds):
            cursor.execute(sql)
            engine = [(str(column[0]), str(column[1])) for column in cursor.description or ()]
            rows = cursor.fetchmany(limits.rows + 1)
        try:
            typed = typed_columns(columns, engine)
        except ValueError as mismatch:
            raise InvalidQuery(f"The query gave other columns than it was to give: {mismatch}.") from mismatch
        kept = plain_rows(rows[: limits.rows], [column.type for column in typed])
        return ResultTable(columns=typed, rows=kept, truncated=len(rows) > limits.rows)

    def query(self, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """See Warehouse."""
        with self._cursor() as cursor:
            try:
                return cursor.execute(sql, list(params)).fetchall()
            except duckdb.Error as error:
                raise running_error(error, self.name) from error

    def tables(self) -> tuple[Table, ...]:
        """See Warehouse."""
        with self._cursor() as cursor:
            try:
                return read_tables(cursor)
            except duckdb.Error as error:
                raise running_error(error, self.name) from error

    def interrupt(self, token: str | None = None) -> None:
        """See Warehouse."""
        with self._lock:
            wanted = [running for running in self._running if token is None or running.token == token]
        for running in wanted:
            running.stop("cancelled")

    def close(self) -> None:
        """See Warehouse."""
        self._closed = True
        with self._lock:
            running = list(self._running)
        self.interrupt()
        for each in running:
            # A database with a statement under way refuses to close.
            each.finished.wait(_LAST_WORDS)
        self._engines.close()
        with self._door:
            self._connection.close()

    @contextlib.contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        try:
            # The connection itself serves one thread at a time and refuses instead of waiting; its cursors are free.
            with self._door:
                cursor = self._connection.cursor()
        except duckdb.Error as error:
            raise running_error(error, self.name) from error
        try:
            yield cursor
        finally:
            cursor.close()

    @contextlib.contextmanager
    def _engine_cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor of an engine that nothing else runs in."""
        with contextlib.ExitStack() as held:
            try:
                engine = held.enter_context(self._engines.engine())
                if engine is not None:
                    cursor = held.enter_context(contextlib.closing(engine.cursor()))
                    cursor.execute(f"USE {self._engines.quoted}.{self.default_schema}")
                else:
                    cursor = held.enter_context(self._cursor())
            except duckdb.Error as error:
                raise running_error(error, self.name) from error
            yield cursor

    @contextlib.contextmanager
    def _watched(self, cursor: duckdb.DuckDBPyConnection, token: str | None, seconds: float) -> Iterator[None]:
        running = _Running(cursor, token)
        timer = threading.Timer(seconds, running.stop, ("timeout",))
        timer.daemon = True
        with self._lock:
            self._running.add(running)
        timer.start()
        try:
            yield
        except duckdb.Error as error:
            raise self._failure(error, running, seconds) from error
        finally:
            running.finished.set()
            timer.cancel()
            with self._lock:
                self._running.discard(running)

    def _failure(self, error: duckdb.Error, running: _Running, seconds: float) -> WorkbenchError:
        if self._closed or running.cause == "cancelled":
            return TurnCancelled("The query was stopped.")
        if running.cause == "timeout":
            return QueryTimeout(f"The query ran longer than {seconds:g} seconds and was stopped.")
        return running_error(error, self.name)


class _Running:
    """A query that runs: how to stop it, and why it was stopped."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, token: str | None) -> None:
        self.cursor = cursor
        self.token = token
        self.cause: Literal["timeout", "cancelled"] | None = None
        self.finished = threading.Event()

    def stop(self, cause: Literal["timeout", "cancelled"]) -> None:
        self.cause = self.cause or cause
        self.cursor.interrupt()
        # An interrupt that falls between two steps of the engine is forgotten by it, so it is repeated to the end.
        threading.Thread(target=self._insist, daemon=True).start()

    def _insist(self) -> None:
        while not self.finished.wait(0.02):
            self.cursor.interrupt()
