"""What can be made to go wrong, each in mid-conversation: the sessions of the drill talk on, whatever happens."""

from __future__ import annotations

import asyncio
import random
import resource
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from deployments.names import ANALYSIS_AGENT, JOURNAL, METADATA_AGENT, ROUTER, SQL_AGENT, VIZ_AGENT
from tests.cluster.conftest import FOLLOW_UP, QUESTION
from tests.deployments.journal.postgres import PostgresServer
from tests.faults.drill import Drill
from tests.faults.own_cluster import OwnCluster
from tests.faults.processes import BALANCER, CONTROLLER, KEEPER, PROXY, end, replica, stopped
from tests.faults.stage import POINTS, Point

WHY = "why did revenue change from February to March 2025?"
ABOUT = "what tables are there?"
FROZEN_SECONDS = 90.0
_GONE_SECONDS = 8.0
_REFUSED_SECONDS = 60.0
IDLE_SECONDS = 2.0


@dataclass(frozen=True)
class Ground:
    """What a fault may lay hands on."""

    drill: Drill
    cluster: OwnCluster | None = None
    postgres: PostgresServer | None = None

    @property
    def own(self) -> OwnCluster:
        """The cluster, for what only an own one may suffer."""
        assert self.cluster is not None
        return self.cluster


Happening = Callable[[Ground], Awaitable[int]]
"""Makes it happen while people talk; how many times it did."""


@dataclass(frozen=True)
class Fault:
    """`group` names the kind of cluster it needs; `times` is how often the full run plays it."""

    name: str
    group: str
    happen: Happening
    times: int = 1


# --- a conversation with something in it


async def _talk(ground: Ground, strike: Callable[[str], Coroutine[Any, Any, int]], texts: tuple[str, ...]) -> int:
    """Say the texts in a new session; `strike` runs beside the first and what follows."""
    drill = ground.drill
    session_id = await drill.new_session()
    striking = asyncio.create_task(strike(session_id))
    try:
        for number, text in enumerate(texts):
            await drill.say(session_id, f"m{number}", text)
        return await striking
    finally:
        striking.cancel()


def session_at_agent(agent: str, *texts: str) -> Happening:
    """The session's process dies while the agent works for it."""

    async def happen(ground: Ground) -> int:
        async def strike(session_id: str) -> int:
            drill = ground.drill
            with stopped(drill.family.named(replica(agent))):
                await drill.reaches(session_id, agent)
                end([psutil.Process(await drill.process_of(session_id))])
            return 1

        return await _talk(ground, strike, texts or (QUESTION, FOLLOW_UP, QUESTION))

    return happen


def at_point(point: Point, mark: str | None) -> Happening:
    """A process dies, the session's own where no `mark` is given, while the journal writes for the session."""

    async def happen(ground: Ground) -> int:
        drill, stage = ground.drill, ground.own.stage
        session_id = await drill.new_session()
        await drill.say(session_id, "m0", QUESTION)
        holder = psutil.Process(await drill.process_of(session_id))
        stage.hold(session_id, point)
        saying = asyncio.create_task(drill.say(session_id, "m1", FOLLOW_UP))
        try:
            async with asyncio.timeout(30):
                while not stage.holds(session_id):  # noqa: ASYNC110 - a file of another process
                    await asyncio.sleep(0.01)
            times = drill.family.kill(mark) if mark else 1
            if not mark:
                end([holder])
        finally:
            stage.release(session_id)
        await saying
        await drill.say(session_id, "m2", QUESTION)
        return times

    return happen


def processes_at(agent: str, mark: str, *texts: str) -> Happening:
    """Processes die while a turn is at the agent."""

    async def happen(ground: Ground) -> int:
        async def strike(session_id: str) -> int:
            await ground.drill.reaches(session_id, agent)
            return ground.drill.family.kill(mark)

        return await _talk(ground, strike, texts or (QUESTION, FOLLOW_UP, QUESTION))

    return happen


# --- many at once


async def fifty_wake_one(ground: Ground) -> int:
    """Fifty callers send five messages, ten times each, to a session that nobody has held yet."""
    return await _fifty(ground, await ground.drill.new_session())


async def fifty_wake_a_passive_one(ground: Ground) -> int:
    """Fifty callers do so with a session that has a past and has left memory."""
    drill = ground.drill
    session_id = await drill.new_session()
    await drill.say(session_id, "before", QUESTION)
    async with asyncio.timeout(60):
        while session_id in await drill.residents():  # noqa: ASYNC110 - it lives elsewhere
            await asyncio.sleep(0.2)
    return await _fifty(ground, session_id)


async def _fifty(ground: Ground, session_id: str) -> int:
    told = await asyncio.gather(*(ground.drill.say(session_id, f"m{number % 5}", QUESTION) for number in range(50)))
    turns = {one.turn_id for one in told}
    if len(turns) != 5:
        raise AssertionError(f"five messages became {len(turns)} turns")
    return 50


