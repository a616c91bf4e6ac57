"""Events of whole turns, for journals that do not care what was said."""

from __future__ import annotations

import datetime as dt

from deployments.contracts.answers import Answer, Intent
from deployments.contracts.events import Event, MessageReceived, TurnAnswered, TurnFailed
from deployments.contracts.identity import Principal
from deployments.contracts.journal import Append
from deployments.contracts.sessions import SendMessage

AT = dt.datetime(2025, 3, 15, 10, 0, tzinfo=dt.UTC)
ANN = Principal(tenant_id="acme", user_id="ann")


def received(name: str, message_id: str | None = None) -> MessageReceived:
    message_id = message_id or f"m-{name}"
    return MessageReceived(
        turn_id=f"turn-{name}",
        message_id=message_id,
        principal=ANN,
        command=SendMessage(content="hello", message_id=message_id),
        as_of=AT.date(),
        at=AT,
    )


def answered(name: str) -> TurnAnswered:
    answer = Answer(success=True, response="Hello.", intent=Intent.CONVERSATION)
    return TurnAnswered(turn_id=f"turn-{name}", answer=answer, frames=(), at=AT)


def failed(name: str, *, retryable: bool) -> TurnFailed:
    return TurnFailed(turn_id=f"turn-{name}", code="internal", detail="x", retryable=retryable, frames=(), at=AT)


def append(
    epoch: int, sequence: int, *events: Event, session_id: str = "sess-1", snapshots: dict[str, bytes] | None = None
) -> Append:
    return Append(session_id=session_id, epoch=epoch, sequence=sequence, events=events, snapshots=snapshots or {})
