"""A session's record copied up to the end of one turn, as the beginning of another session."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa

from deployments.contracts.errors import MessageNotFound, SessionNotFound
from deployments.contracts.events import (
    Event,
    MessageReceived,
    SessionCreated,
    SessionRenamed,
    decode_event,
    encode_event,
)
from deployments.journal.rows import micros
from deployments.journal.tables import events, messages, results, sessions

_ENDS = ("turn_answered", "turn_failed", "turn_cancelled")
_HISTORY = ("message_received", *_ENDS)


def copy_up_to(
    connection: sa.Connection, session_id: str, message_id: str, branch_id: str, title: str | None, at: dt.datetime
) -> None:
    """Record `branch_id` as a session of the same owner that has the other's turns up to that of `message_id`, with
    their results. The turns keep their ids. Raises SessionNotFound, MessageNotFound."""
    source = connection.execute(sa.select(sessions).where(sessions.c.session_id == session_id)).first()
    if source is None:
        raise SessionNotFound()
    last = _end_of(connection, session_id, message_id)
    here = (events.c.session_id == session_id, events.c.sequence <= last)
    kept = (results.c.session_id == session_id, results.c.sequence <= last)
    counted = sa.select(sa.func.count()).select_from(events).where(*here, events.c.kind.in_(_HISTORY))
    sizes = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(results.c.size), 0)).where(
        *kept, results.c.data.is_not(None)
    )
    kept_results, kept_bytes = connection.execute(sizes).one()
    moment = micros(at)
    connection.execute(
        sessions.insert().values(
            session_id=branch_id,
            tenant_id=source.tenant_id,
            user_id=source.user_id,
            title=title,
            title_folded=(title or "").casefold(),
            created_at=moment,
            updated_at=moment,
            message_count=connection.execute(counted).scalar_one(),
            sequence=last + 1,
            kept_results=kept_results,
            kept_bytes=kept_bytes,
        )
    )
    first = SessionCreated(session_id=branch_id, tenant_id=source.tenant_id, user_id=source.user_id, title=title, at=at)
    # Titles that the other session had are in its past; the branch's own comes after them.
    own: list[tuple[int, Event]] = [(1, first), (last + 1, SessionRenamed(title=title, at=at))]
    connection.execute(
        events.insert(),
        [
            {"session_id": branch_id, "sequence": number, "kind": event.kind, "body": encode_event(event)}
            for number, event in own
        ],
    )
    _copy(connection, events, branch_id, *here, events.c.sequence > 1)
    turns = _turns(connection, session_id, last)
    _copy(connection, messages, branch_id, messages.c.session_id == session_id, messages.c.turn_id.in_(turns))
    _copy(connection, results, branch_id, *kept)


def _end_of(connection: sa.Connection, session_id: str, message_id: str) -> int:
    """The sequence number of the event that ended the message's turn."""
    turn_id = connection.execute(
        sa.select(messages.c.turn_id).where(messages.c.session_id == session_id, messages.c.message_id == message_id)
    ).scalar()
    ends = connection.execute(
        sa.select(events.c.sequence, events.c.body)
        .where(events.c.session_id == session_id, events.c.kind.in_(_ENDS))
        .order_by(events.c.sequence)
    )
    for sequence, body in ends:
        # Looked for in the text first: to decode an answer takes longer.
        if turn_id is not None and turn_id in body and getattr(decode_event(body), "turn_id", None) == turn_id:
            return int(sequence)
    raise MessageNotFound()


def _turns(connection: sa.Connection, session_id: str, last: int) -> list[str]:
    begun = connection.execute(
        sa.select(events.c.body).where(
            events.c.session_id == session_id, events.c.sequence <= last, events.c.kind == "message_received"
        )
    ).scalars()
    decoded = (decode_event(body) for body in begun)
    return [event.turn_id for event in decoded if isinstance(event, MessageReceived)]


def _copy(connection: sa.Connection, table: sa.Table, branch_id: str, *where: Any) -> None:
    """The rows of a table under the branch's id."""
    others = [column for column in table.columns if column.name != "session_id"]
    rows = sa.select(sa.literal(branch_id).label("session_id"), *others).where(*where)
    connection.execute(table.insert().from_select(["session_id", *(column.name for column in others)], rows))
