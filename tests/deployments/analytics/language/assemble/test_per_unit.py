"""So much for each: both numbers are added up before they are divided."""

from __future__ import annotations

import duckdb
import pytest

from deployments.analytics.workspace import Workspace
from deployments.contracts.agents import ReadRequest
from tests.deployments.analytics.language.conftest import TODAY

TABLES = """
CREATE TABLE clubs(club_id INTEGER PRIMARY KEY, club_name VARCHAR, league VARCHAR);
INSERT INTO clubs VALUES (1, 'Rovers', 'North'), (2, 'Wanderers', 'North'), (3, 'Albion', 'South');
CREATE TABLE tickets(ticket_id INTEGER PRIMARY KEY, club_id INTEGER REFERENCES clubs(club_id), seats INTEGER, amount DECIMAL(8, 2));
INSERT INTO tickets VALUES (1, 1, 2, 30), (2, 1, 1, 20), (3, 2, 5, 50), (4, 3, 4, 80);
"""


@pytest.fixture(scope="module")
def clubs(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    path = tmp_path_factory.mktemp("clubs") / "clubs.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(TABLES)
    return Workspace.open(str(path))


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("total amount per club by league", {("North", 50.0), ("South", 80.0)}),
        ("average amount per seat", {(15.0,)}),
        ("total amount per seat by league", {("North", 12.5), ("South", 20.0)}),
    ],
)
def test_a_number_of_each_group_is_divided_by_what_is_counted_through(
    clubs: Workspace, question: str, expected: set[tuple[object, ...]]
) -> None:
    reading = clubs.read(ReadRequest(text=question, as_of=TODAY))
    assert reading.query is not None, reading.clarification
    assert {tuple(row) for row in clubs.run(reading.query, TODAY).result.rows} == expected


def test_two_groups_that_are_only_listed_stay_groups(clubs: Workspace) -> None:
    reading = clubs.read(ReadRequest(text="total amount by club and league", as_of=TODAY))
    assert reading.query is not None
    assert len(reading.query.dimensions) == 2
