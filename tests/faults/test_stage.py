from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from deployments.contracts.journal import Append, Fenced, Retention
from tests.deployments.journal.turns import AT, answered, received
from tests.faults.history import Commit
from tests.faults.stage import FOLDER, WITHOUT_FENCE, Stage, WitnessDeployment

SID = "sess-1"


@pytest.fixture
async def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WitnessDeployment:
    monkeypatch.setenv(FOLDER, str(tmp_path))
    made = WitnessDeployment(str(tmp_path / "journal.sqlite"), Retention())
    await made.create(SID, "acme", "ann", None, None, AT)
    return made


def turn(epoch: int, sequence: int, turn_id: str) -> Append:
    return Append(session_id=SID, epoch=epoch, sequence=sequence, events=(received(turn_id), answered(turn_id)))


async def test_a_journal_tells_in_order_whom_it_took_and_whom_it_refused(
    journal: WitnessDeployment, tmp_path: Path
) -> None:
    first = await journal.activate(SID)
    await journal.append(turn(first.epoch, 1, "t1"))
    second = await journal.activate(SID)
    with pytest.raises(Fenced):
        await journal.append(turn(first.epoch, 3, "t2"))
    await journal.append(turn(second.epoch, 3, "t2"))
    assert Stage(tmp_path).commits({SID}) == (
        [
            Commit(SID, 1, "activated"),
            Commit(SID, 1, "appended"),
            Commit(SID, 2, "activated"),
            Commit(SID, 2, "appended"),
        ],
        1,
    )
    assert Stage(tmp_path).commits({"sess-2"}) == ([], 0)


async def test_without_its_fence_it_takes_the_old_writer_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOLDER, str(tmp_path))
    monkeypatch.setenv(WITHOUT_FENCE, "1")
    journal = WitnessDeployment(str(tmp_path / "journal.sqlite"), Retention())
    await journal.create(SID, "acme", "ann", None, None, AT)
    first = await journal.activate(SID)
    await journal.activate(SID)
    await journal.append(turn(first.epoch, 1, "t1"))
    taken, refused = Stage(tmp_path).commits({SID})
    assert (taken[-1], refused) == (Commit(SID, 1, "appended"), 0)


async def test_a_session_waits_at_the_point_it_was_asked_to(journal: WitnessDeployment, tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    taken = await journal.activate(SID)
    stage.hold(SID, "message committed")
    writing = asyncio.create_task(journal.append(turn(taken.epoch, 1, "t1")))
    while not stage.holds(SID):  # noqa: ASYNC110 - a file gives no sign
        await asyncio.sleep(0.01)
    assert stage.commits({SID})[0][-1].kind == "appended"
    assert not writing.done()
    stage.release(SID)
    assert await writing == 3
    stage.hold(SID, "end asked")
    assert await journal.append(turn(taken.epoch, 3, "t2")) == 5  # it is not at that point