async def sends_race_passivation(ground: Ground) -> int:
    """Messages come just when their session has been idle for as long as it may be."""
    drill = ground.drill
    chance = random.Random(len(drill.sessions))
    count = 0

    async def talk() -> None:
        nonlocal count
        session_id = await drill.new_session()
        for number in range(4):
            await drill.say(session_id, f"m{number}", QUESTION if number % 2 == 0 else FOLLOW_UP)
            await asyncio.sleep(IDLE_SECONDS + chance.random() * 1.2 - 0.1)
            count += 1

    await asyncio.gather(*(talk() for _ in range(4)))
    return count


# --- nobody asks again


async def abandoned_turn(ground: Ground) -> int:
    """A caller hangs up, then the session's process dies: the turn ends all the same, in the time an orphan may live."""
    drill = ground.drill
    session_id = await drill.new_session()
    with stopped(drill.family.named(replica("sql_agent"))):
        await drill.send_and_leave(session_id, "m0", QUESTION, 2.0)
        await drill.reaches(session_id, "sql_agent")
        holder = psutil.Process(await drill.process_of(session_id))
        await drill.leave(session_id)
        end([holder])
    return 1


# --- machines


async def raylet_killed(ground: Ground) -> int:
    """The machine of a session in mid-turn is gone."""
    own = ground.own
    await asyncio.to_thread(own.add_node)
    session_id, holder = await _session_on_last_node(ground)
    saying = asyncio.create_task(_say_more(ground, session_id))
    await ground.drill.reaches(session_id, "router", turn=2)
    end([own.nodes.pop()])
    await saying
    await asyncio.to_thread(psutil.wait_procs, [holder], 30)
    return 1


async def raylet_frozen(ground: Ground) -> int:
    """The machine of a session in mid-turn stands still until it is given up, then goes on as if nothing was.

    The turn stores no rows, so that the fence alone is between the old one and the record, and no key that is taken."""
    own = ground.own
    await asyncio.to_thread(own.add_node)
    session_id, holder = await _session_on_last_node(ground)
    began = asyncio.get_running_loop().time()
    with stopped(ground.drill.family.named(replica(METADATA_AGENT))):
        saying = asyncio.create_task(_say_more(ground, session_id, ABOUT))
        await ground.drill.reaches(session_id, METADATA_AGENT)
        raylet = own.nodes.pop()
        raylet.suspend()
        holder.suspend()
    await saying  # by another one, once the cluster has noticed
    await asyncio.sleep(max(0.0, began + FROZEN_SECONDS - asyncio.get_running_loop().time()))
    holder.resume()
    await asyncio.sleep(5)  # in which the old one takes up its turn again and wants to write
    raylet.resume()
    await asyncio.to_thread(psutil.wait_procs, [holder, raylet], 60)
    await ground.drill.say(session_id, "m3", QUESTION)
    return 1


async def _say_more(ground: Ground, session_id: str, text: str = FOLLOW_UP) -> None:
    await ground.drill.say(session_id, "m1", text)
    await ground.drill.say(session_id, "m2", QUESTION)


async def _session_on_last_node(ground: Ground) -> tuple[str, psutil.Process]:
    for _ in range(12):
        session_id = await ground.drill.new_session()
        await ground.drill.say(session_id, "m0", QUESTION)
        holder = psutil.Process(await ground.drill.process_of(session_id))
        if holder.ppid() == ground.own.nodes[-1].pid:
            return session_id, holder
    raise LookupError("no session came to the second machine")


async def everything_killed(ground: Ground) -> int:
    """The whole cluster dies in mid-turn and is started again over the same journal."""
    own = ground.own

    async def strike(session_id: str) -> int:
        await ground.drill.reaches(session_id, "sql_agent")
        count = own.kill_all()
        await asyncio.to_thread(own.start)
        return count and 1

    others = [asyncio.create_task(_talk(ground, _nothing, (QUESTION, FOLLOW_UP))) for _ in range(2)]
    times = await _talk(ground, strike, (QUESTION, FOLLOW_UP, QUESTION))
    await asyncio.gather(*others)
    return times


async def everything_killed_and_nobody_comes(ground: Ground) -> int:
    """The whole cluster dies in mid-turn and is started again; whoever asked has gone."""
    own, drill = ground.own, ground.drill
    session_id = await drill.new_session()
    with stopped(drill.family.named(replica(SQL_AGENT))):
        await drill.send_and_leave(session_id, "m0", QUESTION, 2.0)
        await drill.reaches(session_id, SQL_AGENT)
        await drill.leave(session_id)
        own.kill_all()
    await asyncio.to_thread(own.start)
    return 1


async def _nothing(_session_id: str) -> int:
    return 0


# --- the database and the wires


async def database_gone(ground: Ground) -> int:
    """The database server is stopped in mid-turn and comes back."""
    postgres = ground.postgres
    assert postgres is not None

    async def strike(session_id: str) -> int:
        await ground.drill.reaches(session_id, "sql_agent")
        await asyncio.to_thread(postgres.stop)
        try:
            await asyncio.sleep(_GONE_SECONDS)
        finally:
            await asyncio.to_thread(postgres.start)
        return 1

    return await _talk(ground, strike, (QUESTION, FOLLOW_UP, QUESTION))


