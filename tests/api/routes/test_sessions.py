from __future__ import annotations

import asyncio
import base64
import contextlib
import datetime as dt
import json
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from actors import core
from actors.core import utc_now
from actors.local import LocalSessions
from api.app import create_app
from api.audit import AuditedSessions, AuditLog, read_log
from api.settings import Settings
from deployments.contracts.errors import SessionNotFound
from deployments.contracts.identity import Principal
from deployments.contracts.journal import Retention
from deployments.contracts.sessions import SendMessage, Sessions
from tests.api.conftest import SESSIONS, bearer, problem


async def test_a_created_session_has_the_given_fields(client: httpx.AsyncClient) -> None:
    response = await client.post(SESSIONS, json={"tenant_id": "acme", "user_id": "ann"})
    assert response.status_code == 201
    created = response.json()
    assert created["session_id"].startswith("sess-")
    assert created["tenant_id"] == "acme"
    assert created["user_id"] == "ann"
    assert created["message_count"] == 0
    assert len(created["created_at"]) == len("2025-03-15T10:00:00Z")
    assert created["created_at"].endswith("Z")
    assert response.headers["location"] == f"{SESSIONS}/{created['session_id']}"


async def test_an_empty_body_creates_a_session_of_the_token(client: httpx.AsyncClient) -> None:
    response = await client.post(SESSIONS)
    assert response.status_code == 201
    assert (response.json()["tenant_id"], response.json()["user_id"]) == ("acme", "ann")


async def test_the_same_idempotency_key_gives_the_same_session(client: httpx.AsyncClient) -> None:
    first, again, other = [
        (await client.post(SESSIONS, json={}, headers={"Idempotency-Key": key})).json()["session_id"]
        for key in ("k-1", "k-1", "k-2")
    ]
    assert first == again != other


async def test_a_key_of_another_user_makes_another_session(client: httpx.AsyncClient) -> None:
    key = {"Idempotency-Key": "k-1"}
    mine = await client.post(SESSIONS, json={}, headers=key)
    theirs = await client.post(SESSIONS, json={}, headers=key | bearer("bob"))
    assert mine.json()["session_id"] != theirs.json()["session_id"]


async def test_another_tenant_or_user_in_the_body_is_forbidden(client: httpx.AsyncClient) -> None:
    problem(await client.post(SESSIONS, json={"tenant_id": "other"}), 403, "forbidden")
    problem(await client.post(SESSIONS, json={"user_id": "bob"}), 403, "forbidden")


async def test_an_admin_may_make_a_session_for_a_user_of_the_tenant_alone(client: httpx.AsyncClient) -> None:
    admin = bearer("root", "acme", "admin")
    made = await client.post(SESSIONS, json={"user_id": "bob"}, headers=admin)
    assert made.json()["user_id"] == "bob"
    path = f"{SESSIONS}/{made.json()['session_id']}"
    assert (await client.get(path, headers=bearer("bob"))).status_code == 200
    problem(await client.get(path, headers=admin), 404, "session_not_found")
    refused = await client.post(SESSIONS, json={"tenant_id": "other", "user_id": "bob"}, headers=admin)
    problem(refused, 403, "forbidden")


