from __future__ import annotations

import contextlib
import datetime as dt
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from deployments.contracts.errors import (
    InvalidRequest,
    MessageNotFound,
    ResultExpired,
    ResultNotFound,
    SessionNotFound,
    TooManySessions,
)
from deployments.contracts.events import SessionRenamed
from deployments.contracts.journal import Fenced, Retention
from deployments.contracts.sessions import SessionInfo
from deployments.journal.store import Journal
from deployments.journal.tables import idempotency
from tests.deployments.journal.turns import AT, answered, append, failed, received

T = TypeVar("T")


def do(journal: Journal, operation: Callable[[sa.Connection], T]) -> T:
    value: T = journal.write([operation])[0].value()
    return value


def new_session(journal: Journal, session_id: str = "sess-1", **given: Any) -> SessionInfo:
    arguments = {"tenant_id": "acme", "user_id": "ann", "title": None, "key": None, "at": AT} | given
    return do(journal, journal.create(session_id, **arguments))


def test_a_new_session_can_be_read_and_activated(journal: Journal) -> None:
    made = new_session(journal, title="Sales")
    assert made == journal.read(journal.session("sess-1"))
    assert (made.title, made.created_at, made.message_count) == ("Sales", AT, 0)
    taken = do(journal, journal.activate("sess-1"))
    assert (taken.epoch, taken.sequence, [event.kind for event in taken.events]) == (1, 1, ["session_created"])


def test_the_same_key_gives_the_session_it_made_but_only_to_its_owner(journal: Journal) -> None:
    first = new_session(journal, key="k")
    assert new_session(journal, "sess-2", key="k").session_id == first.session_id
    assert new_session(journal, "sess-3", key="k", user_id="bob").session_id == "sess-3"
    assert new_session(journal, "sess-4", key="k", tenant_id="other").session_id == "sess-4"


def test_the_same_key_for_another_session_is_refused(journal: Journal) -> None:
    new_session(journal, key="k", title="Sales")
    with pytest.raises(InvalidRequest, match="Idempotency-Key") as raised:
        new_session(journal, "sess-2", key="k", title="Costs")
    assert raised.value.extra == {"field": "Idempotency-Key"}
    with pytest.raises(SessionNotFound):
        journal.read(journal.session("sess-2"))


def test_a_key_that_is_taken_at_the_same_moment_gives_the_session_of_the_first(url: str) -> None:
    # Two servers on one database: the second looks before the first has committed, and writes after it has.
    journal, other = Journal.open(url), Journal.open(url)
    looked = False

    def taken_between(connection: sa.Connection) -> SessionInfo:
        nonlocal looked
        if not looked and connection.dialect.name == "postgresql":
            looked = True
            made = new_session(other, "sess-1", key="k")
            insert = idempotency.insert()
            connection.execute(insert.values(tenant_id="acme", user_id="ann", key="k", session_id=made.session_id))
        return journal.create("sess-2", "acme", "ann", None, "k", AT)(connection)

    if journal.engine.dialect.name == "sqlite":
        new_session(other, "sess-1", key="k")
    assert do(journal, taken_between).session_id == "sess-1"
    other.close()
    journal.close()


def test_two_writers_in_each_other_s_way_both_succeed(url: str) -> None:
    journals = [Journal.open(url), Journal.open(url)]
    for name in ("sess-1", "sess-2"):
        new_session(journals[0], name)
    met = threading.Barrier(2)

    def meet(connection: sa.Connection) -> None:
        if connection.dialect.name == "postgresql":  # SQLite lets one writer in at a time
            with contextlib.suppress(threading.BrokenBarrierError):
                met.wait(2)

    def both(journal: Journal, *order: str) -> list[Any]:
        first, second = (journal.activate(name) for name in order)
        return [outcome.value() for outcome in journal.write([first, meet, second])]

    with ThreadPoolExecutor() as pool:
        one = pool.submit(both, journals[0], "sess-1", "sess-2")
        other = pool.submit(both, journals[1], "sess-2", "sess-1")
        epochs = [[taken.epoch for taken in (done[0], done[2])] for done in (one.result(), other.result())]
    assert sorted(epochs[0] + epochs[1]) == [1, 1, 2, 2]
    for journal in journals:
        journal.close()


