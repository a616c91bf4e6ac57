from __future__ import annotations

from actors.effects import (
    Answered,
    Failed,
    LoadResult,
    RunQuery,
)
from deployments.contracts.answers import Intent
from deployments.contracts.events import TurnAnswered
from deployments.contracts.sessions import ChangeVisualization, Move
from tests.actors.talk import AT, Talk


def test_an_analysis_shown_as_another_chart_keeps_what_was_found() -> None:
    talk = Talk()
    talk.say("why did it fall")
    answer = talk.say("as a pie").answer
    assert answer.response == "3 countries. DE fell."
    assert (answer.insights, answer.visualization and answer.visualization.type) == (("DE fell.",), "pie")


def test_a_chart_is_changed_without_sql_and_without_the_router() -> None:
    talk = Talk()
    first = talk.say("revenue by country").answer
    outcome = talk.run(ChangeVisualization(chart_type="pie", message_id="m2"))
    assert isinstance(outcome, Answered)
    answer = outcome.answer
    assert (answer.agents_visited, answer.sql_executed, answer.sql) == (("viz_agent",), False, first.sql)
    assert (answer.result_id, answer.data) == (first.result_id, first.data)
    assert answer.visualization is not None
    assert answer.visualization.type == "pie"
    current = talk.state.current
    assert current is not None
    assert current.visualization == answer.visualization
    assert not any(isinstance(effect, RunQuery) for effect in talk.effects)


def test_a_chart_asked_for_in_words_visits_router_and_viz_agent() -> None:
    talk = Talk()
    talk.say("revenue by country")
    answer = talk.say("as a pie").answer
    assert (answer.agents_visited, answer.sql_executed) == (("router", "viz_agent"), False)
    assert answer.intent is Intent.VISUALIZATION


def test_a_chart_that_does_not_fit_is_an_error_for_a_program_and_a_question_for_a_person() -> None:
    talk = Talk()
    first = talk.say("revenue by country").answer
    outcome = talk.run(ChangeVisualization(chart_type="scatter", message_id="m2"))
    assert isinstance(outcome, Failed)
    assert (outcome.error.code, outcome.error.suggestions) == ("chart_not_applicable", ("bar", "pie"))
    talk.record.append(TurnAnswered(turn_id="turn-2", answer=first, frames=(), at=AT))
    answer = talk.say("as a scatter").answer
    assert (answer.success, answer.intent) == (False, Intent.CLARIFICATION)
    assert answer.suggestions == ("Show it as a bar chart", "Show it as a pie chart")


def test_undo_and_redo_walk_the_results_and_run_nothing() -> None:
    talk = Talk()
    first = talk.say("revenue by country").answer
    second = talk.say("only us").answer
    back = talk.run(Move(kind="undo", message_id="m3"))
    assert isinstance(back, Answered)
    assert (back.answer.result_id, back.answer.data, back.answer.sql_executed) == (first.result_id, first.data, False)
    assert talk.effects == [LoadResult("res-1")]
    forward = talk.say("go forward").answer
    assert (forward.result_id, forward.agents_visited) == (second.result_id, ("router",))
    assert isinstance(talk.run(Move(kind="redo", message_id="m5")), Failed)
