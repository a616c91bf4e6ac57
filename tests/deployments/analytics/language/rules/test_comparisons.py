"""Attributes compared with each other."""

from __future__ import annotations

import pytest

from deployments.contracts import query as q
from tests.deployments.analytics.language.conftest import Shop


def of(name: str, entity: str = "rentals") -> q.Attribute:
    return q.Attribute(entity=entity, name=name)


@pytest.mark.parametrize(
    ("question", "operator", "right"),
    [
        ("rentals where actual hours exceed planned hours", q.Operator.GT, of("planned_hours")),
        ("rentals whose actual hours are lower than the planned hours", q.Operator.LT, of("planned_hours")),
        ("rentals whose actual hours are different from the planned hours", q.Operator.NE, of("planned_hours")),
        ("rentals whose actual hours are greater than the bike list price", q.Operator.GT, of("list_price", "bikes")),
    ],
)
def test_two_columns_of_a_row_are_compared(
    bikes: Shop, question: str, operator: q.Operator, right: q.Attribute
) -> None:
    assert bikes.query(question).where == q.Comparison(left=of("actual_hours"), operator=operator, right=right)


def test_a_number_and_a_moment_are_not_compared(bikes: Shop) -> None:
    assert bikes.refused("rentals whose actual hours are greater than the start date") == "no_data_for"


def test_an_amount_without_a_unit_is_not_taken_for_the_age_of_someone_related(bikes: Shop) -> None:
    assert bikes.refused("rentals over 5 hours") == "no_data_for"