def test_text_that_cannot_be_stored_harms_no_other(journal: Journal) -> None:
    new_session(journal)
    outcomes = journal.write(
        [
            journal.create("sess-2", "acme", "ann", "a\x00b", None, AT),
            journal.create("sess-3", "acme", "ann", "\ud800", None, AT),
            journal.activate("sess-1"),
        ]
    )
    assert outcomes[2].error is None
    if journal.engine.dialect.name == "postgresql":
        assert isinstance(outcomes[0].error, InvalidRequest)


def test_creating_again_after_a_lost_reply_gives_the_session_back(journal: Journal) -> None:
    first = new_session(journal)
    assert new_session(journal) == first


def test_appended_events_come_back_in_order(journal: Journal) -> None:
    new_session(journal)
    do(journal, journal.activate("sess-1"))
    assert do(journal, journal.append(append(1, 1, received("a")))) == 2
    assert do(journal, journal.append(append(1, 2, answered("a")))) == 3
    taken = do(journal, journal.activate("sess-1"))
    assert taken.events[1:] == (received("a"), answered("a"))
    assert journal.read(journal.session("sess-1")).message_count == 2


def test_an_old_epoch_is_fenced_and_leaves_nothing(journal: Journal) -> None:
    new_session(journal)
    do(journal, journal.activate("sess-1"))
    do(journal, journal.activate("sess-1"))
    with pytest.raises(Fenced, match="expected epoch 2 and sequence 1, got 1 and 1"):
        do(journal, journal.append(append(1, 1, received("a"), snapshots={"res-a": b"x"})))
    assert len(do(journal, journal.activate("sess-1")).events) == 1
    with pytest.raises(ResultNotFound):
        journal.read(journal.result("sess-1", "res-a"))


def test_a_sequence_that_moved_is_fenced(journal: Journal) -> None:
    new_session(journal)
    do(journal, journal.activate("sess-1"))
    do(journal, journal.append(append(1, 1, received("a"))))
    with pytest.raises(Fenced):
        do(journal, journal.append(append(1, 1, received("b"))))


def test_one_message_id_begins_one_turn(journal: Journal) -> None:
    new_session(journal)
    do(journal, journal.activate("sess-1"))
    do(journal, journal.append(append(1, 1, received("a", "m"), answered("a"))))
    with pytest.raises(Fenced):
        do(journal, journal.append(append(1, 3, received("b", "m"))))
    assert journal.read(journal.session("sess-1")).message_count == 2


def test_a_message_id_is_free_again_after_a_failure_that_may_be_retried(journal: Journal) -> None:
    new_session(journal)
    do(journal, journal.activate("sess-1"))
    do(journal, journal.append(append(1, 1, received("a", "m"), failed("a", retryable=True))))
    assert do(journal, journal.append(append(1, 3, received("b", "m")))) == 4


def test_a_failure_among_others_undoes_only_itself(journal: Journal) -> None:
    new_session(journal)
    new_session(journal, "sess-2")
    for session_id in ("sess-1", "sess-2"):
        do(journal, journal.activate(session_id))
    outcomes = journal.write(
        [
            journal.append(append(1, 1, received("a"))),
            journal.append(append(9, 1, received("b"), session_id="sess-2")),
            journal.append(append(1, 1, received("c"), session_id="sess-2")),
            journal.append(append(1, 1, received("d"), session_id="sess-3")),
        ]
    )
    assert [type(outcome.error) for outcome in outcomes] == [type(None), Fenced, type(None), SessionNotFound]
    assert do(journal, journal.activate("sess-2")).events[1:] == (received("c"),)


