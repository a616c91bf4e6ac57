"""People who talk to a server while it is broken, and what has to be true of all that they saw.

They know the server by its address alone, send a message until it is answered, always under the same id, and follow their
sessions over sockets that they open again when they end."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from deployments.contracts.sessions import Frame
from deployments.journal.connections import engine_for
from deployments.journal.store import Journal
from tests.cluster.conftest import Cluster
from tests.faults.history import Acknowledged, Commit, History, Recorded, Transcript, Violation, check, read_journal
from tests.faults.processes import SESSION, Family
from tests.faults.stage import Stage

AGAIN = {409, 429, 500, 502, 503, 504}
PATIENCE_SECONDS = 180.0
ORPHAN_SECONDS = 120.0
_PAUSE_SECONDS = 0.1


class Drill:
    """Sessions of one user of one server, and what was seen of them."""

    def __init__(self, cluster: Cluster, family: Family, stage: Stage | None = None) -> None:
        self.cluster = cluster
        self.family = family
        self.stage = stage
        self.counts: Counter[str] = Counter()
        self.sessions: dict[str, list[Frame]] = {}
        self.acknowledged: list[Acknowledged] = []
        self._news = asyncio.Condition()
        self._followers: dict[str, asyncio.Task[None]] = {}
        self._left: set[str] = set()
        self._client = cluster.client()
        self._admin = cluster.client(user="root", roles=["admin"])

    async def new_session(self) -> str:
        """A session that is followed from its beginning."""
        made = await self._until_ok("POST", "/chat/sessions", json={})
        session_id: str = made["session_id"]
        self.sessions[session_id] = []
        self._followers[session_id] = asyncio.create_task(self._follow(session_id))
        return session_id

    async def say(self, session_id: str, message_id: str, text: str) -> Acknowledged:
        """Send until it is answered."""
        path = f"/chat/sessions/{session_id}/messages"
        answer = await self._until_ok(
            "POST", path, json={"message": text, "message_id": message_id}, about=(session_id, message_id)
        )
        told = Acknowledged(session_id, message_id, answer["turn_id"], answer["response"])
        self.acknowledged.append(told)
        return told

    async def send_and_leave(self, session_id: str, message_id: str, text: str, seconds: float) -> None:
        """Send once and hang up after so long; nobody asks again."""
        body = {"message": text, "message_id": message_id}
        with contextlib.suppress(httpx.TransportError):
            await self._client.post(f"/chat/sessions/{session_id}/messages", json=body, timeout=seconds)

    async def leave(self, session_id: str) -> None:
        """Follow it no longer; what it shows from here on is seen by no one."""
        self._left.add(session_id)
        await self._stop_following(session_id)

    async def sees(self, session_id: str, wanted: Callable[[Frame], bool], seconds: float = 60.0) -> Frame:
        """The first frame of the session, from now on or before, that is wanted."""
        async with asyncio.timeout(seconds), self._news:
            while True:
                if found := next((frame for frame in self.sessions[session_id] if wanted(frame)), None):
                    return found
                await self._news.wait()

    async def reaches(self, session_id: str, agent: str, turn: int = 1) -> None:
        """Returns when the session's turn of that number has come to the agent."""

        def there(_frame: Frame) -> bool:
            starts = [f.turn_id for f in self.sessions[session_id] if _starts(f, agent)]
            return len(dict.fromkeys(starts)) >= turn

        await self.sees(session_id, there)

    async def residents(self) -> dict[str, int]:
        """The process of each resident session."""
        listed = await self._until_ok("GET", "/admin/sessions", client=self._admin)
        return {one["session_id"]: one["pid"] for one in listed["sessions"] if one["pid"] is not None}

    async def process_of(self, session_id: str) -> int:
        """The process that holds the session. Raises TimeoutError where none comes to."""
        async with asyncio.timeout(60):
            while (found := (await self.residents()).get(session_id)) is None:  # noqa: ASYNC110 - it lives elsewhere
                await asyncio.sleep(_PAUSE_SECONDS)
        if found not in {process.pid for process in self.family.named(SESSION)}:
            raise LookupError(
                f"process {found} is said to hold {session_id} and is none of the sessions of this cluster"
            )
        return found

    async def violations(self) -> list[Violation]:
        """Let all come to rest and check everything that was seen."""
        with contextlib.suppress(TimeoutError):  # what did not come to rest is found by the check
            await self._rest()
        await self._stop_following(*self.sessions)
        broken = await self._orphans()
        commits: list[Commit] = []
        if self.stage is not None:
            commits, self.counts["refused writes"] = self.stage.commits(set(self.sessions))
        self.counts["acknowledged"] = len(self.acknowledged)
        self.counts["frames"] = sum(map(len, self.sessions.values()))
        transcripts = [
            Transcript(session_id, 0, tuple(frames), complete=session_id not in self._left)
            for session_id, frames in self.sessions.items()
        ]
        return broken + check(History(self._record(), self.acknowledged, transcripts, commits))

    async def close(self) -> None:
        """Let go of everything."""
        await self._stop_following(*self.sessions)
        await self._client.aclose()
        await self._admin.aclose()

    # --- asking

    async def _until_ok(
        self,
        method: str,
        path: str,
        *,
        client: httpx.AsyncClient | None = None,
        about: tuple[str, str] | None = None,
        **sent: Any,
    ) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                try:
                    response = await (client or self._client).request(method, path, **sent)
                except httpx.TransportError:
                    self.counts["sent again"] += 1
                else:
                    if response.is_success:
                        found: dict[str, Any] = response.json()
                        return found
                    if response.status_code not in AGAIN:
                        raise AssertionError(f"{method} {path} gave {response.status_code}: {response.text}")
                    self._refused(response, about)
                await asyncio.sleep(_PAUSE_SECONDS)

    def _refused(self, response: httpx.Response, about: tuple[str, str] | None) -> None:
        self.counts["sent again"] += 1
        with contextlib.suppress(ValueError):
            problem = response.json()
            self.counts[problem["code"]] += 1
            if about and problem.get("turn_id"):  # a turn that failed is told of too, and is in the record
                self.acknowledged.append(Acknowledged(*about, problem["turn_id"], problem["code"]))

    # --- following

    async def _stop_following(self, *session_ids: str) -> None:
        tasks = [self._followers[one] for one in session_ids]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _follow(self, session_id: str) -> None:
        frames = self.sessions[session_id]
        base = self.cluster.base.replace("http", "ws")
        while True:
            try:
                async with connect(f"{base}/ws/chat/{session_id}?token={self.cluster.token()}") as socket:
                    after = frames[-1].seq if frames else 0
                    await socket.send(json.dumps({"type": "resume", "after_seq": after}))
                    async for text in socket:
                        fields = json.loads(text)
                        if fields["turn_id"] is not None:
                            await self._keep(frames, fields)
            except (OSError, WebSocketException, TimeoutError):
                pass
            self.counts["sockets opened again"] += 1
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _keep(self, frames: list[Frame], fields: dict[str, Any]) -> None:
        seq, turn_id, kind = fields.pop("seq"), fields.pop("turn_id"), fields.pop("type")
        frames.append(Frame(seq=seq, turn_id=turn_id, type=kind, body=fields))
        async with self._news:
            self._news.notify_all()

    # --- the end

    async def _rest(self) -> None:
        """Until every session's turns have ended and its followers have seen all of it."""
        async with asyncio.timeout(ORPHAN_SECONDS):
            while True:
                recorded = self._record()
                kinds = Counter(one.event.kind for some in recorded.values() for one in some)
                ended = kinds["turn_answered"] + kinds["turn_failed"] + kinds["turn_cancelled"]
                if kinds["message_received"] == ended and all(map(self._has_seen, recorded, recorded.values())):
                    return
                await asyncio.sleep(0.2)

    def _has_seen(self, session_id: str, recorded: Sequence[Recorded]) -> bool:
        last = max((frame.seq for one in recorded for frame in getattr(one.event, "frames", ())), default=0)
        seen = self.sessions[session_id]
        return session_id in self._left or (seen[-1].seq if seen else 0) >= last

    async def _orphans(self) -> list[Violation]:
        """Processes of sessions that no one finds under their session's name, once their time is up."""
        deadline = time.monotonic() + ORPHAN_SECONDS
        while True:
            known = set((await self.residents()).values())
            strangers = [process.pid for process in self.family.named(SESSION) if process.pid not in known]
            if not strangers:
                return []
            if time.monotonic() > deadline:
                return [Violation("orphan", "", f"process {pid} holds no session") for pid in strangers]
            await asyncio.sleep(1)

    def _record(self) -> dict[str, tuple[Recorded, ...]]:
        journal = Journal(engine_for(str(self.cluster.parts[0].arguments["journal"])))
        try:
            everything = read_journal(journal)
        finally:
            journal.close()
        return {session_id: everything[session_id] for session_id in self.sessions}


@asynccontextmanager
async def drill(cluster: Cluster, family: Family, stage: Stage | None = None) -> AsyncIterator[Drill]:
    """A drill that is let go of in time."""
    made = Drill(cluster, family, stage)
    try:
        yield made
    finally:
        await made.close()


def _starts(frame: Frame, agent: str) -> bool:
    return frame.type == "stream_start" and frame.body.get("agent") == agent
