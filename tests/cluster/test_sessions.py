"""Sessions as real actors behind the real ingress."""

from __future__ import annotations

import asyncio
import datetime as dt
import ipaddress
import json
from socket import SOCK_DGRAM
from typing import Any

import httpx
import psutil
import pytest
import ray
from ray.util.metrics import Metric
from websockets.asyncio.client import ClientConnection, connect

from actors.directory import RaySessions
from actors.directory import connect as connect_sessions
from api.turns import following
from deployments import metrics
from deployments.contracts.errors import Overloaded, QueryTimeout, TurnCancelled
from deployments.contracts.identity import Principal
from deployments.contracts.journal import Append, Fenced
from deployments.contracts.query import Aggregate, AnalyticQuery, Arithmetic, Attribute, Constant, Function, Scalar
from deployments.contracts.sessions import SendMessage
from deployments.gateway import RayAgents, RayJournal
from tests.cluster.conftest import (
    FOLLOW_UP,
    QUERY_SECONDS,
    QUESTION,
    Cluster,
    ask,
    frozen,
    kill_actor,
    new_session,
    resident,
    until,
)
from tests.deployments.journal.turns import AT, answered, received

ANN = Principal(tenant_id="acme", user_id="ann")


class Socket:
    """A WebSocket that keeps what it saw."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self.frames: list[dict[str, Any]] = []

    async def send(self, **frame: Any) -> None:
        await self._connection.send(json.dumps(frame))

    async def until(self, kind: str) -> dict[str, Any]:
        """The next frame of this type, keeping those before it."""
        async with asyncio.timeout(30):
            while True:
                frame: dict[str, Any] = json.loads(await self._connection.recv())
                self.frames.append(frame)
                if frame["type"] == kind:
                    return frame


def socket(cluster: Cluster, session_id: str) -> connect:
    return connect(f"{cluster.base.replace('http', 'ws')}/ws/chat/{session_id}?token={cluster.token()}")


async def test_a_question_goes_through_actor_and_agents(ann: httpx.AsyncClient, admin: httpx.AsyncClient) -> None:
    session_id = await new_session(ann)
    answer = await ask(ann, session_id, QUESTION)
    assert answer["success"], answer["response"]
    assert answer["agents_visited"] == ["router", "sql_agent", "viz_agent"]
    assert {row[0] for row in answer["data"]["rows"]} == {"US", "Germany", "France"}
    actor = await resident(admin, session_id)
    assert (actor["state"], actor["messages"], actor["epoch"]) == ("resident", 2, 1)
    assert actor["actor_id"]


async def test_a_killed_session_goes_on_with_its_context(ann: httpx.AsyncClient, admin: httpx.AsyncClient) -> None:
    session_id = await new_session(ann)
    first = await ask(ann, session_id, QUESTION)
    dead = await kill_actor(admin, session_id)
    narrowed = await ask(ann, session_id, FOLLOW_UP)
    assert narrowed["success"], narrowed["response"]
    assert narrowed["row_count"] == 1
    actor = await resident(admin, session_id)
    assert (actor["epoch"], actor["messages"]) == (2, 4)
    assert actor["pid"] != dead
    await kill_actor(admin, session_id)
    shown = await ann.post(f"/chat/sessions/{session_id}/visualize", json={"chart_type": "table"})
    assert (shown.status_code, shown.json()["sql_executed"]) == (200, False)
    undone = (await ann.post(f"/chat/sessions/{session_id}/undo")).json()
    assert undone["data"] == first["data"]


async def test_a_message_sent_again_is_answered_from_the_record(
    ann: httpx.AsyncClient, admin: httpx.AsyncClient
) -> None:
    session_id = await new_session(ann)
    first = await ask(ann, session_id, QUESTION, "m1")
    assert await ask(ann, session_id, QUESTION, "m1") == first
    await kill_actor(admin, session_id)
    assert await ask(ann, session_id, QUESTION, "m1") == first
    history = (await ann.get(f"/chat/sessions/{session_id}/history")).json()
    assert history["total_count"] == 2


async def test_a_session_killed_in_mid_turn_gives_its_one_answer(
    cluster: Cluster, ann: httpx.AsyncClient, admin: httpx.AsyncClient
) -> None:
    session_id = await new_session(ann)
    async with socket(cluster, session_id) as opened:
        follower = Socket(opened)
        async with frozen("sql_agent"):
            turn = asyncio.ensure_future(ask(ann, session_id, QUESTION, "m1"))
            await _reaches_sql(follower)
            await kill_actor(admin, session_id)
        answer = await turn
        await follower.until("stream_end")
    assert answer["success"]
    assert [frame["seq"] for frame in follower.frames] == list(range(1, len(follower.frames) + 1))
    assert [frame["type"] for frame in follower.frames].count("result") == 1
    assert (await ann.get(f"/chat/sessions/{session_id}/history")).json()["total_count"] == 2


async def test_cancelling_ends_the_turn_for_everyone(cluster: Cluster, ann: httpx.AsyncClient) -> None:
    session_id = await new_session(ann)
    async with socket(cluster, session_id) as opened:
        follower = Socket(opened)
        async with frozen("sql_agent"):
            turn = asyncio.ensure_future(ann.post(f"/chat/sessions/{session_id}/messages", json={"message": QUESTION}))
            await _reaches_sql(follower)
            stopped = await ann.post(f"/chat/sessions/{session_id}/cancel")
            refused = await turn
            await follower.until("cancelled")
    assert stopped.status_code == 200
    assert (refused.status_code, refused.json()["code"]) == (409, "turn_cancelled")
    assert (await ask(ann, session_id, QUESTION))["success"]


async def test_a_cancelled_query_stops_in_the_warehouse(cluster: Cluster) -> None:
    agents = RayAgents()
    assert await _running() == 0
    slow = asyncio.ensure_future(agents.run(ANN, _slow_query(), AT.date()))
    await until(_running)
    slow.cancel()
    with pytest.raises((asyncio.CancelledError, TurnCancelled)):
        await slow
    await until(_idle, seconds=QUERY_SECONDS / 2)


async def test_followers_see_the_same_and_a_new_one_catches_up_without_gap(
    cluster: Cluster, ann: httpx.AsyncClient, admin: httpx.AsyncClient
) -> None:
    session_id = await new_session(ann)
    async with socket(cluster, session_id) as one, socket(cluster, session_id) as two:
        first, second = Socket(one), Socket(two)
        await first.send(type="message", content=QUESTION, message_id="m1")
        await asyncio.gather(first.until("stream_end"), second.until("stream_end"))
        assert first.frames == second.frames
        await kill_actor(admin, session_id)
        await second.send(type="message", content=FOLLOW_UP, message_id="m2")
        await asyncio.gather(first.until("stream_end"), second.until("stream_end"))
    assert first.frames == second.frames
    assert [frame["seq"] for frame in first.frames] == list(range(1, len(first.frames) + 1))
    async with socket(cluster, session_id) as three:
        late = Socket(three)
        await late.send(type="resume", after_seq=3)
        await late.until("stream_end")
        await late.until("stream_end")
    assert [frame for frame in late.frames if frame["type"] != "resumed"] == first.frames[3:]


async def test_messages_sent_together_are_answered_in_order(cluster: Cluster, ann: httpx.AsyncClient) -> None:
    session_id = await new_session(ann)
    async with socket(cluster, session_id) as opened:
        both = Socket(opened)
        await both.send(type="message", content=QUESTION, message_id="m1")
        await both.send(type="message", content=FOLLOW_UP, message_id="m2")
        results = [await both.until("result"), await both.until("result")]
    assert [result["data"]["message_id"] for result in results] == ["m1", "m2"]
    assert results[1]["data"]["row_count"] == 1
    turns = [frame["turn_id"] for frame in both.frames]
    assert turns == sorted(turns, key=turns.index)


async def test_an_old_epoch_is_refused_and_its_actor_makes_way(
    cluster: Cluster, ann: httpx.AsyncClient, admin: httpx.AsyncClient
) -> None:
    session_id = await new_session(ann)
    await ask(ann, session_id, QUESTION)
    before = await resident(admin, session_id)
    journal = RayJournal()
    taken = await journal.activate(session_id)  # as a second holder would, on the far side of a cut network
    events = (received("x"), answered("x"))
    with pytest.raises(Fenced):
        await journal.append(
            Append(session_id=session_id, epoch=taken.epoch - 1, sequence=taken.sequence, events=events)
        )
    assert (await ask(ann, session_id, FOLLOW_UP))["row_count"] == 1
    after = await resident(admin, session_id)
    assert after["pid"] != before["pid"]
    assert (after["epoch"], after["messages"]) == (3, 4)


async def test_an_idle_session_leaves_and_comes_back(cluster: Cluster) -> None:
    sessions = RaySessions(RayJournal(), RayAgents(), idle_seconds=0.5)
    admin = Principal(tenant_id="acme", user_id="root", roles=frozenset({"admin"}))
    session_id = (await sessions.create(ANN)).session_id
    assert (await sessions.history(ANN, session_id, limit=1, offset=0)).total_count == 0

    async def gone() -> bool:
        return next(one for one in await sessions.residents(admin) if one.session_id == session_id).state == "passive"

    await until(gone)
    assert await sessions.last_seq(ANN, session_id) == 0


async def test_a_follower_stays_while_its_session_is_passive(cluster: Cluster) -> None:
    sessions = RaySessions(RayJournal(), RayAgents(), idle_seconds=0.5)
    admin = Principal(tenant_id="acme", user_id="root", roles=frozenset({"admin"}))
    session_id = (await sessions.create(ANN)).session_id

    async def resides(state: str) -> bool:
        return any(one.session_id == session_id and one.state == state for one in await sessions.residents(admin))

    async with following(sessions, ANN, session_id, 0) as batches:
        first = asyncio.ensure_future(anext(batches))
        await until(lambda: resides("resident"))
        await until(lambda: resides("passive"))
        assert not first.done()
        await connect_sessions().perform(ANN, session_id, SendMessage(content=QUESTION, message_id="m1"))
        assert (await first)[0].seq == 1


async def test_a_cluster_keeps_so_many_sessions_whoever_activated_them(cluster: Cluster) -> None:
    one, other = RaySessions(RayJournal(), RayAgents()), RaySessions(RayJournal(), RayAgents(), most_resident=1)
    admin = Principal(tenant_id="acme", user_id="root", roles=frozenset({"admin"}))
    first, second, third = [(await one.create(ANN)).session_id for _ in range(3)]
    await one.last_seq(ANN, first)
    await other.last_seq(ANN, second)
    await other.last_seq(ANN, third)

    async def alone() -> bool:
        live = {each.session_id for each in await one.residents(admin) if each.state == "resident"}
        return live & {first, second, third} == {third}

    await until(alone)
    other.close()


async def test_an_actor_whose_session_is_gone_is_ended(cluster: Cluster) -> None:
    sessions = connect_sessions()
    session_id = (await sessions.create(ANN)).session_id
    await sessions.last_seq(ANN, session_id)
    await sessions.journal.delete(session_id)
    await sessions._clear_orphans()

    async def gone() -> bool:
        return session_id not in await sessions._names()

    await until(gone)


async def test_a_turn_that_nobody_holds_is_run_to_its_end(cluster: Cluster, ann: httpx.AsyncClient) -> None:
    sessions = connect_sessions()
    session_id = (await sessions.create(ANN)).session_id
    taken = await sessions.journal.activate(session_id)  # by a process that dies once it has recorded the message
    await sessions.journal.append(
        Append(session_id=session_id, epoch=taken.epoch, sequence=taken.sequence, events=(received("1", "m1"),))
    )
    await sessions._clear_orphans()

    async def ended() -> bool:
        long_ago = dt.datetime.fromtimestamp(0, dt.UTC)
        return session_id not in await sessions.journal.unfinished(long_ago, dt.datetime.now(dt.UTC), 100)

    await until(ended)
    assert (await ask(ann, session_id, "hello", "m1"))["turn_id"] == "turn-1"


async def test_an_actor_that_was_never_asked_anything_goes_when_it_has_been_idle(cluster: Cluster) -> None:
    sessions = RaySessions(RayJournal(), RayAgents(), idle_seconds=0.5)
    session_id = (await sessions.create(ANN)).session_id
    await sessions._activate(session_id)  # and its maker dies before it can ask

    async def gone() -> bool:
        await sessions._trim(100)
        return session_id not in await sessions._names()

    await until(gone)
    sessions.close()


async def test_at_most_so_many_sessions_are_kept(cluster: Cluster) -> None:
    sessions = RaySessions(RayJournal(), RayAgents(), most_resident=1)
    admin = Principal(tenant_id="acme", user_id="root", roles=frozenset({"admin"}))
    first, second = [(await sessions.create(ANN)).session_id for _ in range(2)]
    await sessions.last_seq(ANN, first)
    await sessions.last_seq(ANN, second)

    async def gone() -> bool:
        return {one.session_id: one.state for one in await sessions.residents(admin)}[first] == "passive"

    await until(gone)
    assert await sessions.last_seq(ANN, first) == 0
    sessions.close()


async def test_where_every_session_that_may_be_held_is_at_work_all_others_are_told_so(cluster: Cluster) -> None:
    sessions = RaySessions(RayJournal(), RayAgents(), most_resident=1)
    busy, *others = [(await sessions.create(ANN)).session_id for _ in range(6)]
    async with frozen("sql_agent"), following(sessions, ANN, busy, 0) as batches:
        turn = asyncio.ensure_future(sessions.perform(ANN, busy, SendMessage(content=QUESTION, message_id="m1")))
        await anext(batches)
        refused = await asyncio.gather(*(sessions.last_seq(ANN, one) for one in others), return_exceptions=True)
        assert [type(one) for one in refused] == [Overloaded] * len(others)
    assert (await turn).success
    sessions.close()


async def test_a_deleted_session_leaves_nothing_behind(ann: httpx.AsyncClient) -> None:
    session_id = await new_session(ann)
    await ask(ann, session_id, QUESTION)
    assert (await ann.delete(f"/chat/sessions/{session_id}")).status_code == 204
    assert (await ann.get(f"/chat/sessions/{session_id}/history")).status_code == 404


async def test_a_request_id_comes_back_once(ann: httpx.AsyncClient) -> None:
    kept = await ann.get("/chat/sessions", headers={"X-Request-ID": "abc-1"})
    assert kept.headers.get_list("x-request-id") == ["abc-1"]
    made = await ann.get("/chat/sessions/nothing")
    assert made.headers.get_list("x-request-id") == [made.json()["request_id"]]


async def test_whatever_listens_does_so_on_loopback_alone(cluster: Cluster) -> None:
    names = {process.pid: process.name() for process in [psutil.Process(), *psutil.Process().children(recursive=True)]}
    listening = [
        (names[at.pid], at.laddr.port, ipaddress.ip_address(at.laddr.ip))
        for at in psutil.net_connections("inet")
        if at.pid in names and at.laddr and (at.status == psutil.CONN_LISTEN or at.type == SOCK_DGRAM)
    ]
    seen = " ".join(name for name, _, _ in listening)
    assert all(part in seen for part in ("ServeReplica:agents", "ServeReplica:chat", "raylet", "gcs_server"))
    assert int(cluster.base.rpartition(":")[2]) in {port for _, port, _ in listening}
    assert [one for one in listening if not (getattr(one[2], "ipv4_mapped", None) or one[2]).is_loopback] == []


async def test_everything_is_reachable(cluster: Cluster) -> None:
    assert await connect_sessions().ready() == {"agents": True, "warehouse": True, "journal": True}


async def test_an_error_of_an_agent_keeps_its_type_over_the_wire(cluster: Cluster) -> None:
    with pytest.raises(QueryTimeout):
        await RayAgents().run(ANN, _slow_query(), AT.date())


async def _reaches_sql(follower: Socket) -> None:
    while (await follower.until("stream_start"))["agent"] != "sql_agent":
        pass


async def _running() -> int:
    from ray import serve

    running: int = await serve.get_deployment_handle("sql_agent", "agents").running.remote()
    return running


async def _idle() -> bool:
    return await _running() == 0


def _slow_query() -> AnalyticQuery:
    """A query that is small to say and long to compute."""
    measures = []
    for measure in range(60):
        deep: Scalar = Attribute(entity="readings", name="level")
        for step in range(24):
            factor = Constant(value=1.5 + measure + step)
            deep = Arithmetic(operator="/" if step % 2 else "*", left=deep, right=factor)
        measures.append(Aggregate(function=Function.STDDEV, entity="readings", of=deep, name=f"m{measure}"))
    return AnalyticQuery(subject="readings", measures=tuple(measures))


async def test_every_metric_can_be_scraped(cluster: Cluster, ann: httpx.AsyncClient) -> None:
    session_id = await new_session(ann)
    await ask(ann, session_id, QUESTION)
    await RayJournal().activate(session_id)
    await ask(ann, session_id, FOLLOW_UP)  # refused to who held it, and answered by the next
    sessions = RaySessions(RayJournal(), RayAgents(), most_resident=1)
    await sessions.history(ANN, session_id, limit=1, offset=0)
    await sessions.history(ANN, (await sessions.create(ANN)).session_id, limit=1, offset=0)
    sessions.close()
    wanted = {f"ray_{metric.info['name']}" for metric in vars(metrics).values() if isinstance(metric, Metric)}
    nodes: Any = ray.nodes
    address = f"http://127.0.0.1:{nodes()[0]['MetricsExportPort']}/metrics"

    async def all_are_there() -> bool:
        async with httpx.AsyncClient() as scraper:
            text = (await scraper.get(address)).text
        shown = {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE ray_bi_")}
        return all(name in shown or f"{name}_total" in shown for name in wanted)

    await until(all_are_there, 60)
