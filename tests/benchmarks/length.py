"""Whether a message costs the same however long its session is: `python -m tests.benchmarks.length [--messages 1000]`.

A long session and new ones take turns, so that both meet the same machine. Compared are the median processor time and
the median elapsed time of a message, core and journal together, and what one turn adds to the journal.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import statistics
import tempfile
import time
from pathlib import Path

import sqlalchemy as sa

from actors.core import SessionCore
from deployments.contracts.sessions import SendMessage
from deployments.journal.service import JournalService
from deployments.journal.store import Journal
from tests.actors.agents import ANN, HeldAgents
from tests.deployments.journal.turns import AT

_ROUNDS = 8
_IN_A_ROUND = 15
_FIRST = 5
"""Messages of a new session that are not yet counted: the measured ones are its sixth to fifteenth."""


class Session:
    """A session that is asked the same over and over, and what each message took."""

    def __init__(self, core: SessionCore) -> None:
        self._core = core
        self.sent = 0
        self.processor: list[float] = []
        self.elapsed: list[float] = []

    @classmethod
    async def create(cls, journal: JournalService, session_id: str) -> Session:
        await journal.create(session_id, "acme", "ann", None, None, AT)
        return cls(await SessionCore.activate(session_id, journal, HeldAgents()))

    async def ask(self, *, count: bool = True) -> None:
        command = SendMessage(content="revenue by country", message_id=f"m{self.sent}")
        processor, elapsed = time.process_time(), time.perf_counter()
        await self._core.perform(ANN, command)
        self.sent += 1
        if count:
            self.processor.append(time.process_time() - processor)
            self.elapsed.append(time.perf_counter() - elapsed)


async def measure(messages: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = Journal.open(str(Path(folder) / "journal.sqlite"))
        journal = JournalService(store)
        long = await Session.create(journal, "sess-long")
        while long.sent < messages - _ROUNDS * _IN_A_ROUND // 2:
            await long.ask(count=False)
        new: list[Session] = []
        for number in range(_ROUNDS):
            new.append(await Session.create(journal, f"sess-{number}"))
            for asked in range(_IN_A_ROUND):
                await long.ask(count=asked >= _FIRST)
                await new[-1].ask(count=asked >= _FIRST)
        early, late = (turn_bytes(store, turn) for turn in (10, messages))
        journal.close()
    median = statistics.median
    for name, mine, theirs in (
        ("processor ms", long.processor, [one for session in new for one in session.processor]),
        ("elapsed ms", long.elapsed, [one for session in new for one in session.elapsed]),
    ):
        one, other = median(mine) * 1000, median(theirs) * 1000
        print(f"{name:14} message {messages}: {one:8.2f}   message 10: {other:8.2f}   ratio {one / other:.3f}")
    print(f"{'journal bytes':14} message {messages}: {late:8}   message 10: {early:8}   ratio {late / early:.3f}")


def turn_bytes(store: Journal, turn: int) -> int:
    """What the events of this turn of the long session take."""

    def size(connection: sa.Connection) -> int:
        begins = sa.text(
            "SELECT sequence FROM events WHERE session_id = 'sess-long' AND kind = 'message_received' "
            "ORDER BY sequence LIMIT 2 OFFSET :before"
        )
        first, following = connection.execute(begins, {"before": turn - 1}).scalars()
        between = {"first": first, "following": following}
        query = (
            "SELECT sum(length(body)) FROM events"
            " WHERE session_id = 'sess-long' AND sequence >= :first AND sequence < :following"
        )
        return int(connection.execute(sa.text(query), between).scalar_one())

    return store.read(size)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Compare a late message of a long session with an early one.")
    parser.add_argument("--messages", type=int, default=1000)
    logging.disable(logging.CRITICAL)
    asyncio.run(measure(parser.parse_args().messages))
