"""Sums are taken from the rows that the question is about."""

from __future__ import annotations

from deployments.analytics.language.grain import at_finest_grain
from deployments.analytics.language.graph import Graph
from deployments.analytics.model.schema import SemanticModel
from deployments.contracts import query as q
from tests.fixtures import retail

CATEGORY = q.Dimension(of=q.Attribute(entity="products", name="category"), name="category")
COUNTRY = q.Dimension(of=q.Attribute(entity="customers", name="country"), name="country")


def with_line_amounts() -> SemanticModel:
    """The shop, whose lines call their part of an order's amount by the same name."""
    lines = retail.LINES.model_copy(
        update={
            "attributes": tuple(
                a.model_copy(update={"label": "line amount"}) if a.name == "total" else a
                for a in retail.LINES.attributes
            )
        }
    )
    entities = tuple(lines if e.name == "order_lines" else e for e in retail.MODEL.entities)
    return retail.MODEL.model_copy(update={"entities": entities})


MODEL = with_line_amounts()
REVENUE = q.MetricValue(metric="revenue", name="revenue")


def moved(model: SemanticModel, *dimensions: q.Dimension, where: q.Filter | None = None) -> q.Measure:
    query = q.AnalyticQuery(subject="orders", dimensions=dimensions, measures=(REVENUE,), where=where)
    return at_finest_grain(query, model, Graph(model))[0].measures[0]


def test_an_orders_amount_by_category_is_summed_from_its_lines() -> None:
    assert moved(MODEL, CATEGORY) == q.Aggregate(
        function=q.Function.SUM,
        entity="order_lines",
        of=q.Attribute(entity="order_lines", name="total"),
        name="revenue",
    )


def test_a_condition_on_products_moves_the_sum_too() -> None:
    desks = q.Comparison(
        left=q.Attribute(entity="products", name="name"), operator=q.Operator.EQ, right=q.Constant(value="Desk")
    )
    assert moved(MODEL, where=desks) != REVENUE


def test_what_each_order_has_one_of_leaves_the_sum_where_it_is() -> None:
    assert moved(MODEL, COUNTRY) == REVENUE
    assert moved(MODEL) == REVENUE


def test_lines_without_such_an_amount_leave_the_sum_where_it_is() -> None:
    assert moved(retail.MODEL, CATEGORY) == REVENUE


def test_a_sum_that_was_moved_is_said() -> None:
    query = q.AnalyticQuery(subject="orders", dimensions=(CATEGORY,), measures=(REVENUE,))
    assert "taken from the order lines" in at_finest_grain(query, MODEL, Graph(MODEL))[1][0]
