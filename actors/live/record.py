"""The record of a session in the hands of its one writer."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from actors.conversation import fold
from deployments.contracts.errors import SessionNotFound, WorkbenchError
from deployments.contracts.events import Event
from deployments.contracts.journal import Activation, Append, Fenced, Journal

_CONFIRM_SECONDS = 30.0


class Record:
    """What is written of a session, as `state`, and the right to write more, which is lost once another takes the
    session over or it is deleted."""

    def __init__(self, session_id: str, taken: Activation, journal: Journal) -> None:
        self.session_id = session_id
        self.epoch = taken.epoch
        self.sequence = taken.sequence
        self.state = fold(taken.record)
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
            )
            try:
                self.sequence = await self._journal.append(request)
            except (Fenced, SessionNotFound):
                self.lose()
                raise
            for event in new:
                self.state.apply(event)

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
