"""The agents in this process: the same core, without Ray."""

from __future__ import annotations

import asyncio
import contextvars
import datetime as dt
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from deployments.analytics.insights.differences import differences
from deployments.analytics.workspace import Workspace
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
from deployments.contracts.errors import WorkbenchError
from deployments.contracts.identity import Principal
from deployments.contracts.query import AnalyticQuery

T = TypeVar("T")

_INTERRUPT_AGAIN_SECONDS = 0.05


class LocalAgents:
    """`contracts.agents.Agents` over one workspace, of which each caller sees their part; blocking work runs in threads."""

    def __init__(self, workspace: Workspace, threads: int = 4) -> None:
        self._workspace = workspace
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="agents")
        self._running: set[str] = set()

    @property
    def running(self) -> int:
        """How many queries run in the warehouse."""
        return len(self._running)

    def close(self) -> None:
        """Wait for what runs, then let the threads go."""
        self._threads.shutdown()

    async def read(self, principal: Principal, request: ReadRequest) -> Reading:
        """router: understand a message."""
        return await self._seen(principal, lambda seen: seen.read(request))

    async def run(self, principal: Principal, query: AnalyticQuery, as_of: dt.date) -> QueryRun:
        """sql_agent: compile, guard and run a typed query. Cancelled, it interrupts the query in the warehouse."""
        token = uuid.uuid4().hex
        running = asyncio.ensure_future(self._seen(principal, lambda seen: seen.run(query, as_of, token)))
        self._running.add(token)
        running.add_done_callback(lambda _: self._running.discard(token))
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            # The query may not have begun when it is interrupted, so it is until its thread has ended.
            while not running.done():
                self._workspace.interrupt(token)
                await asyncio.wait({running}, timeout=_INTERRUPT_AGAIN_SECONDS)
            if not running.cancelled():
                running.exception()  # that it was interrupted is no news
            raise

    async def present(
        self,
        principal: Principal,
        query: AnalyticQuery,
        result: ResultTable,
        reading: Reading | None = None,
        chart_type: str | None = None,
    ) -> Presentation:
        """viz_agent: chart, findings and sentences."""
        return await self._seen(principal, lambda seen: seen.present(query, result, reading, chart_type))

    async def compare(
        self,
        principal: Principal,
        before: ResultTable,
        now: ResultTable,
        since: dt.datetime | None = None,
        called: tuple[str, str] = ("before", "now"),
    ) -> Differences:
        """viz_agent: what differs between two results."""
        return await self._in_thread(differences, before, now, since, called)

    async def analyze(
        self,
        principal: Principal,
        query: AnalyticQuery,
        inquiries: tuple[Inquiry, ...],
        runs: tuple[QueryRun | None, ...],
        as_of: dt.date,
    ) -> Analysis:
        """analysis_agent: the next step of an analysis."""
        return await self._seen(principal, lambda seen: seen.analyze(query, inquiries, runs, as_of))

    async def describe(self, principal: Principal, topic: MetadataTopic) -> MetadataAnswer:
        """metadata_agent: answer about the data itself."""
        return await self._seen(principal, lambda seen: seen.describe(topic))

    async def model(self, principal: Principal) -> dict[str, Any]:
        """metadata_agent: the semantic model."""
        return await self._seen(principal, lambda seen: seen.describe_model())

    async def suggestions(self, principal: Principal) -> tuple[str, ...]:
        """metadata_agent: questions to begin with."""
        return await self._seen(principal, lambda seen: seen.suggestions)

    async def fingerprint(self, principal: Principal) -> Fingerprint:
        """metadata_agent: digests of model and data."""
        return await self._seen(principal, lambda seen: seen.fingerprint)

    async def reachable(self) -> dict[str, bool]:
        """Whether agents and warehouse answer."""
        try:
            await self._in_thread(self._workspace.ping)
        except WorkbenchError:
            return {"agents": True, "warehouse": False}
        return {"agents": True, "warehouse": True}

    async def _seen(self, principal: Principal, call: Callable[[Workspace], T]) -> T:
        """What a call gives on the data as the caller may see it."""
        return await self._in_thread(lambda: call(self._workspace.seen_by(principal)))

    async def _in_thread(self, call: Callable[..., T], *arguments: Any) -> T:
        # What a thread logs is of the turn that it works for.
        within = contextvars.copy_context()
        return await asyncio.get_running_loop().run_in_executor(self._threads, within.run, call, *arguments)
