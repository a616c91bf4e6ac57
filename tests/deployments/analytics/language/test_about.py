"""Messages that are not questions to the data."""

from __future__ import annotations

import pytest

from deployments.analytics.language.about import is_sql, move_of
from deployments.contracts.answers import Intent
from tests.deployments.analytics.language.conftest import Shop


@pytest.mark.parametrize(("said", "move"), [("go back", "undo"), ("Undo that.", "undo"), ("redo", "redo")])
def test_going_back_and_forward_are_moves(shop: Shop, said: str, move: str) -> None:
    assert (shop.read(said).move, move_of(said)) == (move, move)


def test_a_question_that_begins_like_a_move_is_none() -> None:
    assert move_of("back orders by month") is None


@pytest.mark.parametrize("said", ["hello", "Good morning!", "thanks a lot"])
def test_greetings_and_thanks_are_answered_without_the_data(shop: Shop, said: str) -> None:
    reading = shop.read(said)
    assert reading.intent is Intent.CONVERSATION
    assert reading.reply


@pytest.mark.parametrize(
    ("said", "kind", "names"),
    [
        ("what tables are there?", "tables", ()),
        ("what can I ask?", "examples", ()),
        ("how fresh is the data?", "freshness", ()),
        ("describe customers", "describe", ("customers",)),
        ("what does revenue mean?", "describe", ("revenue",)),
    ],
)
def test_questions_about_the_data_have_a_topic(shop: Shop, said: str, kind: str, names: tuple[str, ...]) -> None:
    topic = shop.read(said).topic
    assert topic is not None
    assert (topic.kind, topic.names) == (kind, names)


def test_sql_is_recognised_and_what_writes_is_refused(shop: Shop) -> None:
    assert is_sql("select * from orders where amount > 5")
    assert is_sql("with recursive t as (select 1) select * from t")
    assert not is_sql("select the best customers")
    reading = shop.read("delete from orders")
    assert reading.intent is Intent.UNSUPPORTED
    assert reading.query is None
