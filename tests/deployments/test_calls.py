from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from ray.exceptions import ActorDiedError

from deployments.calls import Caller
from deployments.contracts.errors import AgentUnavailable, InvalidQuery
from deployments.lines.listener import Listener


class Router:
    """A replica of this node."""

    async def read(self, text: str, where: Any = None) -> str:
        return f"{text}, read"

    async def refuse(self) -> None:
        raise InvalidQuery("no such column")


class Ways(Caller):
    """A caller whose own way is this test."""

    def __init__(self, relay: Any) -> None:
        super().__init__(AgentUnavailable, tells=True, relay=relay)
        self.own: list[str] = []

    async def _by_handle(self, deployment: str, method: str, seconds: float, arguments: tuple[Any, ...]) -> Any:
        self.own.append(deployment)
        return arguments


class Remote:
    """What a handle of the relay does."""

    def __init__(self, error: Exception | None = None) -> None:
        self.call = self
        self.asked: list[str] = []
        self._error = error

    def remote(self, deployment: str, method: str, seconds: float, where: Any, arguments: tuple[Any, ...]) -> Any:
        self.asked.append(deployment)
        given: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        if self._error is None:
            given.set_result(arguments)
        else:
            given.set_exception(self._error)
        return given


@pytest.fixture(autouse=True)
def no_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever cluster this process belongs to, none of its agents are called."""
    monkeypatch.setattr("deployments.calls.node_folder", lambda: None)


async def test_calls_are_relayed_until_the_own_way_is_open() -> None:
    relay = Remote()
    caller = Ways(relay)
    assert await caller.call("router", "read", 5, "a") == ("a",)
    assert (relay.asked, caller.own) == (["router"], [])
    await caller.open("router", "reachable", 5)
    await caller.call("router", "read", 5, "a")
    await caller.call("sql_agent", "run", 5, "a")
    assert (relay.asked, caller.own) == (["router", "sql_agent"], ["router", "router"])


async def test_where_the_relay_has_gone_the_own_way_is_taken() -> None:
    relay = Remote(ActorDiedError())
    caller = Ways(relay)
    assert await caller.call("router", "read", 5, "a") == ("a",)
    await caller.call("sql_agent", "run", 5, "a")
    assert (relay.asked, caller.own) == (["router"], ["router", "sql_agent"])


async def test_a_relay_that_does_not_answer_in_time_is_an_agent_that_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    cancelled: list[Any] = []
    monkeypatch.setattr("ray.cancel", cancelled.append)
    relay = Remote()
    relay.remote = lambda *_: asyncio.get_running_loop().create_future()  # type: ignore[method-assign]
    with pytest.raises(AgentUnavailable):
        await Ways(relay).call("router", "read", 0.01, "a")
    assert len(cancelled) == 1


async def test_a_replica_of_the_same_node_is_called_over_a_line_while_it_lasts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("deployments.calls.node_folder", lambda: tmp_path)
    listener = Listener(Router(), "router", lambda: tmp_path)
    await listener.open()
    relay = Remote()
    caller = Ways(relay)
    assert await caller.call("router", "read", 5, "a") == "a, read"
    with pytest.raises(InvalidQuery):
        await caller.call("router", "refuse", 5)
    await caller.open("router", "reachable", 5)
    assert (relay.asked, caller.own) == ([], [])
    await listener.close()
    assert await caller.call("router", "read", 5, "a") == ("a",)
    assert (relay.asked, caller.own) == (["router"], [])
