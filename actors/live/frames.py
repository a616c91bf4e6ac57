"""What those who follow a session see: its committed frames, then what the running turn has shown so far.

The latter is provisional: it has the sequence numbers that the turn will have, also when it is run again after a break.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from actors.effects import Emit
from actors.live.record import Record
from actors.live.tables import Tables
from actors.turns.answers import final_body
from deployments.contracts.events import TurnAnswered
from deployments.contracts.sessions import Frame

_FRAMES_AT_ONCE = 200
_ANSWERS_AT_ONCE = 20


class TurnFrames:
    """The frames of one turn, numbered on from `after`, the last one before it."""

    def __init__(self, turn_id: str, after: int, shown: Iterable[Frame] = ()) -> None:
        self._turn_id = turn_id
        self._after = after
        self._frames = list(shown)

    def add(self, kind: str, body: dict[str, Any]) -> None:
        """One more."""
        seq = self._after + len(self._frames) + 1
        self._frames.append(Frame(seq=seq, turn_id=self._turn_id, type=kind, body=body))

    def copy(self) -> TurnFrames:
        """The same frames, to go on from without changing these."""
        return TurnFrames(self._turn_id, self._after, self._frames)

    def all(self) -> tuple[Frame, ...]:
        """Those so far."""
        return tuple(self._frames)

    def __len__(self) -> int:
        return len(self._frames)


class Frames:
    """All frames of a session. `followed` is set while someone waits for more."""

    def __init__(self, record: Record, tables: Tables) -> None:
        self.followed = asyncio.Event()
        self._record = record
        self._tables = tables
        self._running: TurnFrames | None = None
        self._news = asyncio.Event()
        self._followers = 0
        record.when_lost(self._tell)

    @property
    def last_seq(self) -> int:
        """The sequence number of the newest frame; 0 before the first."""
        return len(self._record.state.frames) + len(self._running or ())

    def begin(self, turn_id: str) -> TurnFrames:
        """The frames of a turn that begins or is run again; none yet."""
        self._running = TurnFrames(turn_id, len(self._record.state.frames))
        return self._running

    def show(self, held: list[Emit]) -> None:
        """Show what the running turn held back, and empty it."""
        assert self._running is not None
        for emit in held:
            self._running.add(emit.type, emit.body)
        if held:
            self._tell()
        held.clear()

    def settle(self) -> None:
        """The running turn is committed: its frames are those of the record."""
        self._running = None
        self._tell()

    async def after(self, seq: int, wait: float) -> tuple[Frame, ...]:
        """Frames after `seq` in order, at most some hundreds; waits up to `wait` seconds for the first one and then gives
        none. Raises Fenced."""
        self._followers += 1
        self.followed.set()
        try:
            await self._until_news(seq, asyncio.get_running_loop().time() + wait)
            return await self._read(seq)
        finally:
            self._followers -= 1
            if not self._followers:
                self.followed.clear()

    async def _until_news(self, seq: int, deadline: float) -> None:
        self._record.check()
        while seq >= self.last_seq and (left := deadline - asyncio.get_running_loop().time()) > 0:
            try:
                async with asyncio.timeout(left):
                    await self._news.wait()
            except TimeoutError:
                return
            self._record.check()

    async def _read(self, seq: int) -> tuple[Frame, ...]:
        start, written = max(seq, 0), self._record.state.frames
        committed = written[start : start + _FRAMES_AT_ONCE]
        if not committed:
            return self._running.all()[max(start - len(written), 0) :] if self._running else ()
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
        await self._record.complete()
        end = self._record.state.ends.of_turn(frame.turn_id)
        assert isinstance(end, TurnAnswered), f"no answer for frame {frame.seq}"
        return frame.model_copy(update={"body": final_body(await self._tables.complete(end.answer))})

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()
