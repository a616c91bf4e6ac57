import pytest

from deployments.analytics.charts.kinds import CHART_TYPES
from deployments.analytics.charts.recommend import RULES, applicable, best, choose
from deployments.analytics.charts.shape import Shape
from deployments.contracts import query as q
from deployments.contracts.answers import ResultTable
from deployments.contracts.errors import ChartNotApplicable
from tests.deployments.analytics.charts.samples import (
    AWKWARD,
    BY_COUNTRY,
    BY_MONTH,
    BY_MONTH_AND_COUNTRY,
    BY_STATUS_AND_COUNTRY,
    COMPARED,
    COMPARED_ROWS,
    COUNTRY_ROWS,
    LIST,
    LIST_ROWS,
    MONTH_AND_COUNTRY_ROWS,
    MONTH_ROWS,
    REVENUE_AND_ORDERS,
    REVENUE_AND_ORDERS_ROWS,
    SHOWN_AS,
    STATUS_AND_COUNTRY_ROWS,
    TOTAL,
    TOTAL_ROWS,
    asking,
)
from tests.deployments.analytics.retail import (
    COUNTRY,
    TOP_TEN,
    TOP_TEN_ROWS,
    by_time,
    dimension,
    measure,
    months,
    table,
)


@pytest.mark.parametrize(
    ("query", "result", "expected"),
    [
        (TOP_TEN, TOP_TEN_ROWS, "bar"),
        (BY_MONTH, MONTH_ROWS, "line"),
        (BY_MONTH_AND_COUNTRY, MONTH_AND_COUNTRY_ROWS, "line"),
        (BY_STATUS_AND_COUNTRY, STATUS_AND_COUNTRY_ROWS, "grouped_bar"),
        (BY_COUNTRY, COUNTRY_ROWS, "bar"),
        (COMPARED, COMPARED_ROWS, "grouped_bar"),
        (TOTAL, TOTAL_ROWS, "number"),
        (LIST, LIST_ROWS, "table"),
        (REVENUE_AND_ORDERS, REVENUE_AND_ORDERS_ROWS, "bar"),
    ],
)
def test_the_usual_questions_get_the_usual_chart(query: q.AnalyticQuery, result: ResultTable, expected: str) -> None:
    assert best(Shape(query, result)) == expected


def test_a_share_of_few_parts_is_a_pie() -> None:
    query = asking(COUNTRY, calculations=(q.Share(measure=0, name="share"),))
    rows = table((dimension("country"), measure(), measure("share", "%", "calculation", additive=False)),
                 ("US", 3, 0.5), ("DE", 2, 1 / 3), ("FR", 1, 1 / 6))  # fmt: skip
    assert best(Shape(query, rows)) == "pie"


def test_many_groups_are_a_table() -> None:
    rows = table((dimension("country"), measure()), *((f"c{i}", float(i)) for i in range(500)))
    assert best(Shape(BY_COUNTRY, rows)) == "table"


def test_a_yes_or_no_is_a_table() -> None:
    rows = table((dimension("answer", kind="boolean"),), (True,))
    assert best(Shape(q.AnalyticQuery(subject="orders", yes_no=True), rows)) == "table"


def test_two_periods_are_bars_and_not_a_line() -> None:
    rows = table((dimension("month", kind="date", grain=q.Grain.MONTH), measure()), *((d, 1.0) for d in months(2)))
    assert best(Shape(asking(by_time(q.Grain.MONTH)), rows)) == "bar"


@pytest.mark.parametrize("name", CHART_TYPES)
def test_every_type_fits_some_result(name: str) -> None:
    query, result = SHOWN_AS[name]
    assert choose(Shape(query, result), name) == name


@pytest.mark.parametrize("case", AWKWARD)
def test_the_best_type_always_fits(case: str) -> None:
    shape = Shape(*AWKWARD[case])
    fits = applicable(shape)
    assert fits[0] == best(shape)
    assert all(RULES[name](shape) is None for name in fits)
    assert len(set(fits)) == len(fits)


def test_a_pie_refuses_negative_values() -> None:
    rows = table((dimension("country"), measure()), ("US", -1), ("DE", 2))
    with pytest.raises(ChartNotApplicable, match="negative") as refused:
        choose(Shape(BY_COUNTRY, rows), "pie")
    assert refused.value.suggestions[0] == "bar"


def test_a_pie_refuses_what_does_not_add_up() -> None:
    rows = table((dimension("country"), measure("average", additive=False)), ("US", 1), ("DE", 2))
    with pytest.raises(ChartNotApplicable, match="does not add up"):
        choose(Shape(BY_COUNTRY, rows), "pie")


def test_a_line_refuses_categories_without_order() -> None:
    with pytest.raises(ChartNotApplicable, match="order"):
        choose(Shape(BY_COUNTRY, COUNTRY_ROWS), "trend line")


def test_an_unknown_chart_is_refused_with_the_nearest_that_fit() -> None:
    with pytest.raises(ChartNotApplicable, match="no chart type 'pye chart'") as refused:
        choose(Shape(BY_COUNTRY, COUNTRY_ROWS), "pye chart")
    assert refused.value.suggestions[0] == "pie"


@pytest.mark.parametrize("name", CHART_TYPES)
def test_suggestions_of_a_refusal_all_fit(name: str) -> None:
    shapes = [Shape(query, result) for query, result in (*SHOWN_AS.values(), *AWKWARD.values())]
    for shape in (shape for shape in shapes if RULES[name](shape) is not None):
        with pytest.raises(ChartNotApplicable) as refused:
            choose(shape, name)
        assert refused.value.suggestions
        assert all(RULES[other](shape) is None for other in refused.value.suggestions)


def test_a_refusal_takes_the_article_of_the_chart() -> None:
    with pytest.raises(ChartNotApplicable, match=r"^An area chart does not fit"):
        choose(Shape(BY_COUNTRY, COUNTRY_ROWS), "area")
    with pytest.raises(ChartNotApplicable, match=r"^A line chart does not fit"):
        choose(Shape(BY_COUNTRY, COUNTRY_ROWS), "line")
