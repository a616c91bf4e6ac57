"""The state of a session as a fold over its journal events: the same events give the same state."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, assert_never

from actors.kept import Kept, Made
from deployments.contracts import exact
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
    decode_event,
    fields_of,
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

_TOLD = ("intent", "agents_visited", "success", "message_id", "turn_id", "result_id", "response")
"""What the history and what follows need of an answer."""


def _message(held: Any) -> HistoryMessage:
    if isinstance(held, dict):
        return HistoryMessage(**held)
    role, content, at, metadata = held
    return HistoryMessage(
        role=role, content=content, timestamp=dt.datetime.fromisoformat(at), metadata=exact.loads(metadata)
    )


def _frame(held: Any) -> Frame:
    # What was read was validated when it was written.
    if isinstance(held, dict):
        return Frame.model_construct(**held)
    seq, turn_id, kind, body = held
    return Frame.model_construct(seq=seq, turn_id=turn_id, type=kind, body=exact.loads(body))


def _messages() -> Made[HistoryMessage]:
    return Made(HistoryMessage, _message)


def _frames() -> Made[Frame]:
    return Made(Frame, _frame)


@dataclass(slots=True)
class Result:
    """A result without its rows: the event that made it, the last that changed its chart, and the answer that first
    showed it, which is None while that turn has not ended."""

    result_id: str
    turn_id: str
    created_at: dt.datetime
    produced: Kept[ResultProduced]
    redrawn: Kept[ChartChanged] | None = None
    answered: Kept[TurnAnswered] | None = None

    @property
    def query(self) -> AnalyticQuery:
        """The typed question behind it."""
        return self.produced.event().query

    @property
    def sql(self) -> str:
        """The statement that gave it."""
        return self.produced.event().sql

    @property
    def columns(self) -> tuple[ResultColumn, ...]:
        """What its rows hold."""
        return self.produced.event().columns

    @property
    def visualization(self) -> Visualization | None:
        """The chart it is shown as now."""
        return (self.redrawn or self.produced).event().visualization

    @property
    def answer(self) -> Answer | None:
        """The answer that first showed it."""
        return self.answered.event().answer if self.answered else None


class Ends(Mapping[str, End]):
    """How turns ended, by message id."""

    def __init__(self) -> None:
        self._kept: dict[str, Kept[End]] = {}
        self._messages: dict[str, str] = {}

    def keep(self, message_id: str, turn_id: str, end: Kept[End]) -> None:
        """Add the end of a turn."""
        self._kept[message_id] = end
        self._messages[turn_id] = message_id

    def kept(self) -> Iterator[tuple[str, str, Kept[End]]]:
        """Message, turn and end of each, read or not."""
        turns = {message_id: turn_id for turn_id, message_id in self._messages.items()}
        return ((message_id, turns[message_id], end) for message_id, end in self._kept.items())

    def of_turn(self, turn_id: str) -> End:
        """How a turn ended, by its own id. Raises KeyError."""
        return self[self._messages[turn_id]]

    def __getitem__(self, message_id: str) -> End:
        return self._kept[message_id].event()

    def __contains__(self, message_id: object) -> bool:
        return message_id in self._kept

    def __iter__(self) -> Iterator[str]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)


@dataclass(slots=True)
class ConversationState:
    """Everything a session knows.

    `line` holds the ids of the results that undo and redo walk along, and `position` the current one in it (-1: none).
    `running` is the turn that began and has not ended; `ends` maps message ids to how their turn ended. `frames` is
    every committed frame: the one with sequence number n stands at n - 1. `begun` are the beginnings of all turns.
    `sequence` is the number of the last event taken in."""

    sequence: int = 0
    info: SessionInfo | None = None
    history: Made[HistoryMessage] = field(default_factory=_messages)
    results: dict[str, Result] = field(default_factory=dict)
    line: list[str] = field(default_factory=list)
    position: int = -1
    pending: Clarification | None = None
    pending_text: str = ""
    running: MessageReceived | None = None
    ends: Ends = field(default_factory=Ends)
    frames: Made[Frame] = field(default_factory=_frames)
    begun: list[Kept[MessageReceived]] = field(default_factory=list)

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
            for begun in (kept.event() for kept in self.begun)
            if isinstance(end := self.ends.get(begun.message_id), TurnAnswered) and end.turn_id == begun.turn_id
        )

    def unread(self) -> list[Kept[Any]]:
        """The events that are not here yet, each once."""
        of_results = (kept for one in self.results.values() for kept in (one.produced, one.redrawn, one.answered))
        of_turns = (end for _, _, end in self.ends.kept())
        every = itertools.chain(self.begun, of_results, of_turns)
        return list({id(kept): kept for kept in every if kept is not None and kept.unread}.values())

    def neighbour(self, direction: str) -> Result | None:
        """The result that undo or redo would make current; None where there is none."""
        target = self.position + (-1 if direction == "undo" else 1)
        return self.results[self.line[target]] if 0 <= target < len(self.line) else None

    def take(self, text: str) -> None:
        """Take one event in as the record holds it. Raises ValueError for one that cannot follow what came before; what
        it holds beside the course of the conversation is read when it is needed."""
        match fields_of(text):
            case {"kind": "result_produced", "turn_id": turn_id, "result_id": result_id}:
                self._produce(result_id, self._next(text), self._turn(turn_id))
            case {"kind": "chart_changed", "result_id": result_id}:
                self.results[result_id].redrawn = self._next(text)
            case {"kind": "turn_answered", "turn_id": turn_id, "answer": answer, "frames": frames, "at": at} if all(
                isinstance(part, str) for frame in frames for part in frame["body"].values()
            ):
                self._answer(self._next(text), answer, frames, exact.revive(at), self._turn(turn_id))
            case _:
                self.apply(decode_event(text))

    def _next(self, event: Any) -> Kept[Any]:
        self.sequence += 1
        return Kept(self.sequence, event)

    def apply(self, event: Event) -> None:
        """Take one event in. Raises ValueError for one that cannot follow what came before."""
        kept = self._next(event)
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
                self.begun.append(kept)
                self._say("user", words_of(event.command), event.at, {})
            case ResultProduced():
                self._produce(event.result_id, kept, self._turn(event.turn_id))
            case ChartChanged():
                self.results[event.result_id].redrawn = kept
            case Moved():
                if event.result_id not in self.results:
                    raise ValueError(f"expected a result of the session, got {event.result_id}")
                if event.result_id not in self.line:
                    # It was left behind by an undo and a new question; now it is what one goes on from.
                    self._stand_on(event.result_id)
                self.position = self.line.index(event.result_id)
            case ClarificationAsked():
                self.pending, self.pending_text = event.clarification, event.about
            case TurnAnswered(answer=answer):
                told = {name: getattr(answer, name) for name in _TOLD}
                self._answer(kept, told, event.frames, event.at, self._turn(event.turn_id))
            case TurnFailed() | TurnCancelled():
                self._end(event, kept, self._turn(event.turn_id))
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

    def _produce(self, result_id: str, produced: Kept[ResultProduced], turn: MessageReceived) -> None:
        self.results[result_id] = Result(result_id, turn.turn_id, turn.at, produced)
        self._stand_on(result_id)

    def _stand_on(self, result_id: str) -> None:
        # What was undone before a new result can no longer be redone.
        del self.line[self.position + 1 :]
        self.line.append(result_id)
        self.position = len(self.line) - 1

    def _answer(
        self,
        end: Kept[TurnAnswered],
        told: Mapping[str, Any],
        frames: Iterable[Frame | dict[str, Any]],
        at: dt.datetime,
        turn: MessageReceived,
    ) -> None:
        """The turn's answer, of which `told` are the fields that the history and what follows need."""
        self.running = None
        self.frames.extend(frames)
        self.ends.keep(turn.message_id, turn.turn_id, end)  # type: ignore[arg-type]  # an answer is one of the ends
        if told["result_id"] is not None and (result := self.results.get(told["result_id"])):
            result.answered = result.answered or end
        if told["success"]:
            self.pending, self.pending_text = None, ""
        metadata = {name: told[name] for name in _TOLD if name != "response"}
        metadata |= {"intent": str(told["intent"]), "agents_visited": list(told["agents_visited"])}
        self._say("assistant", told["response"], at, metadata)

    def _end(self, event: TurnFailed | TurnCancelled, kept: Kept[End], turn: MessageReceived) -> None:
        self.running = None
        self.frames.extend(event.frames)
        if not (isinstance(event, TurnFailed) and event.retryable):
            self.ends.keep(turn.message_id, turn.turn_id, kept)
        marks = {"message_id": turn.message_id, "turn_id": turn.turn_id}
        if isinstance(event, TurnFailed):
            self._say("assistant", event.detail, event.at, {"error": event.code, **marks})
        else:
            self._say("assistant", "Cancelled.", event.at, {"cancelled": True, **marks})

    def _say(self, role: str, content: str, at: dt.datetime, metadata: Mapping[str, object]) -> None:
        self.history.extend([{"role": role, "content": content, "timestamp": at, "metadata": metadata}])
        self._note(at, message_count=len(self.history))

    def _note(self, at: dt.datetime, **changes: object) -> None:
        if self.info is None:
            raise ValueError("expected the session's creation first")
        # For each message: a validated copy would take longer than all the rest.
        self.info = SessionInfo.model_construct(**self.info.__dict__ | {"updated_at": at} | changes)


def fold(events: Iterable[Event | str], state: ConversationState | None = None) -> ConversationState:
    """The state that a session's events give, decoded or as the record holds them; after those of `state`."""
    state = state or ConversationState()
    for event in events:
        if isinstance(event, str):
            state.take(event)
        else:
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
