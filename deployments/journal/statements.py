"""The statements that are run often, made once: to build one takes longer than to run it."""

from __future__ import annotations

import functools

import sqlalchemy as sa

from deployments.journal.tables import Big, events, messages, results, sessions

add_events = events.insert()
add_messages = messages.insert()
add_results = results.insert()

_OF_SESSION = sa.bindparam("of_session", type_=sa.String)

one_session = sa.select(sessions).where(sessions.c.session_id == _OF_SESSION)
record_of = (
    sa.select(events.c.body)
    .where(events.c.session_id == _OF_SESSION)
    .where(events.c.sequence > sa.bindparam("after", type_=sa.Integer))
    .where(events.c.sequence <= sa.bindparam("up_to", type_=sa.Integer))
    .order_by(events.c.sequence)
)
rows_of = sa.select(results.c.data).where(
    results.c.session_id == _OF_SESSION, results.c.result_id == sa.bindparam("of_result", type_=sa.String)
)

take_over = (
    sessions.update()
    .where(sessions.c.session_id == _OF_SESSION)
    .values(epoch=sessions.c.epoch + 1)
    .returning(sessions.c.epoch, sessions.c.sequence)
)
"""Raise a session's epoch by one; gives that and the sequence number it stands at."""

take_and_give_back = sessions.update().where(sa.false()).values(epoch=0)
"""Changes nothing, and has the write lock for it."""

_BEGUN = "message_received"
_TURN_KINDS = (_BEGUN, "turn_answered", "turn_failed", "turn_cancelled")
"""How a turn begins, and how it ends."""

_newest_of_a_turn = (
    sa.select(events.c.kind)
    .where(events.c.session_id == sessions.c.session_id, sa.or_(*(events.c.kind == kind for kind in _TURN_KINDS)))
    .order_by(events.c.sequence.desc())
    .limit(1)
    .scalar_subquery()
)
unfinished = (
    sa.select(sessions.c.session_id)
    .where(sessions.c.updated_at >= sa.bindparam("since", type_=Big))
    .where(sessions.c.updated_at < sa.bindparam("before", type_=Big))
    .where(_newest_of_a_turn == _BEGUN)
    .order_by(sessions.c.updated_at, sessions.c.session_id)
    .limit(sa.bindparam("most", type_=sa.Integer))
)
"""The sessions, used last between these moments, whose newest turn began and has not ended."""


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
            sessions.c.session_id == _OF_SESSION,
            sessions.c.epoch == sa.bindparam("at_epoch"),
            sessions.c.sequence == sa.bindparam("at_sequence"),
        )
        .values(changes)
        .returning(sessions.c.kept_results, sessions.c.kept_bytes)
    )
