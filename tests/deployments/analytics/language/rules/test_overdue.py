"""What is late: past its date and not settled, told by a moment that is missing or by a flag."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb
import pytest

from deployments.analytics.dialogue import Dialogue
from deployments.analytics.workspace import Workspace

BILLS = (
    "CREATE TABLE bills(bill_id INTEGER PRIMARY KEY, billed_on DATE, due_on DATE, paid_on DATE, amount DECIMAL(8, 2));"
)
FLAGGED = "CREATE TABLE bills(bill_id INTEGER PRIMARY KEY, billed_on DATE, due_on DATE, is_paid BOOLEAN, amount DECIMAL(8, 2));"
UNSETTLED = "CREATE TABLE bills(bill_id INTEGER PRIMARY KEY, billed_on DATE, due_on DATE, amount DECIMAL(8, 2));"
DATES = "DATE '2025-01-05', DATE '2025-02-05'"
LATER = "DATE '2025-06-05', DATE '2026-02-05'"


def dialogue(path: Path, script: str) -> Dialogue:
    with duckdb.connect(str(path)) as connection:
        connection.execute(script)
    return Dialogue(Workspace.open(str(path)), dt.date(2025, 7, 1))


@pytest.mark.parametrize(
    "script",
    [
        f"{BILLS} INSERT INTO bills VALUES (1, {DATES}, NULL, 10), (2, {DATES}, DATE '2025-01-20', 20), (3, {LATER}, NULL, 40), (4, {DATES}, NULL, 5)",
        f"{FLAGGED} INSERT INTO bills VALUES (1, {DATES}, false, 10), (2, {DATES}, true, 20), (3, {LATER}, false, 40), (4, {DATES}, false, 5)",
    ],
)
def test_overdue_is_past_its_date_and_not_settled_and_is_totalled_by_a_fragment(tmp_path: Path, script: str) -> None:
    asked = dialogue(tmp_path / "bills.duckdb", script)
    reading, listed, _ = asked.ask("overdue bills")
    assert listed is not None
    assert [row[0] for row in listed.rows] == [1, 4]
    assert any("overdue" in said for said in reading.assumptions)
    _, total, _ = asked.ask("total amount?")
    assert total is not None
    assert [float(str(row[0])) for row in total.rows] == [15.0]


def test_what_is_never_known_to_be_settled_is_not_called_overdue(tmp_path: Path) -> None:
    asked = dialogue(
        tmp_path / "bills.duckdb", f"{UNSETTLED} INSERT INTO bills VALUES (1, {DATES}, 10), (2, {LATER}, 20)"
    )
    reading, listed, _ = asked.ask("overdue bills")
    assert listed is None
    assert reading.clarification is not None
    assert "overdue" in reading.clarification.question
