from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from deployments.analytics.warehouse.connect import Warehouse, open_warehouse
from deployments.analytics.warehouse.demo import make_demo

TODAY = dt.date(2026, 3, 18)
LAST_MONTH = "order_date >= DATE '2026-02-01' AND order_date < DATE '2026-03-01'"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    path = tmp_path_factory.mktemp("demo") / "demo.duckdb"
    make_demo(path, TODAY)
    warehouse = open_warehouse(str(path))
    yield warehouse
    warehouse.close()


def one(demo: Warehouse, sql: str) -> object:
    return demo.query(sql)[0][0]


def number(demo: Warehouse, sql: str) -> float:
    return float(str(one(demo, sql)))


def test_three_years_of_at_least_300_000_order_lines_end_today(demo: Warehouse) -> None:
    assert number(demo, "SELECT count(*) FROM order_lines") >= 300_000
    assert demo.query("SELECT min(order_date), max(order_date) FROM orders") == [(dt.date(2023, 3, 19), TODAY)]


def test_an_order_is_worth_the_sum_of_its_lines(demo: Warehouse) -> None:
    assert (
        one(
            demo,
            "SELECT count(*) FROM orders o JOIN (SELECT order_id, sum(amount) s FROM order_lines GROUP BY 1) USING (order_id) WHERE o.amount <> s",
        )
        == 0
    )
    assert one(demo, "SELECT count(*) FROM orders ANTI JOIN order_lines USING (order_id)") == 0


def test_no_date_is_later_than_today_nor_a_return_before_its_order(demo: Warehouse) -> None:
    assert one(demo, "SELECT max(returned_on) FROM returns") == TODAY
    assert (
        one(
            demo,
            "SELECT count(*) FROM returns JOIN order_lines USING (order_line_id) JOIN orders USING (order_id) WHERE returned_on <= order_date",
        )
        == 0
    )
    assert (
        one(demo, "SELECT count(*) FROM orders JOIN customers USING (customer_id) WHERE order_date < signed_up_on") == 0
    )
    assert (
        one(
            demo,
            "SELECT count(*) FROM orders JOIN employees USING (employee_id) WHERE employees.store_id <> orders.store_id",
        )
        == 0
    )


def test_acme_inc_leads_last_months_customers(demo: Warehouse) -> None:
    top = demo.query(
        f"SELECT customer_name, sum(amount) AS revenue FROM orders WHERE {LAST_MONTH} GROUP BY 1 ORDER BY 2 DESC LIMIT 10"
    )
    assert len(top) == 10
    assert top[0][0] == "Acme Inc"


def test_footwear_fell_in_europe_in_the_last_complete_quarter(demo: Warehouse) -> None:
    def revenue(category: str, region: str, start: str, end: str) -> float:
        return number(
            demo,
            f"SELECT sum(l.amount) FROM order_lines l JOIN orders USING (order_id) JOIN products USING (product_id) JOIN stores USING (store_id) "
            f"WHERE category = '{category}' AND region = '{region}' AND order_date >= DATE '{start}' AND order_date < DATE '{end}'",
        )

    def change(category: str, region: str) -> float:
        return revenue(category, region, "2025-10-01", "2026-01-01") / revenue(
            category, region, "2024-10-01", "2025-01-01"
        )

    assert change("Footwear", "Europe") < 0.55
    assert change("Footwear", "North America") > 0.9
    assert change("Electronics", "Europe") > 0.9


def test_a_large_customer_left(demo: Warehouse) -> None:
    assert one(demo, "SELECT max(order_date) < DATE '2025-10-01' FROM orders WHERE customer_name = 'Initech Group'")
    rank = "SELECT rank FROM (SELECT customer_name, rank() OVER (ORDER BY sum(amount) DESC) AS rank FROM orders WHERE order_date < DATE '2025-10-01' GROUP BY 1) WHERE customer_name = 'Initech Group'"
    assert number(demo, rank) <= 8


def test_one_week_was_bad(demo: Warehouse) -> None:
    weeks = demo.query("SELECT date_trunc('week', order_date)::DATE, count(*) FROM orders GROUP BY 1 ORDER BY 2")
    orders = dict(weeks)
    bad = dt.date(2025, 12, 1)
    assert orders[bad] < 0.4 * orders[bad - dt.timedelta(weeks=1)]
    assert orders[bad] < 0.4 * orders[bad + dt.timedelta(weeks=1)]


def test_it_has_seasons_and_grows(demo: Warehouse) -> None:
    months = dict(demo.query("SELECT strftime(order_date, '%Y-%m'), count(*) FROM orders GROUP BY 1"))
    assert months["2024-12"] > 1.3 * months["2024-09"]
    assert 1.08 < months["2025-06"] / months["2024-06"] < 1.22


def test_some_customers_products_and_one_store_have_no_sales(demo: Warehouse) -> None:
    assert number(demo, "SELECT count(*) FROM customers ANTI JOIN orders USING (customer_id)") >= 60
    assert number(demo, "SELECT count(*) FROM products ANTI JOIN order_lines USING (product_id)") == 5
    assert demo.query("SELECT store_name FROM stores ANTI JOIN orders USING (store_id)") == [("Lisbon Harbour",)]
    assert number(demo, "SELECT count(DISTINCT country) FROM customers") >= 7


def test_the_same_day_gives_the_same_data(tmp_path: Path) -> None:
    digests = []
    for name in ("a", "b"):
        make_demo(tmp_path / f"{name}.duckdb", TODAY, scale=0.02)
        with duckdb.connect(str(tmp_path / f"{name}.duckdb"), read_only=True) as connection:
            tables = [
                row[0] for row in connection.execute("SELECT table_name FROM duckdb_tables() ORDER BY 1").fetchall()
            ]
            digests.append(
                [connection.execute(f"SELECT count(*), bit_xor(hash(t)) FROM {table} t").fetchall() for table in tables]
            )
    assert digests[0] == digests[1]


@pytest.mark.parametrize("today", [dt.date(2024, 2, 29), dt.date(2025, 1, 1), dt.date(2026, 12, 31)])
def test_it_can_be_made_on_any_day(tmp_path: Path, today: dt.date) -> None:
    make_demo(tmp_path / "demo.duckdb", today, scale=0.02)
    with duckdb.connect(str(tmp_path / "demo.duckdb"), read_only=True) as connection:
        assert connection.execute("SELECT max(order_date) FROM orders").fetchone() == (today,)
