from __future__ import annotations

import pytest

from deployments.analytics.model.infer import infer_model
from deployments.analytics.model.ossie import dump_ossie, parse_ossie
from deployments.analytics.model.schema import Role
from deployments.analytics.model.source import parse_model
from deployments.analytics.warehouse.connect import Warehouse
from deployments.contracts.errors import ModelError
from deployments.contracts.query import (
    Aggregate,
    Comparison,
    Constant,
    Function,
    MeasureArithmetic,
    MetricValue,
    Operator,
)
from tests.deployments.analytics.model.conftest import Opener

DATA = """
CREATE TABLE maker AS SELECT i AS maker_id, 'Maker ' || i AS name, CASE WHEN i % 4 > 0 THEN 'F' || i END AS first_name, 'L' || i AS last_name FROM range(1, 20) t(i);
CREATE TABLE sale AS SELECT i AS sale_id, i % 19 + 1 AS maker_id, DATE '2024-01-01' + CAST(i AS INTEGER) AS sold_on, i * 1.5 AS amount,
  CAST(i AS VARCHAR) AS weight, CASE WHEN i % 2 = 0 THEN 'open' ELSE 'done' END AS status FROM range(1, 60) t(i);
"""
HEAD = 'version: "0.2.0.dev0"\nsemantic_model:\n- name: shop\n'
SALES = HEAD + "  datasets:\n  - {name: sale, source: main.sale}\n  - {name: maker, source: maker}\n"


@pytest.fixture
def shop(database: Opener) -> Warehouse:
    return database(DATA)


def metrics(*expressions: str) -> str:
    return (
        SALES
        + "  metrics:\n"
        + "".join(
            f'  - name: m{i}\n    expression: {{dialects: [{{dialect: ANSI_SQL, expression: "{sql}"}}]}}\n'
            for i, sql in enumerate(expressions)
        )
    )


def test_an_inferred_model_written_and_read_is_the_same(shop: Warehouse) -> None:
    model = infer_model(shop)
    assert parse_ossie(dump_ossie(model), shop) == model


@pytest.mark.parametrize(
    "sql",
    [
        "SUM(sale.amount)",
        "COUNT(*)",
        "COUNT(DISTINCT sale.maker_id)",
        "SUM(amount) / NULLIF(COUNT(DISTINCT maker.maker_id), 0)",
        "AVG(sale.amount) FILTER (WHERE sale.status = 'open' AND sale.amount > 3)",
        "SUM(CASE WHEN status IN ('open', 'done') THEN amount END)",
        "100 * SUM(amount)",
        "1 - SUM(amount) / COUNT(*)",
        "m0 - SUM(sale.amount)",
        "PERCENTILE_CONT(0.9) WITHIN GROUP (ORDER BY amount)",
        "MAX(date_diff('day', sold_on, DATE '2025-01-01'))",
        "COUNT(sale.sale_id) FILTER (WHERE sale.status LIKE '%pe%' OR NOT (sale.amount BETWEEN 1 AND 2))",
    ],
)
def test_a_metric_written_and_read_is_the_same(shop: Warehouse, sql: str) -> None:
    model = parse_ossie(metrics("SUM(sale.amount)", sql), shop)
    assert parse_ossie(dump_ossie(model), shop) == model


def test_aggregates_become_typed_measures(shop: Warehouse) -> None:
    model = parse_ossie(
        metrics("SUM(CASE WHEN status = 'open' THEN 1 ELSE 0 END)", "m0 / COUNT(sale.*)", "SUM(amount) / 2"), shop
    )
    count, ratio, half = (metric.measure for metric in model.metrics)
    assert isinstance(count, Aggregate)
    assert (count.function, count.of) == (Function.COUNT, None)
    assert isinstance(count.where, Comparison)
    assert (count.where.operator, count.where.right) == (Operator.EQ, Constant(value="open"))
    assert isinstance(ratio, MeasureArithmetic)
    assert ratio.left == MetricValue(metric="m0")
    assert isinstance(half, Aggregate)