def test_results_beyond_the_newest_lose_their_rows(journal: Journal) -> None:
    new_session(journal)
    do(journal, journal.activate("sess-1"))
    for number, name in enumerate("abc"):
        events = (received(name), answered(name))
        do(journal, journal.append(append(1, 1 + 2 * number, *events, snapshots={f"res-{name}": name.encode()})))
    assert journal.read(journal.result("sess-1", "res-c")) == b"c"
    assert journal.read(journal.result("sess-1", "res-b")) == b"b"
    with pytest.raises(ResultExpired):
        journal.read(journal.result("sess-1", "res-a"))
    with pytest.raises(ResultNotFound):
        journal.read(journal.result("sess-1", "res-z"))


def test_what_a_session_keeps_is_bounded_in_bytes(journal: Journal) -> None:
    new_session(journal)
    do(journal, journal.activate("sess-1"))

    def store(number: int, size: int) -> None:
        events = (received(str(number)), answered(str(number)))
        snapshots = {f"res-{number}": bytes([number]) * size}
        do(journal, journal.append(append(1, 1 + 2 * number, *events, snapshots=snapshots)))

    def kept() -> list[int]:
        found = []
        for number in range(4):
            with contextlib.suppress(ResultExpired, ResultNotFound):
                assert set(journal.read(journal.result("sess-1", f"res-{number}"))) == {number}
                found.append(number)
        return found

    store(0, 900)
    store(1, 1001)  # too large by itself
    assert kept() == [0]
    store(2, 600)
    assert kept() == [0, 2]
    store(3, 700)  # 900 + 600 + 700 is too much together
    assert kept() == [2, 3]


def test_a_deleted_session_leaves_nothing(journal: Journal) -> None:
    new_session(journal, key="k")
    do(journal, journal.activate("sess-1"))
    do(journal, journal.append(append(1, 1, received("a"), snapshots={"res-a": b"x"})))
    do(journal, journal.delete("sess-1"))
    with pytest.raises(SessionNotFound):
        journal.read(journal.session("sess-1"))
    with pytest.raises(SessionNotFound):
        do(journal, journal.append(append(1, 2, answered("a"))))
    with pytest.raises(SessionNotFound):
        do(journal, journal.delete("sess-1"))
    with journal.engine.connect() as connection:
        tables = ("sessions", "events", "messages", "results", "idempotency")
        assert [connection.scalar(sa.text(f"SELECT count(*) FROM {table}")) for table in tables] == [0] * 5


def test_a_branch_has_the_record_up_to_its_message_and_its_results_and_goes_on_by_itself(journal: Journal) -> None:
    new_session(journal, title="Sales")
    epoch = do(journal, journal.activate("sess-1")).epoch
    do(journal, journal.append(append(epoch, 1, received("a"), answered("a"), snapshots={"res-a": b"rows"})))
    do(journal, journal.append(append(epoch, 3, SessionRenamed(title="Sales 2", at=AT))))
    do(journal, journal.append(append(epoch, 4, received("b"), answered("b"), snapshots={"res-b": b"more"})))
    made = do(journal, journal.branch("sess-1", "m-b", "sess-2", "Other way", AT))
    assert (made.title, made.message_count, made.user_id) == ("Other way", 4, "ann")
    taken = do(journal, journal.activate("sess-2"))
    turn = ["message_received", "turn_answered"]
    kinds = ["session_created", *turn, "session_renamed", *turn, "session_renamed"]
    assert [event.kind for event in taken.events] == kinds
    assert journal.read(journal.result("sess-2", "res-b")) == b"more"
    do(journal, journal.append(append(taken.epoch, taken.sequence, received("c"), session_id="sess-2")))
    do(journal, journal.append(append(epoch, 6, received("c"))))
    assert do(journal, journal.branch("sess-1", "m-a", "sess-3", None, AT)).message_count == 2
    with pytest.raises(ResultNotFound):
        journal.read(journal.result("sess-3", "res-b"))


