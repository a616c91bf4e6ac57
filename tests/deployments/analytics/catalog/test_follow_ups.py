import pytest

from deployments.analytics.catalog.follow_ups import follow_up_questions
from deployments.contracts import query as q
from tests.deployments.analytics.charts.samples import (
    AWKWARD,
    BY_COUNTRY,
    BY_MONTH,
    COUNTRY_ROWS,
    MONTH_ROWS,
    SHOWN_AS,
    asking,
)
from tests.deployments.analytics.retail import COUNTRY, MODEL, OCTOBER, TOP_TEN, TOP_TEN_ROWS, is_, measure, table


def test_a_ranking_may_be_narrowed_moved_shortened_or_drawn_otherwise() -> None:
    questions = follow_up_questions(MODEL, TOP_TEN, TOP_TEN_ROWS)
    assert questions == ("only Acme Inc", "what about this month", "top 5", "as a pie chart")


def test_a_course_may_be_coarser_split_or_drawn_otherwise() -> None:
    questions = follow_up_questions(MODEL, BY_MONTH, MONTH_ROWS)
    assert questions[:2] == ("by quarter instead", "split that by status")


def test_a_total_may_be_split() -> None:
    questions = follow_up_questions(MODEL, asking(time=OCTOBER), table((measure(),), (5,)))
    assert questions[:2] == ("by day", "by status")


def test_what_is_filtered_already_is_not_offered_as_a_split() -> None:
    query = asking(where=is_("orders", "status", "open"))
    assert "by status" not in follow_up_questions(MODEL, query, table((measure(),), (5,)))


def test_a_value_that_words_cannot_carry_is_not_offered() -> None:
    query, result = AWKWARD["markup and other scripts"]
    assert not any("script" in question for question in follow_up_questions(MODEL, query, result))


def test_nothing_found_offers_a_wider_period() -> None:
    assert follow_up_questions(MODEL, TOP_TEN, table(TOP_TEN_ROWS.columns)) == ("for all time",)


def test_a_share_is_offered_only_where_values_add_up() -> None:
    assert "as a share" in follow_up_questions(MODEL, BY_COUNTRY, COUNTRY_ROWS)
    shared = asking(COUNTRY, calculations=(q.Share(measure=0),))
    assert "as a share" not in follow_up_questions(MODEL, shared, COUNTRY_ROWS)


@pytest.mark.parametrize("case", [*AWKWARD, *SHOWN_AS])
def test_there_are_at_most_four_and_none_twice(case: str) -> None:
    questions = follow_up_questions(MODEL, *(AWKWARD | SHOWN_AS)[case])
    assert len(questions) <= 4
    assert len(set(questions)) == len(questions)