def test_a_file_replaces_what_it_names_and_hides_other_columns(shop: Warehouse) -> None:
    text = SALES.replace(
        "source: main.sale}",
        "source: main.sale, fields: [{name: price, expression: {dialects: [{dialect: ANSI_SQL, expression: amount}]}, ai_context: {synonyms: [paid]}}]}",
    )
    sale = parse_ossie(text, shop).by_name["sale"]
    assert [name for name, attribute in sale.by_name.items() if not attribute.hidden] == ["price"]
    assert (sale.by_name["price"].expression, sale.by_name["price"].synonyms) == ('"amount"', ("paid",))
    assert sale.by_name["price"].maximum is not None
    assert sale.by_name["sale_id"].role is Role.KEY


def test_extending_keeps_everything_else(shop: Warehouse) -> None:
    text = (
        HEAD
        + '  custom_extensions: [{vendor_name: BI_WORKBENCH, data: \'{"extends": true, "currency": "EUR"}\'}]\n  datasets: [{name: sale, source: sale}]\n'
    )
    model, inferred = parse_ossie(text, shop), infer_model(shop)
    assert model.currency == "EUR"
    assert set(model.by_name) == set(inferred.by_name)
    assert [r.name for r in model.relationships] == [r.name for r in inferred.relationships]


def test_a_query_may_stand_for_a_table(shop: Warehouse) -> None:
    text = HEAD + (
        "  datasets:\n  - name: big\n    source: SELECT amount, status FROM sale WHERE amount > 10\n    fields:\n"
        "    - {name: amount, expression: {dialects: [{dialect: ANSI_SQL, expression: amount}]}}\n"
        "    - {name: status, expression: {dialects: [{dialect: ANSI_SQL, expression: status}]}}\n"
    )
    big = parse_ossie(text, shop).by_name["big"]
    assert big.sql == "SELECT amount, status FROM sale WHERE amount > 10"
    assert set(big.by_name["status"].samples) == {"open", "done"}


@pytest.mark.parametrize(
    ("text", "line", "said", "near"),
    [
        (SALES.replace("source: maker", "source: makers"), 6, "no table 'makers'", ("maker",)),
        (SALES.replace("datasets", "dataset"), 4, "no key 'dataset'", ("datasets",)),
        (metrics("SUM(sale.amuont)"), 9, "no column 'amuont'", ("amount",)),
        (metrics("SUM(sales.amount)"), 9, "no dataset 'sales'", ("sale",)),
        (metrics("SUM(maker_id)"), 9, "several datasets", ()),
        (metrics("amount"), 9, "not an aggregate", ()),
        (metrics("SUM(("), 9, "not a SQL expression", ()),
        (metrics("SUM(SUM(amount))"), 9, "aggregate stands inside another", ()),
        (SALES + "  relationships: [{name: r, from: sale, to: maker, from_columns: [nothing], to_columns: [maker_id]}]\n", 7, "no column 'nothing'", ()),
        (SALES.replace("{name: maker,", "{name: sale,"), 6, "stands twice", ()),
        ("a: [1\nb: 2\n", 2, "not valid YAML", ()),
        ("- 1\n- 2\n", 1, "expected a mapping", ()),
        ("hello: 1\n", 1, "semantic_model", ()),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_line_and_the_nearest(
    shop: Warehouse, text: str, line: int, said: str, near: tuple[str, ...]
) -> None:
    with pytest.raises(ModelError) as caught:
        parse_model(text, shop, named="shop.yaml")
    assert f"shop.yaml, line {line}: " in caught.value.detail
    assert said in caught.value.detail
    assert caught.value.suggestions[: len(near)] == near
    assert "\n" not in caught.value.detail


def test_without_a_warehouse_names_are_taken_on_trust() -> None:
    model = parse_ossie(metrics("SUM(sale.amount)"))
    assert model.by_name["sale"].by_name["amount"].hidden
