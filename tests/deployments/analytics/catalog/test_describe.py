import datetime as dt

import pytest

from deployments.analytics.catalog.describe import describe
from deployments.analytics.model.schema import SemanticModel
from deployments.contracts.agents import MetadataTopic
from tests.deployments.analytics.retail import MODEL, ORDERS


def test_the_overview_names_facts_things_measures_and_freshness() -> None:
    answer = describe(MODEL, MetadataTopic(kind="overview"))
    assert answer.response == (
        "There are 2 tables. What happened is in orders. What it happened to is in customers. "
        "Measures with a name: revenue. The data reaches to 23 November 2026."
    )
    assert answer.suggestions


def test_tables_come_with_their_rows() -> None:
    answer = describe(MODEL, MetadataTopic(kind="tables"))
    assert answer.response == "There are 2 tables: orders (120,000 rows) and customers (400 rows)."
    assert answer.result is not None
    assert [row[:3] for row in answer.result.rows] == [("orders", "fact", 120_000), ("customers", "dimension", 400)]


def test_a_metric_is_defined_and_a_worked_out_one_says_so() -> None:
    response = describe(MODEL, MetadataTopic(kind="describe", names=("revenue",))).response
    assert response.startswith("Revenue is the sum of amount over orders.")
    assert "computed as total amount" in response
    assert "Unit: USD." in response
    assert "worked out from the names" in response


def test_a_table_is_described_with_its_relations_and_columns() -> None:
    answer = describe(MODEL, MetadataTopic(kind="describe", names=("orders",)))
    assert "Orders is a table with 120,000 rows and 8 columns. What customers bought." in answer.response
    assert "Each order belongs to one customer." in answer.response
    assert "Its order date reaches to 23 November 2026." in answer.response
    assert answer.result is not None
    assert answer.result.row_count == len(ORDERS.attributes)


def test_a_column_is_described_with_range_examples_and_gaps() -> None:
    told = describe(
        MODEL, MetadataTopic(kind="describe", names=("orders.status", "orders.amount", "orders.discount"))
    ).response
    assert "It has 3 distinct values. Examples: shipped, open and returned." in told
    assert "It runs from $1 to $900." in told
    assert "25% of the rows have none." in told


def test_an_unknown_name_is_said_with_the_nearest() -> None:
    response = describe(MODEL, MetadataTopic(kind="describe", names=("revenu",))).response
    assert response == "There is nothing called revenu. Did you mean revenue?"


def test_what_is_hidden_is_not_described() -> None:
    hidden = SemanticModel(name="retail", entities=(ORDERS.model_copy(update={"hidden": True}), MODEL.entities[1]))
    assert "nothing called orders" in describe(hidden, MetadataTopic(kind="describe", names=("orders",))).response
    assert "orders" not in describe(hidden, MetadataTopic(kind="tables")).response


def test_freshness_is_the_latest_date_of_each_fact() -> None:
    answer = describe(MODEL, MetadataTopic(kind="freshness"))
    assert answer.response == "The data reaches: orders from 1 November 2023 to 23 November 2026 (order date)."
    assert answer.result is not None
    assert answer.result.rows[0][3] == dt.date(2026, 11, 23)
    unknown = describe(MODEL, MetadataTopic(kind="freshness", names=("customers",)))
    assert "not known" in unknown.response


@pytest.mark.parametrize("kind", ["overview", "tables", "describe", "examples", "freshness"])
def test_an_empty_model_can_be_asked_about(kind: str) -> None:
    answer = describe(SemanticModel(name="empty"), MetadataTopic.model_validate({"kind": kind}))
    assert answer.response.endswith(".")
