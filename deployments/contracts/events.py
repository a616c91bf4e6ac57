"""What a session remembers: events in the past tense, from which all of its state follows.

A turn is recorded as `MessageReceived`, then what it changed (`ResultProduced`, `ChartChanged`, `Moved`,
`ClarificationAsked`), then how it ended (`TurnAnswered`, `TurnFailed` or `TurnCancelled`). What it changed and how it
ended are appended together, so that a turn is either wholly in the record or still to be run.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter
from pydantic_core import from_json

from deployments.contracts import exact
from deployments.contracts.answers import Answer, Clarification, ResultColumn, Visualization
from deployments.contracts.base import Value
from deployments.contracts.identity import Principal
from deployments.contracts.query import AnalyticQuery
from deployments.contracts.sessions import Command, Frame

SCHEMA_VERSION = 1
"""Grows when an event's meaning or fields change; older ones are lifted when they are read."""


class SessionCreated(Value):
    """The session began. It belongs to (tenant_id, user_id) for good."""

    kind: Literal["session_created"] = "session_created"
    session_id: str
    tenant_id: str
    user_id: str
    title: str | None = None
    at: dt.datetime


class SessionRenamed(Value):
    """The title was changed; None takes it away."""

    kind: Literal["session_renamed"] = "session_renamed"
    title: str | None
    at: dt.datetime


class FeedbackGiven(Value):
    """Someone judged the answer of a turn; the last judgement counts."""

    kind: Literal["feedback_given"] = "feedback_given"
    turn_id: str
    rating: Literal["up", "down"]
    comment: str | None = None
    at: dt.datetime


class MessageReceived(Value):
    """A turn began. It holds all that the turn depends on, so that an interrupted turn can be run again and says
    the same: who asked, the command, and the day taken as today."""

    kind: Literal["message_received"] = "message_received"
    turn_id: str
    message_id: str
    principal: Principal
    command: Command
    as_of: dt.date
    at: dt.datetime


class ResultProduced(Value):
    """A query was run and its result became the current one. The rows are stored beside, under `result_id`."""

    kind: Literal["result_produced"] = "result_produced"
    turn_id: str
    result_id: str
    query: AnalyticQuery
    sql: str
    columns: tuple[ResultColumn, ...]
    row_count: int
    visualization: Visualization | None = None


class ChartChanged(Value):
    """A result is shown as another chart."""

    kind: Literal["chart_changed"] = "chart_changed"
    turn_id: str
    result_id: str
    visualization: Visualization


class Moved(Value):
    """An earlier or later result became the current one."""

    kind: Literal["moved"] = "moved"
    turn_id: str
    direction: Literal["undo", "redo"]
    result_id: str


class ClarificationAsked(Value):
    """Something was missing; the next message may settle it. `about` is the text it was asked about."""

    kind: Literal["clarification_asked"] = "clarification_asked"
    turn_id: str
    about: str
    clarification: Clarification


class TurnAnswered(Value):
    """The turn has its answer. Where the answer has a `result_id`, its `data` is left out here, and of the frame that
    carries the answer the body: both follow from the stored result and the answer."""

    kind: Literal["turn_answered"] = "turn_answered"
    turn_id: str
    answer: Answer
    frames: tuple[Frame, ...]
    at: dt.datetime


class TurnFailed(Value):
    """The turn ended in an error, told to the caller by its code. With `retryable` the same message id may be sent
    again and is then a new turn; otherwise it gets this error again. `extra` is the error's."""

    kind: Literal["turn_failed"] = "turn_failed"
    turn_id: str
    code: str
    detail: str
    suggestions: tuple[str, ...] = ()
    retry_after: int | None = None
    extra: dict[str, Any] = Field(default_factory=dict)
    retryable: bool = False
    frames: tuple[Frame, ...]
    at: dt.datetime


class TurnCancelled(Value):
    """The turn was stopped before it had an answer."""

    kind: Literal["turn_cancelled"] = "turn_cancelled"
    turn_id: str
    frames: tuple[Frame, ...]
    at: dt.datetime


Event = Annotated[
    SessionCreated
    | SessionRenamed
    | FeedbackGiven
    | MessageReceived
    | ResultProduced
    | ChartChanged
    | Moved
    | ClarificationAsked
    | TurnAnswered
    | TurnFailed
    | TurnCancelled,
    Field(discriminator="kind"),
]

_ADAPTER: TypeAdapter[Event] = TypeAdapter(Event)


def encode_event(event: Event) -> str:
    """The event as text, for the journal. Decimals, dates and times keep their type."""
    return exact.dumps({"schema_version": SCHEMA_VERSION} | event.model_dump(mode="python"))


def fields_of(text: str) -> dict[str, Any] | None:
    """The fields of an event as plain JSON, as `encode_event` wrote them and at a small part of what decoding takes; None
    where another version wrote it. Raises ValueError."""
    fields: dict[str, Any] = from_json(text)
    return fields if fields["schema_version"] == SCHEMA_VERSION else None


def decode_event(text: str) -> Event:
    """The event that `encode_event` was given. Raises ValueError for what a newer version wrote."""
    fields = exact.loads(text)
    version = fields.pop("schema_version")
    if version > SCHEMA_VERSION:
        raise ValueError(f"expected an event of version {SCHEMA_VERSION} or older, got {version}")
    return _ADAPTER.validate_python(fields)
