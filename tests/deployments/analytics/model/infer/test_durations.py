"""How long things last, where a table says when they begin and end."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from deployments.analytics.model.infer.infer import infer_model
from deployments.analytics.model.schema import SemanticModel
from deployments.analytics.warehouse.connect import open_warehouse


def model_of(path: Path, sql: str) -> SemanticModel:
    with duckdb.connect(str(path)) as connection:
        connection.execute(sql)
    warehouse = open_warehouse(str(path))
    try:
        return infer_model(warehouse)
    finally:
        warehouse.close()


@pytest.mark.parametrize(
    ("columns", "unit"),
    [
        ("check_in DATE, check_out DATE", "days"),
        ("start_date DATE, end_date DATE", "days"),
        ("opened_at TIMESTAMP, resolved_at TIMESTAMP", "hours"),
        ("loaned_on DATE, returned_on DATE", "days"),
    ],
)
def test_a_beginning_and_its_end_make_a_duration(tmp_path: Path, columns: str, unit: str) -> None:
    sql = f"CREATE TABLE stays(stay_id INTEGER, {columns}); INSERT INTO stays VALUES (1, '2026-01-01', '2026-01-03'), (2, '2026-01-02', '2026-01-09')"
    duration = model_of(tmp_path / "a.duckdb", sql).attribute("stays", "duration")
    assert duration.unit == unit


@pytest.mark.parametrize(
    "columns", ["ordered_on DATE, birth_date DATE", "start_date DATE, end_date DATE, duration_days INTEGER"]
)
def test_two_other_dates_or_a_duration_that_is_there_make_none(tmp_path: Path, columns: str) -> None:
    values = ", ".join(["1", "'2026-01-01'", "'2026-01-03'", "2"][: columns.count(",") + 2])
    sql = f"CREATE TABLE stays(stay_id INTEGER, {columns}); INSERT INTO stays VALUES ({values})"
    names = [a.name for a in model_of(tmp_path / "b.duckdb", sql).entities[0].attributes]
    assert "duration" not in names
