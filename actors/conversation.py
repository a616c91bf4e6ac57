"""The state of a session as a fold over its journal events: the same events give the same state."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import assert_never

from deployments.contracts.answers import Answer, Clarification, ResultColumn, Visualization
from deployments.contracts.errors import NoPreviousQuery, ResultNotFound
from deployments.contracts.events import (
    ChartChanged,
    ClarificationAsked,
    Event,
    FeedbackGiven,
    MessageReceived,
    Moved,
    ResultProduced,
    SessionCreated,
    SessionRenamed,
    TurnAnswered,
    TurnCancelled,
    TurnFailed,
)
from deployments.contracts.query import AnalyticQuery
from deployments.contracts.sessions import (
    ChangeVisualization,
    Command,
    Exchange,
    Frame,
    HistoryMessage,
    Move,
    RefineQuery,
    RunAgain,
    SendMessage,
    SessionInfo,
)

End = TurnAnswered | TurnFailed | TurnCancelled
"""How a turn ended."""


@dataclass(slots=True)
class Result:
    """A result without its rows. `answer` is the one that first showed it; None while that turn has not ended."""

    result_id: str
    turn_id: str
    created_at: dt.datetime
    query: AnalyticQuery
    sql: str
    columns: tuple[ResultColumn, ...]
    visualization: Visualization | None = None
    answer: Answer | None = None


@dataclass(slots=True)
class ConversationState:
    """Everything a session knows.

    `line` holds the ids of the results that undo and redo walk along, and `position` the current one in it (-1: none).
    `running` is the turn that began and has not ended; `ends` maps message ids to how their turn ended. `frames` is
    every committed frame: the one with sequence number n stands at n - 1. `begun` are the beginnings of all turns."""

    info: SessionInfo | None = None
    history: list[HistoryMessage] = field(default_factory=list)
    results: dict[str, Result] = field(default_factory=dict)
    line: list[str] = field(default_factory=list)
    position: int = -1
    pending: Clarification | None = None
    pending_text: str = ""
    running: MessageReceived | None = None
    ends: dict[str, End] = field(default_factory=dict)
    frames: list[Frame] = field(default_factory=list)
    begun: list[MessageReceived] = field(default_factory=list)

    @property
    def current(self) -> Result | None:
        """The result that the next message is about."""
        return self.results[self.line[self.position]] if self.position >= 0 else None

    def result(self, result_id: str | None) -> Result:
        """A result by its id, the current one for None. Raises ResultNotFound, NoPreviousQuery."""
        found = self.current if result_id is None else self.results.get(result_id)
        if found is None and result_id is not None:
            raise ResultNotFound()
        if found is None:
            raise NoPreviousQuery("There is no result yet; ask a question first")
        return found

    def at(self, position: int) -> Result | None:
        """The result at a place of the conversation: 1 is the first, 0 the current one, -1 the one before that."""
        if self.current is None:
            return None
        ids = list(self.results)
        place = position - 1 if position > 0 else ids.index(self.current.result_id) + position
        return self.results[ids[place]] if 0 <= place < len(ids) else None

    def asked(self, result: Result) -> str:
        """The words that a result answers."""
        for question, reply in itertools.pairwise(self.history):
            if reply.metadata.get("turn_id") == result.turn_id:
                return question.content
        return ""

    def exchanges(self) -> tuple[Exchange, ...]:
        """The turns that were answered, oldest first."""
        ratings = {message.metadata.get("turn_id"): message.metadata.get("feedback") for message in self.history}
        return tuple(
            Exchange(
                command=begun.command,
                as_of=begun.as_of,
                success=end.answer.success,
                intent=end.answer.intent.value,
                sql=end.answer.sql if end.answer.sql_executed else None,
                rating=ratings.get(end.turn_id),
            )
            for begun in self.begun
            if isinstance(end := self.ends.get(begun.message_id), TurnAnswered) and end.turn_id == begun.turn_id
        )

    def neighbour(self, direction: str) -> Result | None:
        """The result that undo or redo would make current; None where there is none."""
        target = self.position + (-1 if direction == "undo" else 1)
        return self.results[self.line[target]] if 0 <= target < len(self.line) else None

    def apply(self, event: Event) -> None:
        """Take one event in. Raises ValueError for one that cannot follow what came before."""
        match event:
            case SessionCreated():
                self.info = SessionInfo(
                    session_id=event.session_id,
                    tenant_id=event.tenant_id,
                    user_id=event.user_id,
                    created_at=event.at,
                    title=event.title,
                    updated_at=event.at,
                )
            case SessionRenamed():
                self._note(event.at, title=event.title)
            case FeedbackGiven():
                self._judge(event)
            case MessageReceived():
                if self.running is not None:
                    raise ValueError(f"expected the end of {self.running.turn_id}, got the start of {event.turn_id}")
                self.running = event
                self.begun.append(event)
                self._say("user", words_of(event.command), event.at, {})
            case ResultProduced():
                self._produce(event, self._turn(event.turn_id))
            case ChartChanged():
                self.results[event.result_id].visualization = event.visualization
            case Moved():
                if event.result_id not in self.results:
                    raise ValueError(f"expected a result of the session, got {event.result_id}")
                if event.result_id not in self.line:
                    # It was left behind by an undo and a new question; now it is what one goes on from.
                    self._stand_on(event.result_id)
                self.position = self.line.index(event.result_id)
            case ClarificationAsked():
                self.pending, self.pending_text = event.clarification, event.about
            case TurnAnswered() | TurnFailed() | TurnCancelled():
                self._end(event, self._turn(event.turn_id))
            case _:
                assert_never(event)

    def _judge(self, event: FeedbackGiven) -> None:
        for place, message in enumerate(self.history):
            if message.role == "assistant" and message.metadata.get("turn_id") == event.turn_id:
                judged = message.metadata | {"feedback": event.rating}
                self.history[place] = message.model_copy(update={"metadata": judged})

    def _turn(self, turn_id: str) -> MessageReceived:
        if self.running is None or self.running.turn_id != turn_id:
            found = self.running.turn_id if self.running else "no turn"
            raise ValueError(f"expected an event of {found}, got one of {turn_id}")
        return self.running

    def _produce(self, event: ResultProduced, turn: MessageReceived) -> None:
        self.results[event.result_id] = Result(
            event.result_id, event.turn_id, turn.at, event.query, event.sql, event.columns, event.visualization
        )
        self._stand_on(event.result_id)

    def _stand_on(self, result_id: str) -> None:
        # What was undone before a new result can no longer be redone.
        del self.line[self.position + 1 :]
        self.line.append(result_id)
        self.position = len(self.line) - 1

    def _end(self, event: End, turn: MessageReceived) -> None:
        self.running = None
        self.frames.extend(event.frames)
        if not (isinstance(event, TurnFailed) and event.retryable):
            self.ends[turn.message_id] = event
        match event:
            case TurnAnswered(answer=answer):
                if answer.result_id is not None and (result := self.results.get(answer.result_id)):
                    result.answer = result.answer or answer
                if answer.success:
                    self.pending, self.pending_text = None, ""
                self._say("assistant", answer.response, event.at, _metadata(answer))
            case TurnFailed():
                self._say("assistant", event.detail, event.at, {"error": event.code} | _marks(turn))
            case TurnCancelled():
                self._say("assistant", "Cancelled.", event.at, {"cancelled": True} | _marks(turn))

    def _say(self, role: str, content: str, at: dt.datetime, metadata: Mapping[str, object]) -> None:
        self.history.append(
            HistoryMessage.model_validate({"role": role, "content": content, "timestamp": at, "metadata": metadata})
        )
        self._note(at, message_count=len(self.history))

    def _note(self, at: dt.datetime, **changes: object) -> None:
        if self.info is None:
            raise ValueError("expected the session's creation first")
        self.info = self.info.model_copy(update={"updated_at": at, **changes})


def fold(events: Iterable[Event]) -> ConversationState:
    """The state that a session's events give."""
    state = ConversationState()
    for event in events:
        state.apply(event)
    return state


def words_of(command: Command) -> str:
    """A command as the history shows it."""
    match command:
        case SendMessage() | RefineQuery():
            return command.content
        case ChangeVisualization():
            return f"Show as {command.chart_type.replace('_', ' ')}"
        case Move():
            return command.kind.capitalize()
        case RunAgain():
            return "Run it again"


def _metadata(answer: Answer) -> dict[str, object]:
    return {
        "intent": answer.intent.value,
        "agents_visited": list(answer.agents_visited),
        "success": answer.success,
        "message_id": answer.message_id,
        "turn_id": answer.turn_id,
        "result_id": answer.result_id,
    }


def _marks(turn: MessageReceived) -> dict[str, object]:
    return {"message_id": turn.message_id, "turn_id": turn.turn_id}
