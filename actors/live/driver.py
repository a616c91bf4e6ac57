"""Performs what a turn asks of the world, one effect at a time, and can be stopped in the middle of one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any

from actors.effects import (
    Analyze,
    Answered,
    Cancelled,
    Compare,
    Describe,
    Effect,
    Emit,
    Failed,
    LoadResult,
    Outcome,
    Present,
    RunQuery,
    Understand,
)
from actors.live.beginning import Beginning
from actors.live.frames import Frames
from actors.live.tables import Tables
from actors.orchestrator import AnalyticsOrchestrator
from deployments.contracts.agents import Agents
from deployments.contracts.errors import Internal, WorkbenchError
from deployments.contracts.events import MessageReceived

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Driven:
    """What came of a turn; what it emitted that followers have not seen; and its beginning, if that is not written."""

    outcome: Outcome
    unseen: tuple[Emit, ...]
    begun: tuple[MessageReceived, ...]


class Driver:
    """Drives the turn that runs."""

    def __init__(self, session_id: str, agents: Agents, tables: Tables, frames: Frames) -> None:
        self._session_id = session_id
        self._agents = agents
        self._tables = tables
        self._frames = frames
        self._call: asyncio.Future[Any] | None = None
        self._stopping = False

    @property
    def at_work(self) -> bool:
        """Whether there is a turn to stop."""
        return self._call is not None

    def stop(self) -> None:
        """Have the turn end as cancelled, and interrupt what is under way."""
        assert self._call is not None
        if not self._stopping:
            self._stopping = True
            self._call.cancel()

    async def drive(
        self, orchestrator: AnalyticsOrchestrator, received: MessageReceived, beginning: Beginning | None
    ) -> Driven:
        """Run a turn to its outcome. What it emits is shown once its `beginning` is in the record (None: it is):
        followers may only see frames of a turn that will be run again if this process dies.
        Raises what writing the beginning did."""
        unseen: list[Emit] = []
        try:
            outcome = await self._perform(orchestrator, received, beginning, unseen)
            begun = await beginning.settle() if beginning else ()
        finally:
            self._call = None
            self._stopping = False
        return Driven(outcome, tuple(unseen), begun)

    async def _perform(
        self,
        orchestrator: AnalyticsOrchestrator,
        received: MessageReceived,
        beginning: Beginning | None,
        unseen: list[Emit],
    ) -> Outcome:
        todo: Effect | Outcome = orchestrator.step()
        while not isinstance(todo, Answered | Failed | Cancelled):
            if self._stopping:
                return orchestrator.cancel()
            if isinstance(todo, Emit):
                unseen.append(todo)
                if beginning is None:
                    self._frames.show(unseen)
                todo = orchestrator.step()
                continue
            self._call = asyncio.ensure_future(self._effect(todo, received))
            if beginning is not None and await self._written_first(beginning, self._call):
                beginning = None
                self._frames.show(unseen)
            try:
                reply = await self._call
            except asyncio.CancelledError:
                if not self._stopping:
                    raise
                return orchestrator.cancel()
            except WorkbenchError as error:
                todo = orchestrator.fail(error)
            except Exception:
                _log.exception("an effect of a turn failed in %s", self._session_id)
                todo = orchestrator.fail(Internal())
            else:
                todo = orchestrator.step(reply)
        return Cancelled() if self._stopping else todo

    async def _written_first(self, beginning: Beginning, call: asyncio.Future[Any]) -> bool:
        """Wait until the turn's beginning is written, or the work at hand is done and no one has begun to write; whether
        it is written."""
        try:
            if not beginning.under_way:
                await asyncio.wait({beginning.written, call}, return_when=asyncio.FIRST_COMPLETED)
            if not beginning.under_way:
                return False
            await asyncio.shield(beginning.written)
        except BaseException:
            # What is not in the record has not happened, so its work is for nothing.
            call.cancel()
            await asyncio.gather(call, return_exceptions=True)
            raise
        return True

    def _effect(self, effect: Effect, received: MessageReceived) -> Awaitable[Any]:
        who, day = received.principal, received.as_of
        match effect:
            case Understand(request=request):
                return self._agents.read(who, request)
            case RunQuery(query=query):
                return self._agents.run(who, query, day)
            case Present(query=query, result=result, reading=reading, chart_type=chart_type):
                return self._agents.present(who, query, result, reading, chart_type)
            case Compare(before=before, now=after, since=since, called=called):
                return self._agents.compare(who, before, after, since, called)
            case Analyze(query=query, inquiries=inquiries, runs=runs):
                return self._agents.analyze(who, query, inquiries, runs, day)
            case Describe(topic=topic):
                return self._agents.describe(who, topic)
            case LoadResult(result_id=result_id):
                return self._tables.of(result_id)
        raise AssertionError(effect)
