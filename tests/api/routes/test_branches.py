from __future__ import annotations

import httpx
import pytest

from actors.local import LocalSessions
from tests.api.conftest import SESSIONS, bearer, problem


async def ask(client: httpx.AsyncClient, session_id: str, message: str, message_id: str) -> None:
    body = {"message": message, "message_id": message_id}
    assert (await client.post(f"{SESSIONS}/{session_id}/messages", json=body)).status_code == 200


async def contents(client: httpx.AsyncClient, session_id: str) -> list[str]:
    page = (await client.get(f"{SESSIONS}/{session_id}/history")).json()
    return [message["content"] for message in page["messages"]]


async def test_a_branch_continues_from_its_message_while_the_other_goes_its_own_way(
    client: httpx.AsyncClient, session_id: str
) -> None:
    await ask(client, session_id, "revenue by country", "m-1")
    await ask(client, session_id, "only US", "m-2")
    made = await client.post(f"{SESSIONS}/{session_id}/branch", json={"message_id": "m-1"})
    assert made.status_code == 201
    branch = made.json()["session_id"]
    assert made.headers["location"] == f"{SESSIONS}/{branch}"
    assert await contents(client, branch) == (await contents(client, session_id))[:2]
    refined = await client.post(f"{SESSIONS}/{branch}/refine", json={"refinement": "only DE"})
    assert refined.json()["data"]["rows"] == [["DE", 20.0]]
    assert len(await contents(client, session_id)) == 4


async def test_a_branch_of_what_is_not_there_is_refused(client: httpx.AsyncClient, session_id: str) -> None:
    path = f"{SESSIONS}/{session_id}/branch"
    problem(await client.post(path, json={"message_id": "m-none"}), 404, "message_not_found")
    problem(await client.post(path, json={"message_id": "m-1"}, headers=bearer("bob")), 404, "session_not_found")


async def test_a_judgement_is_kept_with_the_answer_and_the_last_one_counts(
    client: httpx.AsyncClient, session_id: str, sessions: LocalSessions
) -> None:
    await ask(client, session_id, "revenue by country", "m-1")
    path = f"{SESSIONS}/{session_id}/messages/m-1/feedback"
    assert (await client.post(path, json={"rating": "down", "comment": "wrong year"})).status_code == 204
    assert (await client.post(path, json={"rating": "up"})).status_code == 204
    await sessions.close()  # what is kept is read from the journal again
    history = (await client.get(f"{SESSIONS}/{session_id}/history")).json()["messages"]
    assert history[1]["metadata"]["feedback"] == "up"


async def test_a_judgement_of_what_is_not_there_or_of_no_known_kind_is_refused(
    client: httpx.AsyncClient, session_id: str
) -> None:
    path = f"{SESSIONS}/{session_id}/messages/m-1/feedback"
    problem(await client.post(path, json={"rating": "up"}), 404, "message_not_found")
    problem(await client.post(path, json={"rating": "meh"}), 422, "invalid_request")


@pytest.mark.parametrize(("given", "title"), [(None, "revenue by country"), ("My own", "My own")])
async def test_a_session_without_a_title_is_called_by_its_first_question(
    client: httpx.AsyncClient, given: str | None, title: str
) -> None:
    made = (await client.post(SESSIONS, json={"title": given})).json()["session_id"]
    await ask(client, made, "revenue by country", "m-1")
    await ask(client, made, "only US", "m-2")
    assert (await client.get(f"{SESSIONS}/{made}")).json()["title"] == title
