from __future__ import annotations

import pytest
import sqlalchemy as sa

from deployments.contracts.errors import SessionNotFound
from deployments.contracts.journal import Append, Fenced, StateSnapshot
from deployments.journal.store import Journal
from deployments.journal.tables import states
from tests.deployments.journal.test_store import do, new_session
from tests.deployments.journal.turns import AT, answered, append, received


@pytest.fixture
def long(journal: Journal) -> Journal:
    """A journal with one session of three turns, whose state was written with the third."""
    new_session(journal)
    do(journal, journal.activate("sess-1"))
    for number, name in enumerate("abc"):
        request = append(1, 1 + 2 * number, received(name), answered(name))
        do(journal, journal.append(with_state(request) if name == "c" else request))
    return journal


def with_state(request: Append, body: str = "what all of it gives") -> Append:
    return request.model_copy(update={"state": StateSnapshot(sequence=request.sequence, body=body)})


def kinds(journal: Journal) -> tuple[StateSnapshot | None, list[str]]:
    taken = do(journal, journal.activate("sess-1"))
    return taken.state, [event.kind for event in taken.events]


def test_an_activation_reads_the_state_and_only_what_comes_after_it(long: Journal) -> None:
    tail = ["message_received", "turn_answered"]
    assert kinds(long) == (StateSnapshot(sequence=5, body="what all of it gives"), tail)
    assert len(long.read(long.record("sess-1", 5))) == 5
    assert len(long.read(long.record("sess-1", 7))) == 7


def test_a_later_state_takes_the_place_of_the_last(long: Journal) -> None:
    do(long, long.append(with_state(append(1, 7, received("d"), answered("d")), "more")))
    assert kinds(long)[0] == StateSnapshot(sequence=7, body="more")
    with long.engine.connect() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(states)) == 1


def test_a_state_that_is_refused_with_its_turn_is_not_kept(long: Journal) -> None:
    do(long, long.activate("sess-1"))
    with pytest.raises(Fenced):
        do(long, long.append(with_state(append(1, 7, received("d"), answered("d")), "of an old writer")))
    assert kinds(long)[0] == StateSnapshot(sequence=5, body="what all of it gives")


@pytest.mark.parametrize(
    "change",
    [{"version": 0}, {"version": 99}, {"body": "what all of it gave"}, {"digest": ""}, {"sequence": 8}],
    ids=["older", "newer", "changed", "torn", "ahead of the record"],
)
def test_a_state_in_doubt_is_left_aside_and_the_record_read(long: Journal, change: dict[str, object]) -> None:
    with long.engine.begin() as connection:
        connection.execute(states.update().values(change))
    state, record = kinds(long)
    assert state is None
    assert len(record) == 7
    do(long, long.append(with_state(append(2, 7, received("d"), answered("d")), "anew")))
    assert kinds(long)[0] == StateSnapshot(sequence=7, body="anew")


def test_a_state_goes_with_its_session_and_not_into_a_branch(long: Journal) -> None:
    do(long, long.branch("sess-1", "m-b", "sess-2", None, AT))
    branch = do(long, long.activate("sess-2"))
    assert (branch.state, len(branch.record)) == (None, 6)
    do(long, long.delete("sess-1"))
    with long.engine.connect() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(states)) == 0
    with pytest.raises(SessionNotFound):
        long.read(long.record("sess-1", 5))
