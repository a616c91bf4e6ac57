"""What is measured of a running server, each as one number in the unit its name ends with."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp

from api.bench.load import Timing, median, medians, repeat, timed
from api.routes.sessions import SESSIONS
from deployments.contracts.errors import Internal

CALLERS = 8
_SETTLE_SECONDS = 2.0
"""Between two activations, so that the pool of started workers fills again."""

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Scale:
    """How much is measured: rounds, messages of a round, single measurements, length of the long session."""

    rounds: int = 5
    messages: int = 60
    singles: int = 12
    long: int = 1000


class Server:
    """A client of the server and of its floor."""

    def __init__(self, http: aiohttp.ClientSession, base: str, floor: str, question: str) -> None:
        self._http = http
        self._base = base
        self._floor = floor
        self._question = question

    async def create(self) -> str:
        """A new session's id."""
        made = await self._asked("POST", SESSIONS, {})
        return str(made["session_id"])

    async def ask(self, session_id: str) -> None:
        """One message, to its answer."""
        answer = await self._asked("POST", f"{SESSIONS}/{session_id}/messages", {"message": self._question})
        if not answer["success"]:
            raise Internal(f"The question of the benchmark was not answered: {answer['response']}")

    async def look(self, session_id: str) -> None:
        """One small read."""
        await self._asked("GET", f"{SESSIONS}/{session_id}/history?limit=1")

    async def ask_floor(self) -> None:
        """The same message of the floor."""
        async with self._http.post(f"{self._floor}/messages", json={"message": self._question}) as response:
            if response.status != 200 or not (await response.json())["success"]:
                raise Internal("The floor did not answer the question of the benchmark.")

    async def first_event(self, session_id: str) -> float:
        """Milliseconds from a message sent on an open socket to the first event of its turn."""
        async with self._http.ws_connect(f"{self._base}/ws/chat/{session_id}") as socket:
            await socket.send_json({"type": "ping"})
            await socket.receive_json()
            began = time.perf_counter()
            await socket.send_json({"type": "message", "content": self._question})
            await socket.receive_json()
            took = (time.perf_counter() - began) * 1000
            while (await socket.receive_json())["type"] != "stream_end":
                pass
        return took

    async def residents(self) -> dict[str, dict[str, Any]]:
        """What an administrator sees, by session."""
        listed = await self._asked("GET", "/api/v1/bi/admin/sessions")
        return {one["session_id"]: one for one in listed["sessions"]}

    async def _asked(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        async with self._http.request(method, self._base + path, json=body) as response:
            told: dict[str, Any] = await response.json(content_type=None)
            if response.status >= 400:
                raise Internal(f"The server answered {response.status}: {told.get('detail', '')}")
            return told


async def messages(server: Server, scale: Scale, say: Progress) -> dict[str, Any]:
    """Messages against the floor, alone and with several callers, round by round in turn."""
    sessions = [await server.create() for _ in range(CALLERS)]

    def asking(session_id: str) -> Callable[[], Awaitable[None]]:
        return lambda: server.ask(session_id)

    for session_id in sessions:
        await server.ask(session_id)
    await repeat([server.ask_floor] * CALLERS, 3)
    kinds: dict[str, list[Timing]] = {"floor": [], "server": [], "floor_many": [], "server_many": []}
    for number in range(scale.rounds):
        say(f"Messages, round {number + 1} of {scale.rounds}")
        each = max(1, scale.messages // 3)
        kinds["floor"].append(await repeat([server.ask_floor], scale.messages))
        kinds["server"].append(await repeat([asking(sessions[0])], scale.messages))
        kinds["floor_many"].append(await repeat([server.ask_floor] * CALLERS, each))
        kinds["server_many"].append(await repeat([asking(one) for one in sessions], each))
    floor, alone, floor_many, many = (medians(kinds[name]) for name in kinds)
    return {
        "floor_message_p50_ms": floor.p50,
        "floor_message_p99_ms": floor.p99,
        "floor_messages_per_s_8_callers": floor_many.per_second,
        "message_p50_ms": alone.p50,
        "message_p99_ms": alone.p99,
        "messages_per_s_8_callers": many.per_second,
        "message_p50_ms_8_callers": many.p50,
        "message_p99_ms_8_callers": many.p99,
        "message_p50_ratio": alone.p50 / floor.p50,
        "message_p99_ratio": alone.p99 / floor.p99,
        "throughput_ratio": many.per_second / floor_many.per_second,
    }


async def create(server: Server, scale: Scale, say: Progress) -> dict[str, Any]:
    """Making a session, and its first message."""
    say("New sessions")
    made, first = [], []
    for _ in range(scale.singles):
        began = time.perf_counter()
        session_id = await server.create()
        made.append((time.perf_counter() - began) * 1000)
        first.append(await timed(lambda session_id=session_id: server.ask(session_id)))  # type: ignore[misc]
        await asyncio.sleep(_SETTLE_SECONDS)
    return {"session_create_p50_ms": median(made), "first_message_p50_ms": median(first)}


async def activation(server: Server, passive: list[str], say: Progress) -> dict[str, Any]:
    """A passive session of some length, to its first reply."""
    say("Passive sessions activated")
    taken = []
    for session_id in passive:
        taken.append(await timed(lambda session_id=session_id: server.look(session_id)))  # type: ignore[misc]
        await asyncio.sleep(_SETTLE_SECONDS)
    return {"activation_p50_ms": median(taken), "activation_max_ms": max(taken)}


async def recovery(server: Server, scale: Scale, say: Progress) -> dict[str, Any]:
    """From kill -9 of a session's process to the answer of the next message."""
    say("Sessions killed")
    session_id = await server.create()
    await server.ask(session_id)
    taken = []
    for _ in range(scale.singles):
        pid = (await server.residents())[session_id]["pid"]
        os.kill(pid, signal.SIGKILL)
        taken.append(await timed(lambda: server.ask(session_id)))
        await asyncio.sleep(_SETTLE_SECONDS)
    return {"kill_to_answer_p50_ms": median(taken), "kill_to_answer_max_ms": max(taken)}


async def events(server: Server, scale: Scale, say: Progress) -> dict[str, Any]:
    """The first event of a turn on an open WebSocket."""
    say("WebSocket events")
    session_id = await server.create()
    await server.ask(session_id)
    return {"first_event_p50_ms": median([await server.first_event(session_id) for _ in range(scale.singles)])}


async def length(server: Server, scale: Scale, say: Progress) -> tuple[dict[str, Any], str]:
    """Whether a message late in a long session takes what an early one took. Also gives the session's id."""
    session_id = await server.create()
    await server.ask(session_id)
    window = max(5, scale.long // 20)
    taken: list[float] = []
    for number in range(scale.long):
        if number % 100 == 0:
            say(f"A long session: {number} of {scale.long} messages")
        taken.append(await timed(lambda: server.ask(session_id)))
    early, late = median(taken[:window]), median(taken[-window:])
    return {"early_message_p50_ms": early, "late_message_p50_ms": late, "late_to_early_ratio": late / early}, session_id


async def memory(server: Server, say: Progress) -> dict[str, Any]:
    """What a resident session's process holds by itself."""
    say("Memory of resident sessions")
    held = [one["memory_bytes"] for one in (await server.residents()).values() if one["memory_bytes"]]
    return {"resident_sessions": len(held), "resident_private_mib": median(held) / 2**20}
