"""Things that no relationship connects: the answer says which, and offers what is connected."""

from __future__ import annotations

import datetime as dt

import duckdb
import pytest

from deployments.analytics.dialogue import Dialogue
from deployments.analytics.workspace import Workspace
from deployments.contracts.agents import Reading, ReadRequest

TABLES = """
CREATE TABLE customers(customer_id INTEGER, name VARCHAR, city VARCHAR);
INSERT INTO customers SELECT i, 'Person ' || i, ['Ulm', 'Bonn', 'Trier'][1 + i % 3] FROM range(1, 13) r(i);
CREATE TABLE orders(order_id INTEGER, customer_id INTEGER, amount DOUBLE);
INSERT INTO orders SELECT i, 1 + i % 12, i * 1.5 FROM range(1, 41) r(i);
CREATE TABLE ports(port_id INTEGER, name VARCHAR);
INSERT INTO ports SELECT i, 'Port ' || i FROM range(1, 5) r(i);
CREATE TABLE ships(ship_id INTEGER, port_id INTEGER, tonnage INTEGER);
INSERT INTO ships SELECT i, 1 + i % 4, i * 100 FROM range(1, 10) r(i);
"""
TODAY = dt.date(2026, 1, 1)


@pytest.fixture(scope="module")
def harbour(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    path = tmp_path_factory.mktemp("harbour") / "harbour.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(TABLES)
    return Workspace.open(str(path))


def refusal(harbour: Workspace, question: str) -> Reading:
    reading = harbour.read(ReadRequest(text=question, as_of=TODAY))
    assert reading.query is None, reading.query
    assert reading.clarification is not None
    assert reading.clarification.code == "no_data_for"
    return reading


@pytest.mark.parametrize(
    ("question", "apart"),
    [
        ("total amount by port", ("orders", "ports")),
        ("tonnage by customer", ("ships", "customers")),
        ("how many ships in Bonn", ("ships", "customers")),
        ("which port has the most orders", ("orders", "ports")),
        ("customers with ships", ("customers", "ships")),
        ("ships that have no orders", ("ships", "orders")),
        ("ships with more than 3 orders", ("ships", "orders")),
        ("total amount and total tonnage by port", ("orders", "ports")),
    ],
)
def test_a_question_over_things_that_are_not_related_says_which(
    harbour: Workspace, question: str, apart: tuple[str, str]
) -> None:
    reading = refusal(harbour, question)
    assert reading.clarification is not None
    assert reading.clarification.words == apart
    assert "Ships are related to ports" in reading.clarification.question or "orders" in apart


def test_a_related_group_is_offered_in_place_of_an_unrelated_one(harbour: Workspace) -> None:
    reading = refusal(harbour, "tonnage by customer")
    assert reading.clarification is not None
    (choice,) = reading.clarification.choices
    assert choice.message == "tonnage by port"
    _, result, _ = Dialogue(harbour, TODAY).ask(choice.message)
    assert result is not None
    assert sorted(float(str(row[-1])) for row in result.rows) == [800, 1000, 1200, 1500]


def test_a_followup_about_something_unrelated_is_refused_and_not_passed_over(harbour: Workspace) -> None:
    for followup in ("only those with orders", "by customer", "only those in Ulm"):
        dialogue = Dialogue(harbour, TODAY)
        dialogue.ask("tonnage by port")
        reading, result, _ = dialogue.ask(followup)
        assert result is None, followup
        assert reading.clarification is not None
        assert "Nothing in the data relates ships to" in reading.clarification.question


def test_numbers_that_stand_alone_need_not_be_related(harbour: Workspace) -> None:
    _, result, _ = Dialogue(harbour, TODAY).ask("number of ships and number of orders")
    assert result is not None
    assert tuple(result.rows[0]) == (9, 40)
    _, result, _ = Dialogue(harbour, TODAY).ask("ships with a tonnage above the average order amount")
    assert result is not None
    assert result.row_count == 9
