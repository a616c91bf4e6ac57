"""The order of service under a flood: a closed loop of askers in virtual time, over the real queue."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections import Counter
from collections.abc import Callable

from api.shares import Shares

TURN = 0.1


class Time:
    """A clock that moves when everything waits; sleepers wake in order."""

    def __init__(self) -> None:
        self.now = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = itertools.count()

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.now + seconds, next(self._numbers), woken))
        await woken

    async def run(self, until: float, look: Callable[[], None] = lambda: None) -> None:
        while self._sleepers and self._sleepers[0][0] <= until:
            self.now, _, woken = heapq.heappop(self._sleepers)
            woken.set_result(None)
            for _ in range(60):
                await asyncio.sleep(0)
            look()
        self.now = until


class Load:
    """Tenants that ask again as soon as they are answered, or after a pause."""

    def __init__(self, places: int, line: int = 64) -> None:
        self.time = Time()
        self.shares = Shares(places, line, 60, clock=self.time)
        self.begun: list[tuple[float, str]] = []
        self.waited: dict[str, list[float]] = {}
        self.served: Counter[str] = Counter()
        self._tasks: list[asyncio.Task[None]] = []

    def askers(self, tenant: str, number: int, *, pause: float = 0.0, turn: float = TURN) -> None:
        self._tasks += [asyncio.create_task(self._ask(tenant, pause, turn)) for _ in range(number)]

    async def run(self, seconds: float) -> None:
        tick = asyncio.create_task(self._ticking())
        await asyncio.sleep(0)
        await self.time.run(self.time.now + seconds)
        for task in (*self._tasks, tick):
            task.cancel()
        await asyncio.gather(*self._tasks, tick, return_exceptions=True)

    async def _ticking(self) -> None:
        # The queue's own timer runs in real time; in this one it is looked at again every so often.
        while True:
            await self.time.sleep(0.05)
            self.shares._look_again()

    async def _ask(self, tenant: str, pause: float, turn: float) -> None:
        while True:
            asked = self.time()
            async with self.shares.place(tenant):
                self.begun.append((self.time(), tenant))
                self.waited.setdefault(tenant, []).append(self.time() - asked)
                await self.time.sleep(turn)
            self.served[tenant] += 1
            if pause:
                await self.time.sleep(pause)


async def test_nothing_of_a_flood_begins_beside_a_quiet_tenants_turn() -> None:
    load = Load(2)
    load.askers("loud", 16)
    load.askers("quiet", 1, pause=0.53)
    await load.run(40)
    assert max(load.waited["quiet"][1:]) == 0  # the first finds all places taken by one who was alone
    quiet = [at for at, tenant in load.begun if tenant == "quiet" and at > 10]
    beside = [at for at, tenant in load.begun if tenant == "loud" and any(q < at < q + TURN - 1e-9 for q in quiet)]
    assert beside == []
    assert load.served["loud"] > 0.7 * 40 / TURN  # it has what the quiet one leaves


async def test_tenants_that_ask_alike_are_served_alike() -> None:
    load = Load(2)
    for tenant in ("a", "b", "c"):
        load.askers(tenant, 8)
    await load.run(40)
    assert max(load.served.values()) < 1.1 * min(load.served.values())
    assert load.served.total() > 0.9 * 2 * 40 / TURN


async def test_who_gives_way_to_many_still_goes_on() -> None:
    load = Load(2)
    load.askers("loud", 8)
    for number in range(90):
        load.askers(f"quiet-{number}", 1, pause=0.9)
    await load.run(20)
    begun = [at for at, tenant in load.begun if tenant == "loud" and at > 5]
    assert max(later - sooner for sooner, later in itertools.pairwise(begun)) < 1.5


async def test_a_long_turn_of_a_quiet_tenant_holds_nobody_up() -> None:
    load = Load(2)
    load.askers("loud", 8)
    load.askers("quiet", 1, pause=5, turn=20)
    await load.run(20)
    assert load.served["loud"] > 0.8 * 20 / TURN


async def test_on_a_machine_with_room_a_flood_keeps_some_of_it() -> None:
    load = Load(8)
    load.askers("loud", 16)
    load.askers("quiet", 1, pause=0.5)
    await load.run(20)
    quiet = [at for at, tenant in load.begun if tenant == "quiet" and at > 10]
    assert any(q < at < q + TURN for q in quiet for at, tenant in load.begun if tenant == "loud")
    assert max(load.waited["quiet"]) == 0
