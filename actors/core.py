"""A live session without its shell: turns one at a time in order of arrival, committed before they are answered.

The journal is the truth and this a cache of it. Its parts are in `live`: the record and the right to write it, the
queue of turns, who runs them and who performs what they ask, and what followers see. The Ray actor (`session.py`) and
the in-process registry (`local.py`) are thin shells around it.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Callable
from typing import Literal

from actors.live.driver import Driver
from actors.live.ending import recorded_error
from actors.live.frames import Frames
from actors.live.queue import TurnQueue, end_of
from actors.live.record import Record
from actors.live.runner import TurnRunner
from actors.live.tables import Tables
from deployments.contracts.agents import Agents
from deployments.contracts.answers import Answer
from deployments.contracts.errors import MessageNotFound, ResultNotFound, SessionFull, SessionNotFound
from deployments.contracts.events import FeedbackGiven, SessionRenamed, TurnAnswered
from deployments.contracts.identity import Principal
from deployments.contracts.journal import Activation, Journal
from deployments.contracts.sessions import Command, Exchange, Frame, History, SessionInfo, StoredResult

MOST_MESSAGES = 10_000
"""How many messages a session may hold, its answers counted; one more raises SessionFull."""

MOST_EVENTS = 60_000
"""How many events a session's record may hold before it takes no names and judgements any more."""


def utc_now() -> dt.datetime:
    """The moment, with its zone."""
    return dt.datetime.now(dt.UTC)


class SessionCore:
    """One session, held by one writer, as it was taken over; a turn that was interrupted is run again. Needs a running
    event loop. That a turn began is written after `patience` seconds at the latest (see `live.beginning`).
    Raises ValueError for a record that cannot be."""

    def __init__(
        self,
        session_id: str,
        taken: Activation,
        journal: Journal,
        agents: Agents,
        *,
        now: Callable[[], dt.datetime] = utc_now,
        today: Callable[[], dt.date] = dt.date.today,
        patience: float = 0.0,
    ) -> None:
        self.session_id = session_id
        self.last_used = time.monotonic()
        self._now = now
        self._record = Record(session_id, taken, journal)
        self._state = self._record.state
        self._tables = Tables(self._record)
        self._frames = Frames(self._record, self._tables)
        self._queue = TurnQueue()
        driver = Driver(session_id, agents, self._tables, self._frames)
        self._runner = TurnRunner(
            self._record,
            driver,
            self._frames,
            self._tables,
            self._queue.turn,
            now=now,
            today=today,
            patience=patience,
        )
        self._confirming = asyncio.create_task(self._record.confirm())
        if self._state.running is not None:
            self._runner.resume()

    @classmethod
    async def activate(
        cls,
        session_id: str,
        journal: Journal,
        agents: Agents,
        *,
        now: Callable[[], dt.datetime] = utc_now,
        today: Callable[[], dt.date] = dt.date.today,
        patience: float = 0.0,
    ) -> SessionCore:
        """Take the session over and restore it from its record. Raises SessionNotFound, JournalUnavailable."""
        taken = await journal.activate(session_id)
        return cls(session_id, taken, journal, agents, now=now, today=today, patience=patience)

    @property
    def epoch(self) -> int:
        """Under which it was taken over."""
        return self._record.epoch

    @property
    def lost(self) -> asyncio.Event:
        """Set once the session is another's, deleted or closed."""
        return self._record.lost

    # --- what changes it

    async def perform(self, principal: Principal, command: Command) -> Answer:
        """Run one turn and give its committed answer. The same message id gives the same answer and runs nothing.

        An error that ended a recorded turn has its `turn_id` in `extra`, and followers saw it as an error frame; any
        other error left no trace. A caller that goes away does not stop the turn."""
        self.last_used = time.monotonic()
        self._record.check()
        end = await self._record.end(command.message_id)
        if end is None:
            turn = self._queue.find(command.message_id)
            if turn is None:
                self._queue.check()
                if len(self._state.history) >= MOST_MESSAGES:
                    raise SessionFull(f"A conversation holds {MOST_MESSAGES:,} messages; go on in a new one.")
                turn = self._queue.enter(command.message_id, lambda: self._runner.take(principal, command))
            end = await end_of(turn)
        if isinstance(end, TurnAnswered):
            return await self._tables.complete(end.answer)
        raise recorded_error(end)

    async def cancel(self) -> bool:
        """Stop the turn that runs; True once that is in the record, False where none can be stopped any more.
        Raises JournalUnavailable where it cannot be recorded now; it will be."""
        return await self._runner.cancel()

    async def rename(self, title: str | None) -> SessionInfo:
        """Change the title."""
        self._leave_room()
        await self._record.append((SessionRenamed(title=title, at=self._now()),))
        return self.info

    async def judge(self, message_id: str, rating: Literal["up", "down"], comment: str | None) -> None:
        """Record what someone thinks of the answer to a message. Raises MessageNotFound."""
        end = await self._record.end(message_id)
        if end is None:
            raise MessageNotFound()
        self._leave_room()
        await self._record.append((FeedbackGiven(turn_id=end.turn_id, rating=rating, comment=comment, at=self._now()),))

    async def close(self) -> None:
        """Stop what runs without recording anything; the next activation runs it again. Who follows or asks after
        this gets Fenced, which tells them to find the session anew."""
        self._record.lose()
        tasks = [*self._queue.tasks, self._confirming]
        if self._runner.resuming is not None:
            tasks.append(self._runner.resuming)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # --- reads; they wait for no turn

    @property
    def info(self) -> SessionInfo:
        """The session without its content."""
        if self._state.info is None:
            raise SessionNotFound()
        return self._state.info

    @property
    def busy(self) -> bool:
        """Whether a turn runs or waits, or someone follows: such a session may not be passivated."""
        return len(self._queue) > 0 or self._frames.followed.is_set() or self._state.running is not None

    @property
    def working(self) -> bool:
        """Whether a turn runs, waits, or has not been written to its end."""
        return len(self._queue) > 0 or self._queue.turn.locked() or self._state.running is not None

    @property
    def last_seq(self) -> int:
        """The sequence number of the newest frame; 0 before the first."""
        return self._frames.last_seq

    def history(self, limit: int, offset: int) -> History:
        """A page of the conversation, oldest first."""
        messages = self._state.history
        return History(
            session_id=self.session_id,
            messages=tuple(messages[offset : offset + limit]),
            total_count=len(messages),
        )

    async def exchanges(self) -> tuple[Exchange, ...]:
        """The conversation as it can be asked again, oldest first."""
        await self._record.complete()
        return self._state.exchanges()

    async def result(self, result_id: str) -> StoredResult:
        """A stored result with the chart it is shown as. Raises ResultNotFound, ResultExpired."""
        known = self._state.results.get(result_id)
        if known is None:
            raise ResultNotFound()
        await self._record.complete()
        return StoredResult(
            result_id=result_id,
            turn_id=known.turn_id,
            created_at=known.created_at,
            result=await self._tables.of(result_id),
            visualization=known.visualization,
        )

    async def frames(self, after_seq: int, wait: float) -> tuple[Frame, ...]:
        """Frames after `after_seq` in order, at most some hundreds; waits up to `wait` seconds for the first one and
        then gives none."""
        return await self._frames.after(after_seq, wait)

    def _leave_room(self) -> None:
        if self._record.sequence >= MOST_EVENTS:
            raise SessionFull("This conversation was renamed and judged too often; go on in a new one.")
