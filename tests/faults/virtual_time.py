"""An event loop whose clock jumps: nothing ever waits, and the same program takes the same steps each time."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _Silence(selectors.SelectSelector):
    """Nothing outside the program ever happens."""

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        return []


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """When no step can be taken now, it is already the time of the next one. Work for threads is done at once."""

    def __init__(self) -> None:
        super().__init__(_Silence())
        self._clock = 0.0

    def time(self) -> float:
        return self._clock

    def _run_once(self) -> None:
        ready: Any = getattr(self, "_ready")  # noqa: B009  the base class does not declare it
        scheduled: Any = getattr(self, "_scheduled")  # noqa: B009
        if not ready:
            if not scheduled:
                raise RuntimeError("everything waits and nothing is left that could happen")
            self._clock = max(self._clock, scheduled[0].when())
        super()._run_once()  # type: ignore[misc]

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
