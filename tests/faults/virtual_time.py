"""An event loop whose clock jumps: nothing ever waits, and the same program takes the same steps each time."""

from __future__ import annotations

import asyncio
import contextvars
import heapq
import itertools
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _Call:
    """A step that is to be taken, unless it is cancelled."""

    __slots__ = ("arguments", "callback", "cancelled", "context")

    def __init__(self, callback: Any, arguments: Any, context: contextvars.Context | None) -> None:
        self.callback = callback
        self.arguments = arguments
        self.context = contextvars.copy_context() if context is None else context
        self.cancelled = False

    def cancel(self) -> None:
        """Let it not be taken."""
        self.cancelled = True


class VirtualTimeLoop(asyncio.BaseEventLoop):
    """When no step can be taken now, it is already the time of the next one. Steps are taken in the order in which they
    were asked for; nothing outside the program ever happens, and work for threads is done at once."""

    def __init__(self) -> None:
        super().__init__()
        self._clock = 0.0
        self._now: deque[_Call] = deque()
        self._later: list[tuple[float, int, _Call]] = []
        self._number = itertools.count()

    def time(self) -> float:
        return self._clock

    def call_soon(self, callback: Any, *args: Any, context: contextvars.Context | None = None) -> Any:  # type: ignore[override]
        call = _Call(callback, args, context)
        self._now.append(call)
        return call

    def call_at(self, when: float, callback: Any, *args: Any, context: contextvars.Context | None = None) -> Any:  # type: ignore[override]
        call = _Call(callback, args, context)
        heapq.heappush(self._later, (when, next(self._number), call))
        return call

    def call_later(self, delay: float, callback: Any, *args: Any, context: contextvars.Context | None = None) -> Any:  # type: ignore[override]
        return self.call_at(self._clock + delay, callback, *args, context=context)

    def _run_once(self) -> None:
        now, later = self._now, self._later
        if not now:
            while later and later[0][2].cancelled:
                heapq.heappop(later)
            if not later:
                raise RuntimeError("everything waits and nothing is left that could happen")
            self._clock = max(self._clock, later[0][0])
        while later and later[0][0] <= self._clock:
            now.append(heapq.heappop(later)[2])
        for _ in range(len(now)):
            call = now.popleft()
            if not call.cancelled:
                try:
                    call.context.run(call.callback, *call.arguments)
                except Exception as error:  # as any loop does: it is told, and the others go on
                    self.call_exception_handler({"message": "a step failed", "exception": error})

    def run_in_executor(self, executor: Any, func: Callable[..., T], *args: Any) -> asyncio.Future[T]:  # type: ignore[override]
        done: asyncio.Future[T] = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:  # it is for whoever waits
            done.set_exception(error)
        return done


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run to the end, in virtual time."""
    loop = VirtualTimeLoop()
    try:
        return loop.run_until_complete(main)
    finally:
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        if left:
            loop.run_until_complete(asyncio.wait(left))
        loop.close()
