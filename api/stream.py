"""A turn as server-sent events: the frames of the WebSocket, from the question to its answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from api.protocol import encode, own_error
from api.turns import following, frames_of_turn, start_turn
from deployments.contracts.answers import Answer
from deployments.contracts.errors import Internal, WorkbenchError
from deployments.contracts.identity import Principal
from deployments.contracts.sessions import Command, Frame, Sessions

EVENT_STREAM = "text/event-stream"
KEEP_ALIVE_SECONDS = 15.0


def wants_stream(request: Request) -> bool:
    """Whether the caller asked for events rather than for the answer alone."""
    accepted = (part.partition(";")[0].strip().lower() for part in request.headers.get("accept", "").split(","))
    return EVENT_STREAM in accepted


async def stream_turn(sessions: Sessions, principal: Principal, session_id: str, command: Command) -> Response:
    """Run a turn and send its frames as they come. A turn that fails before it has shown anything raises its error,
    so that the caller gets the status that it would get without streaming."""
    watch = _Watch(sessions, principal, session_id, await sessions.last_seq(principal, session_id))
    watch.start(command)
    try:
        await watch.first()
    except BaseException:
        await watch.stop()
        raise
    return StreamingResponse(watch.events(), media_type=EVENT_STREAM, headers={"X-Accel-Buffering": "no"})


class _Watch:
    """A turn that runs and the frames that its session emits meanwhile."""

    def __init__(self, sessions: Sessions, principal: Principal, session_id: str, after_seq: int) -> None:
        self._sessions = sessions
        self._principal = principal
        self._session_id = session_id
        self._after_seq = after_seq
        self._frames: asyncio.Queue[Frame | WorkbenchError] = asyncio.Queue(maxsize=256)

    def start(self, command: Command) -> None:
        self._follower = asyncio.create_task(self._follow())
        self._turn: asyncio.Task[Answer] = start_turn(self._sessions, self._principal, self._session_id, command)

    async def first(self) -> None:
        """Returns when there is something to send. Raises what the turn raised where that came first."""
        self._head = asyncio.ensure_future(self._frames.get())
        await asyncio.wait({self._head, self._turn}, return_when=asyncio.FIRST_COMPLETED)
        if self._head.done() and not isinstance(head := self._head.result(), WorkbenchError) and head.type != "error":
            return
        await asyncio.shield(self._turn)

    async def events(self) -> AsyncIterator[bytes]:
        """The frames up to the end of the turn; a comment now and then, so that no proxy takes the silence for an end."""
        try:
            async for frame in self._until_the_end():
                if frame is None:
                    yield b": waiting\n\n"
                elif isinstance(frame, WorkbenchError):
                    yield f"event: error\ndata: {own_error(frame, self._after_seq)}\n\n".encode()
                else:
                    yield f"id: {frame.seq}\nevent: {frame.type}\ndata: {encode(frame)}\n\n".encode()
        finally:
            await self.stop()

    async def stop(self) -> None:
        self._follower.cancel()
        self._head.cancel()
        await asyncio.gather(self._follower, self._head, return_exceptions=True)

    async def _until_the_end(self) -> AsyncIterator[Frame | WorkbenchError | None]:
        ended: set[str] = set()
        last: int | None = None
        turn_id = ""
        while True:
            if last is None and self._turn.done():
                ending = _ending(self._turn)
                if isinstance(ending, WorkbenchError):
                    yield ending
                    return
                turn_id = ending
                last = await self._sessions.last_seq(self._principal, self._session_id)
            if last is not None:
                if turn_id in ended:
                    return
                if self._after_seq >= last:
                    # All that is new was sent and this turn was not in it: it was answered before, and is told again.
                    for frame in await frames_of_turn(self._sessions, self._principal, self._session_id, turn_id):
                        yield frame
                    return
            waiting = {self._head} if self._turn.done() else {self._head, self._turn}
            await asyncio.wait(waiting, timeout=KEEP_ALIVE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if not self._head.done():
                if not self._turn.done():
                    yield None
                continue
            head = self._head.result()
            yield head
            if isinstance(head, WorkbenchError):
                return
            self._head = asyncio.ensure_future(self._frames.get())
            self._after_seq = head.seq
            if head.type == "stream_end":
                ended.add(head.turn_id)

    async def _follow(self) -> None:
        try:
            async with following(self._sessions, self._principal, self._session_id, self._after_seq) as batches:
                async for batch in batches:
                    for frame in batch:
                        await self._frames.put(frame)
        except WorkbenchError as error:
            await self._frames.put(error)


def _ending(turn: asyncio.Task[Answer]) -> str | WorkbenchError:
    """The id of the recorded turn, or the error that left no record."""
    error = turn.exception()
    if error is None:
        return turn.result().turn_id
    if not isinstance(error, WorkbenchError):
        return Internal()
    return str(error.extra["turn_id"]) if "turn_id" in error.extra else error
