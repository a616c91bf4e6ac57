"""A turn under way: what began it, where it stands, and what it shows of itself."""

from __future__ import annotations

from collections.abc import Generator
from enum import StrEnum
from typing import Any, TypeVar

from actors.conversation import ConversationState
from actors.effects import Answered, Effect, Emit
from deployments.contracts.events import MessageReceived

T = TypeVar("T")

Steps = Generator[Effect, Any, T]
"""A part of a turn: it gives the effects to perform one after the other, takes their replies, and returns a T."""

Script = Steps[Answered]
"""A way that a turn can go."""

MOST_BATCHES = 8
"""An analysis asks for its queries in no more batches than this."""

MOST_FRAMES = 14 + MOST_BATCHES
"""No turn shows more than this before its end: three for each of four agents, twice what was understood, and a line for
each batch of queries."""


class TurnState(StrEnum):
    """Where a turn stands."""

    RECEIVED = "received"
    ROUTING = "routing"
    QUERYING = "querying"
    PRESENTING = "presenting"
    ANALYSING = "analysing"
    DESCRIBING = "describing"
    ANSWERED = "answered"
    FAILED = "failed"
    CANCELLED = "cancelled"


STOPS = {TurnState.ANSWERED, TurnState.FAILED, TurnState.CANCELLED}
"""The states in which a turn is over."""

_MOVES: dict[TurnState, set[TurnState]] = {
    TurnState.RECEIVED: {TurnState.ROUTING, TurnState.QUERYING, TurnState.ANALYSING, TurnState.PRESENTING, *STOPS},
    TurnState.ROUTING: {
        TurnState.QUERYING,
        TurnState.PRESENTING,
        TurnState.ANALYSING,
        TurnState.DESCRIBING,
        *STOPS,
    },
    TurnState.QUERYING: {TurnState.PRESENTING, *STOPS},
    TurnState.PRESENTING: STOPS,
    TurnState.ANALYSING: {TurnState.PRESENTING, *STOPS},
    TurnState.DESCRIBING: STOPS,
    TurnState.ANSWERED: set(),
    TurnState.FAILED: set(),
    TurnState.CANCELLED: set(),
}


class IllegalMove(RuntimeError):
    """The driver or the machine did what cannot be done in this state."""


class Turn:
    """The turn that `received` began, in the conversation as it stands in `conversation`. `visited` are the agents it
    went to, in order."""

    def __init__(self, received: MessageReceived, conversation: ConversationState) -> None:
        self.received = received
        self.conversation = conversation
        self.state = TurnState.RECEIVED
        self.visited: list[str] = []

    def enter(self, state: TurnState) -> None:
        """Go on to another state. Raises IllegalMove."""
        if state not in _MOVES[self.state]:
            allowed = ", ".join(sorted(_MOVES[self.state])) or "nothing more"
            raise IllegalMove(f"expected {allowed} after {self.state}, got {state}")
        self.state = state

    def visit(self, state: TurnState, agent: str, text: str) -> Steps[None]:
        """Go to an agent, and show that."""
        self.enter(state)
        self.visited.append(agent)
        yield Emit("status", {"state": state.value})
        yield Emit("stream_start", {"agent": agent})
        yield Emit("text", {"content": text})
