"""The journal as a Serve deployment: one process writes for every session."""

from __future__ import annotations

import contextlib
import datetime as dt

from deployments import logs, metrics
from deployments.contracts.errors import JournalUnavailable
from deployments.contracts.journal import Activation, Append, Fenced, Retention, Standing
from deployments.contracts.sessions import SessionInfo, SessionPage
from deployments.journal.connections import engine_for
from deployments.journal.service import JournalService
from deployments.journal.store import Journal
from deployments.lines.deployment import OnLines
from deployments.names import JOURNAL


@metrics.timed(JOURNAL)
class JournalDeployment(OnLines):
    """`contracts.journal.Journal` for other processes. One replica for SQLite, which has one writer; more may serve a
    PostgreSQL one, where the fence is the database's."""

    line_name = JOURNAL
    calls_at_once = 1000

    def __init__(self, url: str, retention: Retention) -> None:
        logs.configure()
        journal = Journal(engine_for(url), retention)
        with contextlib.suppress(JournalUnavailable):  # it is served when it comes
            journal.prepare()
        self._service = JournalService(journal, on_commit=metrics.COMMIT_SECONDS.observe)

    async def create(
        self, session_id: str, tenant_id: str, user_id: str, title: str | None, key: str | None, at: dt.datetime
    ) -> SessionInfo:
        """Record a new session, or give back the one that the key made."""
        return await self._service.create(session_id, tenant_id, user_id, title, key, at)

    async def branch(
        self, session_id: str, message_id: str, branch_id: str, title: str | None, at: dt.datetime
    ) -> SessionInfo:
        """Record a new session that continues another one."""
        return await self._service.branch(session_id, message_id, branch_id, title, at)

    async def session(self, session_id: str) -> SessionInfo:
        """One session."""
        return await self._service.session(session_id)

    async def sessions(
        self, tenant_id: str, user_id: str, limit: int, cursor: str | None, search: str | None
    ) -> SessionPage:
        """One owner's sessions, newest first."""
        return await self._service.sessions(tenant_id, user_id, limit, cursor, search)

    async def standings(self, tenant_id: str, limit: int) -> tuple[Standing, ...]:
        """The tenant's most recently used sessions."""
        return await self._service.standings(tenant_id, limit)

    async def unused(self, since: dt.datetime, limit: int) -> tuple[SessionInfo, ...]:
        """Sessions that nothing was added to since then."""
        return await self._service.unused(since, limit)

    async def unfinished(self, since: dt.datetime, before: dt.datetime, limit: int) -> tuple[str, ...]:
        """Sessions with a turn that has not ended."""
        return await self._service.unfinished(since, before, limit)

    async def count(self) -> int:
        """How many sessions there are."""
        return await self._service.count()

    async def activate(self, session_id: str) -> Activation:
        """Take a session over."""
        return await self._service.activate(session_id)

    async def record(self, session_id: str, last: int) -> tuple[str, ...]:
        """The record up to an event."""
        return await self._service.record(session_id, last)

    async def standing(self, session_id: str) -> Standing:
        """The session with its epoch and how far its record goes."""
        return await self._service.standing(session_id)

    async def append(self, request: Append) -> int:
        """Append durably."""
        try:
            return await self._service.append(request)
        except Fenced:
            metrics.FENCED.inc()
            raise

    async def result(self, session_id: str, result_id: str) -> bytes:
        """A stored snapshot."""
        return await self._service.result(session_id, result_id)

    async def delete(self, session_id: str) -> None:
        """Remove a session."""
        await self._service.delete(session_id)

    async def ping(self) -> None:
        """Whether the journal can be written."""
        await self._service.ping()

    async def __del__(self) -> None:
        await super().__del__()
        service = getattr(self, "_service", None)
        if service is not None:
            service.close()
