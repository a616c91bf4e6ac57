"""Turns of many tenants on one machine: none waits behind another's crowd, and none waits long.

While several tenants ask, so many turns run at once as there are places; a few others wait in a short line of their
tenant's, and a place that falls free goes to the tenant that holds the fewest. No tenant holds every place, and one that
holds none does not wait for another's to end. A tenant that has had much more of the recent time than another gives way: it
begins next to nothing beside that other's new turn, and stands still for no more than a second. A tenant that is alone may
have some times as many places, until another comes. What finds its line full is sent away at once, and what has waited too
long is: both may come again."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from deployments.contracts.answers import Answer
from deployments.contracts.errors import Overloaded, TurnCancelled
from deployments.contracts.identity import Principal
from deployments.contracts.sessions import Command, Sessions

RETRY_SECONDS = 1
ALONE = 4
"""How many times the places a tenant may hold while it is alone, and all tenants together who hold one each."""
ALONE_AFTER_SECONDS = 10.0
"""A tenant is alone when no other has asked for so long."""
RECENT_SECONDS = 10.0
"""What a tenant has had counts for half after so long."""
MUCH = 1.0
"""Recent seconds that any tenant may have had without giving way."""
MOST_REMEMBERED = 1000
"""Tenants of whom it is known what they had; of more, only of those that had much."""
GIVES_WAY_SECONDS = 1.0
"""How long a tenant goes without beginning a turn for the sake of others."""


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    session_id: str
    place: asyncio.Future[None]


class Shares:
    """`places` turns at once for several tenants, of which one holds at most three quarters; `line` turns of a tenant
    may wait, each for `seconds` at most. `on_change` is told how many wait in all."""

    def __init__(
        self,
        places: int,
        line: int,
        seconds: float = 5.0,
        *,
        clock: Callable[[], float] = time.monotonic,
        on_change: Callable[[int], None] = lambda _waiting: None,
    ) -> None:
        self._clock = clock
        self._on_change = on_change
        self._asked: dict[str, float] = {}
        self._places = places
        self._most = places if places == 1 else places - max(1, places // 4)
        self._line = line
        self._seconds = seconds
        self._held: Counter[str] = Counter()
        self._had: dict[str, tuple[float, float]] = {}
        self._begun: dict[str, float] = {}
        self._again: asyncio.TimerHandle | None = None
        self._waiting: dict[str, deque[_Waiting]] = {}
        self._served: dict[str, int] = {}
        self._count = 0

    @asynccontextmanager
    async def place(self, tenant_id: str, session_id: str = "") -> AsyncIterator[None]:
        """Wait for a place and hold it. Raises Overloaded where the tenant's line is full or does not move, TurnCancelled
        where `leave` was called meanwhile."""
        await self._enter(tenant_id, session_id)
        began = self._clock()
        try:
            yield
        finally:
            self._had[tenant_id] = (self._recent(tenant_id) + self._clock() - began, self._clock())
            self._give_back(tenant_id)

    def leave(self, tenant_id: str, session_id: str) -> bool:
        """Take the session's first turn out of the line; False where none of it waits."""
        for waiting in self._waiting.get(tenant_id, ()):
            if waiting.session_id == session_id and not waiting.place.done():
                waiting.place.set_exception(TurnCancelled("The turn was cancelled before it began"))
                return True
        return False

    async def _enter(self, tenant_id: str, session_id: str) -> None:
        self._asked[tenant_id] = self._clock()
        # Who comes anew comes after those who have waited since before.
        self._served.setdefault(tenant_id, self._count)
        line = self._waiting.setdefault(tenant_id, deque())
        waiting = _Waiting(session_id, asyncio.get_running_loop().create_future())
        line.append(waiting)
        self._hand_out()
        if not waiting.place.done() and len(line) > self._line:
            self._step_out(tenant_id, waiting)
            raise Overloaded("As many questions of your organization as may be are at work", retry_after=RETRY_SECONDS)
        try:
            async with asyncio.timeout(self._seconds):
                await waiting.place
        except BaseException as error:
            if waiting.place.done() and not waiting.place.cancelled() and waiting.place.exception() is None:
                # The place was given while its taker was leaving.
                self._give_back(tenant_id)
            else:
                self._step_out(tenant_id, waiting)
            if isinstance(error, TimeoutError):
                raise Overloaded("Other questions take too long", retry_after=RETRY_SECONDS) from None
            raise

    def _step_out(self, tenant_id: str, waiting: _Waiting) -> None:
        line = self._waiting.get(tenant_id)
        if line is not None and waiting in line:
            line.remove(waiting)
            self._on_change(sum(map(len, self._waiting.values())))
        self._forget(tenant_id)

    def _give_back(self, tenant_id: str) -> None:
        self._held[tenant_id] -= 1
        self._hand_out()
        self._forget(tenant_id)

    def _hand_out(self) -> None:
        while eager := [tenant for tenant, line in self._waiting.items() if line and self._may_have(tenant)]:
            # Among those who hold as little, the one that was served longest ago.
            tenant = min(eager, key=lambda name: (self._held[name], self._served[name]))
            place = self._waiting[tenant].popleft().place
            if not place.done():
                self._count += 1
                self._served[tenant] = self._count
                self._held[tenant] += 1
                self._begun[tenant] = self._clock()
                place.set_result(None)
        self._on_change(sum(map(len, self._waiting.values())))

    def _may_have(self, tenant_id: str) -> bool:
        """Whether a tenant may have one more place now."""
        total, own = self._held.total(), self._held[tenant_id]
        if self._is_alone(tenant_id):
            return total < self._places * ALONE
        if own >= self._places // 4 and self._gives_way(tenant_id):
            return False
        if own == 0:
            return total < self._places * ALONE
        return total < self._places and own < self._most

    def _gives_way(self, tenant_id: str) -> bool:
        """Whether one that has had less than half as much has just begun a turn, and this one has just ended its own."""
        had = self._recent(tenant_id)
        if had <= MUCH:
            return False
        lighter = [self._begun[other] for other in self._held if other in self._begun and 2 * self._recent(other) < had]
        left = min(max(lighter, default=0.0), self._had[tenant_id][1]) + GIVES_WAY_SECONDS - self._clock()
        if left > 0 and lighter and self._again is None:
            self._again = asyncio.get_running_loop().call_later(left, self._look_again)
        return left > 0 and bool(lighter)

    def _look_again(self) -> None:
        self._again = None
        self._hand_out()

    def _recent(self, tenant_id: str) -> float:
        """Seconds of turns that a tenant has had, the older ones for less."""
        seconds, since = self._had.get(tenant_id, (0.0, 0.0))
        return seconds * 0.5 ** ((self._clock() - since) / RECENT_SECONDS) if seconds else 0.0

    def _is_alone(self, tenant_id: str) -> bool:
        since = self._clock() - ALONE_AFTER_SECONDS
        for other in [name for name, asked in self._asked.items() if asked < since]:
            del self._asked[other]
        if len(self._had) > MOST_REMEMBERED:
            self._had = {name: had for name, had in self._had.items() if self._recent(name) > MUCH}
        busy = self._asked.keys() | {name for name, held in self._held.items() if held}
        return busy <= {tenant_id}

    def _forget(self, tenant_id: str) -> None:
        """Nothing is kept of a tenant that neither holds nor waits."""
        if not self._waiting.get(tenant_id):
            self._waiting.pop(tenant_id, None)
            if self._held[tenant_id] <= 0:
                del self._held[tenant_id]
                self._begun.pop(tenant_id, None)
                self._served.pop(tenant_id, None)


class SharedSessions:
    """`contracts.sessions.Sessions`, whose turns wait for a place of their tenant's."""

    def __init__(self, sessions: Sessions, shares: Shares) -> None:
        self._sessions = sessions
        self._shares = shares

    async def perform(self, principal: Principal, session_id: str, command: Command) -> Answer:
        """Run one turn once there is a place for it."""
        async with self._shares.place(principal.tenant_id, session_id):
            return await self._sessions.perform(principal, session_id, command)

    async def cancel(self, principal: Principal, session_id: str) -> bool:
        """Stop the running turn, or where none runs the first that waits for its place; False where there is neither.
        A turn that has not begun leaves no trace."""
        stopped = await self._sessions.cancel(principal, session_id)
        return stopped or self._shares.leave(principal.tenant_id, session_id)

    def __getattr__(self, name: str) -> Any:
        # Whatever is no turn goes straight through.
        return getattr(self._sessions, name)
