"""A cluster in one thread of virtual time: processes that die and freeze, calls that are lost, a journal that goes away.

The sessions, the orchestrator, the access layer and the journal's tables are the real ones; simulated are only the
processes that hold sessions, the way to them, and the agents. Every pause is drawn from the seed, so that a schedule
can be played again.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from actors.access import SessionAccess
from actors.core import SessionCore
from actors.orphans import Orphans
from deployments.contracts.errors import AgentUnavailable, JournalUnavailable, SessionNotFound, WorkbenchError
from deployments.contracts.journal import Activation, Append, Fenced, Standing
from deployments.contracts.sessions import Resident, SessionInfo
from deployments.journal.attempt import Operation
from deployments.journal.store import Journal
from tests.actors.agents import HeldAgents
from tests.deployments.journal.turns import AT
from tests.faults.history import Commit

T = TypeVar("T")

LABELS = (
    "activate asked", "activate done", "append asked", "append done",
    "read asked", "read done", "run asked", "run done", "present asked", "present done", "result asked",
)  # fmt: skip
"""Points of a session's life at which its process may be made to die or freeze."""

_TRIES = 40


class Died(Exception):
    """The process that was called is no more."""


class Unreachable(Exception):
    """The call or its reply was lost; it may have run."""


class World:
    """What the processes share: the seed, the names under which they are found, the journal, what is broken now."""

    def __init__(self, seed: int, journal: Journal) -> None:
        self.random = random.Random(seed)
        self.journal = journal
        self.names: dict[str, Process] = {}
        self.processes: list[Process] = []
        self.commits: list[Commit] = []
        self.counts: Counter[str] = Counter()
        self.traps: dict[tuple[str, int], Callable[[Process], None]] = {}
        self.reached: Counter[str] = Counter()
        self.journal_away = False
        self.agent_faults = 0.0
        self.call_faults = 0.0
        self.reply_faults = 0.0
        self.twice = 0.0
        self.slow_seconds = 0.0

    async def pause(self) -> None:
        """A moment of no fixed length."""
        await asyncio.sleep(self.random.random() * 0.02)

    def happens(self, chance: float) -> bool:
        return self.random.random() < chance

    def live(self) -> list[Process]:
        return [process for process in self.processes if not process.dead]


