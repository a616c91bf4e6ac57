from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest

from api.shares import Shares
from deployments.contracts.errors import Overloaded, TurnCancelled
from tests.api.test_admission import Clock


class Turns:
    """Turns that run until they are told to end; the order in which they began."""

    def __init__(self, shares: Shares) -> None:
        self.shares = shares
        self.began: list[str] = []
        self.end: dict[str, asyncio.Event] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}

    async def _run(self, name: str) -> None:
        async with self.shares.place(name[0]):
            self.began.append(name)
            await self.end[name].wait()

    async def ask(self, *names: str) -> None:
        for name in names:
            self.end[name] = asyncio.Event()
            self.tasks[name] = asyncio.create_task(self._run(name))
            await self._settle()

    async def finish(self, *names: str) -> None:
        for name in names:
            self.end[name].set()
            await self.tasks[name]
            await self._settle()

    async def leave(self, name: str) -> None:
        self.tasks[name].cancel()
        await asyncio.gather(self.tasks[name], return_exceptions=True)
        await self._settle()

    @staticmethod
    async def _settle() -> None:
        for _ in range(5):
            await asyncio.sleep(0)


async def test_a_crowd_of_one_tenant_makes_no_other_wait() -> None:
    turns = Turns(Shares(4, 100))
    await turns.ask("b0", "a1", "a2", "a3", "a4", "a5")
    assert turns.began == ["b0", "a1", "a2", "a3"]
    await turns.ask("c1", "d1")
    assert turns.began[4:] == ["c1", "d1"]
    await turns.finish("c1", "d1", "a1")
    assert turns.began[6:] == ["a4"]
    await turns.finish("b0")
    assert turns.began[7:] == []  # three quarters are a's already
    await turns.finish("a2", "a3", "a4", "a5")


async def test_a_free_place_goes_to_who_holds_the_fewest_and_in_turn_among_equals() -> None:
    turns = Turns(Shares(4, 100))
    await turns.ask("b1", "a1", "a2", "b2", "a3", "b3", "a4", "b4")
    assert turns.began == ["b1", "a1", "a2", "b2"]
    await turns.finish("a1")
    assert turns.began[4:] == ["a3"]
    await turns.finish("b1")
    assert turns.began[5:] == ["b3"]
    await turns.finish("a2", "b2")
    assert sorted(turns.began[6:]) == ["a4", "b4"]
    await turns.finish("a3", "a4", "b3", "b4")


async def test_a_tenant_that_is_alone_has_more_until_another_comes() -> None:
    clock = Clock()
    turns = Turns(Shares(2, 100, clock=clock))
    await turns.ask("b0")
    await turns.finish("b0")
    await turns.ask(*(f"a{n}" for n in range(10)))
    assert turns.began == ["b0", "a0"]  # b has only just been here
    clock.now += 11
    await turns.finish("a0")
    assert len(turns.began) == 2 + 8
    await turns.ask("b1")
    assert turns.began[-1] != "b1"  # all that there is has been given away
    await turns.finish("a1")
    assert turns.began[-1] == "b1"
    await turns.finish("b1", *(f"a{n}" for n in range(2, 10)))
    assert turns.shares._held.total() == 0


async def test_who_leaves_the_line_or_its_place_makes_room() -> None:
    turns = Turns(Shares(1, 100))
    await turns.ask("b0", "a1", "a2", "a3")
    await turns.finish("b0")
    await turns.leave("a2")
    await turns.leave("a1")
    assert turns.began == ["b0", "a1", "a3"]
    await turns.finish("a3")
    await turns.ask("b1")
    assert turns.began[-1] == "b1"
    await turns.finish("b1")
    assert turns.shares._held.total() == 0
    assert turns.shares._waiting == {}


async def test_a_line_has_an_end_and_it_is_the_tenants_own() -> None:
    shares = Shares(1, 2)
    async with AsyncExitStack() as held:
        for _ in range(4):
            await held.enter_async_context(shares.place("a"))
        waiting = [asyncio.create_task(held.enter_async_context(shares.place("a"))) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(Overloaded) as refused:
            await held.enter_async_context(shares.place("a"))
        assert refused.value.retry_after
        theirs = asyncio.create_task(held.enter_async_context(shares.place("b")))
        await asyncio.sleep(0)
        assert not theirs.done()  # it waits in a line of its own
        waiting.append(theirs)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
    async with shares.place("a"):
        assert shares._held == {"a": 1}


async def test_no_turn_waits_longer_than_it_may() -> None:
    shares = Shares(1, 5, 0.01)
    async with AsyncExitStack() as held:
        for _ in range(4):
            await held.enter_async_context(shares.place("a"))
        with pytest.raises(Overloaded) as refused:
            await held.enter_async_context(shares.place("a"))
        assert refused.value.retry_after
    assert (shares._held.total(), shares._waiting) == (0, {})


async def test_without_a_line_what_finds_no_place_is_sent_away_at_once() -> None:
    shares = Shares(1, 0)
    async with AsyncExitStack() as held:
        for _ in range(4):
            await held.enter_async_context(shares.place("a"))
        with pytest.raises(Overloaded):
            await held.enter_async_context(shares.place("a"))
    async with shares.place("a"):
        assert shares._held == {"a": 1}


async def test_a_turn_that_waits_for_its_place_can_be_cancelled() -> None:
    shares = Shares(1, 5)

    async def wait(session_id: str) -> None:
        async with shares.place("a", session_id):
            pass

    async with AsyncExitStack() as held:
        for _ in range(4):
            await held.enter_async_context(shares.place("a"))
        first, second, other = (asyncio.create_task(wait(name)) for name in ("s1", "s1", "s2"))
        await asyncio.sleep(0)
        assert shares.leave("a", "s1")
        with pytest.raises(TurnCancelled):
            await first
        assert not shares.leave("b", "s1")  # another tenant's are not its to stop
        assert not second.done()
        assert not shares.leave("a", "s3")
    await asyncio.gather(second, other)
    assert shares._held.total() == 0


async def test_one_place_is_enough_for_one_tenant() -> None:
    async with Shares(1, 1).place("a"):
        pass


async def test_how_many_wait_is_told_whenever_it_changes() -> None:
    told: list[int] = []
    shares = Shares(1, 5, on_change=told.append)
    async with AsyncExitStack() as held:
        for _ in range(4):  # as many as one tenant may have while it is alone
            await held.enter_async_context(shares.place("a"))
        assert told[-1] == 0
        waiting = asyncio.ensure_future(shares.place("a").__aenter__())
        await asyncio.sleep(0)
        assert told[-1] == 1
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert told[-1] == 0