@pytest.mark.parametrize("message_id", ["m-b", "m-unknown"])
def test_no_branch_grows_from_a_turn_that_has_not_ended_or_never_began(journal: Journal, message_id: str) -> None:
    new_session(journal)
    epoch = do(journal, journal.activate("sess-1")).epoch
    do(journal, journal.append(append(epoch, 1, received("a"), answered("a"), received("b"))))
    with pytest.raises(MessageNotFound):
        do(journal, journal.branch("sess-1", message_id, "sess-2", None, AT))
    with pytest.raises(SessionNotFound):
        journal.read(journal.session("sess-2"))


def test_sessions_with_a_turn_that_has_not_ended_are_found(journal: Journal) -> None:
    for name in ("ended", "begun", "renamed", "failed", "quiet"):
        new_session(journal, name)
        epoch = do(journal, journal.activate(name)).epoch
        renamed = SessionRenamed(title="t", at=AT)
        turn = {
            "ended": (received("1"), answered("1")),
            "begun": (received("1"), answered("1"), received("2")),
            "renamed": (received("1"), renamed),
            "failed": (received("1"), failed("1", retryable=True)),
            "quiet": (renamed,),
        }[name]
        do(journal, journal.append(append(epoch, 1, *turn, session_id=name)))
    second = dt.timedelta(seconds=1)
    assert journal.read(journal.unfinished(AT, AT + second, 10)) == ("begun", "renamed")
    assert journal.read(journal.unfinished(AT, AT + second, 1)) == ("begun",)
    assert journal.read(journal.unfinished(AT, AT, 10)) == ()
    assert journal.read(journal.unfinished(AT + second, AT + 2 * second, 10)) == ()


