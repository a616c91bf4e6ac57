"""The record of a session in the hands of its one writer."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

from actors import state_snapshot
from actors.conversation import End, fold
from actors.kept import Kept
from deployments.contracts.errors import SessionNotFound, WorkbenchError
from deployments.contracts.events import Event
from deployments.contracts.journal import Activation, Append, Fenced, Journal, StateSnapshot

_LEAST_EVENTS = 120
"""A shorter record is read as fast as a snapshot of its state."""

_CONFIRM_SECONDS = 30.0


class Record:
    """What is written of a session, as `state`, and the right to write more, which is lost once another takes the
    session over or it is deleted."""

    def __init__(self, session_id: str, taken: Activation, journal: Journal) -> None:
        self.session_id = session_id
        self.epoch = taken.epoch
        self.sequence = taken.sequence
        self.state = fold(taken.record, state_snapshot.decode(taken.state.body) if taken.state else None)
        self._snapshot_at = taken.state.sequence if taken.state else 0
        self._unread = self.state.unread() if taken.state else []
        self._completing: asyncio.Task[None] | None = None
        self.lost = asyncio.Event()
        self._journal = journal
        self._writing = asyncio.Lock()
        self._told: list[Callable[[], None]] = []

    def check(self) -> None:
        """Raises Fenced where the session is another's."""
        if self.lost.is_set():
            raise Fenced()

    def when_lost(self, tell: Callable[[], None]) -> None:
        """Have it told when the session is lost."""
        self._told.append(tell)

    def lose(self) -> None:
        """Give the session up; nothing more may be written."""
        self.lost.set()
        for tell in self._told:
            tell()

    async def append(self, new: tuple[Event, ...], snapshots: dict[str, bytes] | None = None) -> None:
        """Write events, all or none, with the rows of the results they speak of, and take them in.
        Raises Fenced, SessionNotFound, JournalUnavailable: then it is not known whether they were written."""
        async with self._writing:
            request = Append(
                session_id=self.session_id,
                epoch=self.epoch,
                sequence=self.sequence,
                events=new,
                snapshots=snapshots or {},
                state=self._snapshot(),
            )
            try:
                self.sequence = await self._journal.append(request)
            except (Fenced, SessionNotFound):
                self.lose()
                raise
            if request.state is not None:
                self._snapshot_at = request.state.sequence
            for event in new:
                self.state.apply(event)

    def _snapshot(self) -> StateSnapshot | None:
        # Each is half as long again as the last one, so that all of them together cost a message the same at any length.
        if self.sequence - self._snapshot_at < max(_LEAST_EVENTS, self._snapshot_at // 2):
            return None
        return StateSnapshot(sequence=self.sequence, body=state_snapshot.encode(self.state))

    async def end(self, message_id: str) -> End | None:
        """How the turn of a message ended; None where it has not. Raises as `complete` does."""
        if message_id not in self.state.ends:
            return None
        await self.complete()
        return self.state.ends[message_id]

    async def complete(self) -> None:
        """Read what the state knows of the record without having it: whatever looks at more than the course of the
        conversation needs it first. Raises SessionNotFound, JournalUnavailable."""
        if self._unread:
            if self._completing is None or self._completing.done():
                self._completing = asyncio.create_task(self._read(self._unread))
            await asyncio.shield(self._completing)

    async def _read(self, unread: list[Kept[Any]]) -> None:
        record = await self._journal.record(self.session_id, self._snapshot_at)
        for kept in unread:
            kept.give(record[kept.sequence - 1])
        self._unread = []

    async def result(self, result_id: str) -> bytes:
        """The rows of a result as they were written. Raises ResultNotFound, ResultExpired, JournalUnavailable."""
        return await self._journal.result(self.session_id, result_id)

    async def confirm(self) -> None:
        """Ask now and then whether the session is still held and `state` all that is written of it; returns when it is
        lost. Only a write meets the fence, and a session that is just read from and followed writes nothing."""
        while not self.lost.is_set():
            await asyncio.sleep(_CONFIRM_SECONDS)
            with contextlib.suppress(WorkbenchError):
                if not await self._holds():
                    self.lose()

    async def _holds(self) -> bool:
        try:
            there = await self._journal.standing(self.session_id)
        except SessionNotFound:
            return False
        # What was written although the writer heard that the journal is away: whoever takes the session over next reads it
        # and sees it to its end. What is being written just now cannot be judged.
        unknown = there.sequence > self.sequence and not self._writing.locked()
        return there.epoch == self.epoch and not unknown
