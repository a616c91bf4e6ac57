from __future__ import annotations

from actors.effects import (
    Answered,
    RunQuery,
)
from deployments.contracts.answers import Intent
from deployments.contracts.errors import (
    InvalidQuery,
)
from deployments.contracts.sessions import SendMessage
from tests.actors.talk import Talk


def test_a_why_question_asks_what_the_analysis_wants_to_know_and_tells_what_it_found() -> None:
    talk = Talk()
    answer = talk.say("why did it fall").answer
    assert answer.agents_visited == ("router", "analysis_agent", "sql_agent", "viz_agent")
    assert answer.response == "DE fell."
    assert answer.insights == ("DE fell.",)
    assert answer.warnings == ("Contributions are not causes.",)
    assert [(step.purpose, step.sql) for step in answer.steps] == [("all of it", "SELECT country, SUM(amount)")]
    assert ("text", "Asking for all of it...") in talk.frames()


def test_a_why_question_whose_queries_cannot_be_computed_is_answered_so() -> None:
    talk = Talk()
    outcome = talk.run(SendMessage(content="why did it fall", message_id="m1"), {RunQuery: InvalidQuery("No.")})
    assert isinstance(outcome, Answered)
    assert outcome.answer.intent is Intent.UNSUPPORTED
    assert outcome.answer.response == "There is nothing to look behind"
