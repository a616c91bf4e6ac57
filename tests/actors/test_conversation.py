from __future__ import annotations

import datetime as dt
from dataclasses import asdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.conversation import fold
from deployments.contracts.events import (
    Event,
    Moved,
    SessionCreated,
    SessionRenamed,
    TurnCancelled,
    TurnFailed,
    encode_event,
)
from deployments.contracts.sessions import Frame
from tests.deployments.journal.turns import AT, answered, failed, received

CREATED = SessionCreated(session_id="sess-1", tenant_id="acme", user_id="ann", title="Sales", at=AT)


def test_a_turn_adds_a_message_of_each_side() -> None:
    state = fold([CREATED, received("a"), answered("a")])
    assert [(message.role, message.content) for message in state.history] == [
        ("user", "hello"),
        ("assistant", "Hello."),
    ]
    assert state.info is not None
    assert state.info.message_count == 2
    assert state.history[0].metadata == {}
    assert state.history[1].metadata["intent"] == "conversation"


def test_a_begun_turn_is_running_until_its_end() -> None:
    assert fold([CREATED, received("a")]).running == received("a")
    assert fold([CREATED, received("a"), answered("a")]).running is None


def test_an_end_is_found_by_the_message_it_answered() -> None:
    state = fold([CREATED, received("a", "m"), answered("a")])
    assert state.ends == {"m": answered("a")}


def test_a_failure_that_may_be_retried_does_not_hold_its_message_id() -> None:
    assert fold([CREATED, received("a", "m"), failed("a", retryable=True)]).ends == {}
    assert "m" in fold([CREATED, received("a", "m"), failed("a", retryable=False)]).ends


def test_failures_and_cancellations_stand_in_the_history() -> None:
    cancelled = TurnCancelled(turn_id="turn-b", frames=(), at=AT)
    state = fold([CREATED, received("a"), failed("a", retryable=False), received("b"), cancelled])
    assert state.history[1].metadata == {"error": "internal", "message_id": "m-a", "turn_id": "turn-a"}
    assert state.history[3].metadata == {"cancelled": True, "message_id": "m-b", "turn_id": "turn-b"}


def test_a_title_can_be_changed_and_taken_away() -> None:
    later = AT + dt.timedelta(minutes=1)
    state = fold([CREATED, SessionRenamed(title=None, at=later)])
    assert state.info is not None
    assert (state.info.title, state.info.updated_at, state.info.created_at) == (None, later, AT)


@pytest.mark.parametrize(
    "events",
    [
        [received("a")],
        [CREATED, answered("a")],
        [CREATED, received("a"), received("b")],
        [CREATED, received("a"), answered("b")],
        [CREATED, Moved(turn_id="turn-a", direction="undo", result_id="res-1")],
    ],
    ids=["before creation", "end without start", "two at once", "another's end", "move to nowhere"],
)
def test_a_record_that_cannot_be_is_refused(events: list[Event]) -> None:
    with pytest.raises(ValueError):
        fold(events)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["answered", "failed", "retry", "cancelled"]), st.integers(0, 4)), max_size=8)
)
def test_frames_number_without_gaps_and_every_fold_of_a_prefix_goes_on_to_the_same_state(
    turns: list[tuple[str, int]],
) -> None:
    events: list[Event] = [CREATED]
    seq = 0
    for number, (kind, shown) in enumerate(turns):
        frames = tuple(Frame(seq=seq + n + 1, turn_id=f"turn-{number}", type="text") for n in range(shown))
        seq += shown
        events.append(received(str(number)))
        end: Event
        match kind:
            case "answered":
                end = answered(str(number)).model_copy(update={"frames": frames})
            case "cancelled":
                end = TurnCancelled(turn_id=f"turn-{number}", frames=frames, at=AT)
            case _:
                end = TurnFailed(
                    turn_id=f"turn-{number}", code="x", detail="x", retryable=kind == "retry", frames=frames, at=AT
                )
        events.append(end)
    whole = fold(events)
    assert asdict(fold(map(encode_event, events))) == asdict(whole)
    assert [frame.seq for frame in whole.frames] == list(range(1, seq + 1))
    assert whole.info is not None
    assert whole.info.message_count == len(whole.history) == 2 * len(turns)
    for cut in range(1, len(events) + 1):
        resumed = fold(events[:cut])
        for event in events[cut:]:
            resumed.apply(event)
        assert asdict(resumed) == asdict(whole)
