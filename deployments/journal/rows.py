"""Rows of the journal's tables as values: sessions, moments, cursors, and what events change in a session's row."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
from collections.abc import Sequence
from typing import Any

from deployments.contracts.errors import InvalidRequest
from deployments.contracts.events import (
    Event,
    MessageReceived,
    SessionRenamed,
    TurnAnswered,
    TurnCancelled,
    TurnFailed,
)
from deployments.contracts.sessions import SessionInfo

_HISTORY = (MessageReceived, TurnAnswered, TurnFailed, TurnCancelled)
"""Events that each add one message to the history."""

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def micros(at: dt.datetime) -> int:
    """A moment as microseconds since 1970 in UTC."""
    return (at - _EPOCH) // dt.timedelta(microseconds=1)


def info_of(row: Any) -> SessionInfo:
    """A row of `sessions`."""
    return SessionInfo(
        session_id=row.session_id,
        tenant_id=row.tenant_id,
        user_id=row.user_id,
        created_at=_moment(row.created_at),
        message_count=row.message_count,
        title=row.title,
        updated_at=_moment(row.updated_at),
    )


def summary(new: Sequence[Event]) -> dict[str, Any]:
    """What these events change in a session's row, as `statements.advance` takes it."""
    values: dict[str, Any] = {
        "more_messages": sum(isinstance(event, _HISTORY) for event in new),
        "new_updated_at": None,
    }
    for event in new:
        if isinstance(event, SessionRenamed):
            values |= {"new_title": event.title, "new_title_folded": (event.title or "").casefold()}
        if isinstance(event, (*_HISTORY, SessionRenamed)):
            values["new_updated_at"] = micros(event.at)
    return values


def close_cursor(created_at: int, session_id: str) -> str:
    """The place in a list after this session, as text."""
    return base64.urlsafe_b64encode(json.dumps([created_at, session_id]).encode()).decode().rstrip("=")


def open_cursor(cursor: str) -> tuple[int, str]:
    """What `close_cursor` was given. Raises InvalidRequest."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        created_at, session_id = json.loads(base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True))
    except (ValueError, TypeError, binascii.Error, UnicodeError) as error:
        raise InvalidRequest("The cursor is not one that this list gave out", field="cursor") from error
    # What is compared with a column has to be such as the column can hold.
    whole = isinstance(created_at, int) and not isinstance(created_at, bool) and abs(created_at) < 2**63
    if not whole or not isinstance(session_id, str) or not session_id.isprintable():
        raise InvalidRequest("The cursor is not one that this list gave out", field="cursor")
    return created_at, session_id


def _moment(micros_: int) -> dt.datetime:
    return _EPOCH + dt.timedelta(microseconds=micros_)