def journal_fails(fail: Callable[[Path, psutil.Process], AbstractContextManager[object]]) -> Happening:
    """The journal's file cannot be used for some seconds, in mid-turn: it is told so, and all goes on by itself."""

    async def happen(ground: Ground) -> int:
        drill = ground.drill
        (writer,) = drill.family.named(replica(JOURNAL))

        async def strike(session_id: str) -> int:
            await drill.reaches(session_id, SQL_AGENT)
            with fail(Path(ground.own.journal), writer):
                async with asyncio.timeout(_REFUSED_SECONDS):
                    while not drill.counts["journal_unavailable"]:  # noqa: ASYNC110 - it is counted by others
                        await asyncio.sleep(0.05)
            return 1

        times = await _talk(ground, strike, (QUESTION, FOLLOW_UP, QUESTION, FOLLOW_UP))
        if not writer.is_running():
            raise AssertionError("the journal's process did not outlive it")
        return times

    return happen


@contextmanager
def disk_full(journal: Path, writer: psutil.Process) -> Iterator[None]:
    """The operating system lets no file of the process grow."""
    before = resource.prlimit(writer.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(writer.pid, resource.RLIMIT_FSIZE, (1, before[1]))
    try:
        yield
    finally:
        resource.prlimit(writer.pid, resource.RLIMIT_FSIZE, before)


@contextmanager
def file_locked(journal: Path, writer: psutil.Process) -> Iterator[None]:
    """Another process holds the write lock."""
    import pysqlite3

    with closing(pysqlite3.connect(str(journal), isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def file_away(journal: Path, writer: psutil.Process) -> Iterator[None]:
    """The file is moved away, with its log, and comes back."""
    away = journal.with_name("away")
    away.mkdir(exist_ok=True)
    files = list(journal.parent.glob(f"{journal.name}*"))
    for file in files:
        file.rename(away / file.name)
    try:
        yield
    finally:
        for file in files:
            (away / file.name).rename(file)


async def many_talk(ground: Ground) -> int:
    """Nothing is done beside what the cluster was started with: its calls fail or are late by themselves."""
    texts = (QUESTION, FOLLOW_UP, WHY, ABOUT, QUESTION)
    await asyncio.gather(*(_talk(ground, _nothing, texts) for _ in range(4)))
    return 4 * len(texts)


POINTS_OF_A_TURN = tuple(
    [Fault(f"session killed, {point}", "one", at_point(point, None), 2) for point in POINTS[:2]]
    + [
        Fault(f"session killed at {agent}", "one", session_at_agent(agent), 2)
        for agent in (ROUTER, SQL_AGENT, VIZ_AGENT)
    ]
    + [Fault("session killed at analysis_agent", "one", session_at_agent(ANALYSIS_AGENT, WHY, QUESTION, FOLLOW_UP), 2)]
    + [
        Fault(
            "session killed at metadata_agent", "one", session_at_agent(METADATA_AGENT, ABOUT, QUESTION, FOLLOW_UP), 2
        )
    ]
    + [Fault(f"session killed, {point}", "one", at_point(point, None), 2) for point in POINTS[2:]]
)

FAULTS: tuple[Fault, ...] = (
    *POINTS_OF_A_TURN,
    *(
        Fault(f"{agent} killed", "one", processes_at(agent, replica(agent), *texts))
        for agent, texts in (
            (ROUTER, ()),
            (SQL_AGENT, ()),
            (VIZ_AGENT, ()),
            (ANALYSIS_AGENT, (WHY, QUESTION, FOLLOW_UP)),
            (METADATA_AGENT, (ABOUT, QUESTION, FOLLOW_UP)),
        )
    ),
    *(Fault(f"journal killed, {point}", "one", at_point(point, replica(JOURNAL))) for point in POINTS),
    Fault("ingress killed", "one", processes_at("sql_agent", replica("ingress"))),
    Fault("Serve's controller killed", "one", processes_at("sql_agent", CONTROLLER)),
    Fault("Serve's proxy killed", "one", processes_at("sql_agent", PROXY)),
    Fault("HAProxy's keeper killed", "one", processes_at("sql_agent", KEEPER)),
    Fault("HAProxy killed", "one", processes_at("sql_agent", BALANCER)),
    Fault("an abandoned turn", "one", abandoned_turn),
    Fault("the journal's disk full", "one", journal_fails(disk_full)),
    Fault("the journal's file locked", "one", journal_fails(file_locked)),
    Fault("the journal's file moved away", "one", journal_fails(file_away)),
    Fault("50 callers wake a passive session", "idle", fifty_wake_a_passive_one),
    Fault("sends race passivation", "idle", sends_race_passivation),
    Fault("whole cluster killed", "idle", everything_killed),
    Fault("whole cluster killed, nobody comes", "idle", everything_killed_and_nobody_comes),
    Fault("raylet frozen for 90 s", "nodes", raylet_frozen),
    Fault("raylet killed", "nodes", raylet_killed),
    Fault("PostgreSQL dropped", "postgres", database_gone),
    Fault("calls of Ray fail", "failing calls", many_talk),
    Fault("calls of Ray are late", "late calls", many_talk),
)
"""All that is tried, in the order in which it is."""
