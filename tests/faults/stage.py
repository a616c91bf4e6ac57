"""What a cluster runs on that is to be broken: the server as it is, but for a journal that tells what it took from whom, and
that holds a session still at a point of its turn when it is asked to.

All of it is said in files of one folder, `BI_WORKBENCH_STAGE` in the environment of the cluster. `commits` has a line for
each writer that the journal took or refused. A file `hold-<session>` names a point; a session that reaches it waits until
the file `held-<session>`, which then appears, is taken away."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from unittest import mock

import sqlalchemy as sa

from deployments.contracts.errors import SessionNotFound
from deployments.contracts.events import MessageReceived
from deployments.contracts.journal import Activation, Append, Fenced, Retention
from deployments.journal.attempt import Operation, Outcome
from deployments.journal.connections import engine_for
from deployments.journal.deployment import JournalDeployment
from deployments.journal.service import JournalService
from deployments.journal.store import Journal
from deployments.journal.tables import sessions as session_rows
from tests.faults.history import Commit

FOLDER = "BI_WORKBENCH_STAGE"
WITHOUT_FENCE = "BI_WORKBENCH_STAGE_WITHOUT_FENCE"

Point = Literal["message asked", "message committed", "end asked", "end committed"]
POINTS: tuple[Point, ...] = ("message asked", "message committed", "end asked", "end committed")
"""Before and after the journal has written that a message came, and how its turn ended."""

_HELD_SECONDS = 60.0


class Unfenced(Journal):
    """A journal whose fence was taken out: whatever a writer believes, its events are added."""

    def append(self, request: Append) -> Operation[int]:
        def run(connection: sa.Connection) -> int:
            columns = (session_rows.c.epoch, session_rows.c.sequence)
            now = connection.execute(sa.select(*columns).where(session_rows.c.session_id == request.session_id)).first()
            if now is None:
                raise SessionNotFound()
            moved = request.model_copy(update={"epoch": now.epoch, "sequence": now.sequence})
            return super(Unfenced, self).append(moved)(connection)

        return run


@dataclass(frozen=True)
class _Noted:
    operation: Operation[Any]
    session_id: str
    epoch: int | None

    def __call__(self, connection: sa.Connection) -> Any:
        return self.operation(connection)


class _Witness(Journal):
    """Writes down, in the order of the commits, which writer came and which of them was refused."""

    def __init__(self, engine: sa.Engine, retention: Retention | None = None) -> None:
        super().__init__(engine, retention)
        self._path = Path(os.environ[FOLDER]) / "commits"
        self._deep = 0

    def activate(self, session_id: str) -> Operation[Activation]:
        return _Noted(super().activate(session_id), session_id, None)

    def append(self, request: Append) -> Operation[int]:
        return _Noted(super().append(request), request.session_id, request.epoch)

    def write(self, operations: Sequence[Operation[Any]]) -> list[Outcome]:
        self._deep += 1
        try:
            outcomes = super().write(operations)
        finally:
            self._deep -= 1
        if not self._deep:  # a batch that is split calls this for each of its parts
            lines = [_line(one, outcome) for one, outcome in zip(operations, outcomes, strict=True)]
            with self._path.open("a") as file:
                file.write("".join(lines))
        return outcomes


class _Fenced(_Witness):
    pass


class _WithoutFence(_Witness, Unfenced):
    pass


class WitnessDeployment(JournalDeployment):
    """The journal's deployment over a witness."""

    def __init__(self, url: str, retention: Retention) -> None:
        kind = _WithoutFence if os.environ.get(WITHOUT_FENCE) else _Fenced
        self._service = JournalService(kind(engine_for(url), retention))

    async def append(self, request: Append) -> int:
        """Append durably, unless it is to be held."""
        what = "message" if isinstance(request.events[0], MessageReceived) else "end"
        await _hold(request.session_id, f"{what} asked")
        sequence = await super().append(request)
        await _hold(request.session_id, f"{what} committed")
        return sequence


def _line(operation: Operation[Any], outcome: Outcome) -> str:
    if not isinstance(operation, _Noted):
        return ""
    kind = "appended" if operation.epoch is not None else "activated"
    if isinstance(outcome.error, Fenced):
        kind = "refused"
    elif outcome.error is not None:
        return ""
    epoch = operation.epoch if operation.epoch is not None else outcome.value().epoch
    return json.dumps({"session_id": operation.session_id, "epoch": epoch, "kind": kind}) + "\n"


async def _hold(session_id: str, point: str) -> None:
    asked, held = (Path(os.environ[FOLDER]) / f"{name}-{session_id}" for name in ("hold", "held"))
    try:
        if asked.read_text() != point:
            return
        asked.rename(held)
    except FileNotFoundError:
        return
    async with asyncio.timeout(_HELD_SECONDS):
        while held.exists():  # noqa: ASYNC110 - another process takes it away
            await asyncio.sleep(0.01)


# --- the other side, in the process that breaks things


class Stage:
    """The folder as the one sees it who asks."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def hold(self, session_id: str, point: Point) -> None:
        """Let the session's next turn wait at this point."""
        (self.folder / f"hold-{session_id}").write_text(point)

    def holds(self, session_id: str) -> bool:
        """Whether the session waits there now."""
        return (self.folder / f"held-{session_id}").exists()

    def release(self, session_id: str) -> None:
        """Let it go on."""
        for name in ("hold", "held"):
            (self.folder / f"{name}-{session_id}").unlink(missing_ok=True)

    def commits(self, session_ids: set[str]) -> tuple[list[Commit], int]:
        """What the journal took of these sessions, in order, and how often it refused a writer of them."""
        taken: list[Commit] = []
        refused = 0
        path = self.folder / "commits"
        for line in path.read_text().splitlines() if path.exists() else ():
            said = json.loads(line)
            if said["session_id"] not in session_ids:
                continue
            if said["kind"] == "refused":
                refused += 1
            else:
                taken.append(Commit(**said))
        return taken, refused


def deploy(address: str, parts: str, host: str, port: int) -> None:
    """Run the applications on a cluster. Called in a process of its own: `parts` is JSON."""
    import ray
    from ray import serve

    from deployments.local_cluster import Part, built
    from deployments.names import NAMESPACE

    ray.init(address=address, namespace=NAMESPACE, log_to_driver=False, configure_logging=False)
    serve.start(proxy_location="HeadOnly", http_options={"host": host, "port": port})
    with mock.patch("deployments.app.JournalDeployment", WitnessDeployment):
        applications = [(part, built(part)) for part in (Part(**said) for said in json.loads(parts))]
    serve.run_many([serve.RunTarget(application, part.name, part.route) for part, application in applications])
