import datetime as dt

import pytest

from deployments.analytics.insights.narrate import narrate, window_words
from deployments.contracts import query as q
from deployments.contracts.agents import Reading
from deployments.contracts.answers import Intent, ResultColumn, ResultTable
from tests.deployments.analytics.charts.samples import BY_MONTH, COMPARED, TOTAL_ROWS, asking
from tests.deployments.analytics.retail import (
    COUNTRY,
    CUSTOMER,
    MODEL,
    OCTOBER,
    ORDER_COUNT,
    ORDER_DATE,
    REVENUE,
    TOP_TEN,
    TOP_TEN_ROWS,
    dimension,
    is_,
    measure,
    months,
    table,
)

US = is_("customers", "country", "US")
TODAY = dt.date(2026, 11, 24)
OCTOBER_WORDS = "for last month (1–31 October 2026)"


def told(query: q.AnalyticQuery, result: ResultTable, reading: Reading | None = None) -> str:
    return narrate(MODEL, query, result, reading, as_of=TODAY)


def answer(value: bool | None) -> ResultTable:
    return table((ResultColumn(name="answer", label="answer", type="boolean"),), (value,))


def names(*rows: tuple[str, ...], truncated: bool = False) -> ResultTable:
    columns = [ResultColumn(name=f"c{i}", label=label, type="text") for i, label in enumerate(("name", "country"))]
    return table(columns[: len(rows[0]) if rows else 1], *rows, truncated=truncated)


def test_a_ranking_names_its_first() -> None:
    assert told(TOP_TEN, TOP_TEN_ROWS) == (
        f"Here are your top 10 customers by revenue {OCTOBER_WORDS}. Acme Inc comes first with $150,000, then Beta Corp "
        "with $130,435."
    )


def test_fewer_than_asked_for_is_said() -> None:
    few = ResultTable(TOP_TEN_ROWS.columns, TOP_TEN_ROWS.rows[:2])
    assert told(TOP_TEN, few).startswith(f"Only 2 customers were found {OCTOBER_WORDS}; here they are by revenue.")


def test_the_bottom_is_called_the_bottom() -> None:
    query = TOP_TEN.model_copy(update={"order": (q.OrderBy(target="measure", direction=q.Direction.ASC),)})
    assert "bottom 10 customers by revenue" in told(query, TOP_TEN_ROWS)


def test_the_highest_one_is_named_with_its_value() -> None:
    query = TOP_TEN.model_copy(update={"limit": q.Limit(count=1)})
    one = ResultTable(TOP_TEN_ROWS.columns, TOP_TEN_ROWS.rows[:1])
    assert told(query, one) == f"Acme Inc has the highest revenue {OCTOBER_WORDS}: $150,000."


@pytest.mark.parametrize(
    ("query", "value", "sentence"),
    [
        (asking(time=OCTOBER), 1234567.89, f"Revenue was $1,234,567.89 {OCTOBER_WORDS}."),
        (asking(where=US), 12.5, "Revenue is $12.50 where country is US."),
        (asking(measures=(ORDER_COUNT,)), 1204, "There are 1,204 orders."),
        (asking(measures=(ORDER_COUNT,), time=OCTOBER), 0, f"There were no orders {OCTOBER_WORDS}."),
        (asking(measures=(ORDER_COUNT,), time=OCTOBER), 1, f"There was 1 order {OCTOBER_WORDS}."),
        (asking(time=OCTOBER), None, f"There is no revenue {OCTOBER_WORDS}: no matching row has a value."),
    ],
)
def test_a_single_value_is_told_with_its_unit(query: q.AnalyticQuery, value: float | None, sentence: str) -> None:
    unit = None if query.measures == (ORDER_COUNT,) else "USD"
    assert told(query, table((measure(unit=unit),), (value,))) == sentence


@pytest.mark.parametrize(
    ("value", "where", "sentence"),
    [
        (True, None, f"Yes, there are orders {OCTOBER_WORDS}."),
        (False, US, f"No, there are no orders {OCTOBER_WORDS}, where country is US."),
    ],
)
def test_yes_and_no_come_first(value: bool, where: q.Filter | None, sentence: str) -> None:
    assert told(q.AnalyticQuery(subject="orders", yes_no=True, time=OCTOBER, where=where), answer(value)) == sentence


def test_an_unknown_answer_is_neither_yes_nor_no() -> None:
    assert told(q.AnalyticQuery(subject="orders", yes_no=True), answer(None)).startswith("There is no value")


def test_no_rows_are_said_with_what_was_asked_for() -> None:
    empty = table(TOP_TEN_ROWS.columns)
    query = TOP_TEN.model_copy(update={"where": US})
    assert told(query, empty) == f"No rows match revenue by customer {OCTOBER_WORDS}, where country is US."
    assert (
        told(q.AnalyticQuery(subject="customers", where=US), names()) == "There are no customers where country is US."
    )


def test_a_single_field_is_looked_up() -> None:
    query = q.AnalyticQuery(subject="customers", dimensions=(COUNTRY,), where=is_("customers", "name", "Acme Inc"))
    assert told(query, names(("US",))) == "Name: US (customer is Acme Inc)."


