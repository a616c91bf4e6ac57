"""Which results of a session keep their rows: the newest, within its bounds.

What a session keeps is counted in its own row, so that storing one more costs the same however many there were; and
what is too much goes a tenth at a time, so that hardly any message pays for it."""

from __future__ import annotations

import sqlalchemy as sa

from deployments.contracts.journal import Append, Retention
from deployments.journal.statements import add_results
from deployments.journal.tables import results, sessions

_AT_ONCE = 50


def added(request: Append, retention: Retention) -> dict[str, int]:
    """What is added to the counts of what the session keeps, as `statements.advance` takes it."""
    sizes = [len(data) for data in request.snapshots.values() if len(data) <= retention.snapshot_bytes]
    return {"more_results": len(sizes), "more_bytes": sum(sizes)}


def store(connection: sa.Connection, request: Append, sequence: int, retention: Retention) -> None:
    """Add the snapshots that were appended up to `sequence`; one that is too large is known and has no rows."""
    rows = []
    for result_id, data in request.snapshots.items():
        kept = data if len(data) <= retention.snapshot_bytes else None
        rows.append(
            {
                "session_id": request.session_id,
                "result_id": result_id,
                "sequence": sequence,
                "size": len(kept or b""),
                "data": kept,
            }
        )
    connection.execute(add_results, rows)


def expire(connection: sa.Connection, session_id: str, kept: tuple[int, int], retention: Retention) -> None:
    """Where so many results, of so many bytes together, are too much, take the rows of the oldest until a tenth is free."""
    count, size = kept
    if count <= retention.results and size <= retention.session_bytes:
        return
    most_results = retention.results - retention.results // 10
    most_bytes = retention.session_bytes - retention.session_bytes // 10
    here = results.c.session_id == session_id
    oldest = (
        sa.select(results.c.result_id, results.c.size)
        .where(here, results.c.data.is_not(None))
        .order_by(results.c.sequence)
        .limit(_AT_ONCE)
    )
    while count > most_results or size > most_bytes:
        gone = []
        for row in connection.execute(oldest):
            if count <= most_results and size <= most_bytes:
                break
            gone.append(row.result_id)
            count, size = count - 1, size - row.size
        connection.execute(results.update().where(here, results.c.result_id.in_(gone)).values(data=sa.null(), size=0))
    connection.execute(
        sessions.update().where(sessions.c.session_id == session_id).values(kept_results=count, kept_bytes=size)
    )
