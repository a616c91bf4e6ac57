from __future__ import annotations

import httpx

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


async def test_a_cursor_that_is_none_is_refused(client: httpx.AsyncClient) -> None:
    problem(await client.get(SESSIONS, params={"cursor": "nonsense"}), 422, "invalid_request")


async def test_an_idempotency_key_for_another_body_is_refused(client: httpx.AsyncClient) -> None:
    headers = {"Idempotency-Key": "k-other"}
    await client.post(SESSIONS, json={"title": "Sales"}, headers=headers)
    refused = await client.post(SESSIONS, json={"title": "Costs"}, headers=headers)
    assert (refused.status_code, refused.json()["field"]) == (422, "Idempotency-Key")
