"""The core as the agents use it: one data set, from words to rows."""

from __future__ import annotations

import datetime as dt

import duckdb
import pytest

from deployments.analytics.workspace import Workspace
from deployments.contracts.agents import ReadRequest
from deployments.contracts.errors import InvalidQuery
from deployments.contracts.query import Aggregate, AnalyticQuery, Attribute, Dimension, Function

AS_OF = dt.date(2026, 6, 15)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    path = tmp_path_factory.mktemp("workspace") / "shop.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "CREATE TABLE orders AS SELECT i AS order_id, ['Acme', 'Beta', 'Core'][1 + i % 3] AS customer_name, "
            "CAST(10 + i % 7 AS DECIMAL(10, 2)) AS amount, DATE '2026-01-01' + CAST(i % 150 AS INTEGER) AS order_date "
            "FROM range(1, 601) AS r(i)"
        )
    return Workspace.open(str(path))


def test_a_question_becomes_sql_rows_and_a_presentation(workspace: Workspace) -> None:
    reading = workspace.read(ReadRequest(text="total amount by customer name in May", as_of=AS_OF))
    assert reading.query is not None
    run = workspace.run(reading.query, AS_OF)
    gold = workspace.warehouse.query(
        "SELECT customer_name, sum(amount) FROM orders WHERE order_date >= '2026-05-01' AND order_date < '2026-06-01' GROUP BY 1"
    )
    assert sorted(run.result.rows) == sorted(gold)
    assert run.guard.tables == ("orders",)
    shown = workspace.present(reading.query, run.result, reading)
    assert "May 2026" in shown.response
    assert shown.visualization is not None


def test_the_same_question_on_the_same_day_reads_the_same(workspace: Workspace) -> None:
    request = ReadRequest(text="top 2 customers by amount last month", as_of=AS_OF)
    assert workspace.read(request) == workspace.read(request)


def test_every_starter_question_works(workspace: Workspace) -> None:
    assert workspace.suggestions
    for question in workspace.suggestions:
        reading = workspace.read(ReadRequest(text=question, as_of=AS_OF))
        assert reading.query is not None, question
        workspace.run(reading.query, AS_OF)


def test_a_query_that_names_what_the_model_lacks_is_refused_with_the_nearest_name(workspace: Workspace) -> None:
    query = AnalyticQuery(
        subject="orders",
        dimensions=(Dimension(of=Attribute(entity="orders", name="costumer_name"), name="customer"),),
        measures=(Aggregate(function=Function.COUNT, entity="orders", name="orders"),),
    )
    with pytest.raises(InvalidQuery) as raised:
        workspace.run(query, AS_OF)
    assert "customer_name" in raised.value.suggestions