def test_a_list_is_counted_and_a_cut_one_is_not() -> None:
    query = q.AnalyticQuery(subject="customers", where=US)
    assert told(query, names(("a",), ("b",), ("c",))) == "Here are the 3 customers where country is US."
    cut = told(query, names(("a",), ("b",), truncated=True))
    assert cut == "Here are customers where country is US. Only the first 2 rows are kept; there are more."


def test_a_missing_relation_reads_as_without() -> None:
    query = q.AnalyticQuery(subject="customers", where=q.Related(entity="customers", to="orders", negated=True))
    assert told(query, names(("a",), ("b",))) == "Here are the 2 customers with no order."


def test_a_course_ends_with_the_last_complete_period() -> None:
    rows = table(
        (dimension("month", kind="date", grain=q.Grain.MONTH), measure()),
        *((day, 100.0 + i) for i, day in enumerate(months(11, dt.date(2026, 1, 1)))),
    )
    assert told(BY_MONTH, rows) == (
        "Here is revenue by month. It went from $100 in January 2026 to $109 in October 2026, the last complete month."
    )


def test_a_comparison_says_how_far_it_moved() -> None:
    query = COMPARED.model_copy(update={"dimensions": ()})
    rows = table((measure(), measure("revenue_previous")), (120.0, 100.0))
    assert told(query, rows) == (
        "Revenue was $120 for 2026 (1 January – 31 December 2026), up 20% from $100 "
        "for 2025 (1 January – 31 December 2025)."
    )


def test_groups_name_the_highest_unless_several_share_it() -> None:
    rows = table((dimension("country"), measure()), ("US", 3.0), ("DE", 2.0))
    assert told(asking(COUNTRY), rows).endswith("Of 2 countries, US is highest with $3.")
    tied = table((dimension("country"), measure()), ("US", 3.0), ("DE", 3.0))
    assert told(asking(COUNTRY), tied).endswith("The highest of 2 countries is $3, which several share.")


def test_top_n_within_groups() -> None:
    query = asking(COUNTRY, CUSTOMER, order=TOP_TEN.order, limit=q.Limit(count=3, per=(0,)))
    rows = table((dimension("country"), dimension("customer_name"), measure()), ("US", "a", 2.0), ("DE", "b", 1.0))
    assert told(query, rows) == "Here are the top 3 customers per country by revenue."


def test_an_edit_is_led_by_its_changes() -> None:
    reading = Reading(intent=Intent.REFINEMENT, changes=("filtered to country = US", "top 5 instead of top 10."))
    assert told(TOP_TEN, TOP_TEN_ROWS, reading).startswith(
        "Filtered to country = US. Top 5 instead of top 10. Here are your top 10"
    )


@pytest.mark.parametrize(
    ("label", "start", "end", "words"),
    [
        ("last month", dt.date(2026, 10, 1), dt.date(2026, 11, 1), " for last month (1–31 October 2026)"),
        ("since March", dt.date(2026, 3, 1), None, " since 1 March 2026"),
        ("", dt.date(2026, 3, 1), dt.date(2026, 3, 2), " for 1 March 2026"),
        ("in 2025", dt.date(2025, 1, 1), dt.date(2026, 1, 1), " in 2025 (1 January – 31 December 2025)"),
        ("3 July 2026", dt.date(2026, 7, 3), dt.date(2026, 7, 4), " for 3 July 2026"),
        ("all time", None, None, " for all time"),
    ],
)
def test_a_period_is_said_with_its_dates(label: str, start: dt.date | None, end: dt.date | None, words: str) -> None:
    assert window_words(q.TimeWindow(of=ORDER_DATE, start=start, end=end, label=label)) == words


def test_several_measures_are_all_told() -> None:
    rows = table((measure(), measure("order_count", None)), (12.5, 3))
    assert told(asking(measures=(REVENUE, ORDER_COUNT)), rows) == "Revenue $12.50 and order count 3."


def test_one_instead_of_many_is_told_as_one() -> None:
    one = ResultTable(TOP_TEN_ROWS.columns, TOP_TEN_ROWS.rows[:1])
    assert told(TOP_TEN, one).startswith(f"Only 1 customer was found {OCTOBER_WORDS}; here it is by revenue.")


def test_a_period_of_another_date_than_the_events_says_which() -> None:
    born = q.TimeWindow(
        of=q.Attribute(entity="customers", name="birth_date"),
        start=dt.date(2025, 1, 1),
        end=dt.date(2026, 1, 1),
        label="2025",
    )
    assert told(asking(time=born), table(TOTAL_ROWS.columns, (12.5,))) == (
        "Revenue was $12.50 with birth date from 1 January to 31 December 2025."
    )


def test_rows_without_a_name_are_told_apart_from_the_named() -> None:
    rows = table((dimension("country"), measure()), (None, 900), ("US", 500), ("DE", 300))
    assert told(asking(COUNTRY), rows) == (
        "Here is revenue by country. Of 2 countries, US is highest with $500; without country it is $900."
    )
