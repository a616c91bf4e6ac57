from __future__ import annotations

import pytest

from deployments.analytics.language.earlier import asks_to_run_again, earlier_result


def nothing(word: str) -> bool:
    return False


@pytest.mark.parametrize(
    "text",
    [
        "run it again",
        "Rerun",
        "please refresh it",
        "Run the query again on today's data.",
        "what has changed since then?",
    ],
)
def test_asking_for_it_again_is_understood(text: str) -> None:
    assert asks_to_run_again(text)


@pytest.mark.parametrize(
    "text", ["customers who ordered again", "refresh rate by month", "what changed in March", "run rate"]
)
def test_a_question_to_the_data_is_not_taken_for_it(text: str) -> None:
    assert not asks_to_run_again(text)


@pytest.mark.parametrize(
    ("text", "position", "use", "rest"),
    [
        ("compare with the first one", 1, "compare", ""),
        ("how does this compare to the previous answer?", -1, "compare", ""),
        ("what is the difference between this and two answers ago", -1, "compare", ""),
        ("go back to the third answer", 3, "show", ""),
        ("show me result 2 again", 2, "show", ""),
        ("of the customers two answers ago, how many are in the US?", -1, "read", "of those customers, how many are in the US?"),
        ("revenue by month of the customers in the 1st answer", 1, "read", "revenue by month of those customers"),
        ("same as the first answer but by month", 1, "read", "by month"),
        ("only the US ones in answer 2", 2, "read", "only the US ones"),
        ("of the products in the last answer, which were returned", 0, "read", "of those products, which were returned"),
    ],
)  # fmt: skip
def test_an_earlier_result_is_known_by_its_place(text: str, position: int, use: str, rest: str) -> None:
    found = earlier_result(text, nothing)
    assert found is not None
    assert (found.position, found.use, found.text) == (position, use, rest)


@pytest.mark.parametrize(
    "text", ["revenue by first order date", "compare revenue with last year", "the first one", "top answers", "go back"]
)
def test_what_speaks_of_the_data_is_left_alone(text: str) -> None:
    assert earlier_result(text, nothing) is None


def test_where_the_data_holds_answers_an_answer_is_a_row() -> None:
    assert earlier_result("the first answer by month", lambda word: word == "answer") is None
