"""Schedules of callers, followers and faults, each drawn from a seed, and the history that comes of it checked.

    python -m tests.faults.simulation --seeds 2000 [--first 0] [--processes 2] [--without-fence]

prints how many schedules ran, what happened in them, and every violation with the seed that shows it again; exit
status 1 where there was one.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import logging
import multiprocessing
import os
import sys
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

import sqlalchemy as sa

from deployments.contracts.errors import (
    AgentUnavailable,
    JournalUnavailable,
    TurnInProgress,
    WorkbenchError,
)
from deployments.contracts.sessions import ChangeVisualization, Command, Frame, Move, RefineQuery, SendMessage
from deployments.journal.connections import engine_for
from deployments.journal.store import Journal
from deployments.journal.tables import metadata
from tests.actors.agents import ANN
from tests.faults import virtual_time
from tests.faults.history import Acknowledged, History, Transcript, Violation, check, read_journal
from tests.faults.stage import Unfenced
from tests.faults.world import LABELS, Process, Unreachable, World, WorldSessions

_AGAIN = (JournalUnavailable, AgentUnavailable, TurnInProgress)
_TEXTS = ("revenue by country", "only us", "only de", "what is foo", "hello", "why did it fall", "as a pie", "go back")
_PATIENCE_SECONDS = 120.0
_HOUSE_SECONDS = 30.0
_LONGEST_SECONDS = 900.0
_COLLECTED_EVERY = 20


@dataclass(slots=True)
class Report:
    """What came of one schedule."""

    seed: int
    history: History
    counts: Counter[str]
    violations: list[Violation] = field(default_factory=list)


class Schedule:
    """One session, some callers and followers through two ingresses, and what goes wrong meanwhile."""

    def __init__(self, seed: int, journal: Journal) -> None:
        self.world = World(seed, journal)
        self._random = self.world.random
        self._ingresses = [WorldSessions(self.world) for _ in range(2)]
        self._acknowledged: list[Acknowledged] = []
        self._transcripts: list[Transcript] = []
        self._session_id = ""
        self._troubled = True
        self._quiet = asyncio.Event()

    async def run(self, seed: int) -> Report:
        """Play it to the end, then let everything come to rest."""
        world = self.world
        self._session_id = (await self._ingress().create(ANN)).session_id
        for _ in range(self._random.randrange(4)):
            trap = self._random.choice((Process.kill, _freeze, _freeze))
            world.traps[self._random.choice(LABELS), self._random.randint(1, 4)] = trap
        followers = [asyncio.ensure_future(self._follow()) for _ in range(self._random.randint(0, 2))]
        house = asyncio.ensure_future(self._keep_house())
        trouble = asyncio.ensure_future(self._make_trouble())
        callers = [self._send_some(f"c{number}") for number in range(self._random.randint(1, 3))]
        broken: list[Violation] = []
        try:
            async with asyncio.timeout(_LONGEST_SECONDS):
                await asyncio.gather(*callers)
        except Exception as error:  # a record that no session can be restored from, for one
            broken = [Violation("broken", self._session_id, f"{type(error).__name__}: {error}")]
        trouble.cancel()
        self._mend()
        await asyncio.gather(trouble, return_exceptions=True)
        await asyncio.sleep(_PATIENCE_SECONDS)  # frozen ones wake, find that they lost, and go
        self._quiet.set()
        house.cancel()
        await asyncio.gather(house, return_exceptions=True)
        await asyncio.gather(*followers)
        history = History(
            read_journal(world.journal),
            self._acknowledged,
            self._transcripts,
            world.commits,
            [process.session_id for process in world.live()],
        )
        for process in world.live():
            process.kill()
        await asyncio.sleep(1)
        world.counts["acknowledged"] += len(self._acknowledged)
        return Report(seed, history, world.counts, [*broken, *check(history)])

    # --- callers

    async def _send_some(self, name: str) -> None:
        for number in range(self._random.randint(2, 4)):
            await asyncio.sleep(self._random.random())
            command = self._command(f"{name}-{number}")
            match self._random.random():
                case chance if chance < 0.15:  # the same message twice at once
                    self.world.counts["sent twice"] += 1
                    await asyncio.gather(self._send(command), self._send(command))
                case chance if chance < 0.3:  # the caller goes away and asks again
                    self.world.counts["caller went away"] += 1
                    gone = asyncio.ensure_future(self._send(command))
                    await asyncio.sleep(self._random.random() * 0.2)
                    gone.cancel()
                    await asyncio.gather(gone, return_exceptions=True)
                    await self._send(command)
                case chance if chance < 0.36:  # the caller goes away for good
                    self.world.counts["caller never came back"] += 1
                    gone = asyncio.ensure_future(self._send(command))
                    await asyncio.sleep(self._random.random() * 0.2)
                    gone.cancel()
                    await asyncio.gather(gone, return_exceptions=True)
                case chance if chance < 0.48:
                    sending = asyncio.ensure_future(self._send(command))
                    await asyncio.sleep(self._random.random() * 0.2)
                    await self._cancel()
                    await sending
                case _:
                    await self._send(command)
                    if self.world.happens(0.2):  # asked again long after
                        await self._send(command)

    def _command(self, message_id: str) -> Command:
        match self._random.randrange(8):
            case 0:
                return RefineQuery(content="only us", message_id=message_id)
            case 1:
                return ChangeVisualization(chart_type=self._random.choice(("pie", "box")), message_id=message_id)
            case 2:
                return Move(kind="undo" if self.world.happens(0.6) else "redo", message_id=message_id)
            case _:
                return SendMessage(content=self._random.choice(_TEXTS), message_id=message_id)

    async def _send(self, command: Command) -> None:
        while True:
            try:
                ingress = self._ingress()
                answer = await ingress.through(ingress.perform(ANN, self._session_id, command))
            except Unreachable:
                self.world.counts["sent again"] += 1
                await asyncio.sleep(self._random.random())
            except WorkbenchError as error:
                turn_id = error.extra.get("turn_id")
                if turn_id is not None:
                    self._acknowledge(command, turn_id, error.code)
                if not isinstance(error, _AGAIN):
                    if turn_id is None:
                        raise  # no error of this kind may come without a trace
                    return
                self.world.counts["sent again"] += 1
                await asyncio.sleep(self._random.random() * 2)
            else:
                self._acknowledge(command, answer.turn_id, answer.response)
                return

    def _acknowledge(self, command: Command, turn_id: str | None, said: str) -> None:
        self._acknowledged.append(Acknowledged(self._session_id, command.message_id, turn_id, said))

    async def _cancel(self) -> None:
        with contextlib.suppress(*_AGAIN):
            if await self._ingress().cancel(ANN, self._session_id):
                self.world.counts["cancelled"] += 1

    async def _keep_house(self) -> None:
        while True:
            await asyncio.sleep(_HOUSE_SECONDS)
            await self._ingress().keep_house()

    # --- followers

    async def _follow(self) -> None:
        after = 0
        frames: list[Frame] = []
        while True:
            watching = asyncio.ensure_future(self._watch(after, frames))
            ended = asyncio.ensure_future(self._quiet.wait())
            patience = self._random.random() * 6 if self._troubled else _PATIENCE_SECONDS
            await asyncio.wait({watching, ended}, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
            if self._quiet.is_set():
                await asyncio.sleep(5)  # what is on its way arrives
            watching.cancel()
            ended.cancel()
            await asyncio.gather(watching, ended, return_exceptions=True)
            broken = not watching.cancelled() and watching.exception() is not None
            if self._quiet.is_set() or broken:
                break
            self.world.counts["follower broke off"] += 1
            after = frames[-1].seq if frames else 0
        self._transcripts.append(Transcript(self._session_id, 0, tuple(frames)))

    async def _watch(self, after: int, frames: list[Frame]) -> None:
        while True:
            with contextlib.suppress(*_AGAIN):
                async for batch in self._ingress().follow(ANN, self._session_id, after_seq=after):
                    frames += batch
                    after = batch[-1].seq
            await asyncio.sleep(0.5)

    # --- trouble

    async def _make_trouble(self) -> None:
        world = self.world
        while True:
            await asyncio.sleep(self._random.random() * 0.8)
            process = world.names.get(self._session_id)
            match self._random.randrange(14):
                case 7:
                    self._ingress().kill()
                case 8 if world.happens(0.25):
                    self._kill_everything()
                case 9:
                    world.twice = 0.0 if world.twice else 0.3
                case 10:
                    world.slow_seconds = 0.0 if world.slow_seconds else 2.0
                case 0 if process is not None:
                    process.kill()
                case 1 if process is not None:
                    process.freeze(self._random.random() * 3)
                case 2 | 3 if process is not None:
                    process.passivate()
                case 4:
                    world.journal_away = not world.journal_away
                case 5:
                    world.reply_faults = 0.0 if world.reply_faults else 0.2
                case 6:
                    world.call_faults = 0.0 if world.call_faults else 0.2
                case _:
                    world.agent_faults = 0.0 if world.agent_faults else 0.2

    def _kill_everything(self) -> None:
        self.world.counts["everything killed"] += 1
        for process in self.world.live():
            process.kill()
        for ingress in self._ingresses:
            ingress.kill()

    def _mend(self) -> None:
        world = self.world
        self._troubled = False
        world.journal_away = False
        world.reply_faults = world.call_faults = world.agent_faults = world.twice = world.slow_seconds = 0.0
        world.traps.clear()

    def _ingress(self) -> WorldSessions:
        return self._random.choice(self._ingresses)


def _freeze(process: Process) -> None:
    process.freeze(process.world.random.random() * 3)


class Simulation:
    """Plays schedules one after another on one database in memory, with the fence or without it."""

    def __init__(self, *, fence: bool = True) -> None:
        engine = engine_for("sqlite:///file:simulation?mode=memory&cache=shared&uri=true")
        self.journal = (Journal if fence else Unfenced)(engine)

    def play(self, seed: int) -> Report:
        """One schedule."""
        self.journal.prepare()
        with self.journal.engine.begin() as connection:
            for table in reversed(metadata.sorted_tables):
                if table.name != "schema_version":
                    connection.execute(sa.delete(table))

        async def whole() -> Report:
            return await Schedule(seed, self.journal).run(seed)

        return virtual_time.run(whole())

    def close(self) -> None:
        """Let the database go."""
        self.journal.close()


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description="Play seeded schedules of sessions under faults and check them.")
    parser.add_argument("--seeds", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--without-fence", action="store_true")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    asked = parser.parse_args()
    seeds = range(asked.first, asked.first + asked.seeds)
    shares = [seeds[start :: asked.processes] for start in range(asked.processes)]
    counts: Counter[str] = Counter()
    violations: dict[int, list[Violation]] = {}
    started = time.monotonic()
    with ProcessPoolExecutor(asked.processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        for some_counts, some_violations in pool.map(play_all, shares, [not asked.without_fence] * len(shares)):
            counts += some_counts
            violations |= some_violations
    seconds = time.monotonic() - started
    for seed, found in sorted(violations.items())[:5]:
        for violation in found[:3]:
            print(f"seed {seed}: {violation.code}: {violation.text}")
    print(f"{asked.seeds} schedules in {seconds:.0f} s ({asked.seeds / seconds * 60:.0f} a minute)")
    for name, number in sorted(counts.items()):
        print(f"  {number:8} {name}")
    codes = Counter(violation.code for found in violations.values() for violation in found)
    print(f"{len(violations)} schedules with violations: {dict(sorted(codes.items())) or 'none'}")
    return 1 if violations else 0


def play_all(seeds: Iterable[int], fence: bool) -> tuple[Counter[str], dict[int, list[Violation]]]:
    """Play the schedules; what happened in them, and the violations by seed."""
    logging.disable(logging.CRITICAL)
    simulation = Simulation(fence=fence)
    gc.freeze()  # what was imported is never rubbish
    gc.disable()
    counts: Counter[str] = Counter()
    violations = {}
    for number, seed in enumerate(seeds, 1):
        report = simulation.play(seed)
        counts += report.counts
        if number % _COLLECTED_EVERY == 0:
            gc.collect()
        if report.violations:
            violations[seed] = report.violations
    simulation.close()
    return counts, violations


if __name__ == "__main__":
    sys.exit(main())
