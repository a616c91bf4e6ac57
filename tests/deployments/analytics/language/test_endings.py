from __future__ import annotations

import datetime as dt

import duckdb
import pytest

from deployments.analytics.dialogue import Dialogue
from deployments.analytics.workspace import Workspace

CLUB = """
CREATE TABLE plan AS SELECT i AS plan_cd, ['Gold', 'Silver'][i] AS plan_nm FROM range(1, 3) t(i);
CREATE TABLE contract AS SELECT i AS contract_id, 1 + i % 2 AS plan_cd, DATE '2025-01-01' + CAST(i AS INTEGER) AS start_dt,
  CASE WHEN i % 4 = 0 THEN DATE '2025-07-01' + CAST(i AS INTEGER) END AS end_dt FROM range(1, 41) t(i);
CREATE TABLE worker AS SELECT i AS worker_id, 'Ann ' || i AS worker_nm, DATE '2020-01-01' + CAST(i AS INTEGER) AS hire_dt,
  CASE WHEN i > 7 THEN DATE '2026-05-01' + CAST(i AS INTEGER) END AS leave_dt FROM range(1, 11) t(i);
"""


@pytest.fixture(scope="module")
def club(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    path = tmp_path_factory.mktemp("endings") / "club.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(CLUB)
    return Workspace.open(str(path))


@pytest.mark.parametrize(
    ("question", "rows"),
    [
        ("how many active contracts are there", [(30,)]),
        ("how many contracts are still open", [(30,)]),
        ("number of active contracts by plan", [("Gold", 10), ("Silver", 20)]),
        ("how many contracts were cancelled in July 2025", [(7,)]),
        ("how many cancelled contracts are there", [(10,)]),
    ],
)
def test_what_has_no_end_yet_goes_on(club: Workspace, question: str, rows: list[tuple[object, ...]]) -> None:
    _, result, _ = Dialogue(club, dt.date(2026, 6, 15)).ask(question)
    assert result is not None
    assert sorted(result.rows) == rows


def test_who_left_is_told_by_when_they_did_and_not_by_when_they_came(club: Workspace) -> None:
    _, result, _ = Dialogue(club, dt.date(2026, 6, 15)).ask("who left last month")
    assert result is not None
    assert [row[1] for row in result.rows] == ["Ann 10", "Ann 8", "Ann 9"]


def test_an_end_that_may_be_to_come_does_not_tell_what_goes_on(club: Workspace) -> None:
    reading, result, _ = Dialogue(club, dt.date(2025, 7, 15)).ask("how many active contracts are there")
    assert result is None
    assert reading.clarification is not None
