"""Fiscal years and quarters as groups: from the model's calendar, named by their first day."""

from __future__ import annotations

import collections
import datetime as dt
from pathlib import Path

import duckdb
import pytest

from deployments.analytics.dialogue import Dialogue
from deployments.analytics.workspace import Workspace

AS_OF = dt.date(2026, 6, 15)
MODEL = """
version: "0.2.0.dev0"
semantic_model:
- name: shop
  ai_context: {instructions: "The fiscal year starts in %s."}
  custom_extensions:
  - {vendor_name: BI_WORKBENCH, data: '{"extends": true}'}
"""
DAYS = [dt.date(2024, 1, 31) + dt.timedelta(days=17 * i) for i in range(50)]


def opened(folder: Path, month: str) -> Workspace:
    with duckdb.connect(str(folder / "shop.duckdb")) as connection:
        connection.execute("CREATE TABLE orders (order_id INTEGER, order_date DATE, amount DECIMAL(10, 2))")
        connection.executemany("INSERT INTO orders VALUES (?, ?, ?)", [(i, day, 10 + i) for i, day in enumerate(DAYS)])
    (folder / "model.yaml").write_text(MODEL % month)
    return Workspace.open(str(folder / "shop.duckdb"), str(folder / "model.yaml"))


def first_day(day: dt.date, start: int, months: int) -> dt.date:
    """The first day of the fiscal period of so many months that the day lies in."""
    since = (day.year * 12 + day.month - start) // months * months + start - 1
    return dt.date(since // 12, since % 12 + 1, 1)


@pytest.mark.parametrize(("month", "start"), [("February", 2), ("July", 7), ("October", 10)])
@pytest.mark.parametrize(("grain", "months"), [("year", 12), ("quarter", 3)])
def test_rows_are_grouped_by_the_fiscal_period_they_lie_in(
    tmp_path: Path, month: str, start: int, grain: str, months: int
) -> None:
    workspace = opened(tmp_path, month)
    reading, result, _ = Dialogue(workspace, AS_OF).ask(f"number of orders by fiscal {grain}")
    wanted = collections.Counter(first_day(day, start, months) for day in DAYS)
    assert result is not None
    assert [column.name for column in result.columns] == [f"fiscal_{grain}", "orders_count"]
    assert {row[0]: row[1] for row in result.rows} == wanted
    assert f"by fiscal {grain}" in reading.interpretation


def test_a_follow_up_changes_months_into_fiscal_quarters(tmp_path: Path) -> None:
    dialogue = Dialogue(opened(tmp_path, "February"), AS_OF)
    dialogue.ask("number of orders by month in 2025")
    reading, result, _ = dialogue.ask("by fiscal quarter instead")
    assert result is not None
    assert [row[0] for row in result.rows] == [dt.date(2024, 11, 1), *(dt.date(2025, m, 1) for m in (2, 5, 8, 11))]
    assert reading.query is not None
    shown = dialogue.workspace.present(reading.query, result, reading)
    assert "fiscal quarter" in shown.response
