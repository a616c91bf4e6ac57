"""Which results of a session keep their rows: the newest, within its bounds. What a session keeps is counted in its own
row, so that storing one more costs the same however many there were."""

from __future__ import annotations

import sqlalchemy as sa

from deployments.contracts.journal import Append, Retention
from deployments.journal.tables import results, sessions


def keep(connection: sa.Connection, request: Append, sequence: int, retention: Retention) -> None:
    """Store the snapshots that were appended up to `sequence`, and let the oldest of the session go beyond the bounds."""
    most = retention.snapshot_bytes
    new = [(name, data if len(data) <= most else None) for name, data in request.snapshots.items()]
    connection.execute(
        results.insert(),
        [
            {
                "session_id": request.session_id,
                "result_id": name,
                "sequence": sequence,
                "data": data,
                "size": len(data or b""),
            }
            for name, data in new
        ],
    )
    kept = [data for _, data in new if data is not None]
    here = sessions.c.session_id == request.session_id
    totals = (sessions.c.kept_results, sessions.c.kept_bytes)
    connection.execute(
        sessions.update()
        .where(here)
        .values(kept_results=totals[0] + len(kept), kept_bytes=totals[1] + sum(map(len, kept)))
    )
    count, size = connection.execute(sa.select(*totals).where(here)).one()
    while count > retention.results or size > retention.session_bytes:
        count, size = _expire_oldest(connection, request.session_id, count, size)


def _expire_oldest(connection: sa.Connection, session_id: str, count: int, size: int) -> tuple[int, int]:
    oldest = connection.execute(
        sa.select(results.c.result_id, results.c.size)
        .where(results.c.session_id == session_id, results.c.data.is_not(None))
        .order_by(results.c.sequence)
        .limit(1)
    ).one()
    connection.execute(
        results.update()
        .where(results.c.session_id == session_id, results.c.result_id == oldest.result_id)
        .values(data=sa.null(), size=0)
    )
    count, size = count - 1, size - oldest.size
    connection.execute(
        sessions.update().where(sessions.c.session_id == session_id).values(kept_results=count, kept_bytes=size)
    )
    return count, size
