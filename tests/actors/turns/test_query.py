from __future__ import annotations

from actors.effects import (
    Answered,
    Present,
    RunQuery,
)
from deployments.contracts.answers import Intent
from deployments.contracts.errors import (
    InvalidQuery,
)
from deployments.contracts.sessions import SendMessage
from tests.actors.agents import ROWS
from tests.actors.talk import Talk


def test_a_plain_question_visits_router_sql_agent_and_viz_agent() -> None:
    talk = Talk()
    answer = talk.say("revenue by country").answer
    assert answer.agents_visited == ("router", "sql_agent", "viz_agent")
    assert (answer.success, answer.intent, answer.sql_executed) == (True, Intent.SQL_QUERY, True)
    assert (answer.turn_id, answer.message_id, answer.result_id) == ("turn-1", "m1", "res-1")
    assert answer.data is not None
    assert (answer.data.columns, list(answer.data.rows)) == (("country", "revenue"), ROWS)
    assert (answer.row_count, answer.insights, answer.assumptions) == (
        3, ("US leads.",), ("Revenue is the sum of amount.",)
    )  # fmt: skip


def test_a_chart_wish_within_a_question_that_does_not_fit_becomes_a_warning() -> None:
    talk = Talk()
    refusal: dict[type, Exception] = {Present: _not_applicable()}
    outcome = talk.run(SendMessage(content="revenue by country", message_id="m1"), refusal)
    assert isinstance(outcome, Answered)
    assert outcome.answer.warnings == ("A radar chart does not fit",)
    assert outcome.answer.visualization is not None


def _not_applicable() -> Exception:
    from deployments.contracts.errors import ChartNotApplicable

    return ChartNotApplicable("A radar chart does not fit")


def test_a_question_that_cannot_be_computed_is_an_answer_and_not_a_failure() -> None:
    refusal: dict[type, Exception] = {RunQuery: InvalidQuery("There is no price of a country")}
    outcome = Talk().run(SendMessage(content="revenue by country", message_id="m1"), refusal)
    assert isinstance(outcome, Answered)
    assert (outcome.answer.success, outcome.answer.intent) == (False, Intent.UNSUPPORTED)
    assert outcome.answer.response == "There is no price of a country"
    assert outcome.answer.agents_visited == ("router", "sql_agent")
