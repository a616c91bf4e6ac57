import datetime as dt
import time

import pytest

from deployments.analytics.charts.present import present
from deployments.contracts.agents import Reading
from deployments.contracts.answers import Intent
from deployments.contracts.errors import ChartNotApplicable
from tests.deployments.analytics.charts.samples import AWKWARD, BY_COUNTRY, BY_MONTH, COUNTRY_ROWS, MONTH_ROWS, SHOWN_AS
from tests.deployments.analytics.retail import MODEL, TOP_TEN, TOP_TEN_ROWS, dimension, measure, table

TODAY = dt.date(2026, 11, 24)


def test_the_given_example_gets_the_given_axes() -> None:
    shown = present(MODEL, TOP_TEN, TOP_TEN_ROWS)
    assert shown.visualization is not None
    assert (shown.visualization.type, shown.visualization.x_axis, shown.visualization.y_axis) == (
        "bar",
        "customer_name",
        "revenue",
    )
    assert shown.response.startswith("Here are your top 10 customers by revenue for last month (1–31 October 2026)")
    assert shown.visualization.title == "Top 10 customers by revenue"
    assert shown.visualization.spec["title"]["subtitle"] == ["1–31 October 2026"]
    assert shown.insights
    assert 3 <= len(shown.suggestions) <= 4


def test_a_chart_may_be_asked_for_by_its_spoken_name() -> None:
    shown = present(MODEL, TOP_TEN, TOP_TEN_ROWS, chart_type="Pie chart")
    assert shown.visualization is not None
    assert shown.visualization.type == "pie"
    assert shown.response.startswith("Shown as a pie chart. ")


def test_a_chart_that_does_not_fit_is_refused_where_it_alone_was_asked_for() -> None:
    with pytest.raises(ChartNotApplicable):
        present(MODEL, BY_COUNTRY, COUNTRY_ROWS, chart_type="line")


def test_a_chart_asked_for_with_the_question_gives_way_and_says_so() -> None:
    shown = present(MODEL, BY_COUNTRY.model_copy(update={"chart": "line"}), COUNTRY_ROWS)
    assert shown.visualization is not None
    assert shown.visualization.type == "bar"
    assert "A line chart does not fit this result" in shown.response


def test_the_chart_of_the_question_is_used_where_it_fits() -> None:
    shown = present(MODEL, BY_MONTH.model_copy(update={"chart": "area chart"}), MONTH_ROWS)
    assert shown.visualization is not None
    assert shown.visualization.type == "area"


def test_an_edit_is_led_by_what_changed() -> None:
    reading = Reading(intent=Intent.REFINEMENT, query=TOP_TEN, changes=("filtered to country = US",))
    assert present(MODEL, TOP_TEN, TOP_TEN_ROWS, reading).response.startswith("Filtered to country = US. Here are")


@pytest.mark.parametrize("case", [*AWKWARD, *SHOWN_AS])
def test_everything_can_be_presented(case: str) -> None:
    query, result = (AWKWARD | SHOWN_AS)[case]
    shown = present(MODEL, query, result, as_of=TODAY)
    assert shown.response.endswith(".")
    assert shown.visualization is not None
    assert shown.visualization.type == shown.chart_types[0]
    assert len(shown.insights) <= 4


def test_a_thousand_rows_take_a_few_milliseconds() -> None:
    result = table((dimension("country"), measure()), *((f"c{i}", float(i)) for i in range(1000)))
    present(MODEL, BY_COUNTRY, result)
    times = []
    for _ in range(7):
        started = time.process_time()
        present(MODEL, BY_COUNTRY, result)
        times.append(time.process_time() - started)
    assert min(times) < 0.05
