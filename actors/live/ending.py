"""How a turn ends in the record: the events, frames and rows of what came of it, and the error that it is given as."""

from __future__ import annotations

import asyncio
import datetime as dt
import textwrap
from dataclasses import dataclass
from typing import Any

from actors.conversation import ConversationState, End
from actors.effects import Answered, Cancelled, Failed, Outcome
from actors.live.frames import TurnFrames
from actors.turns.answers import final_type
from deployments.contracts import errors, snapshots
from deployments.contracts.answers import Answer, ResultTable
from deployments.contracts.errors import Internal, WorkbenchError
from deployments.contracts.events import (
    Event,
    MessageReceived,
    ResultProduced,
    SessionRenamed,
    TurnAnswered,
    TurnCancelled,
    TurnFailed,
)
from deployments.contracts.sessions import SendMessage

TITLE_CHARACTERS = 80
_FEW_CELLS = 500
_RETRYABLE = {500, 503, 504}


@dataclass(frozen=True, slots=True)
class Ending:
    """What is written at the end of a turn, all or none: what it changed, its end, and the rows of its result."""

    changes: tuple[Event, ...]
    end: End
    snapshots: dict[str, bytes]


async def ending(
    received: MessageReceived,
    outcome: Outcome,
    frames: TurnFrames,
    elapsed_ms: int,
    at: dt.datetime,
    conversation: ConversationState,
) -> Ending:
    """The ending of a turn that showed `frames` and had this outcome."""
    changes: tuple[Event, ...] = ()
    stored: dict[str, bytes] = {}
    end: End
    match outcome:
        case Answered(answer=answer, events=changed, result=table):
            answer = answer.model_copy(update={"execution_time_ms": elapsed_ms})
            if answer.result_id is not None and table is not None:
                if any(isinstance(event, ResultProduced) for event in changed):
                    stored[answer.result_id] = await _encoded(table)
                answer = answer.model_copy(update={"data": None})
            changes = (*changed, *_title(received, answer, at, conversation))
            # The body follows from the answer, so the record holds it once.
            frames.add(final_type(answer), {})
            frames.add("stream_end", {})
            end = TurnAnswered(turn_id=received.turn_id, answer=answer, frames=frames.all(), at=at)
        case Failed(error=error):
            frames.add("error", _error_body(error))
            frames.add("stream_end", {})
            end = _failure(received, error, frames, at)
        case Cancelled():
            frames.add("cancelled", {})
            frames.add("stream_end", {})
            end = TurnCancelled(turn_id=received.turn_id, frames=frames.all(), at=at)
    return Ending(changes, end, stored)


async def _encoded(table: ResultTable) -> bytes:
    # Handing a small table to a thread and back takes longer than encoding it.
    if table.row_count * len(table.columns) <= _FEW_CELLS:
        return snapshots.encode(table)
    return await asyncio.to_thread(snapshots.encode, table)


def recorded_error(end: TurnFailed | TurnCancelled) -> WorkbenchError:
    """The error with which a turn ended, as whoever asks for its answer gets it."""
    if isinstance(end, TurnCancelled):
        return errors.TurnCancelled(turn_id=end.turn_id)
    kind = _kinds().get(end.code, Internal)
    extra = end.extra | {"turn_id": end.turn_id}
    return kind(end.detail, suggestions=end.suggestions, retry_after=end.retry_after, **extra)


def _title(
    received: MessageReceived, answer: Answer, at: dt.datetime, conversation: ConversationState
) -> tuple[SessionRenamed, ...]:
    """The session's name, where it has none: the first question that had rows for an answer."""
    named = conversation.info is None or conversation.info.title is not None or bool(conversation.results)
    if named or answer.result_id is None or not isinstance(received.command, SendMessage):
        return ()
    words = " ".join(received.command.content.split()).rstrip("?.! ")
    return (SessionRenamed(title=textwrap.shorten(words, TITLE_CHARACTERS, placeholder="…"), at=at),)


def _failure(received: MessageReceived, error: WorkbenchError, frames: TurnFrames, at: dt.datetime) -> TurnFailed:
    return TurnFailed(
        turn_id=received.turn_id,
        code=error.code,
        detail=error.detail,
        suggestions=error.suggestions,
        retry_after=error.retry_after,
        extra=error.extra,
        retryable=error.status in _RETRYABLE,
        frames=frames.all(),
        at=at,
    )


def _error_body(error: WorkbenchError) -> dict[str, Any]:
    body: dict[str, Any] = {"code": error.code, "detail": error.detail}
    if error.suggestions:
        body["suggestions"] = list(error.suggestions)
    return body


def _kinds() -> dict[str, type[WorkbenchError]]:
    # Breadth first, so that a code names the most general error that has it.
    found: dict[str, type[WorkbenchError]] = {}
    level = WorkbenchError.__subclasses__()
    while level:
        for kind in level:
            found.setdefault(kind.code, kind)
        level = [below for kind in level for below in kind.__subclasses__()]
    return found
