"""A steady load: people who open conversations, ask in every way there is, and leave."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from websockets.asyncio.client import connect

QUESTION = "revenue by country"
SESSIONS = "/api/v1/bi/chat/sessions"
SETTLES_SECONDS = 10.0
"""An error so soon after an injected fault is the fault's."""


@dataclass
class Tally:
    """What happened: milliseconds by kind of step, errors, and those that were injected."""

    took: dict[str, list[float]] = field(default_factory=dict)
    errors: Counter[str] = field(default_factory=Counter)
    injected: Counter[str] = field(default_factory=Counter)
    faults: int = 0
    last_fault: float = -SETTLES_SECONDS
    rows: dict[str, Any] = field(default_factory=dict)

    @asynccontextmanager
    async def step(self, kind: str) -> AsyncIterator[None]:
        """Time a step; what goes wrong in it is counted, not raised."""
        began = time.monotonic()
        try:
            yield
        except Exception as error:
            text = f"{kind}: {type(error).__name__}: {str(error)[:160]}"
            (self.injected if began - self.last_fault < SETTLES_SECONDS else self.errors)[text] += 1
        else:
            self.took.setdefault(kind, []).append((time.monotonic() - began) * 1000)

    def same(self, tenant: str, rows: Any) -> None:
        """The data stands still, so a question has one answer. Raises AssertionError for another."""
        if rows != self.rows.setdefault(tenant, rows):
            raise AssertionError(f"another answer than before: {rows}")


class Person:
    """One user who talks to the server for as long as the load lasts."""

    def __init__(self, base: str, token: str, tenant: str, tally: Tally, pause: Callable[[], float]) -> None:
        self._base = base
        self._token = token
        self._tenant = tenant
        self._tally = tally
        self._pause = pause

    async def live(self) -> None:
        """Conversation after conversation."""
        headers = {"Authorization": f"Bearer {self._token}"}
        while True:
            # A person's browser comes and goes too.
            async with httpx.AsyncClient(base_url=self._base, headers=headers, timeout=60) as client:
                await self._converse(client)

    async def _converse(self, client: httpx.AsyncClient) -> None:
        session = ""
        async with self._step("create"):
            session = (await _json(client.post(SESSIONS, json={}), 201))["session_id"]
        if not session:
            return
        path = f"{SESSIONS}/{session}"
        result = ""
        async with self._step("ask"):
            answer = await _json(client.post(f"{path}/messages", json={"message": QUESTION}))
            self._tally.same(self._tenant, answer["data"]["rows"])
            result = answer["result_id"]
        async with self._step("refine"):
            assert (await _json(client.post(f"{path}/refine", json={"refinement": "only the US"})))["row_count"] == 1
        async with self._step("stream"):
            streamed = await client.post(
                f"{path}/messages", json={"message": QUESTION}, headers={"Accept": "text/event-stream"}
            )
            assert "event: stream_end" in streamed.text, streamed.text[-300:]
        async with self._step("socket"):
            await self._over_a_socket(session)
        async with self._step("visualize"):
            shown = await _json(client.post(f"{path}/visualize", json={"chart_type": "pie"}))
            assert shown["sql_executed"] is False
        async with self._step("undo"):
            await _json(client.post(f"{path}/undo", json={}))
        async with self._step("history"):
            assert (await _json(client.get(f"{path}/history")))["total_count"] >= 8
        async with self._step("download"):
            assert (await client.get(f"{path}/results/{result}", params={"format": "csv"})).text.startswith("c")
        async with self._step("chart"):
            drawn = await client.get(f"{path}/results/{result}/chart", params={"format": "svg"})
            assert drawn.text.startswith("<svg"), drawn.text[:200]
        async with self._step("tools"):
            await self._as_an_agent(client, session)
        async with self._step("model"):
            assert (await _json(client.get("/api/v1/bi/model")))["entities"]
        async with self._step("list"):
            await _json(client.get(SESSIONS))
        async with self._step("delete"):
            assert (await client.delete(path)).status_code == 204

    @asynccontextmanager
    async def _step(self, kind: str) -> AsyncIterator[None]:
        await asyncio.sleep(self._pause())
        async with self._tally.step(kind):
            yield

    async def _over_a_socket(self, session: str) -> None:
        address = f"{self._base.replace('http', 'ws')}/ws/chat/{session}"
        async with connect(
            address, additional_headers={"Authorization": f"Bearer {self._token}"}, open_timeout=60
        ) as socket:
            await socket.send(json.dumps({"type": "message", "content": QUESTION}))
            while (frame := json.loads(await asyncio.wait_for(socket.recv(), 60)))["type"] != "stream_end":
                assert frame["type"] != "error", frame
                if frame["type"] == "result":
                    self._tally.same(self._tenant, frame["data"]["data"]["rows"])

    async def _as_an_agent(self, client: httpx.AsyncClient, session: str) -> None:
        arguments = {"question": QUESTION, "session_id": session}
        call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "ask", "arguments": arguments}}
        headers = {"Accept": "application/json, text/event-stream"}
        told = await _json(client.post("/mcp", json=call, headers=headers))
        assert not told["result"].get("isError"), told


async def _json(request: Any, status: int = 200) -> Any:
    response = await request
    assert response.status_code == status, f"{response.status_code} {response.text[:120]}"
    return response.json()


async def load(
    base: str, tokens: dict[tuple[str, str], str], seconds: float, rate: float, tally: Tally, seed: int = 1
) -> None:
    """Everyone for so many seconds, `rate` steps a second together, and no more in a rush than by chance."""
    chance = random.Random(seed)
    mean = len(tokens) / rate
    people = [
        asyncio.create_task(Person(base, token, tenant, tally, lambda: chance.expovariate(1 / mean)).live())
        for (tenant, _), token in tokens.items()
    ]
    done, _ = await asyncio.wait(people, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
    for person in people:
        person.cancel()
    await asyncio.gather(*people, return_exceptions=True)
    for person in done:
        person.result()
