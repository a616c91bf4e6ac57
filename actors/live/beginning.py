"""The first event of a turn on its way into the record."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from deployments.contracts.events import MessageReceived

Append = Callable[[tuple[MessageReceived]], Awaitable[None]]


class Beginning:
    """That a turn began. It is written as soon as someone follows the session, because what they are shown must come
    again if this process dies, and once the turn has taken `patience` seconds, so that what was asked is not lost with
    the process. A turn that ends sooner, and that no one follows, is written whole at its end, in one commit."""

    def __init__(self, received: MessageReceived, append: Append, followed: asyncio.Event, patience: float) -> None:
        self._received = received
        self._append = append
        self._followed = followed
        self._patience = patience
        self.under_way = patience <= 0 or followed.is_set()
        self.written = asyncio.create_task(self._write())

    async def settle(self) -> tuple[MessageReceived, ...]:
        """Returns once it is written, or at once with what is to be written with the end. Raises what writing it did."""
        if self.under_way:
            await self.written
            return ()
        self.written.cancel()
        return (self._received,)

    async def end(self) -> None:
        """Let go of it; returns when no more is written."""
        if not self.under_way:
            self.written.cancel()
        await asyncio.gather(self.written, return_exceptions=True)

    async def _write(self) -> None:
        if not self.under_way:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._patience):
                    await self._followed.wait()
        self.under_way = True
        await self._append((self._received,))
