"""Who comes in, and how much of everyone's: tokens, rates by user and tenant, requests and sockets by user.

Counts are those of one ingress replica: with several, each lets in its part. All of it is bounded in memory."""

from __future__ import annotations

import math
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import ExitStack, contextmanager

from starlette.concurrency import run_in_threadpool

from api.auth import Authenticator
from api.settings import Settings
from deployments.contracts.errors import RateLimited
from deployments.contracts.identity import Principal

BURST_SECONDS = 10
"""A bucket holds what its rate gives in so long: who was quiet may send that much at once."""
MOST_BULKY = 8
"""Downloads and pictures of one user that may be under way."""
MOST_BUCKETS = 10_000
"""Buckets kept; the one that was used longest ago is forgotten first, which makes it a full one."""


class Buckets:
    """Token buckets of one rate, by key. `per_minute` 0 lets everything through."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = per_minute / 60
        self._capacity = max(1.0, self._rate * BURST_SECONDS)
        self._clock = clock
        self._levels: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def take(self, key: Hashable) -> float:
        """Take one token: 0, or how many seconds it will be until there is one."""
        if not self._rate:
            return 0.0
        now = self._clock()
        level, since = self._levels.pop(key, (self._capacity, now))
        level = min(self._capacity, level + (now - since) * self._rate)
        wait = 0.0 if level >= 1 else (1 - level) / self._rate
        self._levels[key] = (level if wait else level - 1, now)
        if len(self._levels) > MOST_BUCKETS:
            self._levels.popitem(last=False)
        return wait


class Admission:
    """The door of one ingress replica. Raises SettingError where tokens could not be checked."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self._authenticator = Authenticator(settings)
        self._users = Buckets(settings.user_requests_per_minute, clock)
        self._tenants = Buckets(settings.tenant_requests_per_minute, clock)
        self._most_sockets = settings.user_sockets
        self._most_requests = settings.user_requests_open
        self._sockets, self._requests, self._bulky = Places(), Places(), Places()

    async def identify(self, token: str) -> Principal:
        """The caller that a token speaks for, one request of theirs counted.
        Raises Unauthenticated, KeysUnavailable, RateLimited."""
        if self._authenticator.may_block(token):
            principal = await run_in_threadpool(self._authenticator.authenticate, token)
        else:
            principal = self._authenticator.authenticate(token)
        self.count(principal)
        return principal

    def count(self, principal: Principal) -> None:
        """Count one request or message. Raises RateLimited, with when to come again."""
        wait = self._users.take((principal.tenant_id, principal.user_id))
        whose = "you have sent"
        if not wait:
            wait = self._tenants.take(principal.tenant_id)
            whose = "your organization has sent"
        if wait:
            raise RateLimited(f"Too many requests: {whose} more than is let through.", retry_after=math.ceil(wait))

    @contextmanager
    def socket(self, principal: Principal) -> Iterator[bool]:
        """Hold a place for an open socket; False where the user has as many as may be."""
        with self._sockets.place(principal, self._most_sockets) as held:
            yield held

    @contextmanager
    def under_way(self, principal: Principal, *, bulky: bool = False) -> Iterator[None]:
        """Hold a place for a request until its response was taken. Raises RateLimited where the user has as many under
        way as may be, or as many `bulky` ones, whose responses are files."""
        with self._requests.place(principal, self._most_requests) as one, ExitStack() as more:
            if not one or (bulky and not more.enter_context(self._bulky.place(principal, MOST_BULKY))):
                raise RateLimited("Too many requests: as many of yours as may be are under way.", retry_after=1)
            yield


class Places:
    """How many places each user holds; nothing is kept of who holds none."""

    def __init__(self) -> None:
        self._held: Counter[tuple[str, str]] = Counter()

    @contextmanager
    def place(self, principal: Principal, most: int) -> Iterator[bool]:
        """Hold one more, up to `most`; False where there is none."""
        owner = (principal.tenant_id, principal.user_id)
        if self._held[owner] >= most:
            yield False
            return
        self._held[owner] += 1
        try:
            yield True
        finally:
            self._held[owner] -= 1
            if not self._held[owner]:
                del self._held[owner]
