"""One turn as a state machine, without I/O.

`AnalyticsOrchestrator.step` gives the next effect to perform and takes its reply, until it gives an outcome; the
driver decides how effects are performed and what is committed. So the same turn runs over Ray, in one process, and in
a test that holds neither. The ways a turn can go are in `turns`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from actors.conversation import ConversationState
from actors.effects import (
    Analyze,
    Answered,
    Cancelled,
    Compare,
    Describe,
    Effect,
    Emit,
    Failed,
    LoadResult,
    Outcome,
    Present,
    RunQuery,
    Understand,
)
from actors.turns.message import NOWHERE, read_message
from actors.turns.query import run_again
from actors.turns.stored import move, redraw
from actors.turns.turn import STOPS, IllegalMove, Script, Turn, TurnState
from deployments.contracts.agents import Analysis, MetadataAnswer, Presentation, QueryRun, Reading
from deployments.contracts.answers import Differences, ResultTable
from deployments.contracts.errors import NoPreviousQuery, TurnCancelled, WorkbenchError
from deployments.contracts.events import MessageReceived
from deployments.contracts.sessions import ChangeVisualization, Move, RefineQuery, RunAgain, SendMessage

_REPLIES: dict[type[Effect], type] = {
    Emit: type(None),
    Understand: Reading,
    RunQuery: QueryRun,
    Present: Presentation,
    Compare: Differences,
    Analyze: Analysis,
    Describe: MetadataAnswer,
    LoadResult: ResultTable,
}


class AnalyticsOrchestrator:
    """The turn that `received` began, in the conversation as it stands in `conversation`."""

    def __init__(self, received: MessageReceived, conversation: ConversationState) -> None:
        self._turn = Turn(received, conversation)
        self._script = _script(self._turn)
        self._asked: Effect | None = None

    @property
    def state(self) -> TurnState:
        """Where the turn stands."""
        return self._turn.state

    def step(self, reply: Any = None) -> Effect | Outcome:
        """Take the reply to the last effect (None to begin) and give the next effect or the outcome."""
        expected = _REPLIES[type(self._asked)] if self._asked is not None else type(None)
        if not isinstance(reply, expected):
            raise IllegalMove(f"expected {expected.__name__} in state {self.state}, got {type(reply).__name__}")
        return self._advance(lambda: self._script.send(reply))

    def fail(self, error: WorkbenchError) -> Effect | Outcome:
        """Tell that the last effect failed, and give what comes next."""
        return self._advance(lambda: self._script.throw(error))

    def cancel(self) -> Outcome:
        """Stop the turn."""
        self._turn.enter(TurnState.CANCELLED)
        self._script.close()
        return Cancelled()

    def _advance(self, resume: Callable[[], Effect]) -> Effect | Outcome:
        if self.state in STOPS:
            raise IllegalMove(f"expected a running turn, got one that is {self.state}")
        try:
            self._asked = effect = resume()
        except StopIteration as stop:
            self._turn.enter(TurnState.ANSWERED)
            answered: Answered = stop.value
            return answered
        except TurnCancelled:
            self._turn.enter(TurnState.CANCELLED)
            return Cancelled()
        except WorkbenchError as error:
            self._turn.enter(TurnState.FAILED)
            return Failed(error)
        return effect


def _script(turn: Turn) -> Script:
    """The way that the turn's command goes."""
    known = turn.conversation
    match turn.received.command:
        case SendMessage(content=text):
            return (yield from read_message(turn, text, refine=False))
        case RefineQuery(content=text, remove=remove, replace=replace):
            if known.current is None:
                raise NoPreviousQuery("There is no query yet to refine; ask a question first")
            return (yield from read_message(turn, text, refine=True, remove=remove, replace=replace))
        case ChangeVisualization(chart_type=chart_type):
            if known.current is None:
                raise NoPreviousQuery("There is no result yet to show as a chart; ask a question first")
            return (yield from redraw(turn, known.current, chart_type, None))
        case Move(kind=direction):
            target = known.neighbour(direction)
            if target is None:
                raise NoPreviousQuery(NOWHERE[direction])
            return (yield from move(turn, target, direction, None))
        case RunAgain(result_id=result_id):
            return (yield from run_again(turn, known.result(result_id), None, ""))
