from __future__ import annotations

import pytest

from deployments.analytics.charts.recommend import applicable, choose
from deployments.analytics.charts.render import render_svg
from deployments.analytics.charts.shape import Shape
from deployments.analytics.charts.vega import visualize
from deployments.contracts.errors import ChartNotApplicable
from tests.deployments.analytics.charts.samples import TOP_PER_STATUS, TOP_PER_STATUS_ROWS
from tests.deployments.analytics.retail import dimension, measure, table


def test_the_first_few_of_each_group_are_bars_in_a_panel_for_each() -> None:
    shape = Shape(TOP_PER_STATUS, TOP_PER_STATUS_ROWS)
    assert applicable(shape)[0] == "bar"
    drawn = visualize(shape, "bar", "Top 2 per status")
    assert drawn.spec["facet"]["field"] == drawn.series == "status"
    assert drawn.spec["spec"]["layer"][0]["encoding"]["x"]["scale"] == {"zero": True}
    picture = render_svg(drawn, TOP_PER_STATUS_ROWS)
    # Each panel has its own labels: US stands in both, and no empty place in either.
    assert picture.count(">US<") == 2
    assert picture.count(">JP<") == picture.count(">DE<") == 1


def test_too_many_groups_are_no_panels_and_it_says_why() -> None:
    rows = [(f"status {number}", "US", 1.0) for number in range(13)]
    shape = Shape(TOP_PER_STATUS, table((dimension("status"), dimension("country"), measure()), *rows))
    assert applicable(shape)[0] != "bar"
    with pytest.raises(ChartNotApplicable, match="13 groups are too many panels to read"):
        choose(shape, "bar")
