"""A live session without its shell: turns one at a time in order of arrival, committed before they are answered.

The journal is the truth and this a cache of it. Whatever is shown to followers before a turn is committed is
provisional; it has the sequence numbers that the turn will have, also when it is run again after a break. The Ray
actor (`session.py`) and the in-process registry (`local.py`) are thin shells around it.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import textwrap
import time
import uuid
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any, Literal

from actors.beginning import Beginning
from actors.conversation import ConversationState, End, fold
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
from actors.orchestrator import AnalyticsOrchestrator
from actors.turns.answers import final_frame, inline
from actors.turns.turn import MOST_FRAMES
from deployments import logs
from deployments.contracts import errors, events, snapshots
from deployments.contracts.agents import Agents
from deployments.contracts.answers import Answer, ResultTable
from deployments.contracts.errors import (
    Internal,
    JournalUnavailable,
    MessageNotFound,
    ResultNotFound,
    SessionFull,
    SessionNotFound,
    TurnInProgress,
    WorkbenchError,
)
from deployments.contracts.events import (
    Event,
    FeedbackGiven,
    MessageReceived,
    ResultProduced,
    SessionRenamed,
    TurnAnswered,
)
from deployments.contracts.identity import Principal
from deployments.contracts.journal import Activation, Append, Fenced, Journal
from deployments.contracts.sessions import Command, Exchange, Frame, History, SendMessage, SessionInfo, StoredResult

MOST_WAITING = 16
"""How many turns of one session may wait or run; one more raises TurnInProgress."""

MOST_MESSAGES = 10_000
"""How many messages a session may hold, its answers counted; one more raises SessionFull."""

MOST_EVENTS = 60_000
"""How many events a session's record may hold before it takes no names and judgements any more."""

TITLE_CHARACTERS = 80
_TABLES_KEPT = 4
_FRAMES_AT_ONCE = 200
_ANSWERS_AT_ONCE = 20
_RETRYABLE = {500, 503, 504}
_AGAIN_SECONDS = 1.0
_CONFIRM_SECONDS = 30.0

_log = logging.getLogger(__name__)


def utc_now() -> dt.datetime:
    """The moment, with its zone."""
    return dt.datetime.now(dt.UTC)


