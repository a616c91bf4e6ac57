"""The agents and the journal over Serve handles: every call has a timeout, and every failure is a typed error."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import time
from typing import Any

from ray.exceptions import RayActorError, RayError, RayTaskError

from deployments import logs, metrics
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
    Internal,
    JournalUnavailable,
    Overloaded,
    WorkbenchError,
)
from deployments.contracts.identity import Principal
from deployments.contracts.journal import Activation, Append, Standing
from deployments.contracts.query import AnalyticQuery
from deployments.contracts.sessions import SessionInfo, SessionPage
from deployments.lean_serve import BackPressureError, RayServeException, serve
from deployments.names import (
    AGENTS,
    AGENTS_APPLICATION,
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

    def __init__(self, seconds: float = 30.0, query_seconds: float = 90.0) -> None:
        self._seconds = seconds
        self._query_seconds = query_seconds
        self._caller = _Caller(AgentUnavailable, tells=True)

    async def warm(self) -> None:
        """Find the way to the agents that every question visits, so that the first one need not wait for that."""
        await asyncio.gather(*(self._answers(name) for name in (ROUTER, SQL_AGENT, VIZ_AGENT)))

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

    def __init__(self, seconds: float = 15.0) -> None:
        self._seconds = seconds
        self._caller = _Caller(JournalUnavailable)

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

    async def activate(self, session_id: str) -> Activation:
        """Take a session over."""
        taken: Activation = await self._call("activate", session_id)
        return taken

    async def epoch(self, session_id: str) -> int:
        """The epoch of whoever took the session over last."""
        newest: int = await self._call("epoch", session_id)
        return newest

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


class _Caller:
    """Calls deployments of the agents application. `unavailable` is what their silence is reported as; one that `tells`
    says for which turn it calls."""

    def __init__(self, unavailable: type[WorkbenchError], tells: bool = False) -> None:
        self._tells = tells
        self._unavailable = unavailable
        self._methods: dict[tuple[str, str], Any] = {}

    async def call(self, deployment: str, method: str, seconds: float, *arguments: Any) -> Any:
        """Call and wait. Tried again when the replica died: what is called is either pure or fenced."""
        deadline = time.monotonic() + seconds
        for tries_left in reversed(range(_TRIES)):
            try:
                return await self._once(deployment, method, deadline, arguments)
            except RayActorError as error:
                if not tries_left:
                    raise self._silent(deployment) from error
            except TimeoutError as error:
                raise self._silent(deployment) from error
            except WorkbenchError:
                raise
            except RayTaskError as error:
                raise original(error) from None
            except BackPressureError as error:
                raise Overloaded(f"The {deployment} has too much to do", retry_after=_RETRY_AFTER) from error
            except (RayError, RayServeException) as error:
                raise self._silent(deployment) from error
            except Exception as error:
                # Serve hands an error of the other process on as it was raised there.
                _log.exception("%s of the %s failed", method, deployment)
                raise Internal() from error
        raise AssertionError("unreachable")

    async def _once(self, deployment: str, method: str, deadline: float, arguments: tuple[Any, ...]) -> Any:
        told = {"where": place} if self._tells and (place := logs.where()) else {}
        response = self._method(deployment, method).remote(*arguments, **told)
        try:
            with metrics.stage(deployment, method):
                async with asyncio.timeout(deadline - time.monotonic()):
                    return await response
        except (asyncio.CancelledError, TimeoutError):
            # Serve cancels a call by itself only where the caller is a Serve request too.
            response.cancel()
            raise

    def _method(self, deployment: str, method: str) -> Any:
        found = self._methods.get((deployment, method))
        if found is None:
            handle = self._methods.get((deployment, ""))
            if handle is None:
                # Both sides import the same classes, so that the plain pickler will do, at a fraction of the time.
                handle = serve.get_deployment_handle(deployment, AGENTS_APPLICATION).options(
                    request_serialization="pickle", response_serialization="pickle"
                )
                self._methods[deployment, ""] = handle
            found = self._methods[deployment, method] = handle.options(method_name=method)
        return found

    def _silent(self, deployment: str) -> WorkbenchError:
        return self._unavailable(f"The {deployment.replace('_', ' ')} does not answer", retry_after=_RETRY_AFTER)


def original(error: RayTaskError) -> WorkbenchError:
    """The error that was raised in the other process; Internal for one that was not meant to be told."""
    cause = error.cause
    while isinstance(cause, RayTaskError):
        cause = cause.cause
    return cause if isinstance(cause, WorkbenchError) else Internal()
