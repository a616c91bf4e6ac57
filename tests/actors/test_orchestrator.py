from __future__ import annotations

import pytest

from actors.effects import (
    Cancelled,
    Failed,
    RunQuery,
    Understand,
)
from actors.turns.turn import IllegalMove, TurnState
from deployments.contracts.errors import (
    AgentUnavailable,
    NoPreviousQuery,
    QueryTimeout,
    TurnCancelled,
)
from deployments.contracts.sessions import ChangeVisualization, Command, Move, RefineQuery, SendMessage
from tests.actors.talk import Talk


def test_what_happens_is_shown_agent_by_agent() -> None:
    talk = Talk()
    talk.say("revenue by country")
    assert talk.frames() == [
        ("status", "routing"),
        ("stream_start", "router"),
        ("text", "Reading the question..."),
        ("text", "Revenue by country."),
        ("status", "querying"),
        ("stream_start", "sql_agent"),
        ("text", "Generating SQL query..."),
        ("status", "presenting"),
        ("stream_start", "viz_agent"),
        ("text", "Choosing how to show the result..."),
    ]


def test_the_same_turn_shows_the_same_again() -> None:
    first, second = Talk(), Talk()
    assert first.say("revenue by country") == second.say("revenue by country")
    assert first.effects == second.effects


@pytest.mark.parametrize(
    "command",
    [
        RefineQuery(content="only us", message_id="m1"),
        ChangeVisualization(chart_type="pie", message_id="m1"),
        Move(kind="undo", message_id="m1"),
        Move(kind="redo", message_id="m1"),
    ],
    ids=lambda command: command.kind,
)
def test_what_needs_a_previous_query_says_so(command: Command) -> None:
    outcome = Talk().run(command)
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.error, NoPreviousQuery)


@pytest.mark.parametrize("error", [QueryTimeout("slow"), AgentUnavailable("gone")], ids=lambda error: error.code)
def test_a_failing_agent_fails_the_turn_with_its_error(error: Exception) -> None:
    talk = Talk()
    orchestrator = talk.turn(SendMessage(content="revenue by country", message_id="m1"))
    while not isinstance(orchestrator.step(), Understand):
        pass
    assert orchestrator.fail(error) == Failed(error)  # type: ignore[arg-type]
    assert orchestrator.state is TurnState.FAILED


def test_an_interrupted_query_ends_the_turn_as_cancelled() -> None:
    outcome = Talk().run(SendMessage(content="revenue by country", message_id="m1"), {RunQuery: TurnCancelled()})
    assert outcome == Cancelled()


def test_a_cancelled_turn_can_go_no_further() -> None:
    orchestrator = Talk().turn(SendMessage(content="hello", message_id="m1"))
    orchestrator.step()
    assert orchestrator.cancel() == Cancelled()
    with pytest.raises(IllegalMove, match="expected a running turn, got one that is cancelled"):
        orchestrator.step()
    with pytest.raises(IllegalMove, match="expected nothing more after cancelled, got cancelled"):
        orchestrator.cancel()


def test_a_reply_of_the_wrong_kind_is_refused() -> None:
    orchestrator = Talk().turn(SendMessage(content="hello", message_id="m1"))
    while not isinstance(orchestrator.step(), Understand):
        pass
    with pytest.raises(IllegalMove, match="expected Reading in state routing, got int"):
        orchestrator.step(7)
