"""The statements of an append, made once: to build one takes longer than to run it."""

from __future__ import annotations

import functools

import sqlalchemy as sa

from deployments.journal.tables import Big, events, messages, results, sessions

add_events = events.insert()
add_messages = messages.insert()
add_results = results.insert()


@functools.cache
def advance(renamed: bool) -> sa.sql.dml.ReturningUpdate[tuple[int, int]]:
    """Move a session's row on, where `at_epoch` and `at_sequence` are the row's; gives what the session then keeps.

    The condition and the change are one statement, so that no other writer can come between them."""
    changes: dict[str, object] = {
        "sequence": sa.bindparam("new_sequence", type_=sa.Integer),
        "message_count": sessions.c.message_count + sa.bindparam("more_messages", type_=sa.Integer),
        "updated_at": sa.func.coalesce(sa.bindparam("new_updated_at", type_=Big), sessions.c.updated_at),
        "kept_results": sessions.c.kept_results + sa.bindparam("more_results", type_=sa.Integer),
        "kept_bytes": sessions.c.kept_bytes + sa.bindparam("more_bytes", type_=Big),
    }
    if renamed:
        changes |= {"title": sa.bindparam("new_title", type_=sa.Text)}
        changes |= {"title_folded": sa.bindparam("new_title_folded", type_=sa.Text)}
    return (
        sessions.update()
        .where(
            sessions.c.session_id == sa.bindparam("of_session"),
            sessions.c.epoch == sa.bindparam("at_epoch"),
            sessions.c.sequence == sa.bindparam("at_sequence"),
        )
        .values(changes)
        .returning(sessions.c.kept_results, sessions.c.kept_bytes)
    )
