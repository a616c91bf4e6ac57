"""Deployments that are also called over lines."""

from __future__ import annotations

from typing import ClassVar

from deployments.lines.listener import Listener
from deployments.lines.place import node_folder


class OnLines:
    """A Serve deployment whose replicas are called by Serve's handles and, under `line_name`, over lines; each way lets
    `calls_at_once` run. A replica listens from the first check of its health, before Serve counts it as ready, until Serve lets it go."""

    line_name: ClassVar[str]
    calls_at_once: ClassVar[int]
    _listener: Listener | None = None

    async def check_health(self) -> None:
        """Serve asks every few seconds; where the socket has gone it is made anew."""
        if self._listener is None:
            self._listener = Listener(self, self.line_name, node_folder, most=self.calls_at_once)
        await self._listener.open()

    async def __del__(self) -> None:
        """Serve waits for this before it ends the process."""
        if self._listener is not None:
            await self._listener.close()
