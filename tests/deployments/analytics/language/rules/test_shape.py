"""Along time."""

from __future__ import annotations

import pytest

from deployments.contracts import query as q
from tests.deployments.analytics.language.conftest import Shop


@pytest.mark.parametrize(
    ("question", "grain"),
    [
        ("revenue over time", q.Grain.MONTH),
        ("revenue over the years", q.Grain.YEAR),
        ("how does revenue change over the months", q.Grain.MONTH),
    ],
)
def test_over_time_runs_along_periods(shop: Shop, question: str, grain: q.Grain) -> None:
    query = shop.query(question)
    (dimension,) = query.dimensions
    assert isinstance(dimension.of, q.Truncated)
    assert dimension.of.grain is grain
    assert query.calculations == ()


def test_over_an_amount_does_not(shop: Shop) -> None:
    assert not any(isinstance(d.of, q.Truncated) for d in shop.query("orders over 100").dimensions)
