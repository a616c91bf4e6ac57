"""The state of a session as text, so that it can be restored without reading its whole record.

What of the events is not needed at once stays in the record alone, under its number: their texts are most of it. What is
restored is the state that all events up to `sequence` give, with those events unread (`Kept.give`)."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from pydantic_core import from_json

from actors.conversation import ConversationState, Result
from actors.kept import Kept
from deployments.contracts import exact
from deployments.contracts.answers import Clarification
from deployments.contracts.events import MessageReceived, decode_event, encode_event
from deployments.contracts.sessions import SessionInfo


def encode(state: ConversationState) -> str:
    """The state as text. Of its frames and messages the parts that JSON does not know are text within it."""
    fields = {
        "sequence": state.sequence,
        "info": None if state.info is None else exact.dumps(state.info.model_dump()),
        "history": [_message_fields(held) for held in state.history.held()],
        "results": [
            [one.result_id, one.turn_id, one.created_at.isoformat()]
            + [None if kept is None else kept.sequence for kept in (one.produced, one.redrawn, one.answered)]
            for one in state.results.values()
        ],
        "line": state.line,
        "position": state.position,
        "pending": None if state.pending is None else exact.dumps(state.pending.model_dump()),
        "pending_text": state.pending_text,
        "running": None if state.running is None else encode_event(state.running),
        "ends": [[message_id, turn_id, end.sequence] for message_id, turn_id, end in state.ends.kept()],
        "frames": [_frame_fields(held) for held in state.frames.held()],
        "begun": [kept.sequence for kept in state.begun],
    }
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def decode(text: str) -> ConversationState:
    """The state that `encode` was given. Raises ValueError, KeyError, TypeError for what `encode` did not write."""
    fields: dict[str, Any] = from_json(text)
    unread: dict[int, Kept[Any]] = {}

    def kept(sequence: int | None) -> Any:
        # One event may be the end of a turn and the answer that showed a result: it is read once.
        return None if sequence is None else unread.setdefault(sequence, Kept(sequence))

    state = ConversationState(
        sequence=fields["sequence"],
        info=None if fields["info"] is None else SessionInfo.model_validate(exact.loads(fields["info"])),
        line=fields["line"],
        position=fields["position"],
        pending=None if fields["pending"] is None else Clarification.model_validate(exact.loads(fields["pending"])),
        pending_text=fields["pending_text"],
        running=_running(fields["running"]),
        begun=[kept(sequence) for sequence in fields["begun"]],
        results={
            result_id: Result(
                result_id, turn_id, dt.datetime.fromisoformat(at), kept(produced), kept(redrawn), kept(answered)
            )
            for result_id, turn_id, at, produced, redrawn, answered in fields["results"]
        },
    )
    state.history.extend(fields["history"])
    state.frames.extend(fields["frames"])
    for message_id, turn_id, sequence in fields["ends"]:
        state.ends.keep(message_id, turn_id, kept(sequence))
    return state


def _message_fields(held: Any) -> list[str]:
    if isinstance(held, list):
        return held
    fields = held if isinstance(held, dict) else dict(held)
    return [fields["role"], fields["content"], fields["timestamp"].isoformat(), exact.dumps(fields["metadata"])]


def _frame_fields(held: Any) -> list[Any]:
    if isinstance(held, list):
        return held
    fields = held if isinstance(held, dict) else dict(held)
    return [fields["seq"], fields["turn_id"], fields["type"], exact.dumps(fields["body"])]


def _running(text: str | None) -> MessageReceived | None:
    event = None if text is None else decode_event(text)
    if event is not None and not isinstance(event, MessageReceived):
        raise ValueError(f"expected the beginning of a turn, got {event.kind}")
    return event
