"""All sessions, as the ingress sees them, wherever they live.

`SessionAccess` checks ownership, speaks to the journal for what is about sessions, and hands what is about one
conversation to the live session. How a live session is reached is left to the two that derive from it: in this process
(`local.py`) or as a Ray actor (`directory.py`).
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import secrets
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import AsyncIterator
from typing import Any, Literal

from actors.core import utc_now
from deployments.contracts.agents import Agents, Fingerprint
from deployments.contracts.answers import Answer
from deployments.contracts.errors import (
    AgentUnavailable,
    Forbidden,
    JournalUnavailable,
    Overloaded,
    SessionNotFound,
    WorkbenchError,
)
from deployments.contracts.identity import Principal
from deployments.contracts.journal import Journal
from deployments.contracts.sessions import (
    Command,
    Exchange,
    Frame,
    History,
    Resident,
    SessionInfo,
    SessionPage,
    StoredResult,
)

POLL_SECONDS = 20.0
"""How long one request for frames waits before it is asked anew."""

_PATIENCE_SECONDS = 30.0
_OWNERS_KEPT = 10_000
_RESIDENTS_SHOWN = 500
_DELETED_AT_ONCE = 100


class SessionAccess(ABC):
    """`contracts.sessions.Sessions`, but for how a live session is reached."""

    def __init__(self, journal: Journal, agents: Agents) -> None:
        self.journal = journal
        self.agents = agents
        self._owners: OrderedDict[str, tuple[str, str]] = OrderedDict()

    @abstractmethod
    async def _ask(self, session_id: str, method: str, *arguments: Any) -> Any:
        """Call a method of the live session, activating it where it is not live. Raises what the method raises, and
        never Fenced: a session that has moved is found again."""

    async def _frames(self, session_id: str, after_seq: int) -> tuple[Frame, ...]:
        """The frames after `after_seq`; none after some seconds without one."""
        frames: tuple[Frame, ...] = await self._ask(session_id, "frames", after_seq, POLL_SECONDS)
        return frames

    @abstractmethod
    async def _dismiss(self, session_id: str) -> None:
        """End the live session, where there is one."""

    @abstractmethod
    async def _live(self) -> dict[str, Resident]:
        """The sessions that are resident, by id; what the journal knows better is taken from there."""

    async def create(
        self, owner: Principal, *, title: str | None = None, idempotency_key: str | None = None
    ) -> SessionInfo:
        """A new session of `owner`."""
        session_id = f"sess-{secrets.token_hex(8)}"
        return await self.journal.create(session_id, owner.tenant_id, owner.user_id, title, idempotency_key, utc_now())

    async def list(
        self, principal: Principal, *, limit: int = 50, cursor: str | None = None, search: str | None = None
    ) -> SessionPage:
        """The principal's own sessions, newest first."""
        return await self.journal.sessions(principal.tenant_id, principal.user_id, limit, cursor, search)

    async def get(self, principal: Principal, session_id: str) -> SessionInfo:
        """One session."""
        info = await self.journal.session(session_id)
        if (info.tenant_id, info.user_id) != (principal.tenant_id, principal.user_id):
            raise SessionNotFound()
        return info

    async def rename(self, principal: Principal, session_id: str, title: str | None) -> SessionInfo:
        """Change the title."""
        await self._check_owner(principal, session_id)
        info: SessionInfo = await self._ask(session_id, "rename", title)
        return info

    async def delete(self, principal: Principal, session_id: str) -> None:
        """Delete the session and everything recorded of it."""
        await self._check_owner(principal, session_id)
        self._owners.pop(session_id, None)
        await self.journal.delete(session_id)
        await self._dismiss(session_id)

    async def delete_all(self, principal: Principal, user_id: str) -> int:
        """Delete all sessions of a user of the principal's tenant; how many there were."""
        if user_id != principal.user_id and not principal.is_admin:
            raise Forbidden("Only an admin may delete another user's sessions")
        owner = Principal(tenant_id=principal.tenant_id, user_id=user_id)
        deleted = 0
        while page := (await self.list(owner, limit=_DELETED_AT_ONCE)).sessions:
            for info in page:
                with contextlib.suppress(SessionNotFound):
                    await self.delete(owner, info.session_id)
                    deleted += 1
        return deleted

    async def unused(self, since: dt.datetime, limit: int) -> tuple[SessionInfo, ...]:
        """Sessions of anyone that nothing was added to since then."""
        return await self.journal.unused(since, limit)

    async def perform(self, principal: Principal, session_id: str, command: Command) -> Answer:
        """Run one turn and return its answer once it is committed.

        An error that ended a recorded turn has its `turn_id` in `extra`, and followers saw it as an error frame."""
        await self._check_owner(principal, session_id)
        answer: Answer = await self._ask(session_id, "perform", principal, command)
        return answer

    async def branch(self, principal: Principal, session_id: str, message_id: str, *, title: str | None) -> SessionInfo:
        """A new session that continues from the answer to a message."""
        info = await self.get(principal, session_id)
        continued = title or (f"{info.title} (branch)" if info.title else None)
        return await self.journal.branch(session_id, message_id, f"sess-{secrets.token_hex(8)}", continued, utc_now())

    async def judge(
        self, principal: Principal, session_id: str, message_id: str, rating: Literal["up", "down"], comment: str | None
    ) -> None:
        """Record what the principal thinks of an answer."""
        await self._check_owner(principal, session_id)
        await self._ask(session_id, "judge", message_id, rating, comment)

    async def history(self, principal: Principal, session_id: str, *, limit: int, offset: int) -> History:
        """A page of the conversation."""
        await self._check_owner(principal, session_id)
        page: History = await self._ask(session_id, "history", limit, offset)
        return page

    async def exchanges(self, principal: Principal, session_id: str) -> tuple[Exchange, ...]:
        """The conversation as it can be asked again."""
        await self._check_owner(principal, session_id)
        found: tuple[Exchange, ...] = await self._ask(session_id, "exchanges")
        return found

    async def fingerprint(self, principal: Principal) -> Fingerprint:
        """Digests of the model and the data as the principal may see them."""
        return await self.agents.fingerprint(principal)

    async def result(self, principal: Principal, session_id: str, result_id: str) -> StoredResult:
        """A stored result. Raises ResultNotFound or ResultExpired."""
        await self._check_owner(principal, session_id)
        stored: StoredResult = await self._ask(session_id, "result", result_id)
        return stored

    async def cancel(self, principal: Principal, session_id: str) -> bool:
        """Stop the running turn; False where none runs."""
        await self._check_owner(principal, session_id)
        stopped: bool = await self._ask(session_id, "cancel")
        return stopped

    async def last_seq(self, principal: Principal, session_id: str) -> int:
        """The sequence number of the session's newest frame; 0 before the first."""
        await self._check_owner(principal, session_id)
        newest: int = await self._ask(session_id, "last_seq")
        return newest

    async def follow(
        self, principal: Principal, session_id: str, *, after_seq: int | None
    ) -> AsyncIterator[tuple[Frame, ...]]:
        """Frames after `after_seq` (None: from now on), in batches, for ever."""
        await self._check_owner(principal, session_id)
        after = await self.last_seq(principal, session_id) if after_seq is None else after_seq
        loop = asyncio.get_running_loop()
        trouble_since: float | None = None
        while True:
            try:
                frames = await self._frames(session_id, after)
            except (AgentUnavailable, JournalUnavailable, Overloaded) as error:
                # A follower outlasts a restart: it misses nothing, because it asks by number.
                trouble_since = trouble_since or loop.time()
                if loop.time() - trouble_since > _PATIENCE_SECONDS:
                    raise
                await asyncio.sleep(min(error.retry_after or 1, 1))
                continue
            trouble_since = None
            if frames:
                after = frames[-1].seq
                yield frames

    async def model(self, principal: Principal) -> dict[str, Any]:
        """The semantic model as the principal may see it."""
        return await self.agents.model(principal)

    async def suggestions(self, principal: Principal) -> tuple[str, ...]:
        """Questions to begin with."""
        return await self.agents.suggestions(principal)

    async def residents(self, principal: Principal) -> tuple[Resident, ...]:
        """For admins: the tenant's sessions, resident and passive, most recently used first."""
        if not principal.is_admin:
            raise Forbidden("Only an admin may see all sessions")
        live = await self._live()
        return tuple(
            live.get(known.info.session_id, _PASSIVE).model_copy(
                update={
                    "session_id": known.info.session_id,
                    "tenant_id": known.info.tenant_id,
                    "user_id": known.info.user_id,
                    "epoch": known.epoch,
                    "last_activity": known.info.updated_at,
                    "messages": known.info.message_count,
                }
            )
            for known in await self.journal.standings(principal.tenant_id, _RESIDENTS_SHOWN)
        )

    async def ready(self) -> dict[str, bool]:
        """Whether each of agents, journal and warehouse can be reached."""
        agents, journal = await asyncio.gather(self.agents.reachable(), self._journal_answers())
        return {"agents": False, "warehouse": False} | agents | {"journal": journal}

    async def _journal_answers(self) -> bool:
        try:
            async with asyncio.timeout(5):
                await self.journal.ping()
        except (WorkbenchError, TimeoutError):
            return False
        return True

    async def _check_owner(self, principal: Principal, session_id: str) -> None:
        owner = self._owners.get(session_id)
        if owner is None:
            info = await self.journal.session(session_id)
            # A session never changes hands, so this may be kept; that it was deleted is found out by activating it.
            owner = self._owners[session_id] = (info.tenant_id, info.user_id)
            if len(self._owners) > _OWNERS_KEPT:
                self._owners.popitem(last=False)
        if owner != (principal.tenant_id, principal.user_id):
            raise SessionNotFound()


_PASSIVE = Resident(session_id="", tenant_id="", user_id="", state="passive")
