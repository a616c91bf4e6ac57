from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from deployments.contracts.answers import Answer, AnswerData, Intent, Visualization
from deployments.contracts.events import (
    SCHEMA_VERSION,
    Event,
    MessageReceived,
    Moved,
    ResultProduced,
    SessionCreated,
    TurnAnswered,
    TurnFailed,
    decode_event,
    encode_event,
)
from deployments.contracts.identity import Principal
from deployments.contracts.query import (
    AnalyticQuery,
    Attribute,
    Comparison,
    Operator,
    TimeWindow,
)
from deployments.contracts.sessions import Frame, SendMessage

AT = dt.datetime(2025, 3, 15, 10, 0, 0, 123456, tzinfo=dt.UTC)
ORDERED = Attribute(entity="orders", name="ordered")
QUERY = AnalyticQuery(
    subject="orders",
    where=Comparison(
        left=ORDERED, operator=Operator.IN, values=(Decimal("1.50"), "2025-01-01", dt.date(2025, 1, 1), 7)
    ),
    time=TimeWindow(of=ORDERED, start=dt.date(2025, 2, 1), end=dt.datetime(2025, 3, 1, 12, 0)),
)
ANN = Principal(tenant_id="acme", user_id="ann", roles=frozenset({"viewer"}), attributes={"region": ["EU", "US"]})
EVENTS: list[Event] = [
    SessionCreated(session_id="sess-1", tenant_id="acme", user_id="ann", title="é", at=AT),
    MessageReceived(
        turn_id="turn-1",
        message_id="m1",
        principal=ANN,
        command=SendMessage(content="how much?", message_id="m1"),
        as_of=dt.date(2025, 3, 15),
        at=AT,
    ),
    ResultProduced(
        turn_id="turn-1",
        result_id="res-1",
        query=QUERY,
        sql="SELECT 1",
        columns=(),
        row_count=0,
        visualization=Visualization(type="bar", spec={"$schema": "x", "width": 3.0}),
    ),
    Moved(turn_id="turn-1", direction="undo", result_id="res-1"),
    TurnAnswered(
        turn_id="turn-1",
        answer=Answer(
            success=True,
            response="Done.",
            intent=Intent.METADATA,
            query=QUERY,
            data=AnswerData(columns=("a",), rows=((Decimal("2.00"),), (dt.date(2025, 1, 1),), (None,))),
        ),
        frames=(Frame(seq=1, turn_id="turn-1", type="status", body={"state": "routing"}),),
        at=AT,
    ),
    TurnFailed(turn_id="turn-1", code="query_timeout", detail="Too long", extra={"seconds": 30.0}, frames=(), at=AT),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.kind)
def test_an_event_comes_back_with_every_type_it_had(event: Event) -> None:
    back = decode_event(encode_event(event))
    assert back == event
    assert repr(back) == repr(event)


def test_an_event_of_a_newer_version_is_refused() -> None:
    text = encode_event(EVENTS[0]).replace(
        f'"schema_version":{SCHEMA_VERSION}', f'"schema_version":{SCHEMA_VERSION + 1}'
    )
    with pytest.raises(ValueError, match=f"expected an event of version {SCHEMA_VERSION} or older"):
        decode_event(text)
