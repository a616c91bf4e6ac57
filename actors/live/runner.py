"""Takes a session's turns one after the other and sees each to its end in the record, through breaks of the journal and
of the process that ran it before."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import time
import uuid
from collections.abc import Callable
from typing import Any

from actors.conversation import End
from actors.effects import Answered
from actors.live.beginning import Beginning
from actors.live.driver import Driver
from actors.live.ending import Ending, ending
from actors.live.frames import Frames
from actors.live.record import Record
from actors.live.tables import Tables
from actors.orchestrator import AnalyticsOrchestrator
from actors.turns.turn import MOST_FRAMES
from deployments import logs
from deployments.contracts.errors import JournalUnavailable, WorkbenchError
from deployments.contracts.events import Event, MessageReceived, TurnAnswered, TurnCancelled, TurnFailed
from deployments.contracts.identity import Principal
from deployments.contracts.sessions import Command

_AGAIN_SECONDS = 1.0

_log = logging.getLogger(__name__)


class TurnRunner:
    """Runs turns under the `turn` lock. That one began is written after `patience` seconds at the latest (see
    `Beginning`)."""

    def __init__(
        self,
        record: Record,
        driver: Driver,
        frames: Frames,
        tables: Tables,
        turn: asyncio.Lock,
        *,
        now: Callable[[], dt.datetime],
        today: Callable[[], dt.date],
        patience: float,
    ) -> None:
        self.resuming: asyncio.Task[None] | None = None
        self._record = record
        self._driver = driver
        self._frames = frames
        self._tables = tables
        self._turn = turn
        self._now = now
        self._today = today
        self._patience = patience
        self._settled = asyncio.Event()
        self._in_hand: MessageReceived | None = None
        self._given_up: MessageReceived | None = None
        self._unwritten: tuple[tuple[Event, ...], Ending] | None = None

    async def take(self, principal: Principal, command: Command) -> End:
        """Run the turn of a message, once all before it have ended; what it ended with, if it has.
        Raises JournalUnavailable, Fenced, SessionNotFound."""
        async with self._turn:
            await self._finish()
            await self._record.complete()
            if (end := await self._record.end(command.message_id)) is not None:
                return end
            received = MessageReceived(
                turn_id=f"turn-{uuid.uuid4().hex[:20]}",
                message_id=command.message_id,
                principal=principal.model_copy(update={"expires_at": None}),
                command=command,
                as_of=self._today(),
                at=self._now(),
            )
            beginning = Beginning(received, self._record.append, self._frames.followed, self._patience)
            try:
                return await self._run(received, beginning)
            finally:
                await beginning.end()

    async def cancel(self) -> bool:
        """Stop the turn that runs; True once that is in the record, False where none can be stopped any more.
        Raises JournalUnavailable where it cannot be recorded now; it will be."""
        running, settled = self._in_hand, self._settled
        if running is None or not self._driver.at_work:
            return False
        self._driver.stop()
        await settled.wait()
        self._record.check()
        if running is self._record.state.running or running is self._given_up:
            raise JournalUnavailable("The turn is stopped, and that cannot be recorded now", retry_after=5)
        return isinstance(self._record.state.ends.get(running.message_id), TurnCancelled)

    def resume(self, pause: float = 0) -> None:
        """See the turn that began and has not ended to its end, after `pause` seconds."""
        if self.resuming is None or self.resuming.done():
            self.resuming = asyncio.create_task(self._resume(pause))

    async def _resume(self, pause: float) -> None:
        while self._record.state.running is not None and not self._record.lost.is_set():
            await asyncio.sleep(pause)
            try:
                async with self._turn:
                    await self._finish()
            except WorkbenchError as error:
                _log.warning("the interrupted turn of %s waits: %s", self._record.session_id, error.code)
            pause = _AGAIN_SECONDS

    async def _finish(self) -> None:
        """End the turn that began and has not ended: write what came of it, or run it again."""
        received = self._record.state.running
        if received is None:
            return
        if self._unwritten is None:
            await self._record.complete()
            await self._run(received)
        else:
            await self._write_end(*self._unwritten)

    async def _run(self, received: MessageReceived, beginning: Beginning | None = None) -> End:
        """Run a turn to its end in the record; without a beginning, one that began before."""
        settled = self._settled = asyncio.Event()
        self._in_hand = received
        with logs.within((self._record.session_id, received.turn_id)):
            _say(
                "turn began",
                kind=received.command.kind,
                again=beginning is None,
                asked=getattr(received.command, "content", None),
            )
            try:
                end = await self._run_to_its_end(received, beginning)
            except (Exception, asyncio.CancelledError) as error:
                _say("turn broke off", why=type(error).__name__)
                raise
            finally:
                settled.set()
            _say("turn ended", **_outcome(end))
            return end

    async def _run_to_its_end(self, received: MessageReceived, beginning: Beginning | None) -> End:
        started = time.perf_counter()
        shown = self._frames.begin(received.turn_id)
        orchestrator = AnalyticsOrchestrator(received, self._record.state)
        driven = await self._driver.drive(orchestrator, received, beginning)
        frames = shown.copy()
        for emit in driven.unseen:
            frames.add(emit.type, emit.body)
        while beginning is None and len(frames) < MOST_FRAMES:
            # A run that broke off may have shown this many; what is final has to come after all of them.
            frames.add("status", {"state": "resumed"})
        elapsed_ms = round((time.perf_counter() - started) * 1000)
        match driven.outcome:
            case Answered(answer=answer, result=table) if answer.result_id is not None and table is not None:
                self._tables.keep(answer.result_id, table)
        made = await ending(received, driven.outcome, frames, elapsed_ms, self._now(), self._record.state)
        await self._write_end(driven.begun, made)
        return made.end

    async def _write_end(self, begun: tuple[Event, ...], made: Ending) -> None:
        self._unwritten = begun, made
        try:
            await self._record.append((*begun, *made.changes, made.end), made.snapshots)
        except JournalUnavailable:
            if self._record.state.running is None:
                # Nothing of the turn is in the record and no one saw any of it, so it may be run anew.
                self._unwritten, self._given_up = None, self._in_hand
            else:
                # What came of the turn stays as it is: no second run may tell followers something else.
                self.resume(_AGAIN_SECONDS)
            raise
        self._unwritten = None
        self._frames.settle()


def _say(what: str, asked: str | None = None, **fields: Any) -> None:
    if asked is not None and logs.texts_allowed():
        fields["asked"] = asked
    _log.info(what, extra={"fields": fields})


def _outcome(end: End) -> dict[str, Any]:
    match end:
        case TurnAnswered(answer=answer):
            return {
                "outcome": "answered" if answer.success else "asked_back",
                "intent": answer.intent.value,
                "rows": answer.row_count,
                "ms": answer.execution_time_ms,
            }
        case TurnFailed(code=code):
            return {"outcome": code}
        case TurnCancelled():
            return {"outcome": "cancelled"}