class Process:
    """Holds one session, as `actors.session.SessionActor` does."""

    def __init__(self, world: World, session_id: str) -> None:
        self.world = world
        self.session_id = session_id
        self.dead = False
        self.core: SessionCore | None = None
        self._opening = asyncio.Lock()
        self._awake = asyncio.Event()
        self._awake.set()
        self._died: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._leaving = False
        self._burial: asyncio.Future[None] | None = None
        self._calls = 0
        world.processes.append(self)

    # --- what is done to it

    def kill(self) -> None:
        """kill -9: nothing of it takes another step."""
        if self.dead:
            return
        self.dead = True
        self.world.counts["killed"] += 1
        self._end()

    def freeze(self, seconds: float) -> None:
        """It stops where it is; the cluster gives it up and its name is free; then it goes on as if nothing was."""
        if self.dead or not self._awake.is_set():
            return
        self._awake.clear()
        self.world.counts["frozen"] += 1
        self._forget_name()
        asyncio.get_running_loop().call_later(seconds, self._awake.set)

    def passivate(self) -> None:
        """Let it go, unless it is busy."""
        if self.dead or self._calls or self._leaving or (self.core is not None and self.core.busy):
            return
        self.world.counts["passivated"] += 1
        self._leave()

    async def call(self, method: str, *arguments: Any) -> Any:
        """As a caller elsewhere sees it. Raises Died, Unreachable, or what the session raises."""
        await self.world.pause()
        if self.world.happens(self.world.call_faults):
            raise Unreachable()
        if self.dead:
            raise Died()
        work = self._start(self._ask(method, *arguments))
        if self.world.happens(self.world.twice):
            self.world.counts["call delivered twice"] += 1
            self._start(self._ask(method, *arguments))
        await asyncio.wait({work, self._died}, return_when=asyncio.FIRST_COMPLETED)
        await self.world.pause()
        if not work.done() or work.cancelled():
            raise Died()
        if self.world.happens(self.world.reply_faults):
            raise Unreachable()
        return work.result()

    # --- what it does

    async def _ask(self, method: str, *arguments: Any) -> Any:
        await self.awake()
        if self._leaving:
            raise Fenced()
        self._calls += 1
        try:
            given = getattr(await self._open(), method)
            if callable(given):
                given = given(*arguments)
            value = await given if asyncio.iscoroutine(given) else given
            await self.awake()
        except (Fenced, SessionNotFound):
            self._leave()
            raise
        else:
            return value
        finally:
            self._calls -= 1

    async def _open(self) -> SessionCore:
        async with self._opening:
            if self.core is None:
                try:
                    self.core = await SessionCore.activate(
                        self.session_id,
                        ProcessJournal(self),  # type: ignore[arg-type]  # a session asks for no more of it
                        ProcessAgents(self),
                        now=lambda: AT,
                        today=lambda: dt.date(2025, 3, 15),
                        patience=self.world.random.choice([0.0, 0.01, 0.3]),
                    )
                except WorkbenchError:
                    self._leave()
                    raise
                self._start(self._leave_when_lost(self.core))
        return self.core

    async def _leave_when_lost(self, core: SessionCore) -> None:
        await core.lost.wait()
        self._leave()

    def _leave(self) -> None:
        if not self._leaving:
            self._leaving = True
            self._start(self._go())

    async def _go(self) -> None:
        if self.core is not None:
            await self.core.close()
        await self.world.pause()  # replies are on their way
        self.dead = True
        self._end()

    def _end(self) -> None:
        self._forget_name()
        if not self._died.done():
            self._died.set_result(None)
        self._awake.set()
        for task in self._tasks:
            task.cancel()
        if self.core is not None:
            self._burial = asyncio.ensure_future(self.core.close())

    def _forget_name(self) -> None:
        if self.world.names.get(self.session_id) is self:
            del self.world.names[self.session_id]

    def _start(self, work: Any) -> asyncio.Task[Any]:
        task: asyncio.Task[Any] = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._forget_task)
        return task

    def _forget_task(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()

    async def awake(self) -> None:
        """Returns when the process can take a step; never if it is dead."""
        await self._awake.wait()
        if self.dead:
            raise asyncio.CancelledError

    async def reach(self, label: str) -> None:
        """A labelled point: what was planned for it happens."""
        number = self.world.reached[label] = self.world.reached[label] + 1
        if trap := self.world.traps.pop((label, number), None):
            self.world.counts[f"at {label}"] += 1
            trap(self)
        await self.awake()


class ProcessJournal:
    """The journal as one process reaches it."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._world = process.world

    async def activate(self, session_id: str) -> Activation:
        await self._process.reach("activate asked")
        taken: Activation = await self._write(self._world.journal.activate(session_id), session_id)
        await self._process.reach("activate done")
        return taken

    async def standing(self, session_id: str) -> Standing:
        await self._process.awake()
        await self._world.pause()
        if self._world.journal_away:
            raise JournalUnavailable("away", retry_after=1)
        known = self._world.journal.read(self._world.journal.standing(session_id))
        await self._process.awake()
        return known

    async def append(self, request: Append) -> int:
        await self._process.reach("append asked")
        sequence: int = await self._write(self._world.journal.append(request), request.session_id, request.epoch)
        await self._process.reach("append done")
        return sequence

    async def result(self, session_id: str, result_id: str) -> bytes:
        await self._process.reach("result asked")
        await self._world.pause()
        if self._world.journal_away:
            raise JournalUnavailable("away", retry_after=1)
        data = self._world.journal.read(self._world.journal.result(session_id, result_id))
        await self._process.awake()
        return data

    async def _write(self, operation: Operation[T], session_id: str, epoch: int | None = None) -> T:
        world = self._world
        await world.pause()
        if world.slow_seconds:
            world.counts["journal slow"] += 1
            await asyncio.sleep(world.random.random() * world.slow_seconds)
        if world.journal_away:
            world.counts["journal away"] += 1
            raise JournalUnavailable("away", retry_after=1)
        # What was sent is written, whether or not the sender still lives.
        outcome = world.journal.write([operation])[0]
        if isinstance(outcome.error, Fenced):
            world.counts["fenced"] += 1
        if outcome.error is None:
            value = outcome.value()
            if epoch is None:
                commit = Commit(session_id, value.epoch, "activated")
            else:
                commit = Commit(session_id, epoch, "appended")
            world.commits.append(commit)
            world.counts[commit.kind] += 1
        await world.pause()
        await self._process.awake()
        if world.happens(world.reply_faults):
            world.counts["reply of the journal lost"] += 1
            raise JournalUnavailable("the reply was lost", retry_after=1)
        result: T = outcome.value()
        return result


class ProcessAgents(HeldAgents):
    """The agents as one process reaches them: late, and sometimes not there."""

    def __init__(self, process: Process) -> None:
        super().__init__()
        self._process = process

    async def _pass(self, method: str) -> None:
        await self._process.reach(f"{method} asked")
        try:
            await self._process.world.pause()
            if self._process.world.happens(0.2):
                await asyncio.sleep(self._process.world.random.random())
        except asyncio.CancelledError:
            self._process.world.counts["interrupted"] += 1
            raise
        if self._process.world.happens(self._process.world.agent_faults):
            self._process.world.counts["agent away"] += 1
            raise AgentUnavailable("away", retry_after=1)
        await self._process.reach(f"{method} done")


class WorldJournal:
    """The journal as an ingress reaches it: for what is about sessions."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def create(
        self, session_id: str, tenant_id: str, user_id: str, title: str | None, key: str | None, at: dt.datetime
    ) -> SessionInfo:
        journal = self._world.journal
        made: SessionInfo = journal.write([journal.create(session_id, tenant_id, user_id, title, key, at)])[0].value()
        return made

    async def session(self, session_id: str) -> SessionInfo:
        return await self._read(self._world.journal.session(session_id))

    async def unfinished(self, since: dt.datetime, before: dt.datetime, limit: int) -> tuple[str, ...]:
        return await self._read(self._world.journal.unfinished(since, before, limit))

    async def _read(self, operation: Operation[T]) -> T:
        await self._world.pause()
        if self._world.journal_away:
            raise JournalUnavailable("away", retry_after=1)
        return self._world.journal.read(operation)


