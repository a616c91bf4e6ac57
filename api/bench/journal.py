"""Passive sessions written into a journal before the server starts, and what a session takes in it."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from actors.local import LocalSessions
from api.protocol import new_message_id
from deployments.analytics.workspace import Workspace
from deployments.contracts.identity import Principal
from deployments.contracts.sessions import SendMessage
from deployments.journal.service import JournalService
from deployments.journal.store import Journal
from deployments.journal.tables import events, results, states
from deployments.local import LocalAgents


async def seed(
    path: Path, owner: Principal, data: str, model: str | None, question: str, sessions: int, turns: int
) -> list[str]:
    """Hold `sessions` conversations of `turns` questions each in this process; their ids."""
    agents = LocalAgents(Workspace.open(data, model))
    journal = JournalService(Journal.open(str(path)))
    holder = LocalSessions(agents, journal)
    try:
        made = [(await holder.create(owner)).session_id for _ in range(sessions)]
        for session_id in made:
            for _ in range(turns):
                command = SendMessage(content=question, message_id=new_message_id())
                await holder.perform(owner, session_id, command)
    finally:
        await holder.close()
        journal.close()
        agents.close()
    return made


def bytes_of(path: Path, session_id: str) -> list[int]:
    """What each event of a session takes in the journal, in order; the snapshots of results are left out."""
    journal = Journal.open(str(path))
    try:
        sizes = (
            sa.select(sa.func.length(events.c.body))
            .where(events.c.session_id == session_id)
            .order_by(events.c.sequence)
        )
        return journal.read(lambda connection: [int(size) for size in connection.execute(sizes).scalars()])
    finally:
        journal.close()


def state_bytes(path: Path, session_id: str) -> int:
    """What the snapshot of a session's state takes in the journal."""
    journal = Journal.open(str(path))
    try:
        size = sa.select(sa.func.coalesce(sa.func.sum(sa.func.length(states.c.body)), 0)).where(
            states.c.session_id == session_id
        )
        return journal.read(lambda connection: int(connection.execute(size).scalar_one()))
    finally:
        journal.close()


def snapshot_bytes(path: Path, session_id: str) -> int:
    """What the snapshots of a session's results take in the journal."""
    journal = Journal.open(str(path))
    try:
        total = sa.select(sa.func.coalesce(sa.func.sum(sa.func.length(results.c.data)), 0)).where(
            results.c.session_id == session_id
        )
        return journal.read(lambda connection: int(connection.execute(total).scalar_one()))
    finally:
        journal.close()
