"""Missing periods are shown beside few groups only."""

from __future__ import annotations

import pytest

from deployments.analytics.language.fill import MOST_GROUPS, fill_where_few
from deployments.analytics.model.schema import Attribute as ModelAttribute
from deployments.analytics.model.schema import DataType, Entity, Role, SemanticModel
from deployments.contracts.query import AnalyticQuery, Attribute, Dimension, Grain, Truncated


def model(groups: int | None) -> SemanticModel:
    region = ModelAttribute(
        name="region", label="region", data_type=DataType.TEXT, role=Role.CATEGORY, distinct_count=groups
    )
    day = ModelAttribute(name="day", label="day", data_type=DataType.DATE, role=Role.TIME)
    entity = Entity(name="sales", label="sale", plural="sales", table="sales", attributes=(region, day))
    return SemanticModel(name="shop", entities=(entity,))


QUERY = AnalyticQuery(
    subject="sales",
    dimensions=(
        Dimension(of=Attribute(entity="sales", name="region"), name="region"),
        Dimension(of=Truncated(of=Attribute(entity="sales", name="day"), grain=Grain.MONTH), name="month", fill=True),
    ),
)


@pytest.mark.parametrize(
    ("groups", "filled"), [(3, True), (MOST_GROUPS, True), (MOST_GROUPS + 1, False), (None, False)]
)
def test_missing_periods_are_shown_beside_few_groups_only(groups: int | None, filled: bool) -> None:
    assert fill_where_few(QUERY, model(groups)).dimensions[1].fill is filled


def test_a_series_alone_keeps_its_missing_periods() -> None:
    alone = QUERY.model_copy(update={"dimensions": QUERY.dimensions[1:]})
    assert fill_where_few(alone, model(None)) == alone
