from __future__ import annotations

import asyncio
import datetime as dt
import gc
import threading
from typing import Any, cast

import pytest

from deployments.analytics.workspace import Workspace
from deployments.contracts.agents import ReadRequest
from deployments.contracts.errors import TurnCancelled, WarehouseUnavailable
from deployments.contracts.identity import Principal
from deployments.contracts.query import AnalyticQuery
from deployments.local import LocalAgents

ANN = Principal(tenant_id="acme", user_id="ann")
DAY = dt.date(2025, 3, 15)


class Endless:
    """A workspace whose query runs until it is interrupted, and which only hears that once it runs."""

    def __init__(self) -> None:
        self.started = threading.Event()
        self.stopped = threading.Event()
        self.interrupts = 0
        self.running = False

    def seen_by(self, principal: Principal) -> Endless:
        return self

    def run(self, query: AnalyticQuery, as_of: dt.date, token: str) -> Any:
        threading.Event().wait(0.12)  # compiling: an interrupt now hits nothing
        self.running = True
        self.started.set()
        self.stopped.wait(10)
        raise TurnCancelled()

    def interrupt(self, token: str) -> None:
        self.interrupts += 1
        if self.running:
            self.stopped.set()

    def ping(self) -> None:
        raise WarehouseUnavailable()


async def test_a_cancelled_query_is_interrupted_and_its_thread_has_ended() -> None:
    endless = Endless()
    agents = LocalAgents(cast("Workspace", endless))
    call = asyncio.ensure_future(agents.run(ANN, AnalyticQuery(subject="orders"), DAY))
    await asyncio.sleep(0)
    assert agents.running == 1
    call.cancel()  # before the query has begun
    with pytest.raises(asyncio.CancelledError):
        await call
    assert endless.stopped.is_set()
    assert endless.interrupts >= 2
    assert agents.running == 0
    agents.close()


async def test_a_warehouse_that_does_not_answer_is_told_apart_from_the_agents() -> None:
    agents = LocalAgents(cast("Workspace", Endless()))
    assert await agents.reachable() == {"agents": True, "warehouse": False}
    agents.close()


async def test_blocking_work_does_not_hold_the_loop() -> None:
    class Slow:
        def __init__(self) -> None:
            self.go_on = threading.Event()

        def seen_by(self, principal: Principal) -> Slow:
            return self

        def read(self, request: ReadRequest) -> str:
            assert self.go_on.wait(10)
            return "read"

    slow = Slow()
    agents = LocalAgents(cast("Workspace", slow))
    call = asyncio.ensure_future(agents.read(ANN, ReadRequest(text="hello", as_of=DAY)))
    await asyncio.sleep(0)
    slow.go_on.set()
    assert cast("str", await call) == "read"
    agents.close()


async def test_an_interrupted_query_leaves_no_complaint_behind() -> None:
    endless = Endless()
    agents = LocalAgents(cast("Workspace", endless))
    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: complaints.append(context))
    call = asyncio.ensure_future(agents.run(ANN, AnalyticQuery(subject="orders"), DAY))
    await asyncio.to_thread(endless.started.wait, 10)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    del call
    gc.collect()
    await asyncio.sleep(0)
    assert complaints == []
    agents.close()
