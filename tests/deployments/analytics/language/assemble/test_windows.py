"""A period is not put on when somebody came to be, where the words say that they did something else then."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from deployments.analytics.workspace import Workspace
from deployments.contracts.agents import ReadRequest
from tests.deployments.analytics.language.conftest import TODAY

MEMBERS = (
    "CREATE TABLE members(member_id INTEGER PRIMARY KEY, full_name VARCHAR, joined_on DATE);"
    "INSERT INTO members SELECT i, 'Member ' || i, DATE '2025-01-01' + CAST(i AS INTEGER) FROM range(1, 31) r(i);"
    "CREATE TABLE visits(visit_id INTEGER PRIMARY KEY, member_id INTEGER REFERENCES members(member_id), visited_on DATE);"
    "INSERT INTO visits SELECT i, 1 + i % 30, DATE '2026-01-01' + CAST(i AS INTEGER) FROM range(1, 61) r(i);"
)


@pytest.mark.parametrize(
    ("question", "answered"),
    [
        ("how many members joined in January 2025", True),
        ("how many members registered in January 2025", True),
        ("how many members complained in January 2025", False),
    ],
)
def test_what_they_did_then_must_be_known(tmp_path: Path, question: str, answered: bool) -> None:
    path = tmp_path / "members.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(MEMBERS)
    reading = Workspace.open(str(path)).read(ReadRequest(text=question, as_of=TODAY))
    assert (reading.query is not None) is answered
