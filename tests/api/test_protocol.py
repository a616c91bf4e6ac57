from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from api import protocol
from api.protocol import Cancel, Ping, Request, Resume, Turn, encode, own, own_error, parse
from deployments.contracts.errors import InvalidRequest, MalformedRequest, Overloaded, PayloadTooLarge, SessionNotFound
from deployments.contracts.sessions import ChangeVisualization, Frame, Move, RefineQuery, SendMessage


def read(text: str) -> Request:
    return parse(text, frame_bytes=1_000, question_characters=100)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            '{"type": "message", "content": "Show revenue by region", "message_id": "m-1"}',
            Turn(SendMessage(content="Show revenue by region", message_id="m-1")),
        ),
        (
            '{"type": "refine", "content": "only US", "message_id": "m-2"}',
            Turn(RefineQuery(content="only US", message_id="m-2")),
        ),
        (
            '{"type": "visualize", "chart_type": "pie", "message_id": "m-3"}',
            Turn(ChangeVisualization(chart_type="pie", message_id="m-3")),
        ),
        ('{"type": "undo", "message_id": "m-4"}', Turn(Move(kind="undo", message_id="m-4"))),
        ('{"type": "redo", "message_id": "m-5"}', Turn(Move(kind="redo", message_id="m-5"))),
        ('{"type": "cancel"}', Cancel()),
        ('{"type": "resume", "after_seq": 17}', Resume(17)),
        ('{"type": "ping"}', Ping()),
    ],
)
def test_a_client_frame_is_read(text: str, expected: Request) -> None:
    assert read(text) == expected


def test_the_given_client_frame_needs_no_message_id() -> None:
    asked = read('{"type": "message", "content": "Show revenue by region"}')
    assert isinstance(asked, Turn)
    assert isinstance(asked.command, SendMessage)
    assert asked.command.message_id.startswith("msg-")


@pytest.mark.parametrize(
    ("text", "kind", "says"),
    [
        ("{", MalformedRequest, "not valid JSON"),
        ("", MalformedRequest, "not valid JSON"),
        ("[]", InvalidRequest, "not an array"),
        ("{}", InvalidRequest, "'type'"),
        ('{"type": 3}', InvalidRequest, "'type'"),
        ('{"type": ["message"]}', InvalidRequest, "'type'"),
        ('{"type": "shout"}', InvalidRequest, "'type'"),
        ('{"type": "message"}', InvalidRequest, "'content' is required"),
        ('{"type": "message", "content": ""}', InvalidRequest, "must not be empty"),
        ('{"type": "message", "content": "\\u0000"}', InvalidRequest, "control character"),
        ('{"type": "message", "content": "x", "contnet": "y"}', InvalidRequest, "Did you mean 'content'"),
        ('{"type": "message", "content": 3}', InvalidRequest, "'content'"),
        ('{"type": "resume"}', InvalidRequest, "'after_seq' is required"),
        ('{"type": "resume", "after_seq": -1}', InvalidRequest, "'after_seq'"),
        ('{"type": "resume", "after_seq": true}', InvalidRequest, "'after_seq'"),
        ('{"type": "ping", "ping": 1}', InvalidRequest, "Unknown field 'ping'"),
        ('{"type": "message", "content": "' + "x" * 101 + '"}', InvalidRequest, "101 characters"),
        ('{"type": "message", "content": "' + "x" * 1_000 + '"}', PayloadTooLarge, "larger than 1,000 bytes"),
        ('{"type": "message", "content": "' + "é" * 490 + '"}', PayloadTooLarge, "larger than 1,000 bytes"),
    ],
)
def test_a_frame_that_is_none_says_what_was_expected(text: str, kind: type[Exception], says: str) -> None:
    with pytest.raises(kind, match=says):
        read(text)


def test_a_server_frame_has_the_given_fields_where_they_are_given() -> None:
    frame = Frame(seq=4, turn_id="turn-1", type="stream_start", body={"agent": "sql_agent"})
    assert encode(frame) == '{"type":"stream_start","agent":"sql_agent","turn_id":"turn-1","seq":4}'
    frame = Frame(seq=5, turn_id="turn-1", type="text", body={"content": "Generating SQL query..."})
    assert encode(frame) == '{"type":"text","content":"Generating SQL query...","turn_id":"turn-1","seq":5}'
    body = {"data": {"sql": "SELECT 1", "visualization": {}, "insights": ()}}
    assert encode(Frame(seq=6, turn_id="turn-1", type="result", body=body)) == (
        '{"type":"result","data":{"sql":"SELECT 1","visualization":{},"insights":[]},"turn_id":"turn-1","seq":6}'
    )


def test_values_keep_their_meaning_in_a_frame() -> None:
    cells = [Decimal("150000.10"), 2**70, float("nan"), dt.date(2025, 3, 15), "Zoë 🙂", None, True]
    frame = Frame(seq=1, turn_id="t", type="result", body={"data": {"rows": [cells]}})
    assert '"rows":[[150000.10,1180591620717411303424,null,"2025-03-15","Zoë 🙂",null,true]]' in encode(frame)


def test_a_frame_of_this_socket_alone_has_the_last_number_and_no_turn() -> None:
    assert own("pong", 17) == '{"type":"pong","turn_id":null,"seq":17}'


def test_an_error_frame_has_its_code_and_detail() -> None:
    error = Overloaded("Too much at once.", retry_after=3)
    assert own_error(error, 2) == (
        '{"type":"error","code":"overloaded","detail":"Too much at once.","retry_after":3,"turn_id":null,"seq":2}'
    )


def test_a_missing_session_is_told_without_its_owner() -> None:
    assert "bob" not in own_error(SessionNotFound("bob's session"), 0)


def test_every_client_frame_has_a_model_of_its_name() -> None:
    for name, model in protocol.CLIENT_FRAMES.items():
        assert model.model_fields["type"].annotation.__args__ == (name,)  # type: ignore[union-attr]
