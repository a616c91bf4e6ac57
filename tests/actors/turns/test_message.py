from __future__ import annotations

import pytest

from actors.effects import (
    Answered,
    LoadResult,
    Understand,
)
from actors.turns.answers import final_body, final_type
from deployments.contracts.answers import Intent
from deployments.contracts.errors import (
    ResultExpired,
)
from deployments.contracts.sessions import SendMessage
from tests.actors.agents import COLUMNS, ROWS
from tests.actors.talk import Talk


def test_a_question_about_the_data_visits_router_and_metadata_agent() -> None:
    talk = Talk()
    answer = talk.say("what tables are there").answer
    assert answer.agents_visited == ("router", "metadata_agent")
    assert (answer.success, answer.intent, answer.sql_executed) == (True, Intent.METADATA, False)
    assert talk.state.current is None


@pytest.mark.parametrize(
    ("text", "intent", "success"),
    [
        ("hello", Intent.CONVERSATION, True),
        ("what is foo", Intent.CLARIFICATION, False),
        ("will it rain", Intent.UNSUPPORTED, False),
    ],
)
def test_what_needs_no_data_visits_only_the_router(text: str, intent: Intent, success: bool) -> None:
    answer = Talk().say(text).answer
    assert (answer.agents_visited, answer.intent, answer.success) == (("router",), intent, success)
    assert answer.response


def test_a_clarification_is_remembered_until_a_question_is_answered() -> None:
    talk = Talk()
    answer = talk.say("what is foo").answer
    assert answer.suggestions == ("revenue by country",)
    assert final_type(answer) == "clarification"
    assert final_body(answer)["question"] == answer.response
    assert talk.state.pending_text == "what is foo"
    talk.say("revenue by country")
    request = next(effect.request for effect in talk.effects if isinstance(effect, Understand))
    assert request.context.pending_text == "what is foo"
    assert talk.state.pending is None


def test_the_router_sees_the_current_query_and_the_head_of_its_result() -> None:
    talk = Talk()
    talk.say("revenue by country")
    answer = talk.say("only us").answer
    context = next(effect.request.context for effect in talk.effects if isinstance(effect, Understand))
    assert context.query is not None
    assert (context.columns, list(context.rows), context.chart_type) == (COLUMNS, ROWS, "bar")
    assert answer.intent is Intent.REFINEMENT
    assert answer.row_count == 1


def test_a_question_is_read_without_rows_when_those_have_expired() -> None:
    talk = Talk()
    talk.say("revenue by country")
    outcome = talk.run(SendMessage(content="only us", message_id="m9"), {LoadResult: ResultExpired()})
    assert isinstance(outcome, Answered)
    context = next(effect.request.context for effect in talk.effects if isinstance(effect, Understand))
    assert context.query is not None
    assert context.rows == ()


@pytest.mark.parametrize("text", ["as a pie", "go back", "go forward"])
def test_words_that_need_a_previous_result_are_asked_back(text: str) -> None:
    answer = Talk().say(text).answer
    assert (answer.success, answer.intent, answer.agents_visited) == (False, Intent.CLARIFICATION, ("router",))
    assert answer.clarification is not None
    assert answer.clarification.code == "no_previous"