class WorldSessions(SessionAccess):
    """One ingress: finds processes by name as `actors.directory.RaySessions` finds actors, and starts them."""

    def __init__(self, world: World) -> None:
        super().__init__(WorldJournal(world), HeldAgents())  # type: ignore[arg-type]
        self._world = world
        self._handles: dict[str, Process] = {}
        self._died: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._orphans = Orphans(self.journal, lambda: AT + dt.timedelta(minutes=1))

    async def keep_house(self) -> None:
        """One look for what is left over."""
        live = list(self._world.names)

        async def wake(session_id: str) -> None:
            self._world.counts["orphan woken"] += 1
            await self._ask(session_id, "last_seq")

        with contextlib.suppress(WorkbenchError):
            await self._orphans.clear(live, self._dismiss, wake)

    def kill(self) -> None:
        """Who asked through it hears no more; what it knew is forgotten."""
        self._died.set_result(None)
        self._died = asyncio.get_running_loop().create_future()
        self._handles.clear()
        self._owners.clear()
        self._world.counts["ingress killed"] += 1

    async def through(self, request: Awaitable[T]) -> T:
        """The outcome of a request, as long as the ingress lives. Raises Unreachable."""
        work: asyncio.Future[Any] = asyncio.ensure_future(request)
        try:
            await asyncio.wait({work, self._died}, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                found: T = work.result()
                return found
            raise Unreachable()
        finally:
            if not work.done():
                work.cancel()
                await asyncio.gather(work, return_exceptions=True)

    async def _ask(self, session_id: str, method: str, *arguments: Any) -> Any:
        pause = 0.01
        for _ in range(_TRIES):
            process = await self._handle(session_id)
            try:
                return await process.call(method, *arguments)
            except (Fenced, Died):
                if self._handles.get(session_id) is process:
                    del self._handles[session_id]
            except Unreachable:
                self._world.counts["call or reply lost"] += 1
            await asyncio.sleep(pause)
            pause = min(pause * 2, 1.0)
        raise AgentUnavailable("The session does not answer", retry_after=2)

    async def _handle(self, session_id: str) -> Process:
        found = self._handles.get(session_id)
        if found is None:
            await self._world.pause()
            found = self._world.names.get(session_id)
            if found is None:
                found = self._world.names[session_id] = Process(self._world, session_id)
            self._handles[session_id] = found
        return found

    async def _dismiss(self, session_id: str) -> None:
        if process := self._world.names.get(session_id):
            process.kill()

    async def _live(self) -> dict[str, Resident]:
        return {}
