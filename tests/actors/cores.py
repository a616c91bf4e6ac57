"""Sessions without a shell, over a journal that can be made to fail."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from actors.core import SessionCore
from deployments.contracts.answers import Answer
from deployments.contracts.errors import (
    JournalUnavailable,
)
from deployments.contracts.journal import Append
from deployments.contracts.sessions import Frame, SendMessage
from deployments.journal.service import JournalService
from tests.actors.agents import ANN

Activate = Callable[[], Awaitable[SessionCore]]


async def say(core: SessionCore, text: str, message_id: str = "m1") -> Answer:
    return await core.perform(ANN, SendMessage(content=text, message_id=message_id))


async def all_frames(core: SessionCore, after: int = 0) -> list[Frame]:
    return list(await core.frames(after, 0))


class Breaking:
    """A journal whose next appends fail, before they are written or after."""

    def __init__(self, journal: JournalService) -> None:
        self._journal = journal
        self.script: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._journal, name)

    async def append(self, request: Append) -> int:
        now = self.script.pop(0) if self.script else "works"
        if now == "before":
            raise JournalUnavailable("full")
        sequence = await self._journal.append(request)
        if now == "after":
            raise JournalUnavailable("the reply was lost")
        return sequence
