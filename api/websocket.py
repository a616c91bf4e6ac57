"""The socket of a session: whoever follows it sees every turn in the same order, whoever began it.

Five tasks share a socket: one reads what the client sends and waits for nothing else, one runs its questions in the order
they came, one does whatever else it asked for, one sends the session's frames, one watches the clock of the token. The
first that ends takes the others with it and says why.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Coroutine, Sequence
from typing import Any
from urllib.parse import urlsplit

from starlette.types import Message
from starlette.websockets import WebSocket, WebSocketDisconnect

from api.admission import Admission
from api.auth import socket_token
from api.dispatch import check_ids
from api.errors import Close, close_code
from api.intake import too_large
from api.protocol import Cancel, Ping, Resume, Turn, encode, own, own_error, parse
from api.settings import Settings
from api.turns import following, frames_of_turn, start_turn
from deployments.contracts.errors import Internal, InvalidRequest, PayloadTooLarge, WorkbenchError
from deployments.contracts.identity import Principal
from deployments.contracts.sessions import Command, Frame, Sessions

PATH = "/ws/chat/{session_id}"
RESUME_FIRST_SECONDS = 0.25
"""A client that wants to resume says so first: so long the events of others wait for it."""

CLOSE_SECONDS = 5.0
MOST_ASIDE = 64
"""Frames of a client, beside its questions, that may wait to be answered, and that may be refused in a row."""

log = logging.getLogger("bi_workbench.api")


class Ended(Exception):
    """The socket is to be closed."""

    def __init__(self, code: Close, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


async def serve_socket(websocket: WebSocket, sessions: Sessions, settings: Settings, admission: Admission) -> None:
    """The whole life of one socket. Its caller is known before it is accepted; it is accepted even where it is refused,
    because only then can a browser see the close code. The page of another origin sees nothing at all."""
    if not is_own_origin(websocket.headers.getlist("origin"), websocket.headers.get("host", ""), settings.cors_origins):
        await websocket.close(Close.FORBIDDEN, "origin")
        return
    try:
        principal, seq = await _admit(websocket, sessions, admission)
    except WorkbenchError as error:
        await _accept(websocket)
        await _close(websocket, close_code(error) or Close.RESTARTING, error.code)
        return
    with admission.socket(principal) as has_place:
        await _accept(websocket)
        if has_place:
            session_id = websocket.path_params["session_id"]
            await _live(websocket, Socket(websocket, sessions, settings, admission, principal, session_id, seq))
        else:
            await _close(websocket, Close.TOO_MANY, "too_many_sockets")


async def _live(websocket: WebSocket, socket: Socket) -> None:
    try:
        await socket.run()
    except WebSocketDisconnect:
        return
    except Ended as end:
        await _close(websocket, end.code, end.reason)
    except WorkbenchError as error:
        await _close(websocket, close_code(error) or Close.RESTARTING, error.code)
    except asyncio.CancelledError:
        await _close(websocket, Close.RESTARTING, "restarting")
        raise
    except Exception:
        log.exception("socket %r failed", websocket.url.path[:200])
        await _close(websocket, Close.FAILED, Internal.code)


def is_own_origin(origins: Sequence[str], host: str, allowed: Sequence[str]) -> bool:
    """Whether a handshake comes from a page of this server or of an allowed origin, or from no page at all.

    A browser does not ask before it opens a socket to another server, so the server has to look."""
    if not origins:
        return True
    (origin, *more) = origins
    return not more and (origin in allowed or (bool(host) and urlsplit(origin).netloc.lower() == host.lower()))


async def _accept(websocket: WebSocket) -> None:
    offered = websocket.scope.get("subprotocols") or []
    await websocket.accept(subprotocol="bearer" if offered[:1] and offered[0].lower() == "bearer" else None)


async def _admit(websocket: WebSocket, sessions: Sessions, admission: Admission) -> tuple[Principal, int]:
    token = socket_token(
        websocket.headers.getlist("authorization"),
        websocket.scope.get("subprotocols") or [],
        websocket.query_params.getlist("token"),
    )
    principal = await admission.identify(token)
    check_ids(websocket.path_params)
    return principal, await sessions.last_seq(principal, websocket.path_params["session_id"])


async def _close(websocket: WebSocket, code: Close, reason: str) -> None:
    try:
        async with asyncio.timeout(CLOSE_SECONDS):
            await websocket.close(code, reason)
    except (RuntimeError, WebSocketDisconnect, TimeoutError):
        # The client was faster, or takes nothing any more.
        return


class Socket:
    """An open socket of an authenticated caller. Events from `_from` up to `_sent` have been sent over it."""

    def __init__(
        self,
        websocket: WebSocket,
        sessions: Sessions,
        settings: Settings,
        admission: Admission,
        principal: Principal,
        session_id: str,
        seq: int,
    ) -> None:
        self._websocket = websocket
        self._sessions = sessions
        self._settings = settings
        self._admission = admission
        self._principal = principal
        self._session_id = session_id
        self._from = self._sent = seq
        self._sending = asyncio.Lock()
        self._progress = asyncio.Condition()
        self._spoke = asyncio.Event()
        self._commands: asyncio.Queue[Command] = asyncio.Queue()
        self._aside: asyncio.Queue[Cancel | Resume | Ping | WorkbenchError] = asyncio.Queue(MOST_ASIDE)
        self._outstanding = 0
        self._refused = 0
        self._ended_turns: set[str] = set()

    async def run(self) -> None:
        """Until the client goes. Raises Ended or a WorkbenchError where the server ends it."""
        parts: list[Coroutine[Any, Any, None]] = [
            self._receive(),
            self._work(),
            self._do_aside(),
            self._follow(),
            self._expire(),
        ]
        tasks = [asyncio.create_task(part) for part in parts]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for task in done:
            task.result()

    # --- what the client sends

    async def _receive(self) -> None:
        while True:
            message = await self._websocket.receive()
            if message["type"] == "websocket.disconnect":
                return
            try:
                self._take(message)
            except PayloadTooLarge as error:
                raise Ended(Close.TOO_LARGE, error.code) from None
            except WorkbenchError as error:
                self._refused += 1
                self._put_aside(error)
            else:
                self._refused = 0
            if self._refused > MOST_ASIDE:
                raise Ended(Close.TOO_MANY, "too_many_refused")

    def _take(self, message: Message) -> None:
        self._admission.count(self._principal)
        limit = self._settings.body_bytes
        text = message.get("text")
        if text is None:
            if len(message.get("bytes") or b"") > limit:
                raise too_large("frame", limit)
            raise InvalidRequest("Expected a text frame, got a binary one.")
        asked = parse(text, frame_bytes=limit, question_characters=self._settings.question_characters)
        match asked:
            case Turn(command=command):
                if self._outstanding >= self._settings.socket_outstanding:
                    raise Ended(Close.TOO_MANY, "too_many_outstanding")
                self._outstanding += 1
                self._commands.put_nowait(command)
                self._spoke.set()
            case Cancel() | Resume() | Ping():
                self._put_aside(asked)

    def _put_aside(self, asked: Cancel | Resume | Ping | WorkbenchError) -> None:
        try:
            self._aside.put_nowait(asked)
        except asyncio.QueueFull:
            # What comes in is kept until it is answered, so a client that takes no answers may not go on sending.
            raise Ended(Close.TOO_MANY, "too_many_outstanding") from None

    async def _do_aside(self) -> None:
        while True:
            asked = await self._aside.get()
            try:
                await self._answer(asked)
            except WorkbenchError as error:
                if close_code(error) is not None:
                    raise
                await self._tell(error)
            self._spoke.set()

    async def _answer(self, asked: Cancel | Resume | Ping | WorkbenchError) -> None:
        match asked:
            case Cancel():
                if not await self._sessions.cancel(self._principal, self._session_id):
                    await self._send_own("status", state="idle")
            case Resume(after_seq=after_seq):
                await self._resume(after_seq)
            case Ping():
                await self._send_own("pong")
            case WorkbenchError():
                raise asked

    # --- turns, in the order they were asked for

    async def _work(self) -> None:
        while True:
            await self._perform(await self._commands.get())
            self._outstanding -= 1

    async def _perform(self, command: Command) -> None:
        turn = start_turn(self._sessions, self._principal, self._session_id, command)
        try:
            turn_id = (await asyncio.shield(turn)).turn_id
        except WorkbenchError as error:
            # An error that a turn ended with is among the session's events; any other is told to this client alone.
            if "turn_id" not in error.extra:
                if close_code(error) is not None:
                    raise
                await self._tell(error)
                return
            turn_id = str(error.extra["turn_id"])
        newest = await self._sessions.last_seq(self._principal, self._session_id)
        async with self._progress:
            await self._progress.wait_for(lambda: turn_id in self._ended_turns or self._sent >= newest)
        if turn_id in self._ended_turns:
            self._ended_turns.clear()
            return
        # All that is new was sent and this turn was not in it: it was answered before, and its end is told again.
        for frame in (await frames_of_turn(self._sessions, self._principal, self._session_id, turn_id))[-2:]:
            await self._send(encode(frame))

    # --- what the session emits

    async def _follow(self) -> None:
        async with following(self._sessions, self._principal, self._session_id, self._sent) as batches:
            async for batch in batches:
                if not self._spoke.is_set():
                    await self._hear_first()
                await self._pass_on(batch)

    async def _hear_first(self) -> None:
        try:
            async with asyncio.timeout(RESUME_FIRST_SECONDS):
                await self._spoke.wait()
        except TimeoutError:
            self._spoke.set()

    async def _pass_on(self, batch: tuple[Frame, ...]) -> None:
        for frame in batch:
            async with self._sending:
                await self._put(encode(frame))
                self._sent = frame.seq
            async with self._progress:
                if frame.type == "stream_end" and self._outstanding:
                    self._ended_turns.add(frame.turn_id)
                self._progress.notify_all()

    async def _resume(self, after_seq: int) -> None:
        newest = await self._sessions.last_seq(self._principal, self._session_id)
        if after_seq > newest:
            raise InvalidRequest(f"The session's newest 'seq' is {newest}.", field="after_seq")
        # Held through the replay, so that nothing newer is sent between.
        async with self._sending:
            await self._put(own("resumed", after_seq, after_seq=after_seq))
            if after_seq >= self._from:
                return
            async with following(self._sessions, self._principal, self._session_id, after_seq) as batches:
                async for batch in batches:
                    for frame in batch:
                        if frame.seq <= self._from:
                            await self._put(encode(frame))
                    if batch[-1].seq >= self._from:
                        break
            self._from = after_seq

    # --- sending

    async def _tell(self, error: WorkbenchError) -> None:
        await self._send(own_error(error, self._sent))

    async def _send_own(self, kind: str, **body: Any) -> None:
        await self._send(own(kind, self._sent, **body))

    async def _send(self, text: str) -> None:
        async with self._sending:
            await self._put(text)

    async def _put(self, text: str) -> None:
        try:
            async with asyncio.timeout(self._settings.socket_send_seconds):
                await self._websocket.send_text(text)
        except TimeoutError:
            raise Ended(Close.TOO_SLOW, "too_slow") from None

    # --- the token's time

    async def _expire(self) -> None:
        expires = self._principal.expires_at
        if expires is None:
            await asyncio.Event().wait()
            return
        left = (expires - dt.datetime.now(dt.UTC)).total_seconds() + self._settings.leeway_seconds
        await asyncio.sleep(max(left, 0))
        raise Ended(Close.UNAUTHENTICATED, "token_expired")
