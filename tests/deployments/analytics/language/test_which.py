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


SALES = """
CREATE TABLE firms(firm_id INTEGER, name VARCHAR, phone VARCHAR, city VARCHAR);
INSERT INTO firms SELECT i, ['Initech GmbH', 'Initech Corp', 'Globex', 'Hooli', 'Umbrella Group', 'Acme'][i], '+49 ' || i, ['Ulm', 'Bonn'][1 + i % 2] FROM range(1, 7) r(i);
CREATE TABLE stores(store_id INTEGER, name VARCHAR, city VARCHAR);
INSERT INTO stores SELECT i, 'Store ' || i, ['Ulm', 'Kiel', 'Bonn'][1 + i % 3] FROM range(1, 7) r(i);
CREATE TABLE invoices(invoice_id INTEGER, firm_id INTEGER, store_id INTEGER, total DOUBLE);
INSERT INTO invoices SELECT i, 1 + i % 6, 1 + i * 5 % 6, i * 1.5 FROM range(1, 61) r(i);
CREATE TABLE harbours(harbour_id INTEGER, name VARCHAR);
INSERT INTO harbours VALUES (1, 'Ulm'), (2, 'Kiel');
"""


@pytest.fixture(scope="module")
def sales(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    path = tmp_path_factory.mktemp("sales") / "sales.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(SALES)
    return Workspace.open(str(path))


def choices(workspace: Workspace, question: str) -> dict[str, float]:
    """What each choice for the question comes to when it is sent."""
    reading = workspace.read(ReadRequest(text=question, as_of=dt.date(2026, 1, 1)))
    assert reading.clarification is not None, reading.interpretation
    assert reading.clarification.code == "ambiguous"
    out = {}
    for choice in reading.clarification.choices:
        _, result, _ = Dialogue(workspace, dt.date(2026, 1, 1)).ask(choice.message)
        assert result is not None, choice.message
        out[choice.label] = float(str(result.rows[0][-1]))
    return out


def test_a_value_that_two_things_hold_equally_near_is_asked_about(sales: Workspace) -> None:
    join = "SELECT sum(total) FROM invoices JOIN {0} USING ({1}) WHERE {0}.city = 'Ulm'"
    assert choices(sales, "total revenue in Ulm") == {
        "firm city Ulm": sales.warehouse.query(join.format("firms", "firm_id"))[0][0],
        "store city Ulm": sales.warehouse.query(join.format("stores", "store_id"))[0][0],
    }


@pytest.mark.parametrize(
    ("question", "entity"),
    [("firms in Ulm", "firms"), ("revenue of stores in Ulm", "stores"), ("revenue in Kiel", "stores")],
)
def test_a_value_beside_the_thing_that_holds_it_or_held_by_one_alone_is_not_asked_about(
    sales: Workspace, question: str, entity: str
) -> None:
    reading, result, _ = Dialogue(sales, dt.date(2026, 1, 1)).ask(question)
    assert result is not None
    assert reading.query is not None
    assert f'"entity":"{entity}","name":"city"' in reading.query.model_dump_json()


def test_a_word_in_several_names_is_asked_about_with_all_of_them_as_a_choice(sales: Workspace) -> None:
    found = choices(sales, "revenue of Initech")
    assert list(found) == ["Initech Corp", "Initech GmbH", "Initech Corp or Initech GmbH"]
    assert found["Initech Corp"] + found["Initech GmbH"] == found["Initech Corp or Initech GmbH"]


def test_things_that_are_shown_one_by_one_are_not_asked_about(sales: Workspace) -> None:
    for question, rows in (("firms named Initech", 2), ("revenue by firm for Initech", 2), ("revenue of Globex", 1)):
        _, result, _ = Dialogue(sales, dt.date(2026, 1, 1)).ask(question)
        assert result is not None, question
        assert result.row_count == rows


def test_what_belongs_to_something_is_found_by_a_part_of_its_name(sales: Workspace) -> None:
    for question in ("Umbrella's phone", "Umbrella Group's phone"):
        _, result, _ = Dialogue(sales, dt.date(2026, 1, 1)).ask(question)
        assert result is not None, question
        assert result.rows[0][-1] == "+49 5"


def test_a_fragment_after_a_question_that_was_not_answered_says_which_answer_it_goes_on_from(sales: Workspace) -> None:
    dialogue = Dialogue(sales, dt.date(2026, 1, 1))
    dialogue.ask("total revenue")
    refused, _, _ = dialogue.ask("revenue of purple unicorns")
    assert refused.clarification is not None
    reading, result, _ = dialogue.ask("by store")
    assert result is not None
    assert "“revenue of purple unicorns” was not answered" in reading.assumptions[0]
    again, _, _ = dialogue.ask("top 3")
    assert not any("was not answered" in said for said in again.assumptions)
