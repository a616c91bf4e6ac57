from __future__ import annotations

import pytest

from actors.conversation import ConversationState
from actors.effects import Emit
from actors.turns.turn import IllegalMove, Turn, TurnState
from tests.deployments.journal.turns import received


def test_visiting_an_agent_shows_it_and_moves_the_turn() -> None:
    turn = Turn(received("a"), ConversationState())
    shown = list(turn.visit(TurnState.ROUTING, "router", "Reading the question..."))
    assert shown == [
        Emit("status", {"state": "routing"}),
        Emit("stream_start", {"agent": "router"}),
        Emit("text", {"content": "Reading the question..."}),
    ]
    assert (turn.state, turn.visited) == (TurnState.ROUTING, ["router"])


def test_a_turn_does_not_go_back() -> None:
    turn = Turn(received("a"), ConversationState())
    turn.enter(TurnState.PRESENTING)
    with pytest.raises(IllegalMove, match="expected answered, cancelled, failed after presenting, got routing"):
        turn.enter(TurnState.ROUTING)
