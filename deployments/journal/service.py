"""The journal without blocking: one thread writes for all who wait, others read."""

from __future__ import annotations

import asyncio
import datetime as dt
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from deployments.contracts.errors import JournalUnavailable
from deployments.contracts.journal import Activation, Append, Standing
from deployments.contracts.sessions import SessionInfo, SessionPage
from deployments.journal.attempt import Operation
from deployments.journal.store import Journal

T = TypeVar("T")

_MOST_IN_ONE_COMMIT = 64


class GroupWriter:
    """One thread that runs writing operations, as many in one transaction as wait for it."""

    def __init__(self, journal: Journal, on_commit: Callable[[float], None]) -> None:
        self._journal = journal
        self._on_commit = on_commit
        self._waiting: queue.SimpleQueue[tuple[Operation[Any], Future[Any]] | None] = queue.SimpleQueue()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="journal-writer", daemon=True)
        self._thread.start()

    def submit(self, operation: Operation[T]) -> Future[T]:
        """Run the operation with others; the future is done once it is committed."""
        if self._closed:
            raise JournalUnavailable("The journal is closed", retry_after=5)
        done: Future[T] = Future()
        self._waiting.put((operation, done))
        return done

    def close(self) -> None:
        """Write what waits, then stop."""
        self._closed = True
        self._waiting.put(None)
        self._thread.join()

    def _work(self) -> None:
        closing = False
        while not closing:
            batch = []
            item = self._waiting.get()
            while item is not None:
                batch.append(item)
                if len(batch) == _MOST_IN_ONE_COMMIT:
                    break
                try:
                    item = self._waiting.get_nowait()
                except queue.Empty:
                    break
            closing = item is None
            # From here on a caller that goes away no longer takes its operation with it.
            self._write([(operation, done) for operation, done in batch if done.set_running_or_notify_cancel()])

    def _write(self, batch: list[tuple[Operation[Any], Future[Any]]]) -> None:
        if not batch:
            return
        began = time.perf_counter()
        try:
            outcomes = self._journal.write([operation for operation, _ in batch])
        except Exception as error:  # the thread must live, and those who wait must hear of it
            for _, done in batch:
                done.set_exception(error)
            return
        self._on_commit(time.perf_counter() - began)
        for (_, done), outcome in zip(batch, outcomes, strict=True):
            if outcome.error is None:
                done.set_result(outcome.value())
            else:
                done.set_exception(outcome.error)


class JournalService:
    """`contracts.journal.Journal` over a `store.Journal` in this process. `on_commit` is told, in another thread, how
    many seconds each transaction took."""

    def __init__(
        self, journal: Journal, readers: int = 4, on_commit: Callable[[float], None] = lambda _seconds: None
    ) -> None:
        self._journal = journal
        self._writer = GroupWriter(journal, on_commit)
        self._readers = ThreadPoolExecutor(readers, thread_name_prefix="journal-reader")

    def close(self) -> None:
        """Write what waits, then close the database."""
        self._writer.close()
        self._readers.shutdown()
        self._journal.close()

    async def create(
        self, session_id: str, tenant_id: str, user_id: str, title: str | None, key: str | None, at: dt.datetime
    ) -> SessionInfo:
        """Record a new session, or give back the one that the key made."""
        return await self._write(self._journal.create(session_id, tenant_id, user_id, title, key, at))

    async def branch(
        self, session_id: str, message_id: str, branch_id: str, title: str | None, at: dt.datetime
    ) -> SessionInfo:
        """Record a new session that continues another one."""
        return await self._write(self._journal.branch(session_id, message_id, branch_id, title, at))

    async def session(self, session_id: str) -> SessionInfo:
        """One session."""
        return await self._read(self._journal.session(session_id))

    async def sessions(
        self, tenant_id: str, user_id: str, limit: int, cursor: str | None, search: str | None
    ) -> SessionPage:
        """One owner's sessions, newest first."""
        return await self._read(self._journal.sessions(tenant_id, user_id, limit, cursor, search))

    async def standings(self, tenant_id: str, limit: int) -> tuple[Standing, ...]:
        """The tenant's most recently used sessions."""
        return await self._read(self._journal.standings(tenant_id, limit))

    async def unused(self, since: dt.datetime, limit: int) -> tuple[SessionInfo, ...]:
        """Sessions that nothing was added to since then."""
        return await self._read(self._journal.unused(since, limit))

    async def unfinished(self, since: dt.datetime, before: dt.datetime, limit: int) -> tuple[str, ...]:
        """Sessions with a turn that has not ended."""
        return await self._read(self._journal.unfinished(since, before, limit))

    async def count(self) -> int:
        """How many sessions there are."""
        return await self._read(self._journal.count())

    async def activate(self, session_id: str) -> Activation:
        """Take a session over."""
        return await self._write(self._journal.activate(session_id))

    async def record(self, session_id: str, last: int) -> tuple[str, ...]:
        """The record up to an event."""
        return await self._read(self._journal.record(session_id, last))

    async def standing(self, session_id: str) -> Standing:
        """The session with its epoch and how far its record goes."""
        return await self._read(self._journal.standing(session_id))

    async def append(self, request: Append) -> int:
        """Append durably."""
        return await self._write(self._journal.append(request))

    async def result(self, session_id: str, result_id: str) -> bytes:
        """A stored snapshot."""
        return await self._read(self._journal.result(session_id, result_id))

    async def delete(self, session_id: str) -> None:
        """Remove a session."""
        await self._write(self._journal.delete(session_id))

    async def ping(self) -> None:
        """Whether the journal can be written."""
        await self._write(self._journal.ping())

    async def _write(self, operation: Operation[T]) -> T:
        return await asyncio.wrap_future(self._writer.submit(operation))

    async def _read(self, operation: Operation[T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._journal.read, operation)
