"""Whatever is sent, the answer is one clear error of the one shape, and the next request is answered as before."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from actors.local import LocalSessions
from api import dispatch
from api.app import create_app
from api.settings import Settings
from deployments.contracts.errors import JournalUnavailable
from tests.api.conftest import API, SESSIONS, bearer, problem


async def post(client: httpx.AsyncClient, session_id: str, raw: bytes | str) -> httpx.Response:
    return await client.post(f"{SESSIONS}/{session_id}/messages", content=raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b'{"message": }',
        b'{"message": "x"} trailing',
        b"message=x",
        b"\xff\xfe",
        b'{"message": "\xff"}',
        b'{"message": NaN}',
        b'{"message": "a", "message": "b"}',
        b"[" * 60_000,
        b'{"a":' * 10_000,
        b"9" * 5_000,
        b'{"message": "a\nb"}',
    ],
    ids=lambda raw: repr(raw[:24]),
)
async def test_what_is_not_json_is_400(client: httpx.AsyncClient, session_id: str, raw: bytes) -> None:
    problem(await post(client, session_id, raw), 400, "invalid_request")


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"[]", "not an array"),
        (b"null", "not null"),
        (b'"text"', "not a string"),
        (b"true", "not a boolean"),
        (b"17", "not a number"),
        (b"", "empty"),
        (b"   ", "empty"),
    ],
)
async def test_json_that_is_no_object_is_422(client: httpx.AsyncClient, session_id: str, raw: bytes, says: str) -> None:
    assert says in problem(await post(client, session_id, raw), 422, "invalid_request")["detail"]


BAD_FIELDS: list[tuple[str, str, Any, str]] = [
    ("POST", "/messages", {}, "message"),
    ("POST", "/messages", {"message": 5}, "message"),
    ("POST", "/messages", {"message": None}, "message"),
    ("POST", "/messages", {"message": ["x"]}, "message"),
    ("POST", "/messages", {"message": ""}, "message"),
    ("POST", "/messages", {"message": " \n\t "}, "message"),
    ("POST", "/messages", {"message": "\u200b\u2003"}, "message"),
    ("POST", "/messages", {"message": "a\x00b"}, "message"),
    ("POST", "/messages", {"message": "a\x1b[31mb"}, "message"),
    ("POST", "/messages", {"message": "a\x85b"}, "message"),
    ("POST", "/messages", {"message": "x" * 4_001}, "message"),
    ("POST", "/messages", {"message": "x", "message_id": ""}, "message_id"),
    ("POST", "/messages", {"message": "x", "message_id": "a b"}, "message_id"),
    ("POST", "/messages", {"message": "x", "message_id": "é"}, "message_id"),
    ("POST", "/messages", {"message": "x", "message_id": "m" * 129}, "message_id"),
    ("POST", "/messages", {"message": "x", "message_id": 7}, "message_id"),
    ("POST", "/messages", {"message": "x", "session_id": "sess-other"}, "session_id"),
    ("POST", "/messages", {"mesage": "x"}, "message"),
    ("POST", "/refine", {"refinement": ""}, "refinement"),
    ("POST", "/refine", {"message": "x"}, "refinement"),
    ("POST", "/refine", {"refinement": "x" * 4_001}, "refinement"),
    ("POST", "/visualize", {"chart_type": ""}, "chart_type"),
    ("POST", "/visualize", {"chart_type": {"type": "pie"}}, "chart_type"),
    ("POST", "/visualize", {"chart_type": "p" * 65}, "chart_type"),
    ("POST", "/visualize", {"chart_type": "pie\nchart"}, "chart_type"),
    ("POST", "/undo", {"steps": 2}, "steps"),
    ("POST", "/cancel", {"force": True}, "force"),
    ("PATCH", "", {}, "title"),
    ("PATCH", "", {"title": ""}, "title"),
    ("PATCH", "", {"title": "x" * 201}, "title"),
    ("PATCH", "", {"title": "a\nb"}, "title"),
    ("PATCH", "", {"title": 1}, "title"),
    ("PATCH", "", {"title": "x", "tenant_id": "other"}, "tenant_id"),
]


@pytest.mark.parametrize(("method", "path", "body", "field"), BAD_FIELDS, ids=lambda value: repr(value)[:40])
async def test_a_field_that_is_not_valid_is_named(
    client: httpx.AsyncClient, session_id: str, method: str, path: str, body: Any, field: str
) -> None:
    found = problem(await client.request(method, f"{SESSIONS}/{session_id}{path}", json=body), 422, "invalid_request")
    assert found["field"] == field
    assert field in found["detail"]


async def test_half_a_surrogate_pair_is_no_text(client: httpx.AsyncClient, session_id: str) -> None:
    found = problem(await post(client, session_id, rb'{"message": "\ud83d"}'), 422, "invalid_request")
    assert found["field"] == "message"


async def test_an_unknown_field_is_named_with_the_nearest(client: httpx.AsyncClient, session_id: str) -> None:
    response = await client.post(f"{SESSIONS}/{session_id}/messages", json={"message": "x", "mesage_id": "m"})
    found = problem(response, 422, "invalid_request")
    assert found["field"] == "mesage_id"
    assert found["suggestions"] == ["message_id"]


async def test_every_fault_is_listed(client: httpx.AsyncClient) -> None:
    response = await client.post(SESSIONS, json={"tenant_id": 1, "title": "", "colour": "red"})
    found = problem(response, 422, "invalid_request")
    assert {fault["field"] for fault in found["errors"]} == {"tenant_id", "title", "colour"}


async def test_a_question_of_100_kb_is_too_large(client: httpx.AsyncClient, session_id: str) -> None:
    response = await client.post(f"{SESSIONS}/{session_id}/messages", json={"message": "x" * 100_000})
    assert problem(response, 413, "payload_too_large")["limit_bytes"] == 65_536


async def test_a_body_of_unknown_length_is_stopped_at_the_limit(client: httpx.AsyncClient, session_id: str) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 1
            yield b"x" * 10_000

    response = await client.post(f"{SESSIONS}/{session_id}/messages", content=endless())
    problem(response, 413, "payload_too_large")
    assert sent < 10


@pytest.mark.parametrize(
    "text", ["🙂 revenue 📈", "выручка по странам", "收入", "e\u0301te\u0301", "👩‍👩‍👧", "a\tb\nc\r\nd"]
)
async def test_text_of_any_language_is_taken_and_given_back(
    client: httpx.AsyncClient, session_id: str, text: str
) -> None:
    assert (await client.post(f"{SESSIONS}/{session_id}/messages", json={"message": text})).status_code == 200
    history = (await client.get(f"{SESSIONS}/{session_id}/history")).json()
    assert history["messages"][0]["content"] == text


BAD_QUERIES = [
    ("/history", "limit=0", "limit"),
    ("/history", "limit=501", "limit"),
    ("/history", "limit=-1", "limit"),
    ("/history", "limit=ten", "limit"),
    ("/history", "limit=1e2", "limit"),
    ("/history", "limit=5.0", "limit"),
    ("/history", "limit=", "limit"),
    ("/history", "limit=%205", "limit"),
    ("/history", "limit=1_0", "limit"),
    ("/history", "limit=٣", "limit"),
    ("/history", "limit=99999999999999999999", "limit"),
    ("/history", "offset=-1", "offset"),
    ("/history", "offset=x", "offset"),
    ("/history", "limit=5&limit=6", "limit"),
    ("/history", "limits=5", "limits"),
    ("/history", "token=abc", "token"),
    ("", "verbose=1", "verbose"),
    ("/results/res-x", "format=xlsx", "format"),
    ("/results/res-x", "format=csv&limit=5", "limit"),
    ("/results/res-x", "limit=0", "limit"),
    ("/results/res-x/chart", "format=gif", "format"),
]


@pytest.mark.parametrize(("path", "query", "field"), BAD_QUERIES)
async def test_a_parameter_that_is_not_valid_is_named(
    client: httpx.AsyncClient, session_id: str, path: str, query: str, field: str
) -> None:
    found = problem(await client.get(f"{SESSIONS}/{session_id}{path}?{query}"), 422, "invalid_request")
    assert found["field"] == field


async def test_a_query_string_that_is_not_utf_8_is_refused(client: httpx.AsyncClient) -> None:
    problem(await client.get(f"{SESSIONS}?q=%ff"), 422, "invalid_request")


@pytest.mark.parametrize("key", ["", "a b", "é".encode().decode("latin-1"), "k" * 256])
async def test_an_idempotency_key_that_is_none_is_refused(client: httpx.AsyncClient, key: str) -> None:
    headers = httpx.Headers([("Idempotency-Key", key)], encoding="latin-1")
    found = problem(await client.post(SESSIONS, json={}, headers=headers), 422, "invalid_request")
    assert found["field"] == "Idempotency-Key"


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/api",
        "/api/v1/bi",
        f"{SESSIONS}/",
        f"{API}/chat",
        "/ws/chat/sess-1",
        "/docs/",
        "/healthz/x",
    ],
)
async def test_a_path_that_is_not_there_is_404(client: httpx.AsyncClient, path: str) -> None:
    problem(await client.get(path), 404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("PATCH", SESSIONS, "DELETE, GET, HEAD, OPTIONS, POST"),
        ("PUT", f"{SESSIONS}/sess-1", "DELETE, GET, HEAD, OPTIONS, PATCH"),
        ("GET", f"{SESSIONS}/sess-1/messages", "OPTIONS, POST"),
        ("POST", f"{SESSIONS}/sess-1/history", "GET, HEAD, OPTIONS"),
        ("TRACE", "/healthz", "GET, HEAD, OPTIONS"),
        ("QUERY", "/docs", "GET, HEAD, OPTIONS"),
    ],
)
async def test_a_method_that_is_not_possible_is_405(
    client: httpx.AsyncClient, method: str, path: str, allow: str
) -> None:
    response = await client.request(method, path)
    problem(response, 405, "method_not_allowed")
    assert response.headers["allow"] == allow


async def test_options_says_what_is_possible_without_a_token(client: httpx.AsyncClient) -> None:
    response = await client.options(SESSIONS, headers={"Authorization": ""})
    assert (response.status_code, response.headers["allow"]) == (204, "DELETE, GET, HEAD, OPTIONS, POST")


async def test_head_is_get_without_the_body(client: httpx.AsyncClient, session_id: str) -> None:
    path = f"{SESSIONS}/{session_id}"
    got, head = await client.get(path), await client.head(path)
    assert head.content == b""
    assert head.status_code == 200
    assert head.headers["content-length"] == got.headers["content-length"]
    assert (await client.head(f"{SESSIONS}/sess-none")).status_code == 404


@pytest.mark.parametrize(
    "bad", ["sess-none", "..", "%2e%2e%2fsess", "a%00b", "x" * 500, "'%20OR%201=1--", "%F0%9F%99%82"]
)
async def test_an_id_that_no_session_has_is_404_like_a_foreign_one(
    client: httpx.AsyncClient, session_id: str, bad: str
) -> None:
    theirs = problem(await client.get(f"{SESSIONS}/{session_id}", headers=bearer("bob")), 404, "session_not_found")
    response = await client.get(httpx.URL(f"http://testserver{SESSIONS}/{bad}"))
    if bad in {"..", "%2e%2e%2fsess"}:
        assert response.status_code == 404
        return
    unknown = problem(response, 404, "session_not_found")
    assert unknown | {"request_id": ""} == theirs | {"request_id": ""}


async def test_a_request_id_is_kept_where_it_is_harmless(client: httpx.AsyncClient) -> None:
    kept = await client.get("/healthz", headers={"X-Request-ID": "trace-1.2_3"})
    assert kept.headers["x-request-id"] == "trace-1.2_3"
    for bad in ("", "a b", "<script>", "x" * 129):
        made = await client.get("/healthz", headers={"X-Request-ID": bad})
        assert made.headers["x-request-id"] != bad
        assert len(made.headers["x-request-id"]) == 32


async def test_a_defect_of_ours_is_told_without_a_traceback(
    sessions: LocalSessions, settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("secret inside")

    monkeypatch.setattr(sessions, "list", broken)
    transport = httpx.ASGITransport(create_app(sessions, settings))
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver", headers=bearer()) as client:
        response = await client.get(SESSIONS)
        found = problem(response, 500, "internal")
        assert "secret" not in response.text
        assert found["request_id"] in caplog.text
        assert "ZeroDivisionError" in caplog.text
        assert (await client.get("/healthz")).status_code == 200


async def test_nothing_bad_is_left_behind(client: httpx.AsyncClient, session_id: str) -> None:
    for raw in (b"{", b"[]", b'{"message": ""}', b'{"message": "x", "y": 1}'):
        await post(client, session_id, raw)
    history = (await client.get(f"{SESSIONS}/{session_id}/history")).json()
    assert history == {"session_id": session_id, "messages": [], "total_count": 0}


async def test_responses_are_not_kept_by_caches_nor_guessed_at(client: httpx.AsyncClient) -> None:
    for path in (SESSIONS, "/nothing", "/healthz"):
        headers = (await client.get(path)).headers
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"


async def test_a_title_that_is_too_long_is_told_in_characters(client: httpx.AsyncClient) -> None:
    told = problem(await client.post(SESSIONS, json={"title": "x" * 201}), 422, "invalid_request")
    assert told["detail"] == "The field 'title' is longer than 200 characters."


async def test_a_path_writes_no_lines_of_its_own_into_the_log(
    sessions: LocalSessions, settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def away(*_: Any, **__: Any) -> None:
        raise JournalUnavailable()

    monkeypatch.setattr(dispatch, "check_ids", lambda _path: None)
    monkeypatch.setattr(sessions, "get", away)
    transport = httpx.ASGITransport(create_app(sessions, settings))
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver", headers=bearer()) as client:
        await client.get(f"{SESSIONS}/x%0aCRITICAL%20forged%0d" + "y" * 900)
    (line,) = [record.getMessage() for record in caplog.records if "journal_unavailable" in record.getMessage()]
    assert "\n" not in line
    assert "\r" not in line
    assert len(line) < 300
