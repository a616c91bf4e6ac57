"""A steady load: people who open conversations, ask in every way there is, and leave."""

from __future__ import annotations

import asyncio
import json
import random
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from websockets.asyncio.client import connect

QUESTION = "revenue by country"
SESSIONS = "/api/v1/bi/chat/sessions"
TRIES = 20
SETTLES_SECONDS = 10.0
"""An error so soon after an injected fault is the fault's."""


@dataclass
class Tally:
    """What happened: milliseconds by kind of step, errors, those that were injected, and how often the server asked to
    come again, which was done."""

    took: dict[str, list[float]] = field(default_factory=dict)
    errors: Counter[str] = field(default_factory=Counter)
    injected: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
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
            session = (await self._said(client, "POST", SESSIONS, 201, json={}))["session_id"]
        if not session:
            return
        path = f"{SESSIONS}/{session}"
        result = ""
        async with self._step("ask"):
            answer = await self._said(client, "POST", f"{path}/messages", json={"message": QUESTION})
            self._tally.same(self._tenant, answer["data"]["rows"])
            result = answer["result_id"]
        if not result:
            return
        async with self._step("refine"):
            assert (await self._said(client, "POST", f"{path}/refine", json={"refinement": "only the US"}))[
                "row_count"
            ] == 1
        async with self._step("stream"):
            events = {"Accept": "text/event-stream"}
            streamed = await self._sent(client, "POST", f"{path}/messages", json={"message": QUESTION}, headers=events)
            assert "event: stream_end" in streamed.text, streamed.text[-300:]
        async with self._step("socket"):
            await self._over_a_socket(session)
        async with self._step("visualize"):
            shown = await self._said(client, "POST", f"{path}/visualize", json={"chart_type": "pie"})
            assert shown["sql_executed"] is False
        async with self._step("undo"):
            await self._said(client, "POST", f"{path}/undo", json={})
        async with self._step("history"):
            assert (await self._said(client, "GET", f"{path}/history"))["total_count"] >= 8
        async with self._step("download"):
            file = await self._sent(client, "GET", f"{path}/results/{result}", params={"format": "csv"})
            assert file.text.startswith("c"), file.text[:200]
        async with self._step("chart"):
            drawn = await self._sent(client, "GET", f"{path}/results/{result}/chart", params={"format": "svg"})
            assert drawn.text.startswith("<svg"), drawn.text[:200]
        async with self._step("tools"):
            await self._as_an_agent(client, session)
        async with self._step("model"):
            assert (await self._said(client, "GET", "/api/v1/bi/model"))["entities"]
        async with self._step("list"):
            await self._said(client, "GET", SESSIONS)
        async with self._step("delete"):
            assert (await self._sent(client, "DELETE", path)).status_code == 204

    @asynccontextmanager
    async def _step(self, kind: str) -> AsyncIterator[None]:
        await asyncio.sleep(self._pause())
        async with self._tally.step(kind):
            yield

    async def _sent(self, client: httpx.AsyncClient, method: str, path: str, **given: Any) -> httpx.Response:
        """Send until the server does not ask to come again."""
        if "message" in given.get("json", {}):
            given["json"] = {**given["json"], "message_id": uuid.uuid4().hex}
        for _ in range(TRIES):
            response = await client.request(method, path, **given)
            if response.status_code not in {429, 503}:
                break
            self._tally.refused[response.json().get("code", str(response.status_code))] += 1
            await asyncio.sleep(float(response.headers.get("retry-after", 1)))
        return response

    async def _said(self, client: httpx.AsyncClient, method: str, path: str, status: int = 200, **given: Any) -> Any:
        response = await self._sent(client, method, path, **given)
        assert response.status_code == status, f"{response.status_code} {response.text[:160]}"
        return response.json()

    async def _over_a_socket(self, session: str) -> None:
        address = f"{self._base.replace('http', 'ws')}/ws/chat/{session}"
        async with connect(
            address, additional_headers={"Authorization": f"Bearer {self._token}"}, open_timeout=60
        ) as socket:
            asked = json.dumps({"type": "message", "content": QUESTION, "message_id": uuid.uuid4().hex})
            await socket.send(asked)
            while (frame := json.loads(await asyncio.wait_for(socket.recv(), 60)))["type"] != "stream_end":
                if frame["type"] == "error" and frame.get("code") in {"overloaded", "rate_limited"}:
                    self._tally.refused[frame["code"]] += 1
                    await asyncio.sleep(frame.get("retry_after", 1))
                    await socket.send(asked)
                    continue
                assert frame["type"] != "error", frame
                if frame["type"] == "result":
                    self._tally.same(self._tenant, frame["data"]["data"]["rows"])

    async def _as_an_agent(self, client: httpx.AsyncClient, session: str) -> None:
        arguments = {"question": QUESTION, "session_id": session}
        call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "ask", "arguments": arguments}}
        headers = {"Accept": "application/json, text/event-stream"}
        for _ in range(TRIES):
            told = await self._said(client, "POST", "/mcp", json=call, headers=headers)
            if "overloaded: " not in str(told["result"]):
                break
            self._tally.refused["overloaded"] += 1
            await asyncio.sleep(1)
        assert not told["result"].get("isError"), told


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
