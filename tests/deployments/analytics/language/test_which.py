"""Names that lead to several things are asked about, and each choice continues the turn."""

from __future__ import annotations

import datetime as dt

import duckdb
import pytest

from deployments.analytics.dialogue import Dialogue
from deployments.analytics.workspace import Workspace
from deployments.contracts.agents import ReadRequest

TABLES = """
CREATE TABLE tbl_prty(prty_no INTEGER, prty_nm VARCHAR, city VARCHAR);
INSERT INTO tbl_prty SELECT i, 'Party ' || i, ['Bern', 'Basel', 'Chur'][1 + i % 3] FROM range(1, 13) r(i);
CREATE TABLE depot(depot_id INTEGER, depot_name VARCHAR, city VARCHAR);
INSERT INTO depot SELECT i, 'Depot ' || i, ['Bern', 'Basel', 'Chur', 'Sion'][1 + i % 4] FROM range(1, 9) r(i);
CREATE TABLE parcel(parcel_id INTEGER, bill_to_prty_no INTEGER, ship_to_prty_no INTEGER, orig_depot_id INTEGER, dest_depot_id INTEGER, weight DOUBLE);
INSERT INTO parcel SELECT i, 1 + i % 12, 1 + i * 5 % 12, 1 + i % 8, 1 + i * 3 % 8, i * 0.5 FROM range(1, 101) r(i);
"""


@pytest.fixture(scope="module")
def parcels(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    path = tmp_path_factory.mktemp("parcels") / "parcels.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(TABLES)
    return Workspace.open(str(path))


def test_each_way_to_a_name_is_a_choice_that_can_be_sent_and_is_counted_by_that_way(parcels: Workspace) -> None:
    dialogue = Dialogue(parcels, dt.date(2026, 1, 1))
    reading, result, _ = dialogue.ask("number of parcels by city")
    assert result is None
    assert reading.clarification is not None
    assert reading.clarification.code == "ambiguous"
    columns = {
        "bill to city": ("bill_to_prty_no", "tbl_prty", "prty_no"),
        "ship to city": ("ship_to_prty_no", "tbl_prty", "prty_no"),
        "origin city": ("orig_depot_id", "depot", "depot_id"),
        "destination city": ("dest_depot_id", "depot", "depot_id"),
    }
    assert {choice.label for choice in reading.clarification.choices} == columns.keys()
    for choice in reading.clarification.choices:
        column, table, key = columns[choice.label]
        _, rows, _ = Dialogue(parcels, dt.date(2026, 1, 1)).ask(choice.message)
        assert rows is not None
        gold = f"SELECT t.city, count(*) FROM parcel p JOIN {table} t ON p.{column} = t.{key} GROUP BY 1"
        assert sorted(tuple(row) for row in rows.rows) == sorted(parcels.warehouse.query(gold))


@pytest.mark.parametrize(
    ("question", "column"),
    [
        ("number of parcels by destination", "dest_depot_id"),
        ("parcels from Bern by destination city", "orig_depot_id"),
        ("total weight by origin depot", "orig_depot_id"),
        ("how many parcels originate in Chur", "orig_depot_id"),
        ("total weight per ship-to party", "ship_to_prty_no"),
    ],
)
def test_words_for_the_purpose_of_a_reference_choose_it(parcels: Workspace, question: str, column: str) -> None:
    _, result, sql = Dialogue(parcels, dt.date(2026, 1, 1)).ask(question)
    assert result is not None
    assert column in str(sql)


def test_a_name_with_one_way_to_it_is_not_asked_about(parcels: Workspace) -> None:
    reading = parcels.read(ReadRequest(text="depots by city", as_of=dt.date(2026, 1, 1)))
    assert reading.query is not None
