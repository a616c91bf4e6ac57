"""How long it takes to understand a database that nobody prepared."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import duckdb

from deployments.analytics.model.infer import infer_model
from deployments.analytics.warehouse.connect import open_warehouse


def inference_seconds(tables: int, rows: int) -> float:
    """Seconds to infer the model of a database of so many tables with so many rows in all, keys undeclared."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data.duckdb"
        _make(path, tables, rows)
        warehouse = open_warehouse(str(path))
        started = time.perf_counter()
        infer_model(warehouse)
        seconds = time.perf_counter() - started
        warehouse.close()
        return seconds


def _make(path: Path, tables: int, rows: int) -> None:
    """A fifth of the tables are things, the others record events that point at three of them each."""
    things = max(3, tables // 5)
    each = max(1, rows // (tables - things))
    with duckdb.connect(str(path)) as connection:
        for n in range(things):
            connection.execute(
                f"CREATE TABLE thing{n} AS SELECT i AS thing{n}_id, 'Thing ' || i AS name, ['red', 'green', 'blue'][i % 3 + 1] AS color, "
                f"DATE '2020-01-01' + CAST(i % 900 AS INTEGER) AS since, i * 0.5 AS price FROM range(1, 2001) t(i)"
            )
        for n in range(tables - things):
            pointing = ", ".join(f"(i * {k + 7}) % 2000 + 1 AS thing{(n + k) % things}_id" for k in range(3))
            connection.execute(
                f"CREATE TABLE event{n} AS SELECT i AS event{n}_id, {pointing}, DATE '2023-01-01' + CAST(i % 1000 AS INTEGER) AS happened_on, "
                f"(i % 977) * 1.25 AS amount, i % 9 AS quantity, ['new', 'paid', 'sent', 'closed'][i % 4 + 1] AS status, "
                f"'note ' || i % 5000 AS remark FROM range(1, {each + 1}) t(i)"
            )