class SessionCore:
    """One session, held by one writer. Make it with `activate`."""

    def __init__(
        self,
        journal: Journal,
        agents: Agents,
        session_id: str,
        epoch: int,
        sequence: int,
        state: ConversationState,
        *,
        now: Callable[[], dt.datetime],
        today: Callable[[], dt.date],
        patience: float,
    ) -> None:
        self.session_id = session_id
        self.epoch = epoch
        self.lost = asyncio.Event()
        self.last_used = time.monotonic()
        self._journal = journal
        self._agents = agents
        self._sequence = sequence
        self._state = state
        self._now = now
        self._today = today
        self._writing = asyncio.Lock()
        self._in_turn = asyncio.Lock()
        self._turns: dict[str, asyncio.Task[End]] = {}
        self._resuming: asyncio.Task[None] | None = None
        self._confirming: asyncio.Task[None] | None = None
        self._provisional: list[Frame] = []
        self._news = asyncio.Event()
        self._followers = 0
        self._followed = asyncio.Event()
        self._patience = patience
        self._tables: OrderedDict[str, ResultTable] = OrderedDict()
        self._call: asyncio.Future[Any] | None = None
        self._cancelling = False
        self._settled = asyncio.Event()
        self._in_hand: MessageReceived | None = None
        self._unwritten: tuple[tuple[Event, ...], dict[str, bytes]] | None = None
        self._given_up: MessageReceived | None = None

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
        """Take the session over and restore it from its record; a turn that was interrupted is run again.
        Raises SessionNotFound, JournalUnavailable."""
        taken = await journal.activate(session_id)
        return cls.of(session_id, taken, journal, agents, now=now, today=today, patience=patience)

    @classmethod
    def of(
        cls,
        session_id: str,
        taken: Activation,
        journal: Journal,
        agents: Agents,
        *,
        now: Callable[[], dt.datetime] = utc_now,
        today: Callable[[], dt.date] = dt.date.today,
        patience: float = 0.0,
    ) -> SessionCore:
        """The session as it was taken over; a turn that was interrupted is run again. Needs a running event loop.
        That a turn began is written after `patience` seconds at the latest (see `Beginning`).
        Raises ValueError for a record that cannot be."""
        state = fold(taken.record)
        core = cls(
            journal, agents, session_id, taken.epoch, taken.sequence, state, now=now, today=today, patience=patience
        )
        core._confirming = asyncio.create_task(core._confirm())
        if core._state.running is not None:
            core._resuming = asyncio.create_task(core._resume())
        return core

    # --- turns

    async def perform(self, principal: Principal, command: Command) -> Answer:
        """Run one turn and give its committed answer. The same message id gives the same answer and runs nothing.

        An error that ended a recorded turn has its `turn_id` in `extra`, and followers saw it as an error frame; any
        other error left no trace. A caller that goes away does not stop the turn."""
        self.last_used = time.monotonic()
        self._standing()
        end = self._state.ends.get(command.message_id)
        if end is None:
            turn = self._turns.get(command.message_id)
            if turn is None:
                turn = self._begin(principal, command)
            end = await self._end_of(turn)
        if isinstance(end, TurnAnswered):
            return await self._complete(end.answer)
        raise _recorded_error(end)

    async def cancel(self) -> bool:
        """Stop the turn that runs; True once that is in the record, False where none can be stopped any more.
        Raises JournalUnavailable where it cannot be recorded now; it will be."""
        running, settled = self._in_hand, self._settled
        if running is None or self._call is None:
            return False
        if not self._cancelling:
            self._cancelling = True
            self._call.cancel()
        await settled.wait()
        self._standing()
        if running is self._state.running or running is self._given_up:
            raise JournalUnavailable("The turn is stopped, and that cannot be recorded now", retry_after=5)
        return isinstance(self._state.ends.get(running.message_id), events.TurnCancelled)

    async def rename(self, title: str | None) -> SessionInfo:
        """Change the title."""
        self._leave_room()
        await self._append((SessionRenamed(title=title, at=self._now()),))
        return self.info

    async def judge(self, message_id: str, rating: Literal["up", "down"], comment: str | None) -> None:
        """Record what someone thinks of the answer to a message. Raises MessageNotFound."""
        end = self._state.ends.get(message_id)
        if end is None:
            raise MessageNotFound()
        self._leave_room()
        await self._append((FeedbackGiven(turn_id=end.turn_id, rating=rating, comment=comment, at=self._now()),))

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
        return bool(self._turns) or self._followers > 0 or self._state.running is not None

    @property
    def working(self) -> bool:
        """Whether a turn runs, waits, or has not been written to its end."""
        return bool(self._turns) or self._in_turn.locked() or self._state.running is not None

    @property
    def last_seq(self) -> int:
        """The sequence number of the newest frame; 0 before the first."""
        return len(self._state.frames) + len(self._provisional)

    def history(self, limit: int, offset: int) -> History:
        """A page of the conversation, oldest first."""
        messages = self._state.history
        return History(
            session_id=self.session_id,
            messages=tuple(messages[offset : offset + limit]),
            total_count=len(messages),
        )

    def exchanges(self) -> tuple[Exchange, ...]:
        """The conversation as it can be asked again, oldest first."""
        return self._state.exchanges()

    async def result(self, result_id: str) -> StoredResult:
        """A stored result with the chart it is shown as. Raises ResultNotFound, ResultExpired."""
        known = self._state.results.get(result_id)
        if known is None:
            raise ResultNotFound()
        return StoredResult(
            result_id=result_id,
            turn_id=known.turn_id,
            created_at=known.created_at,
            result=await self._table(result_id),
            visualization=known.visualization,
        )

    async def frames(self, after_seq: int, wait: float) -> tuple[Frame, ...]:
        """Frames after `after_seq` in order, at most some hundreds; waits up to `wait` seconds for the first one and
        then gives none."""
        self._followers += 1
        self._followed.set()
        try:
            deadline = asyncio.get_running_loop().time() + wait
            while (
                self._standing()
                and after_seq >= self.last_seq
                and (left := deadline - asyncio.get_running_loop().time()) > 0
            ):
                news = self._news
                try:
                    async with asyncio.timeout(left):
                        await news.wait()
                except TimeoutError:
                    break
            return await self._frames_after(after_seq)
        finally:
            self._followers -= 1
            if not self._followers:
                self._followed.clear()

    async def close(self) -> None:
        """Stop what runs without recording anything; the next activation runs it again. Who follows or asks after
        this gets Fenced, which tells them to find the session anew."""
        self.lost.set()
        self._tell()
        tasks = [task for task in (*self._turns.values(), self._resuming, self._confirming) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _leave_room(self) -> None:
        if self._sequence >= MOST_EVENTS:
            raise SessionFull("This conversation was renamed and judged too often; go on in a new one.")

    # --- one turn

    def _standing(self) -> bool:
        if self.lost.is_set():
            raise Fenced()
        return True

    async def _end_of(self, turn: asyncio.Task[End]) -> End:
        try:
            return await asyncio.shield(turn)
        except asyncio.CancelledError:
            # Either the caller went away, or the session was closed under the turn and lives on elsewhere.
            if turn.cancelled():
                raise Fenced() from None
            raise

    def _begin(self, principal: Principal, command: Command) -> asyncio.Task[End]:
        if len(self._turns) >= MOST_WAITING:
            raise TurnInProgress(f"{MOST_WAITING} turns already wait in this session", retry_after=1)
        if len(self._state.history) >= MOST_MESSAGES:
            raise SessionFull(f"A conversation holds {MOST_MESSAGES:,} messages; go on in a new one.")
        turn = self._turns[command.message_id] = asyncio.create_task(self._take(principal, command))

        def forget(done: asyncio.Task[End]) -> None:
            self._turns.pop(command.message_id, None)
            if not done.cancelled():
                done.exception()  # whoever waited has it; nobody may have

        turn.add_done_callback(forget)
        return turn

    async def _take(self, principal: Principal, command: Command) -> End:
        async with self._in_turn:
            await self._finish()
            if (end := self._state.ends.get(command.message_id)) is not None:
                return end
            received = MessageReceived(
                turn_id=f"turn-{uuid.uuid4().hex[:20]}",
                message_id=command.message_id,
                principal=principal.model_copy(update={"expires_at": None}),
                command=command,
                as_of=self._today(),
                at=self._now(),
            )
            beginning = Beginning(received, self._append, self._followed, self._patience)
            try:
                return await self._run(received, beginning)
            finally:
                await beginning.end()

    async def _resume(self, pause: float = 0) -> None:
        while self._state.running is not None and not self.lost.is_set():
            await asyncio.sleep(pause)
            try:
                async with self._in_turn:
                    await self._finish()
            except WorkbenchError as error:
                _log.warning("the interrupted turn of %s waits: %s", self.session_id, error.code)
            pause = _AGAIN_SECONDS

    async def _finish(self) -> None:
        """End the turn that began and has not ended: write what came of it, or run it again."""
        received = self._state.running
        if received is None:
            return
        if self._unwritten is None:
            await self._run(received, again=True)
        else:
            await self._record_end()

    async def _record_end(self) -> None:
        assert self._unwritten is not None
        try:
            await self._append(*self._unwritten)
        except JournalUnavailable:
            if self._state.running is None:
                # Nothing of the turn is in the record and no one saw any of it, so it may be run anew.
                self._unwritten, self._given_up = None, self._in_hand
                raise
            # What came of the turn stays as it is: no second run may tell followers something else.
            if self._resuming is None or self._resuming.done():
                self._resuming = asyncio.create_task(self._resume(_AGAIN_SECONDS))
            raise
        self._unwritten = None
        self._tell()

    async def _run(self, received: MessageReceived, beginning: Beginning | None = None, *, again: bool = False) -> End:
        settled = self._settled = asyncio.Event()
        self._in_hand = received
        with logs.within((self.session_id, received.turn_id)):
            _say(
                "turn began", kind=received.command.kind, again=again, asked=getattr(received.command, "content", None)
            )
            try:
                end = await self._run_to_its_end(received, beginning, again)
            except (Exception, asyncio.CancelledError) as error:
                _say("turn broke off", why=type(error).__name__)
                raise
            finally:
                settled.set()
            _say("turn ended", **_outcome(end))
            return end

    async def _run_to_its_end(self, received: MessageReceived, beginning: Beginning | None, again: bool) -> End:
        started = time.perf_counter()
        self._provisional = []
        orchestrator = AnalyticsOrchestrator(received, self._state)
        unseen: list[Emit] = []
        try:
            outcome = await self._drive(orchestrator, received, beginning, unseen)
            begun = await beginning.settle() if beginning else ()
        finally:
            self._call = None
            self._cancelling = False
        stored: dict[str, bytes] = {}
        changes: tuple[Event, ...] = ()
        frames = list(self._provisional)
        for emit in unseen:
            self._add(frames, received, emit.type, emit.body)
        while again and len(frames) < MOST_FRAMES:
            # A run that broke off may have shown this many; what is final has to come after all of them.
            self._add(frames, received, "status", {"state": "resumed"})
        elapsed_ms = round((time.perf_counter() - started) * 1000)
        end: End
        match outcome:
            case Answered(answer=answer, events=changed, result=table):
                answer = answer.model_copy(update={"execution_time_ms": elapsed_ms})
                if answer.result_id is not None and table is not None:
                    self._keep(answer.result_id, table)
                    if any(isinstance(event, ResultProduced) for event in changed):
                        stored[answer.result_id] = await asyncio.to_thread(snapshots.encode, table)
                    answer = answer.model_copy(update={"data": None})
                changes = (*changed, *self._title(received, answer))
                # The body follows from the answer, so the record holds it once.
                self._add(frames, received, final_frame(answer)[0], {})
                self._add(frames, received, "stream_end", {})
                end = TurnAnswered(turn_id=received.turn_id, answer=answer, frames=tuple(frames), at=self._now())
            case Failed(error=error):
                self._add(frames, received, "error", _error_body(error))
                self._add(frames, received, "stream_end", {})
                end = _failure(received, error, tuple(frames), self._now())
            case Cancelled():
                self._add(frames, received, "cancelled", {})
                self._add(frames, received, "stream_end", {})
                end = events.TurnCancelled(turn_id=received.turn_id, frames=tuple(frames), at=self._now())
        self._unwritten = (*begun, *changes, end), stored
        await self._record_end()
        return end

    def _title(self, received: MessageReceived, answer: Answer) -> tuple[SessionRenamed, ...]:
        """The session's name, where it has none: the first question that had rows for an answer."""
        named = self.info.title is not None or bool(self._state.results)
        if named or answer.result_id is None or not isinstance(received.command, SendMessage):
            return ()
        words = " ".join(received.command.content.split()).rstrip("?.! ")
        return (SessionRenamed(title=textwrap.shorten(words, TITLE_CHARACTERS, placeholder="…"), at=self._now()),)

    async def _drive(
        self,
        orchestrator: AnalyticsOrchestrator,
        received: MessageReceived,
        beginning: Beginning | None,
        unseen: list[Emit],
    ) -> Outcome:
        """Perform the turn's effects. What was emitted before the turn's beginning was in the record is left in
        `unseen`: followers may only see frames of a turn that will be run again if this process dies."""
        todo: Effect | Outcome = orchestrator.step()
        while not isinstance(todo, Answered | Failed | Cancelled):
            if self._cancelling:
                return orchestrator.cancel()
            if isinstance(todo, Emit):
                unseen.append(todo)
                if beginning is None:
                    self._show(unseen, received)
                todo = orchestrator.step()
                continue
            self._call = asyncio.ensure_future(self._effect(todo, received))
            if beginning is not None and await self._written_first(beginning):
                beginning = None
                self._show(unseen, received)
            try:
                reply = await self._call
            except asyncio.CancelledError:
                if not self._cancelling:
                    raise
                return orchestrator.cancel()
            except WorkbenchError as error:
                todo = orchestrator.fail(error)
            except Exception:
                _log.exception("an effect of a turn failed in %s", self.session_id)
                todo = orchestrator.fail(Internal())
            else:
                todo = orchestrator.step(reply)
        return Cancelled() if self._cancelling else todo

    async def _written_first(self, beginning: Beginning) -> bool:
        """Wait until the turn's beginning is written, or the work at hand is done and no one has begun to write; whether
        it is written."""
        assert self._call is not None
        try:
            if not beginning.under_way:
                await asyncio.wait({beginning.written, self._call}, return_when=asyncio.FIRST_COMPLETED)
            if not beginning.under_way:
                return False
            await asyncio.shield(beginning.written)
        except BaseException:
            # What is not in the record has not happened, so its work is for nothing.
            self._call.cancel()
            await asyncio.gather(self._call, return_exceptions=True)
            raise
        return True

    def _show(self, held: list[Emit], received: MessageReceived) -> None:
        for emit in held:
            self._add(self._provisional, received, emit.type, emit.body)
        if held:
            self._tell()
        held.clear()

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
                return self._table(result_id)
        raise AssertionError(effect)

    # --- the record

    async def _confirm(self) -> None:
        # Only a write meets the fence: one who is just read from and followed has to ask whether he still holds it.
        while not self.lost.is_set():
            await asyncio.sleep(_CONFIRM_SECONDS)
            try:
                moved = await self._journal.epoch(self.session_id) != self.epoch
            except SessionNotFound:
                moved = True
            except WorkbenchError:
                continue
            if moved:
                self.lost.set()
                self._tell()

    async def _append(self, new: tuple[Event, ...], stored: dict[str, bytes] | None = None) -> None:
        async with self._writing:
            request = Append(
                session_id=self.session_id,
                epoch=self.epoch,
                sequence=self._sequence,
                events=new,
                snapshots=stored or {},
            )
            try:
                self._sequence = await self._journal.append(request)
            except (Fenced, SessionNotFound):
                self.lost.set()
                self._tell()
                raise
            for event in new:
                self._state.apply(event)
            if self._state.running is None:
                self._provisional = []

    async def _table(self, result_id: str) -> ResultTable:
        table = self._tables.get(result_id)
        if table is None:
            data = await self._journal.result(self.session_id, result_id)
            table = await asyncio.to_thread(snapshots.decode, data)
        self._keep(result_id, table)
        return table

    def _keep(self, result_id: str, table: ResultTable) -> None:
        self._tables[result_id] = table
        self._tables.move_to_end(result_id)
        while len(self._tables) > _TABLES_KEPT:
            self._tables.popitem(last=False)

    async def _complete(self, answer: Answer) -> Answer:
        if answer.result_id is None:
            return answer
        try:
            table = await self._table(answer.result_id)
        except (errors.ResultExpired, ResultNotFound):
            return answer
        return answer.model_copy(update={"data": inline(table)})

    # --- frames

    def _add(self, frames: list[Frame], received: MessageReceived, kind: str, body: dict[str, Any]) -> None:
        seq = len(self._state.frames) + len(frames) + 1
        frames.append(Frame(seq=seq, turn_id=received.turn_id, type=kind, body=body))

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    async def _frames_after(self, after_seq: int) -> tuple[Frame, ...]:
        start = max(after_seq, 0)
        committed = self._state.frames[start : start + _FRAMES_AT_ONCE]
        if not committed:
            return tuple(self._provisional[max(start - len(self._state.frames), 0) :])
        given: list[Frame] = []
        answers = 0
        for frame in committed:
            if frame.type in ("result", "clarification"):
                answers += 1
                if answers > _ANSWERS_AT_ONCE:
                    break
                given.append(await self._with_answer(frame))
            else:
                given.append(frame)
        return tuple(given)

    async def _with_answer(self, frame: Frame) -> Frame:
        end = self._state.ends.of_turn(frame.turn_id)
        assert isinstance(end, TurnAnswered), f"no answer for frame {frame.seq}"
        return frame.model_copy(update={"body": final_frame(await self._complete(end.answer))[1]})


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
        case events.TurnFailed(code=code):
            return {"outcome": code}
        case events.TurnCancelled():
            return {"outcome": "cancelled"}


def _error_body(error: WorkbenchError) -> dict[str, Any]:
    body: dict[str, Any] = {"code": error.code, "detail": error.detail}
    if error.suggestions:
        body["suggestions"] = list(error.suggestions)
    return body


def _failure(
    received: MessageReceived, error: WorkbenchError, frames: tuple[Frame, ...], at: dt.datetime
) -> events.TurnFailed:
    return events.TurnFailed(
        turn_id=received.turn_id,
        code=error.code,
        detail=error.detail,
        suggestions=error.suggestions,
        retry_after=error.retry_after,
        extra=error.extra,
        retryable=error.status in _RETRYABLE,
        frames=frames,
        at=at,
    )


def _kinds() -> dict[str, type[WorkbenchError]]:
    # Breadth first, so that a code names the most general error that has it.
    found: dict[str, type[WorkbenchError]] = {}
    level = WorkbenchError.__subclasses__()
    while level:
        for kind in level:
            found.setdefault(kind.code, kind)
        level = [below for kind in level for below in kind.__subclasses__()]
    return found


def _recorded_error(end: events.TurnFailed | events.TurnCancelled) -> WorkbenchError:
    if isinstance(end, events.TurnCancelled):
        return errors.TurnCancelled(turn_id=end.turn_id)
    kind = _kinds().get(end.code, Internal)
    extra = end.extra | {"turn_id": end.turn_id}
    return kind(end.detail, suggestions=end.suggestions, retry_after=end.retry_after, **extra)
