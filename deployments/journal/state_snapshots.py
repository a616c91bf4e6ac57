"""The newest state snapshot of each session: written with a turn, read at activation, left aside where it is in doubt."""

from __future__ import annotations

import hashlib
import logging

import sqlalchemy as sa

from deployments.contracts.journal import STATE_VERSION, StateSnapshot
from deployments.journal.tables import states

_log = logging.getLogger(__name__)


def keep(connection: sa.Connection, session_id: str, state: StateSnapshot) -> None:
    """Put a snapshot in the place of the session's last one."""
    connection.execute(states.delete().where(states.c.session_id == session_id))
    connection.execute(
        states.insert().values(
            session_id=session_id,
            sequence=state.sequence,
            version=STATE_VERSION,
            digest=_digest(state.body),
            body=state.body,
        )
    )


def find(connection: sa.Connection, session_id: str, sequence: int) -> StateSnapshot | None:
    """The snapshot of a session whose record goes to `sequence`. None where there is none, where another version wrote
    it, and where it is not as it was written: the record alone is the truth."""
    row = connection.execute(
        sa.select(states).where(states.c.session_id == session_id, states.c.version == STATE_VERSION)
    ).first()
    if row is None:
        return None
    if row.sequence > sequence or row.digest != _digest(row.body):
        _log.error("a state snapshot of the journal is not as it was written; the record is read instead")
        return None
    return StateSnapshot(sequence=row.sequence, body=row.body)


def _digest(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()
