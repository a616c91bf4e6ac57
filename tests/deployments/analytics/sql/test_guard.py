from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest
import sqlglot

from deployments.analytics.sql.guard import Reason, decide, guard, guard_ast
from deployments.contracts.errors import QueryRefused
from deployments.contracts.limits import Limits
from tests.fixtures.retail import MODEL, ROWS, SCHEMA

STATEMENTS: list[tuple[str, str]] = [
    (sql, expected) for sql, expected in json.loads((Path(__file__).parent / "attacks.json").read_text())
]
LIMITS = Limits(rows=500, seconds=2)


@pytest.mark.parametrize(("sql", "expected"), STATEMENTS)
def test_a_statement_is_let_through_or_refused_for_its_reason(sql: str, expected: str) -> None:
    decision = decide(sql, MODEL, LIMITS)
    assert ("allow" if decision.allowed else str(decision.reason)) == expected, decision.detail


def test_every_reason_stands_in_the_statements() -> None:
    assert {str(reason) for reason in Reason} - {expected for _, expected in STATEMENTS} == {"too_large", "no_caller"}


def test_a_statement_passes_unchanged_with_a_report_of_what_it_reads() -> None:
    sql = "SELECT c.country, SUM(o.amount) AS s FROM orders AS o JOIN customers AS c ON o.customer_id = c.customer_id GROUP BY c.country"
    passed = guard(sql, MODEL, LIMITS)
    assert passed.sql == sql
    assert passed.report.tables == ("customers", "orders")
    assert passed.report.columns == (
        "customers.country",
        "customers.customer_id",
        "orders.amount",
        "orders.customer_id",
    )
    assert passed.report.functions == ("sum",)
    assert (passed.report.row_limit, passed.report.time_limit_ms) == (500, 2000)
    assert (passed.report.memory_limit_mb, passed.report.spill_limit_mb) == (LIMITS.memory_mb, LIMITS.spill_mb)


def test_a_refusal_carries_its_reason() -> None:
    with pytest.raises(QueryRefused) as raised:
        guard("SELECT secret FROM orders", MODEL, LIMITS)
    assert raised.value.extra == {"reason": "unknown_column"}


def test_a_tree_is_judged_as_its_text_is() -> None:
    sql = "SELECT secret FROM orders"
    with pytest.raises(QueryRefused):
        guard_ast(sqlglot.parse_one(sql, read="duckdb"), sql, MODEL, LIMITS)


@pytest.mark.parametrize("sql", ["SELECT 1" + " + 1" * 20_000, "SELECT " + "(" * 200 + "1" + ")" * 200])
def test_what_is_too_large_is_refused_before_it_is_parsed(sql: str) -> None:
    assert decide(sql, MODEL, LIMITS).reason is Reason.TOO_LARGE


def test_what_is_let_through_means_the_same_to_the_engine() -> None:
    with duckdb.connect() as shop:
        shop.execute(SCHEMA + ROWS)
        for sql, expected in STATEMENTS:
            if expected == "allow":
                shop.execute(sql).fetchmany(10)


@pytest.mark.parametrize(
    "sql",
    ["SELECT " + "NOT " * 3000 + "TRUE AS x", "SELECT " + "- " * 4000 + "1 AS x", "SELECT 1" + " + 1" * 4000 + " AS x"],
)
def test_what_nests_deeply_without_parentheses_is_decided_and_not_a_defect(sql: str) -> None:
    decide(sql, MODEL, LIMITS)


def test_columns_that_the_model_does_not_show_are_out_of_reach_by_position() -> None:
    for sql in (
        "SELECT x.b FROM orders AS x(b)",
        "SELECT t.a FROM (SELECT * FROM orders) AS t(a)",
        "SELECT t.a FROM (SELECT tag_id AS a, label AS b FROM tags UNION ALL SELECT * FROM tags) AS t",
    ):
        assert not decide(sql, MODEL, LIMITS).allowed
