"""The agents and the journal over Serve handles, for whoever is in another process."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import logging
from typing import Any

from deployments.calls import Caller
from deployments.contracts.agents import (
    Analysis,
    Fingerprint,
    Inquiry,
    MetadataAnswer,
    MetadataTopic,
    Presentation,
    QueryRun,
    Reading,
    ReadRequest,
)
from deployments.contracts.answers import Differences, ResultTable
from deployments.contracts.errors import (
    AgentUnavailable,
    JournalUnavailable,
    WorkbenchError,
)
from deployments.contracts.identity import Principal
from deployments.contracts.journal import Activation, Append, Standing
from deployments.contracts.query import AnalyticQuery
from deployments.contracts.sessions import SessionInfo, SessionPage
from deployments.names import (
    AGENTS,
    ANALYSIS_AGENT,
    JOURNAL,
    METADATA_AGENT,
    ROUTER,
    SQL_AGENT,
    VIZ_AGENT,
)

_log = logging.getLogger(__name__)

_TRIES = 3
_RETRY_AFTER = 5


class RayAgents:
    """`contracts.agents.Agents` over the `agents` application. A call that outlasts `seconds` (for queries
    `query_seconds`) is cancelled and raises AgentUnavailable."""

    def __init__(self, seconds: float = 30.0, query_seconds: float = 90.0, relay: Any = None) -> None:
        self._seconds = seconds
        self._query_seconds = query_seconds
        self._caller = Caller(AgentUnavailable, tells=True, relay=relay)

    async def open(self) -> None:
        """Find the way to the agents that every question visits."""
        for name in (ROUTER, SQL_AGENT, VIZ_AGENT):
            with contextlib.suppress(WorkbenchError):
                await self._caller.open(name, "reachable", self._seconds)

    async def read(self, principal: Principal, request: ReadRequest) -> Reading:
        """router: understand a message."""
        reading: Reading = await self._caller.call(ROUTER, "read", self._seconds, principal, request)
        return reading

    async def run(self, principal: Principal, query: AnalyticQuery, as_of: dt.date) -> QueryRun:
        """sql_agent: compile, guard and run a typed query. Cancelled, it interrupts the query in the warehouse."""
        run: QueryRun = await self._caller.call(SQL_AGENT, "run", self._query_seconds, principal, query, as_of)
        return run

    async def present(
        self,
        principal: Principal,
        query: AnalyticQuery,
        result: ResultTable,
        reading: Reading | None = None,
        chart_type: str | None = None,
    ) -> Presentation:
        """viz_agent: chart, findings and sentences."""
        shown: Presentation = await self._caller.call(
            VIZ_AGENT, "present", self._seconds, principal, query, result, reading, chart_type
        )
        return shown

    async def compare(
        self,
        principal: Principal,
        before: ResultTable,
        now: ResultTable,
        since: dt.datetime | None = None,
        called: tuple[str, str] = ("before", "now"),
    ) -> Differences:
        """viz_agent: what differs between two results."""
        told: Differences = await self._caller.call(
            VIZ_AGENT, "compare", self._seconds, principal, before, now, since, called
        )
        return told

    async def analyze(
        self,
        principal: Principal,
        query: AnalyticQuery,
        inquiries: tuple[Inquiry, ...],
        runs: tuple[QueryRun | None, ...],
        as_of: dt.date,
    ) -> Analysis:
        """analysis_agent: the next step of an analysis."""
        found: Analysis = await self._caller.call(
            ANALYSIS_AGENT, "analyze", self._query_seconds, principal, query, inquiries, runs, as_of
        )
        return found

    async def describe(self, principal: Principal, topic: MetadataTopic) -> MetadataAnswer:
        """metadata_agent: answer about the data itself."""
        told: MetadataAnswer = await self._caller.call(METADATA_AGENT, "describe", self._seconds, principal, topic)
        return told

    async def model(self, principal: Principal) -> dict[str, Any]:
        """metadata_agent: the semantic model."""
        model: dict[str, Any] = await self._caller.call(METADATA_AGENT, "model", self._seconds, principal)
        return model

    async def suggestions(self, principal: Principal) -> tuple[str, ...]:
        """metadata_agent: questions to begin with."""
        offered: tuple[str, ...] = await self._caller.call(METADATA_AGENT, "suggestions", self._seconds, principal)
        return offered

    async def fingerprint(self, principal: Principal) -> Fingerprint:
        """metadata_agent: digests of model and data."""
        found: Fingerprint = await self._caller.call(METADATA_AGENT, "fingerprint", self._query_seconds, principal)
        return found

    async def reachable(self) -> dict[str, bool]:
        """Whether every agent answers, and the warehouse behind the sql_agent."""
        answers = await asyncio.gather(*(self._answers(name) for name in AGENTS))
        warehouse = dict(zip(AGENTS, answers, strict=True))[SQL_AGENT]
        return {"agents": None not in answers, "warehouse": bool(warehouse)}

    async def _answers(self, agent: str) -> bool | None:
        try:
            found: dict[str, bool] = await self._caller.call(agent, "reachable", 5.0)
        except WorkbenchError:
            return None
        return found["warehouse"]


class RayJournal:
    """`contracts.journal.Journal` over the journal's deployment. A call that outlasts `seconds` raises
    JournalUnavailable: its outcome is unknown, and the fence settles it."""

    def __init__(self, seconds: float = 15.0, relay: Any = None) -> None:
        self._seconds = seconds
        self._caller = Caller(JournalUnavailable, relay=relay)

    async def open(self, session_id: str) -> None:
        """Find the way to the journal, by way of something it knows."""
        with contextlib.suppress(WorkbenchError):
            await self._caller.open(JOURNAL, "standing", self._seconds, session_id)

    async def create(
        self, session_id: str, tenant_id: str, user_id: str, title: str | None, key: str | None, at: dt.datetime
    ) -> SessionInfo:
        """Record a new session, or give back the one that the key made."""
        info: SessionInfo = await self._call("create", session_id, tenant_id, user_id, title, key, at)
        return info

    async def branch(
        self, session_id: str, message_id: str, branch_id: str, title: str | None, at: dt.datetime
    ) -> SessionInfo:
        """Record a new session that continues another one."""
        info: SessionInfo = await self._call("branch", session_id, message_id, branch_id, title, at)
        return info

    async def session(self, session_id: str) -> SessionInfo:
        """One session."""
        info: SessionInfo = await self._call("session", session_id)
        return info

    async def sessions(
        self, tenant_id: str, user_id: str, limit: int, cursor: str | None, search: str | None
    ) -> SessionPage:
        """One owner's sessions, newest first."""
        page: SessionPage = await self._call("sessions", tenant_id, user_id, limit, cursor, search)
        return page

    async def standings(self, tenant_id: str, limit: int) -> tuple[Standing, ...]:
        """The tenant's most recently used sessions."""
        known: tuple[Standing, ...] = await self._call("standings", tenant_id, limit)
        return known

    async def unused(self, since: dt.datetime, limit: int) -> tuple[SessionInfo, ...]:
        """Sessions that nothing was added to since then."""
        found: tuple[SessionInfo, ...] = await self._call("unused", since, limit)
        return found

    async def unfinished(self, since: dt.datetime, before: dt.datetime, limit: int) -> tuple[str, ...]:
        """Sessions with a turn that has not ended."""
        found: tuple[str, ...] = await self._call("unfinished", since, before, limit)
        return found

    async def count(self) -> int:
        """How many sessions there are."""
        found: int = await self._call("count")
        return found

    async def activate(self, session_id: str) -> Activation:
        """Take a session over."""
        taken: Activation = await self._call("activate", session_id)
        return taken

    async def record(self, session_id: str, last: int) -> tuple[str, ...]:
        """The record up to an event."""
        found: tuple[str, ...] = await self._call("record", session_id, last)
        return found

    async def standing(self, session_id: str) -> Standing:
        """The session with its epoch and how far its record goes."""
        known: Standing = await self._call("standing", session_id)
        return known

    async def append(self, request: Append) -> int:
        """Append durably."""
        sequence: int = await self._call("append", request)
        return sequence

    async def result(self, session_id: str, result_id: str) -> bytes:
        """A stored snapshot."""
        data: bytes = await self._call("result", session_id, result_id)
        return data

    async def delete(self, session_id: str) -> None:
        """Remove a session."""
        await self._call("delete", session_id)

    async def ping(self) -> None:
        """Whether the journal can be written."""
        await self._call("ping")

    async def _call(self, method: str, *arguments: Any) -> Any:
        return await self._caller.call(JOURNAL, method, self._seconds, *arguments)
