from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from deployments.contracts.errors import Internal, InvalidQuery
from deployments.lines.line import Line, LineLost, Lines
from deployments.lines.listener import Listener


class Clerk:
    """Somebody to call."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.cancelled: list[str] = []
        self.may_end = asyncio.Event()

    async def add(self, one: int, other: int, *, scale: int = 1) -> int:
        return (one + other) * scale

    async def refuse(self) -> None:
        raise InvalidQuery("There is no such column.", suggestions=("revenue",))

    async def break_down(self) -> None:
        raise ZeroDivisionError("of the clerk's")

    async def wait(self, name: str) -> str:
        self.begun.append(name)
        try:
            await self.may_end.wait()
        except asyncio.CancelledError:
            self.cancelled.append(name)
            raise
        return name

    async def finish(self, name: str) -> str:
        return await self.wait(name)


@pytest.fixture
def clerk() -> Clerk:
    return Clerk()


@pytest.fixture
async def listener(clerk: Clerk, tmp_path: Path) -> AsyncIterator[Listener]:
    listening = Listener(clerk, "clerk", lambda: tmp_path, most=2, lasting=("finish",))
    await listening.open()
    yield listening
    await listening.close(0)


@pytest.fixture
async def lines(tmp_path: Path) -> AsyncIterator[Lines]:
    known = Lines(lambda: tmp_path)
    yield known
    known.close()


async def line_of(lines: Lines) -> Line:
    line = await lines.to("clerk")
    assert line is not None
    return line


async def until(met: Any) -> None:
    async with asyncio.timeout(5):
        while not met():  # noqa: ASYNC110 (what is waited for happens at the other end)
            await asyncio.sleep(0)


async def test_a_call_gives_what_the_method_gives(listener: Listener, lines: Lines) -> None:
    assert await (await line_of(lines)).call("add", 2, 3, scale=10) == 50


async def test_many_calls_go_over_one_line_at_once(listener: Listener, lines: Lines, clerk: Clerk) -> None:
    line = await line_of(lines)
    calls = [asyncio.create_task(line.call("wait", name)) for name in "abc"]
    await until(lambda: clerk.begun == ["a", "b"])
    assert await line_of(lines) is line
    assert line.calls == 3
    clerk.may_end.set()
    assert await asyncio.gather(*calls) == ["a", "b", "c"]


async def test_an_error_comes_with_all_that_it_says(listener: Listener, lines: Lines) -> None:
    with pytest.raises(InvalidQuery, match="no such column") as raised:
        await (await line_of(lines)).call("refuse")
    assert raised.value.suggestions == ("revenue",)


async def test_of_a_defect_nothing_is_told(listener: Listener, lines: Lines) -> None:
    with pytest.raises(Internal) as raised:
        await (await line_of(lines)).call("break_down")
    assert "clerk" not in str(raised.value)


async def test_a_call_that_is_given_up_is_cancelled_there(listener: Listener, lines: Lines, clerk: Clerk) -> None:
    line = await line_of(lines)
    call = asyncio.create_task(line.call("wait", "a"))
    await until(lambda: clerk.begun)
    call.cancel()
    await until(lambda: clerk.cancelled == ["a"])
    assert await line.call("add", 1, 1) == 2


async def test_a_lasting_call_goes_on_without_its_caller(listener: Listener, lines: Lines, clerk: Clerk) -> None:
    line = await line_of(lines)
    call = asyncio.create_task(line.call("finish", "a"))
    await until(lambda: clerk.begun)
    call.cancel()
    lines.close()
    await until(lambda: not listener.connections)
    assert clerk.cancelled == []


async def test_who_goes_away_takes_the_calls_along(listener: Listener, lines: Lines, clerk: Clerk) -> None:
    line = await line_of(lines)
    call = asyncio.create_task(line.call("wait", "a"))
    await until(lambda: clerk.begun)
    line.close()
    with pytest.raises(LineLost):
        await call
    await until(lambda: clerk.cancelled == ["a"])


async def test_one_that_leaves_answers_what_it_has_and_takes_no_more(
    listener: Listener, lines: Lines, clerk: Clerk
) -> None:
    line = await line_of(lines)
    call = asyncio.create_task(line.call("wait", "a"))
    await until(lambda: clerk.begun)
    leaving = asyncio.create_task(listener.close())
    await until(lambda: listener.closing)
    with pytest.raises(LineLost):
        await line.call("add", 1, 1)
    assert await lines.to("clerk") is None
    clerk.may_end.set()
    assert await call == "a"
    await leaving


async def test_one_that_comes_back_is_found_at_once(
    listener: Listener, lines: Lines, clerk: Clerk, tmp_path: Path
) -> None:
    line = await line_of(lines)
    await listener.close()
    await until(lambda: line.lost)
    assert await lines.to("clerk") is None
    again = Listener(clerk, "clerk", lambda: tmp_path)
    await again.open()
    assert await (await line_of(lines)).call("add", 1, 1) == 2
    await again.close(0)


async def test_a_socket_that_was_removed_is_made_anew(listener: Listener, lines: Lines, tmp_path: Path) -> None:
    (tmp_path / "clerk" / str(os.getpid())).unlink()
    assert await lines.to("clerk") is None
    await listener.open()
    assert await (await line_of(lines)).call("add", 1, 1) == 2


async def test_what_a_killed_process_left_is_cleared_away(lines: Lines, tmp_path: Path) -> None:
    dead = 2**22 + 1  # above the highest number that Linux gives a process
    (tmp_path / "clerk").mkdir()
    (tmp_path / "clerk" / str(dead)).touch()
    assert await lines.to("clerk") is None
    assert not (tmp_path / "clerk").exists()


async def test_where_there_is_no_folder_there_are_no_lines(clerk: Clerk) -> None:
    listening = Listener(clerk, "clerk", lambda: None)
    await listening.open()
    assert await Lines(lambda: None).to("clerk") is None
    await listening.close()
