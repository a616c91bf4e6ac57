"""The turns of a session: one at a time, in order of arrival, each under the id of its message."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from actors.conversation import End
from deployments.contracts.errors import TurnInProgress
from deployments.contracts.journal import Fenced

MOST_WAITING = 16
"""How many turns of one session may wait or run; one more raises TurnInProgress."""


class TurnQueue:
    """Turns that wait or run, as tasks that live on when whoever asked for them goes away. `turn` is held by the one
    that runs."""

    def __init__(self) -> None:
        self.turn = asyncio.Lock()
        self._tasks: dict[str, asyncio.Task[End]] = {}

    def __len__(self) -> int:
        return len(self._tasks)

    @property
    def tasks(self) -> Iterable[asyncio.Task[End]]:
        """Those that wait or run."""
        return self._tasks.values()

    def find(self, message_id: str) -> asyncio.Task[End] | None:
        """The turn of a message, where it waits or runs."""
        return self._tasks.get(message_id)

    def check(self) -> None:
        """Raises TurnInProgress where too many wait."""
        if len(self._tasks) >= MOST_WAITING:
            raise TurnInProgress(f"{MOST_WAITING} turns already wait in this session", retry_after=1)

    def enter(self, message_id: str, turn: Callable[[], Coroutine[Any, Any, End]]) -> asyncio.Task[End]:
        """Start a turn, which waits for its own turn. Raises TurnInProgress."""
        self.check()
        task = self._tasks[message_id] = asyncio.create_task(turn())

        def forget(done: asyncio.Task[End]) -> None:
            self._tasks.pop(message_id, None)
            if not done.cancelled():
                done.exception()  # whoever waited has it; nobody may have

        task.add_done_callback(forget)
        return task


async def end_of(turn: asyncio.Task[End]) -> End:
    """How a turn ends. Who waits may be cancelled without stopping it. Raises what it raises, Fenced where the session
    was closed under it."""
    try:
        return await asyncio.shield(turn)
    except asyncio.CancelledError:
        # Either the caller went away, or the session was closed under the turn and lives on elsewhere.
        if turn.cancelled():
            raise Fenced() from None
        raise
