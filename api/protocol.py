"""The frames of the WebSocket, sans-I/O: text in, commands or errors out; events in, text out."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from api.errors import detail
from api.intake import check_length, fault, too_large
from api.shapes import Line, MessageId, PartName, ResultId, Sent, Text, Whole, one_change
from api.wire import dumps, loads_object
from deployments.contracts.errors import InvalidRequest, WorkbenchError
from deployments.contracts.sessions import ChangeVisualization, Command, Frame, Move, RefineQuery, RunAgain, SendMessage


class MessageFrame(Sent):
    """Ask a question."""

    type: Literal["message"]
    content: Text
    message_id: MessageId | None = None


class RefineFrame(Sent):
    """Edit the current query, or take away its part `remove`, or put `content` in the place of its part `replace`."""

    type: Literal["refine"]
    content: Text
    remove: PartName | None = None
    replace: PartName | None = None
    message_id: MessageId | None = None


class VisualizeFrame(Sent):
    """Show the current result as another chart."""

    type: Literal["visualize"]
    chart_type: Annotated[Line, Field(max_length=64)]
    message_id: MessageId | None = None


class UndoFrame(Sent):
    """Make the previous result the current one."""

    type: Literal["undo"]
    message_id: MessageId | None = None


class RedoFrame(Sent):
    """Make the next result the current one."""

    type: Literal["redo"]
    message_id: MessageId | None = None


class RunAgainFrame(Sent):
    """Run the query of a result again, the current one where none is named."""

    type: Literal["rerun"]
    result_id: ResultId | None = None
    message_id: MessageId | None = None


class CancelFrame(Sent):
    """Stop the running turn."""

    type: Literal["cancel"]


class ResumeFrame(Sent):
    """Send what came after `after_seq`."""

    type: Literal["resume"]
    after_seq: Whole = Field(ge=0, le=2**53)


class PingFrame(Sent):
    """Answer with pong."""

    type: Literal["ping"]


CLIENT_FRAMES: dict[str, type[Sent]] = {
    "message": MessageFrame,
    "refine": RefineFrame,
    "visualize": VisualizeFrame,
    "cancel": CancelFrame,
    "undo": UndoFrame,
    "redo": RedoFrame,
    "rerun": RunAgainFrame,
    "resume": ResumeFrame,
    "ping": PingFrame,
}
SERVER_FRAMES = (
    "status",
    "stream_start",
    "text",
    "result",
    "clarification",
    "cancelled",
    "error",
    "stream_end",
    "pong",
    "resumed",
)


@dataclass(frozen=True)
class Turn:
    """Run this command as a turn of the session."""

    command: Command


@dataclass(frozen=True)
class Cancel:
    """Stop the running turn."""


@dataclass(frozen=True)
class Resume:
    """Send what came after `after_seq`."""

    after_seq: int


@dataclass(frozen=True)
class Ping:
    """Answer with pong."""


Request = Turn | Cancel | Resume | Ping


def parse(text: str, *, frame_bytes: int, question_characters: int) -> Request:
    """What a client's frame asks for. Raises PayloadTooLarge (the socket is closed), MalformedRequest, InvalidRequest
    (the socket goes on).

    >>> parse('{"type": "resume", "after_seq": 17}', frame_bytes=65536, question_characters=4000)
    Resume(after_seq=17)
    """
    if len(text) > frame_bytes or len(text.encode("utf-8", "surrogatepass")) > frame_bytes:
        raise too_large("frame", frame_bytes)
    found = loads_object(text, "frame")
    kind = found.get("type")
    model = CLIENT_FRAMES.get(kind) if isinstance(kind, str) else None
    if model is None:
        raise InvalidRequest(f"Expected 'type' to be one of {', '.join(CLIENT_FRAMES)}.", field="type")
    try:
        frame = model.model_validate(found)
    except ValidationError as error:
        first = fault(error.errors(include_url=False, include_input=False)[0], model, "field")
        raise InvalidRequest(first["detail"], field=first["field"]) from None
    if isinstance(frame, MessageFrame | RefineFrame):
        check_length(frame.content, question_characters, "content")
    return _request(frame)


def _request(frame: Sent) -> Request:
    match frame:
        case MessageFrame(content=content, message_id=given):
            return Turn(SendMessage(content=content, message_id=given or new_message_id()))
        case RefineFrame(content=content, message_id=given, remove=part, replace=other):
            one_change(part, other)
            return Turn(RefineQuery(content=content, message_id=given or new_message_id(), remove=part, replace=other))
        case VisualizeFrame(chart_type=chart_type, message_id=given):
            return Turn(ChangeVisualization(chart_type=chart_type, message_id=given or new_message_id()))
        case UndoFrame(message_id=given) | RedoFrame(message_id=given):
            return Turn(Move(kind=frame.type, message_id=given or new_message_id()))
        case RunAgainFrame(result_id=result_id, message_id=given):
            return Turn(RunAgain(message_id=given or new_message_id(), result_id=result_id))
        case ResumeFrame(after_seq=after_seq):
            return Resume(after_seq)
        case CancelFrame():
            return Cancel()
        case _:
            return Ping()


def new_message_id() -> str:
    """The id of a message whose sender gave it none."""
    return f"msg-{uuid.uuid4().hex}"


def fields_of(frame: Frame) -> dict[str, Any]:
    """A session's event as the wire has it."""
    return {"type": frame.type, **frame.body, "turn_id": frame.turn_id, "seq": frame.seq}


def encode(frame: Frame) -> str:
    """A session's event as text.

    >>> encode(Frame(seq=4, turn_id="turn-1", type="stream_start", body={"agent": "sql_agent"}))
    '{"type":"stream_start","agent":"sql_agent","turn_id":"turn-1","seq":4}'
    """
    return dumps(fields_of(frame)).decode()


def own(kind: str, seq: int, **body: Any) -> str:
    """A frame that concerns this socket alone. It has no number of its own: `seq` is that of the last event sent.

    >>> own("pong", 17)
    '{"type":"pong","turn_id":null,"seq":17}'
    """
    return dumps({"type": kind, **body, "turn_id": None, "seq": seq}).decode()


def own_error(error: WorkbenchError, seq: int) -> str:
    """An error that concerns this socket alone."""
    told: dict[str, Any] = {"code": error.code, "detail": detail(error)}
    if "field" in error.extra:
        told["field"] = error.extra["field"]
    if error.suggestions:
        told["suggestions"] = list(error.suggestions)
    if error.retry_after is not None:
        told["retry_after"] = error.retry_after
    return own("error", seq, **told)