def test_sessions_are_listed_newest_first_and_paged_without_gaps(journal: Journal) -> None:
    for number in range(7):
        # Three of one moment: the cursor must tell them apart.
        new_session(journal, f"sess-{number}", at=AT + dt.timedelta(seconds=number // 3))
    new_session(journal, "sess-b", user_id="bob")
    seen: list[str] = []
    cursor = None
    while True:
        page = journal.read(journal.sessions("acme", "ann", 2, cursor, None))
        seen += [info.session_id for info in page.sessions]
        if (cursor := page.next_cursor) is None:
            break
    assert seen == ["sess-6", "sess-5", "sess-4", "sess-3", "sess-2", "sess-1", "sess-0"]


def test_titles_are_searched_without_case_and_without_wildcards(journal: Journal) -> None:
    new_session(journal, "sess-1", title="ÉTÉ 100% sold")
    new_session(journal, "sess-2", title="Winter")
    do(journal, journal.activate("sess-2"))
    do(journal, journal.append(append(1, 1, SessionRenamed(title="Frühling", at=AT), session_id="sess-2")))

    def found(words: str) -> list[str]:
        page = journal.read(journal.sessions("acme", "ann", 10, None, words))
        return [info.session_id for info in page.sessions]

    assert found("été") == ["sess-1"]
    assert found("100%") == ["sess-1"]
    assert found("0%s") == []
    assert found("FRÜH") == ["sess-2"]
    assert found("winter") == []


@pytest.mark.parametrize("cursor", ["", "x", "bnVsbA", "WzEsMl0", "WyJhIiwiYiJd", "é", "W3RydWUsImEiXQ"])
def test_a_cursor_that_was_not_given_out_is_refused(journal: Journal, cursor: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        journal.read(journal.sessions("acme", "ann", 10, cursor, None))
    assert raised.value.extra == {"field": "cursor"}


def test_what_was_acknowledged_survives_the_death_of_the_process(path: Path) -> None:
    program = textwrap.dedent(
        f"""
        import os, signal
        from deployments.journal.store import Journal
        from tests.deployments.journal.test_store import append, answered, do, new_session, received
        journal = Journal.open({str(path)!r})
        new_session(journal)
        do(journal, journal.activate("sess-1"))
        do(journal, journal.append(append(1, 1, received("a"), answered("a"), snapshots={{"res-a": b"x"}})))
        print("acknowledged", flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
        """
    )
    died = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert died.stdout == "acknowledged\n", died.stderr
    journal = Journal.open(str(path))
    assert do(journal, journal.activate("sess-1")).events[1:] == (received("a"), answered("a"))
    assert journal.read(journal.result("sess-1", "res-a")) == b"x"
    journal.close()


class Writers(RuleBasedStateMachine):
    """Any interleaving of writers that activate, append and lag behind leaves a gapless record of what was
    acknowledged, in order, with only ever one writer able to append."""

    writers = Bundle("writers")

    def __init__(self) -> None:
        super().__init__()
        self.journal = Journal.open("sqlite:///file::memory:?cache=shared&uri=true")
        with self.journal.engine.begin() as connection:
            for table in ("events", "messages", "results", "idempotency", "sessions"):
                connection.execute(sa.text(f"DELETE FROM {table}"))
        new_session(self.journal)
        self.acknowledged: list[str] = []
        self.epoch = 0
        self.names = 0

    @rule(target=writers)
    def activate(self) -> tuple[int, int]:
        taken = do(self.journal, self.journal.activate("sess-1"))
        self.epoch += 1
        assert taken.epoch == self.epoch
        return taken.epoch, taken.sequence

    @rule(target=writers, writer=consumes(writers), turns=st.integers(1, 3))
    def write(self, writer: tuple[int, int], turns: int) -> tuple[int, int]:
        epoch, sequence = writer
        names = [str(self.names + number) for number in range(turns)]
        self.names += turns
        events = [event for name in names for event in (received(name), answered(name))]
        current = epoch == self.epoch and sequence == 1 + 2 * len(self.acknowledged)
        try:
            after = do(self.journal, self.journal.append(append(epoch, sequence, *events)))
        except Fenced:
            assert not current
            return writer
        assert current
        self.acknowledged += names
        return epoch, after

    @invariant()
    def the_record_is_what_was_acknowledged(self) -> None:
        def bodies(connection: sa.Connection) -> list[tuple[int, str]]:
            rows = connection.execute(sa.text("SELECT sequence, kind FROM events ORDER BY sequence"))
            return [(row[0], row[1]) for row in rows]

        found = self.journal.read(bodies)
        assert [number for number, _ in found] == list(range(1, len(found) + 1))
        assert len(found) == 1 + 2 * len(self.acknowledged)

    def teardown(self) -> None:
        self.journal.close()


TestWriters = Writers.TestCase
TestWriters.settings = settings(max_examples=20, stateful_step_count=15, deadline=None)


def test_a_user_has_so_many_sessions_and_so_many_bytes_in_them(journal: Journal) -> None:
    journal.retention = Retention(sessions=2, user_bytes=5)
    new_session(journal, "sess-1", key="k")
    new_session(journal, "sess-2")
    for refused in ("sess-3", "sess-4"):
        with pytest.raises(TooManySessions, match="2 sessions"):
            new_session(journal, refused)
    assert new_session(journal, "sess-5", key="k").session_id == "sess-1"
    assert new_session(journal, "sess-6", user_id="bob").user_id == "bob"
    do(journal, journal.delete("sess-2"))
    do(journal, journal.activate("sess-1"))
    turn = append(1, 1, received("1"), answered("1"), snapshots={"res-1": b"123456"})
    do(journal, journal.append(turn))
    with pytest.raises(TooManySessions, match="rows kept"):
        new_session(journal, "sess-2")
    with pytest.raises(TooManySessions, match="rows kept"):
        do(journal, journal.branch("sess-1", "m-1", "sess-7", None, AT))


def test_sessions_that_nobody_uses_are_found_the_longest_unused_first(journal: Journal) -> None:
    for day in range(4):
        new_session(journal, f"sess-{day}", user_id=f"user-{day}", at=AT + dt.timedelta(days=day))
    unused = journal.read(journal.unused(AT + dt.timedelta(days=2, hours=12), 10))
    assert [info.session_id for info in unused] == ["sess-0", "sess-1", "sess-2"]
    assert [info.session_id for info in journal.read(journal.unused(AT + dt.timedelta(days=9), 2))] == [
        "sess-0",
        "sess-1",
    ]
