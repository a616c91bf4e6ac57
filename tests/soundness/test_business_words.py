"""What must hold between answers that say the same, or the opposite, in other words."""

from __future__ import annotations

import datetime as dt

import duckdb
import pytest

from deployments.analytics.dialogue import Dialogue
from deployments.analytics.workspace import Workspace

AS_OF = dt.date(2026, 6, 15)

SCRIPT = """
CREATE TABLE members(member_id INTEGER PRIMARY KEY, member_name VARCHAR, city VARCHAR);
INSERT INTO members SELECT i, 'Member ' || i, ['Oslo', 'Bergen'][1 + i % 2] FROM range(1, 41) r(i);
CREATE TABLE repairs(repair_id INTEGER PRIMARY KEY, member_id INTEGER REFERENCES members(member_id), opened_on DATE, due_date DATE,
    closed_on DATE, duration_minutes INTEGER, status VARCHAR, approved BOOLEAN);
INSERT INTO repairs SELECT i, 1 + i % 33, DATE '2025-01-05' + CAST(i * 3 AS INTEGER), DATE '2025-01-15' + CAST(i * 3 AS INTEGER),
    CASE WHEN i % 5 = 0 THEN NULL ELSE DATE '2025-01-05' + CAST(i * 3 + i % 17 AS INTEGER) END, 20 + (i * 37) % 400,
    ['accepted', 'rejected', 'accepted'][1 + i % 3], i % 4 <> 0 FROM range(1, 171) r(i);
CREATE TABLE fees(member_id INTEGER REFERENCES members(member_id), fee INTEGER, valid_from DATE, valid_to DATE);
INSERT INTO fees SELECT i, 10 + i, '2024-01-01', CASE WHEN i % 2 = 0 THEN DATE '2025-07-01' END FROM range(1, 41) r(i);
INSERT INTO fees SELECT i, 20 + i, '2025-07-01', NULL FROM range(2, 41, 2) r(i);
"""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    file = tmp_path_factory.mktemp("business") / "repairs.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute(SCRIPT)
    return Workspace.open(str(file))


def rows(workspace: Workspace, question: str) -> list[tuple[object, ...]]:
    _, result, _ = Dialogue(workspace, AS_OF).ask(question)
    assert result is not None, question
    return [tuple(row) for row in result.rows]


def number(workspace: Workspace, question: str) -> float:
    ((value, *_),) = rows(workspace, question)
    return float(str(value))


def test_a_unit_that_is_said_is_the_unit_that_is_meant(workspace: Workspace) -> None:
    in_minutes = rows(workspace, "repairs longer than 180 minutes")
    assert 0 < len(in_minutes) < 170
    assert rows(workspace, "repairs longer than 3 hours") == in_minutes


def test_those_who_did_and_those_who_did_not_are_all(workspace: Workspace) -> None:
    never = rows(workspace, "members without repairs")
    some = rows(workspace, "members with repairs")
    assert never
    assert some
    assert len(never) + len(some) == number(workspace, "how many members are there")
    assert not {row[0] for row in never} & {row[0] for row in some}


def test_who_never_did_is_not_everyone(workspace: Workspace) -> None:
    assert {row[0] for row in rows(workspace, "who never had a repair")} == {
        row[0] for row in rows(workspace, "members without repairs")
    }


def test_rates_of_all_outcomes_add_up_to_one(workspace: Workspace) -> None:
    assert number(workspace, "acceptance rate") + number(workspace, "rejection rate") == pytest.approx(1)


def test_a_rate_by_the_noun_is_the_share_of_the_rows(workspace: Workspace) -> None:
    share = number(workspace, "what percentage of repairs are approved")
    assert number(workspace, "approval rate of repairs") == pytest.approx(share)


def test_late_and_on_time_are_all_that_is_settled(workspace: Workspace) -> None:
    late, on_time = (len(rows(workspace, f"{said} repairs")) for said in ("late", "on time"))
    assert late
    assert on_time
    assert late + on_time == number(workspace, "how many repairs are closed")


def test_a_table_of_what_was_valid_when_counts_each_once_on_a_day(workspace: Workspace) -> None:
    today, before = number(workspace, "total fees"), number(workspace, "total fees on 1 March 2025")
    assert before == sum(10 + i for i in range(1, 41))
    assert today == before + 10 * 20


def test_a_comparison_with_nothing_is_not_passed_over(workspace: Workspace) -> None:
    reading, result, _ = Dialogue(workspace, AS_OF).ask("members with more than")
    assert result is None
    assert reading.clarification is not None
