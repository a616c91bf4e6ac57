from __future__ import annotations

import datetime as dt
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from deployments.analytics.sql.compiler import compile_query
from deployments.analytics.sql.guard import guard
from deployments.contracts import query as q
from deployments.contracts.errors import InvalidQuery
from deployments.contracts.limits import Limits
from tests.deployments.analytics.sql.questions import QUESTIONS, TW, A, C, D, Q, agg, cmp, cnt, month, rev
from tests.fixtures.retail import MODEL, ROWS, SCHEMA

GOLDEN = Path(__file__).parent / "golden"
AS_OF = dt.date(2026, 3, 10)


@pytest.fixture(scope="module")
def shop() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute(SCHEMA)
        connection.execute(ROWS)
        yield connection


def rows(shop: duckdb.DuckDBPyConnection, query: q.AnalyticQuery) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = shop.execute(compile_query(query, MODEL, AS_OF).sql).fetchall()
    return found


@pytest.mark.parametrize("name", sorted(QUESTIONS))
def test_a_question_compiles_to_its_golden_statement_which_passes_the_guard_and_runs(
    name: str, shop: duckdb.DuckDBPyConnection
) -> None:
    compiled = compile_query(QUESTIONS[name], MODEL, AS_OF)
    assert compiled.sql == (GOLDEN / f"{name}.sql").read_text().rstrip("\n")
    assert guard(compiled.sql, MODEL, Limits()).sql == compiled.sql
    shown = [column[0] for column in shop.execute(compiled.sql).description or []]
    assert shown == [column.name for column in compiled.columns]


def test_there_is_a_question_for_every_golden_statement() -> None:
    assert {path.stem for path in GOLDEN.glob("*.sql")} == set(QUESTIONS)


def test_a_sum_is_not_multiplied_by_the_lines_of_an_order(shop: duckdb.DuckDBPyConnection) -> None:
    assert dict(row[:2] for row in rows(shop, QUESTIONS["fan_dims"]))["Furniture"] == 1050
    assert {row[0]: row[2] for row in rows(shop, QUESTIONS["fan_dims"])} == {"Furniture": 5, "Light": 4, None: 1}


def test_a_condition_on_related_rows_holds_for_one_and_the_same_row(shop: duckdb.DuckDBPyConnection) -> None:
    held = q.AllOf(of=(cmp(A("orders", "status"), "eq", "open"), cmp(A("orders", "amount"), "gt", 100)))
    query = Q(subject="customers", dimensions=(D(A("customers", "customer_id"), "id"),), where=held)
    assert rows(shop, query) == []


def test_two_related_conditions_stand_for_a_row_each(shop: duckdb.DuckDBPyConnection) -> None:
    assert sorted(rows(shop, QUESTIONS["bought_both"])) == [("Ada",), ("Bo",)]


def test_a_missing_status_counts_as_not_shipped(shop: duckdb.DuckDBPyConnection) -> None:
    query = Q(subject="orders", measures=(cnt,), where=cmp(A("orders", "status"), "ne", "shipped"))
    assert rows(shop, query) == [(4,)]


def test_an_order_without_a_store_is_kept_where_the_store_is_only_shown(shop: duckdb.DuckDBPyConnection) -> None:
    assert dict(rows(shop, QUESTIONS["left"]))[None] == 85


def test_two_facts_each_count_their_own_rows(shop: duckdb.DuckDBPyConnection) -> None:
    assert sorted(rows(shop, QUESTIONS["two_facts"]), key=str) == sorted(
        [("US", 380, 3), (None, 55, 1), ("DE", 710, 0)], key=str
    )


def test_growth_compares_with_the_month_before_and_not_with_the_row_before(shop: duckdb.DuckDBPyConnection) -> None:
    growth = [row[2] for row in rows(shop, QUESTIONS["growth"])]
    assert [None if each is None else round(each, 4) for each in growth] == [None, -0.3548, None, None, None]


def test_missing_months_are_filled_within_the_data(shop: duckdb.DuckDBPyConnection) -> None:
    months = [row[0] for row in rows(shop, QUESTIONS["fill"])]
    assert months[0] == dt.date(2025, 1, 1)
    assert months[-1] == dt.date(2026, 3, 1)
    assert len(months) == 15


def test_months_of_two_years_stand_side_by_side(shop: duckdb.DuckDBPyConnection) -> None:
    found = {row[0].month: row[1:3] for row in rows(shop, QUESTIONS["compare_months"])}
    assert found == {1: (455, 310), 2: (None, 200), 3: (80, None), 4: (None, 100)}


def test_weekdays_are_sorted_as_in_the_calendar(shop: duckdb.DuckDBPyConnection) -> None:
    names = [row[0] for row in rows(shop, QUESTIONS["weekday"])]
    assert names == ["Monday", "Tuesday", "Wednesday", "Friday", "Saturday"]


def test_rows_of_an_entity_without_a_key_are_counted_once_each(shop: duckdb.DuckDBPyConnection) -> None:
    assert dict(rows(shop, QUESTIONS["visits_fan"])) == {"open": 2, "shipped": 3, None: 1}


def test_customers_without_orders_count_as_none_in_an_average(shop: duckdb.DuckDBPyConnection) -> None:
    assert rows(shop, QUESTIONS["avg_rollup"]) == [(1.6,)]


