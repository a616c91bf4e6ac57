"""What restricts: values, numbers, dates, negation, patterns, comparisons, numbers of rows."""

from __future__ import annotations

import pytest

from deployments.contracts import query as q
from tests.deployments.analytics.language.conftest import Shop


def of(entity: str, name: str) -> q.Attribute:
    return q.Attribute(entity=entity, name=name)


def compared(left: q.Scalar, operator: q.Operator, value: q.Plain) -> q.Comparison:
    return q.Comparison(left=left, operator=operator, right=q.Constant(value=value))


ORDERS_OF_EACH = q.Rollup(entity="customers", measure=q.Aggregate(function=q.Function.COUNT, entity="orders"))


@pytest.mark.parametrize(
    ("question", "where"),
    [
        ("German customers", compared(of("customers", "country"), q.Operator.EQ, "DE")),
        ("customers named Ada", compared(of("customers", "name"), q.Operator.EQ, "Ada")),
        ("active customers", compared(of("customers", "active"), q.Operator.EQ, "Y")),
        ("paid orders", compared(of("orders", "paid"), q.Operator.EQ, True)),
        ("order 5", compared(of("orders", "order_id"), q.Operator.EQ, 5)),
        ("orders not shipped", compared(of("orders", "status"), q.Operator.NE, "shipped")),
        ("orders over 100", compared(of("orders", "amount"), q.Operator.GT, 100)),
        ("orders of at least 100", compared(of("orders", "amount"), q.Operator.GE, 100)),
        ("products whose name starts with D", compared(of("products", "name"), q.Operator.STARTS_WITH, "D")),
        ("customers with more than 2 orders", compared(ORDERS_OF_EACH, q.Operator.GT, 2)),
        ("customers without orders", q.Related(entity="customers", to="orders", negated=True)),
        ("customers with no orders", q.Related(entity="customers", to="orders", negated=True)),
    ],
)
def test_a_restriction_becomes_one_condition(shop: Shop, question: str, where: q.Filter) -> None:
    assert shop.query(question).where == where


def test_values_of_one_column_are_any_of_them(shop: Shop) -> None:
    assert shop.query("stores in region N or S").where == q.Comparison(
        left=of("stores", "region"), operator=q.Operator.IN, values=("N", "S")
    )


def test_both_of_two_values_need_a_row_each(shop: Shop) -> None:
    where = shop.query("customers who bought Desk and Chair").where
    assert isinstance(where, q.AllOf)
    assert [type(part) for part in where.of] == [q.Related, q.Related]


def test_between_includes_both_bounds(shop: Shop) -> None:
    amount = of("orders", "amount")
    assert shop.query("orders between 50 and 100").where == q.AllOf(
        of=(compared(amount, q.Operator.GE, 50), compared(amount, q.Operator.LE, 100))
    )


def test_above_average_compares_with_the_average_of_all(shop: Shop) -> None:
    where = shop.query("products that cost more than average").where
    assert isinstance(where, q.Comparison)
    assert isinstance(where.right, q.Nested)


def test_a_period_inside_a_count_restricts_what_is_counted(shop: Shop) -> None:
    where = shop.query("customers with more than 1 order in 2025").where
    assert isinstance(where, q.Comparison)
    assert isinstance(where.left, q.Rollup)
    assert isinstance(where.left.measure, q.Aggregate)
    assert isinstance(where.left.measure.where, q.TimeRange)


def test_a_weekday_is_a_part_of_the_date(shop: Shop) -> None:
    where = shop.query("orders on a Saturday").where
    assert where == compared(q.Part(of=of("orders", "order_date"), part=q.TimePart.WEEKDAY), q.Operator.EQ, "Saturday")
