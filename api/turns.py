"""Turns as the wire starts and watches them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from deployments.contracts.answers import Answer
from deployments.contracts.identity import Principal
from deployments.contracts.sessions import Command, Frame, Sessions

_running: set[asyncio.Task[Answer]] = set()


def start_turn(sessions: Sessions, principal: Principal, session_id: str, command: Command) -> asyncio.Task[Answer]:
    """Run a turn that goes on when its caller has gone."""
    task = asyncio.ensure_future(sessions.perform(principal, session_id, command))
    _running.add(task)
    task.add_done_callback(_forget)
    return task


def _forget(task: asyncio.Task[Answer]) -> None:
    _running.discard(task)
    if not task.cancelled():
        # Looked at, so that an error nobody waits for any more is not reported as lost: the turn recorded it.
        task.exception()


@asynccontextmanager
async def following(
    sessions: Sessions, principal: Principal, session_id: str, after_seq: int
) -> AsyncIterator[AsyncIterator[tuple[Frame, ...]]]:
    """The frames after `after_seq`, in batches; let go of in time."""
    frames = sessions.follow(principal, session_id, after_seq=after_seq)
    try:
        yield frames
    finally:
        if close := getattr(frames, "aclose", None):
            await close()


async def frames_of_turn(sessions: Sessions, principal: Principal, session_id: str, turn_id: str) -> list[Frame]:
    """The frames of a turn that is recorded to its end, however long ago."""
    found: list[Frame] = []
    async with following(sessions, principal, session_id, 0) as batches:
        async for batch in batches:
            found += [frame for frame in batch if frame.turn_id == turn_id]
            if found and found[-1].type == "stream_end":
                break
    return found