async def test_sessions_are_listed_in_pages_newest_first(client: httpx.AsyncClient) -> None:
    made = [(await client.post(SESSIONS, json={"title": f"t {n}"})).json()["session_id"] for n in range(5)]
    await client.post(SESSIONS, json={}, headers=bearer("bob"))
    found: list[str] = []
    cursor: str | None = None
    while True:
        query = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = (await client.get(SESSIONS, params=query)).json()
        found += [session["session_id"] for session in page["sessions"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert found == made[::-1]


async def test_titles_are_searched(client: httpx.AsyncClient) -> None:
    await client.post(SESSIONS, json={"title": "Sales in Paris"})
    await client.post(SESSIONS, json={"title": "Returns"})
    page = (await client.get(SESSIONS, params={"q": "paris"})).json()
    assert [session["title"] for session in page["sessions"]] == ["Sales in Paris"]


async def test_a_session_is_renamed_and_its_title_taken_away(client: httpx.AsyncClient, session_id: str) -> None:
    path = f"{SESSIONS}/{session_id}"
    assert (await client.patch(path, json={"title": "Sales 📈"})).json()["title"] == "Sales 📈"
    assert (await client.get(path)).json()["title"] == "Sales 📈"
    assert (await client.patch(path, json={"title": None})).json()["title"] is None


async def test_a_deleted_session_is_gone(client: httpx.AsyncClient, session_id: str) -> None:
    path = f"{SESSIONS}/{session_id}"
    deleted = await client.delete(path)
    assert (deleted.status_code, deleted.content) == (204, b"")
    problem(await client.get(path), 404, "session_not_found")
    problem(await client.post(f"{path}/messages", json={"message": "revenue by country"}), 404, "session_not_found")
    problem(await client.delete(path), 404, "session_not_found")


@pytest.mark.parametrize(
    "place",
    [None, [10**30, "sess-1"], [-(10**30), "x"], [True, "x"], [1, 2], [1.5, "x"], ["1", "x"], [1, "a\x00b"], {}, [1]],
)
async def test_a_cursor_that_is_none_is_refused(client: httpx.AsyncClient, place: Any) -> None:
    cursor = "nonsense" if place is None else base64.urlsafe_b64encode(json.dumps(place).encode()).decode()
    problem(await client.get(SESSIONS, params={"cursor": cursor}), 422, "invalid_request")


async def test_an_idempotency_key_for_another_body_is_refused(client: httpx.AsyncClient) -> None:
    headers = {"Idempotency-Key": "k-other"}
    await client.post(SESSIONS, json={"title": "Sales"}, headers=headers)
    refused = await client.post(SESSIONS, json={"title": "Costs"}, headers=headers)
    assert (refused.status_code, refused.json()["field"]) == (422, "Idempotency-Key")


async def test_all_sessions_of_a_user_are_deleted_by_the_user_or_an_admin(client: httpx.AsyncClient) -> None:
    async def made(*who: str) -> list[str]:
        return [(await client.post(SESSIONS, headers=bearer(*who))).json()["session_id"] for _ in range(3)]

    async def left(*who: str) -> list[str]:
        return [one["session_id"] for one in (await client.get(SESSIONS, headers=bearer(*who))).json()["sessions"]]

    mine, bobs, theirs = await made("ann"), await made("bob"), await made("bob", "other")
    whole = await client.delete(SESSIONS)
    assert problem(whole, 422, "invalid_request")["field"] == "user_id"
    problem(await client.delete(SESSIONS, params={"user_id": "bob"}), 403, "forbidden")
    assert (await client.delete(SESSIONS, params={"user_id": "ann"})).json() == {"deleted": 3}
    assert await left("ann") == []
    problem(await client.get(f"{SESSIONS}/{mine[0]}"), 404, "session_not_found")
    assert sorted(await left("bob")) == sorted(bobs)
    by_admin = await client.delete(SESSIONS, params={"user_id": "bob"}, headers=bearer("root", "acme", "admin"))
    assert by_admin.json() == {"deleted": 3}
    assert (await left("bob"), sorted(await left("bob", "other"))) == ([], sorted(theirs))


async def test_a_user_may_have_so_many_sessions(
    client: httpx.AsyncClient, sessions: LocalSessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions.journal._journal, "retention", Retention(sessions=2))  # type: ignore[attr-defined]
    first, second = [await client.post(SESSIONS, headers={"Idempotency-Key": key}) for key in ("a", "b")]
    problem(await client.post(SESSIONS), 409, "too_many_sessions")
    asked = {"message": "revenue by country", "message_id": "m-1"}
    await client.post(f"{SESSIONS}/{first.json()['session_id']}/messages", json=asked)
    branch = await client.post(f"{SESSIONS}/{first.json()['session_id']}/branch", json={"message_id": "m-1"})
    problem(branch, 409, "too_many_sessions")
    again = await client.post(SESSIONS, headers={"Idempotency-Key": "b"})
    assert again.json() == second.json()
    assert (await client.post(SESSIONS, headers=bearer("bob"))).status_code == 201
    assert (await client.delete(f"{SESSIONS}/{first.json()['session_id']}")).status_code == 204
    assert (await client.post(SESSIONS)).status_code == 201


async def test_a_session_holds_so_many_messages(
    client: httpx.AsyncClient, session_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(core, "MOST_MESSAGES", 4)
    path = f"{SESSIONS}/{session_id}/messages"
    for number in range(2):
        asked = {"message": "revenue by country", "message_id": f"m-{number}"}
        assert (await client.post(path, json=asked)).status_code == 200
    problem(await client.post(path, json={"message": "revenue by country"}), 409, "session_full")
    assert (await client.post(path, json=asked)).status_code == 200  # the same again is no new message
    assert (await client.get(f"{SESSIONS}/{session_id}/history")).json()["total_count"] == 4


async def test_sessions_that_nobody_uses_are_deleted_after_their_days(
    sessions: LocalSessions, settings: Settings, tmp_path: Path
) -> None:
    ann, bob = (Principal(tenant_id="acme", user_id=user) for user in ("ann", "bob"))
    old, new = [(await sessions.create(user)).session_id for user in (ann, bob)]
    sessions._now = lambda: utc_now() + dt.timedelta(days=20)
    await sessions.perform(bob, new, SendMessage(content="revenue by country", message_id="m-1"))
    recorded = AuditedSessions(cast("Sessions", sessions), AuditLog(tmp_path / "audit"))
    assert await recorded.expire(utc_now() - dt.timedelta(days=1)) == 0
    assert await recorded.expire(utc_now() + dt.timedelta(days=10)) == 1
    assert [one.session_id for one in (await sessions.list(bob)).sessions] == [new]
    assert (await sessions.list(ann)).sessions == ()
    (path,) = (tmp_path / "audit").glob("*.jsonl")
    assert [(line["action"], line["session_id"]) for line in read_log(path)] == [("expire", old)]


async def test_the_application_looks_for_unused_sessions_as_long_as_it_runs(
    sessions: LocalSessions, settings: Settings
) -> None:
    session_id = (await sessions.create(Principal(tenant_id="acme", user_id="ann"))).session_id
    await asyncio.sleep(0.01)
    app = create_app(sessions, settings.model_copy(update={"session_days": 1e-8}))
    async with app.router.lifespan_context(app):
        for _ in range(200):
            with contextlib.suppress(SessionNotFound):
                await sessions.journal.session(session_id)
                await asyncio.sleep(0.01)
                continue
            break
    with pytest.raises(SessionNotFound):
        await sessions.journal.session(session_id)


async def test_a_user_whose_sessions_keep_much_makes_no_more(
    client: httpx.AsyncClient, sessions: LocalSessions, session_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"message": "revenue by country", "message_id": "m-1"}
    await client.post(f"{SESSIONS}/{session_id}/messages", json=asked)
    monkeypatch.setattr(sessions.journal._journal, "retention", Retention(user_bytes=10))  # type: ignore[attr-defined]
    for path, body in ((SESSIONS, {}), (f"{SESSIONS}/{session_id}/branch", {"message_id": "m-1"})):
        problem(await client.post(path, json=body), 409, "too_many_sessions")
    assert (await client.post(SESSIONS, headers=bearer("bob"))).status_code == 201


async def test_a_session_is_not_renamed_and_judged_without_end(
    client: httpx.AsyncClient, session_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await client.post(f"{SESSIONS}/{session_id}/messages", json={"message": "revenue by country", "message_id": "m-1"})
    monkeypatch.setattr(core, "MOST_EVENTS", 3)
    path = f"{SESSIONS}/{session_id}"
    problem(await client.patch(path, json={"title": "again"}), 409, "session_full")
    problem(await client.post(f"{path}/messages/m-1/feedback", json={"rating": "up"}), 409, "session_full")
