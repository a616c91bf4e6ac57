"""A part of a query put in another's place, and a question put right: what the page's chips and choices send."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from deployments.analytics.workspace import Workspace
from deployments.contracts.agents import Context, Reading, ReadRequest
from deployments.contracts.errors import InvalidQuery
from deployments.contracts.query import AnalyticQuery

DAY = dt.date(2026, 11, 24)
RANKING = "top 10 customers in the US by revenue in October 2026"


@pytest.fixture(scope="module")
def demo() -> Workspace:
    return Workspace.open("demo")


def read(demo: Workspace, text: str, query: AnalyticQuery | None = None, **more: str) -> Reading:
    kind = "refine" if query else "message"
    return demo.read(
        ReadRequest.model_validate(
            {"text": text, "as_of": DAY, "kind": kind, "context": Context(query=query)} | more
        )
    )  # fmt: skip


@pytest.mark.parametrize(
    ("part", "words", "changed"),
    [
        ("limit", "top 5", "top 5 instead of top 10"),
        ("time", "order date from 1 to 31 August 2026", "order date from 1 to 31 August 2026 instead of"),
        ("time", "this year", "order date from 1 January to 31 December 2026 instead of"),
        ("filter/0", "customer country = Germany", "country = Germany instead of customer country = United States"),
        ("dimension/0", "by channel", "by channel instead of customer"),
    ],
)
def test_a_part_is_replaced_by_what_the_words_say(demo: Workspace, part: str, words: str, changed: str) -> None:
    query = read(demo, RANKING).query
    reading = read(demo, words, query, replace=part)
    assert len(reading.changes) == 1
    assert changed in reading.changes[0]


def test_words_that_are_not_known_ask_back_and_a_part_that_is_not_there_is_refused(demo: Workspace) -> None:
    query = read(demo, RANKING).query
    assert read(demo, "customer country = Narnia", query, replace="filter/0").clarification is not None
    with pytest.raises(InvalidQuery):
        read(demo, "top 5", query, replace="filter/7")


def test_what_is_offered_for_an_unknown_word_is_the_whole_question_and_is_understood(demo: Workspace) -> None:
    asked = read(demo, "top customers by revenue per regeinz").clarification
    assert asked is not None
    assert asked.choices[0].label == "region"
    assert asked.choices[0].message == "top customers by revenue per region"
    assert all(read(demo, choice.message).query is not None for choice in asked.choices)


def test_where_nothing_puts_it_right_nothing_is_offered(demo: Workspace) -> None:
    asked = read(demo, "frobnicate the wuzzles").clarification
    assert asked is not None
    assert asked.choices == ()


def test_customers_named_in_a_filter_are_the_rows_where_a_customer_is_no_table(tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    path.write_text("customer_name,country,amount\nAnn,US,10\nBob,DE,20\nAnn,DE,5\n")
    shop = Workspace.open(str(path))
    query = read(shop, "top 10 customers by total amount").query
    assert read(shop, "Filter to only US customers", query).changes == ("filtered to country = US",)