def test_a_share_is_of_all_groups_also_where_only_some_are_kept(shop: duckdb.DuckDBPyConnection) -> None:
    shares = [round(row[2], 4) for row in rows(shop, QUESTIONS["share_late_having"])]
    assert shares == [0.6201, 0.3319]


def test_columns_say_their_type_unit_and_grain() -> None:
    compiled = compile_query(
        Q(subject="orders", dimensions=(month,), measures=(q.MetricValue(metric="revenue"), cnt)), MODEL, AS_OF
    )
    time_column, revenue, count = compiled.columns
    assert (time_column.type, time_column.grain, time_column.role) == ("date", q.Grain.MONTH, "dimension")
    assert (revenue.label, revenue.unit, revenue.additive, revenue.role) == ("revenue", "EUR", True, "measure")
    assert (count.unit, count.type) == (None, "number")


def test_an_inferred_join_is_said() -> None:
    compiled = compile_query(QUESTIONS["two_facts"], MODEL, AS_OF)
    assert compiled.assumptions == (
        "Joined returns to orders on order_id = order_id, which was inferred from names and values",
    )


INVALID: dict[str, tuple[q.AnalyticQuery, str]] = {
    "unknown entity": (Q(subject="order"), "There is no entity 'order'"),
    "unknown attribute": (Q(subject="orders", dimensions=(D(A("orders", "amout"), "x"),)), "has no attribute"),
    "unknown metric": (Q(subject="orders", measures=(q.MetricValue(metric="revenu"),)), "There is no metric"),
    "sum of a text": (Q(subject="orders", measures=(agg("sum", "orders", A("orders", "status")),)), "needs a number"),
    "sum over lines": (
        Q(subject="orders", measures=(agg("sum", "orders", A("order_lines", "quantity")),)),
        "count rows more than once",
    ),
    "text as date": (
        Q(subject="orders", where=cmp(A("orders", "order_date"), "gt", "soon")),
        "cannot be compared with orders.order_date",
    ),
    "share of an average": (
        Q(
            subject="orders",
            dimensions=(D(A("orders", "status"), "status"),),
            measures=(agg("avg", "orders", A("orders", "amount"), name="a"),),
            calculations=(q.Share(measure=0),),
        ),
        "does not add up",
    ),
    "condition that says nothing of the other fact": (
        Q(
            subject="orders",
            measures=(rev, agg("count", "visits", name="v")),
            where=cmp(A("orders", "status"), "eq", "open"),
        ),
        "says nothing of visits",
    ),
    "no such dimension": (Q(subject="orders", measures=(cnt,), order=(q.OrderBy(target="dimension"),)), "names dim"),
    "measure in where": (
        Q(subject="orders", where=q.MeasureComparison(measure=cnt, operator=q.Operator.GT, right=C(1))),
        "belongs in `having`",
    ),
    "not a number": (Q(subject="orders", where=cmp(A("orders", "amount"), "gt", float("inf"))), "is not a number"),
    "nested with many values": (
        Q(
            subject="orders",
            where=cmp(
                A("orders", "amount"),
                "gt",
                q.Nested(query=Q(subject="orders", dimensions=(D(A("orders", "amount"), "a"),))),
            ),
        ),
        "one value",
    ),
}


@pytest.mark.parametrize("name", sorted(INVALID))
def test_what_does_not_fit_the_model_is_said(name: str) -> None:
    query, expected = INVALID[name]
    with pytest.raises(InvalidQuery, match=expected):
        compile_query(query, MODEL, AS_OF)


def test_a_misspelt_name_suggests_the_nearest() -> None:
    with pytest.raises(InvalidQuery) as raised:
        compile_query(Q(subject="orders", dimensions=(D(A("orders", "amout"), "x"),)), MODEL, AS_OF)
    assert raised.value.suggestions[0] == "amount"


def test_values_are_literals_and_never_sql(shop: duckdb.DuckDBPyConnection) -> None:
    evil = "x' OR 1 = 1 --"
    query = Q(subject="orders", measures=(cnt,), where=cmp(A("orders", "status"), "eq", evil))
    assert "'x'' OR 1 = 1 --'" in compile_query(query, MODEL, AS_OF).sql
    assert rows(shop, query) == [(0,)]


def test_an_ordinary_question_compiles_in_a_few_milliseconds() -> None:
    query = Q(
        subject="orders",
        dimensions=(D(A("customers", "country"), "country"),),
        measures=(rev,),
        time=TW("2026-01-01", "2026-02-01"),
        order=(q.OrderBy(target="measure"),),
        limit=q.Limit(count=10),
    )
    compile_query(query, MODEL, AS_OF)
    taken = []
    for _ in range(50):
        started = time.perf_counter()
        compile_query(query, MODEL, AS_OF)
        taken.append(time.perf_counter() - started)
    assert statistics.median(taken) < 0.02


def test_a_limit_beyond_what_engines_count_is_none(shop: duckdb.DuckDBPyConnection) -> None:
    everything = q.AnalyticQuery(subject="customers")
    assert rows(shop, everything.model_copy(update={"limit": q.Limit(count=10**20)})) == rows(shop, everything)
