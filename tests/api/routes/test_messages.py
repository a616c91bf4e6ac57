from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx

from deployments.contracts.errors import WarehouseUnavailable
from tests.actors.agents import HeldAgents
from tests.api.conftest import SESSIONS, problem

GIVEN = {
    "success",
    "response",
    "intent",
    "sql",
    "visualization",
    "data",
    "insights",
    "agents_visited",
    "execution_time_ms",
}


async def ask(client: httpx.AsyncClient, session_id: str, text: str, **more: Any) -> httpx.Response:
    return await client.post(f"{SESSIONS}/{session_id}/messages", json={"message": text, **more})


async def test_an_answer_has_the_given_fields(client: httpx.AsyncClient, session_id: str) -> None:
    response = await ask(client, session_id, "revenue by country")
    assert response.status_code == 200
    answer = response.json()
    assert answer.keys() >= GIVEN
    assert answer["success"] is True
    assert answer["intent"] == "sql_query"
    assert answer["agents_visited"] == ["router", "sql_agent", "viz_agent"]
    assert answer["visualization"].keys() >= {"type", "x_axis", "y_axis"}
    assert answer["insights"] == ["US leads."]
    assert isinstance(answer["execution_time_ms"], int)


async def test_a_decimal_keeps_its_digits_and_a_null_is_null(client: httpx.AsyncClient, session_id: str) -> None:
    response = await ask(client, session_id, "revenue by country")
    assert '"rows":[["US",150.50],["DE",20.00],[null,null]]' in response.text
    assert response.json()["data"]["columns"] == ["country", "revenue"]


async def test_a_repeated_message_id_gives_the_first_answer_and_runs_nothing(
    client: httpx.AsyncClient, session_id: str, agents: HeldAgents
) -> None:
    first = await ask(client, session_id, "revenue by country", message_id="m-1")
    calls = list(agents.calls)
    again = await ask(client, session_id, "revenue by country", message_id="m-1")
    assert again.text == first.text
    assert agents.calls == calls


async def test_what_cannot_be_answered_is_no_error(client: httpx.AsyncClient, session_id: str) -> None:
    response = await ask(client, session_id, "frobnicate")
    assert response.status_code == 200
    assert response.json()["success"] is False
    assert response.json()["intent"] == "clarification"
    assert response.json()["suggestions"] == ["revenue by country"]


async def test_a_refinement_edits_the_query(client: httpx.AsyncClient, session_id: str) -> None:
    path = f"{SESSIONS}/{session_id}/refine"
    problem(await client.post(path, json={"refinement": "only US"}), 409, "no_previous_query")
    await ask(client, session_id, "revenue by country")
    refined = (await client.post(path, json={"refinement": "only US"})).json()
    assert refined["intent"] == "refinement"
    assert refined["data"]["rows"] == [["US", 150.5]]


async def test_another_chart_runs_no_sql(client: httpx.AsyncClient, session_id: str, agents: HeldAgents) -> None:
    path = f"{SESSIONS}/{session_id}/visualize"
    problem(await client.post(path, json={"chart_type": "pie"}), 409, "no_previous_query")
    await ask(client, session_id, "revenue by country")
    agents.calls.clear()
    shown = (await client.post(path, json={"chart_type": "pie"})).json()
    assert shown["visualization"]["type"] == "pie"
    assert shown["sql_executed"] is False
    assert "run" not in agents.calls


async def test_a_chart_that_does_not_fit_names_those_that_do(client: httpx.AsyncClient, session_id: str) -> None:
    await ask(client, session_id, "revenue by country")
    response = await client.post(f"{SESSIONS}/{session_id}/visualize", json={"chart_type": "sankey"})
    assert problem(response, 422, "chart_not_applicable")["suggestions"] == ["bar", "pie"]


async def test_undo_and_redo_move_between_results(client: httpx.AsyncClient, session_id: str) -> None:
    await ask(client, session_id, "revenue by country")
    await ask(client, session_id, "only us")
    back = (await client.post(f"{SESSIONS}/{session_id}/undo")).json()
    assert len(back["data"]["rows"]) == 3
    forth = (await client.post(f"{SESSIONS}/{session_id}/redo", json={})).json()
    assert len(forth["data"]["rows"]) == 1
    problem(await client.post(f"{SESSIONS}/{session_id}/redo"), 409, "no_previous_query")


async def test_cancel_stops_the_running_turn(client: httpx.AsyncClient, session_id: str, agents: HeldAgents) -> None:
    path = f"{SESSIONS}/{session_id}/cancel"
    assert (await client.post(path)).json() == {"cancelled": False}
    reached = agents.hold("run")
    asking = asyncio.create_task(ask(client, session_id, "revenue by country"))
    await reached.wait()
    assert (await client.post(path)).json() == {"cancelled": True}
    problem(await asking, 409, "turn_cancelled")
    assert agents.interrupted == 1


async def test_a_caller_that_leaves_does_not_stop_its_turn(
    client: httpx.AsyncClient, session_id: str, agents: HeldAgents
) -> None:
    reached = agents.hold("run")
    asking = asyncio.create_task(ask(client, session_id, "revenue by country", message_id="m-1"))
    await reached.wait()
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    agents.release("run")
    assert (await ask(client, session_id, "revenue by country", message_id="m-1")).json()["success"] is True
    assert agents.calls.count("run") == 1


async def test_what_passes_is_told_with_when_to_try_again(
    client: httpx.AsyncClient, session_id: str, agents: HeldAgents
) -> None:
    agents.errors["run"] = WarehouseUnavailable("The data is being replaced.", retry_after=7)
    response = await ask(client, session_id, "revenue by country")
    assert problem(response, 503, "warehouse_unavailable")["retry_after"] == 7
    assert response.headers["retry-after"] == "7"


def events(text: str) -> list[dict[str, Any]]:
    """The events of a stream, after checking the form of each."""
    found = []
    for block in text.strip().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.split("\n"))
        frame = json.loads(lines["data"])
        assert lines["event"] == frame["type"]
        assert lines["id"] == str(frame["seq"])
        found.append(frame)
    return found


async def streamed(client: httpx.AsyncClient, session_id: str, **body: Any) -> httpx.Response:
    path = f"{SESSIONS}/{session_id}/messages"
    return await client.post(path, json=body, headers={"Accept": "text/event-stream"})


async def test_a_turn_is_streamed_as_events(client: httpx.AsyncClient, session_id: str) -> None:
    response = await streamed(client, session_id, message="revenue by country")
    assert response.headers["content-type"].startswith("text/event-stream")
    frames = events(response.text)
    assert [frame["seq"] for frame in frames] == list(range(1, len(frames) + 1))
    assert frames[-1]["type"] == "stream_end"
    assert frames[-2]["type"] == "result"
    assert frames[-2]["data"]["data"]["rows"][0] == ["US", 150.5]
    assert [frame["agent"] for frame in frames if frame["type"] == "stream_start"] == [
        "router",
        "sql_agent",
        "viz_agent",
    ]


async def test_a_repeated_message_is_streamed_again_with_the_same_numbers(
    client: httpx.AsyncClient, session_id: str, agents: HeldAgents
) -> None:
    first = events((await streamed(client, session_id, message="revenue by country", message_id="m-1")).text)
    await ask(client, session_id, "hello")
    calls = list(agents.calls)
    again = events((await streamed(client, session_id, message="revenue by country", message_id="m-1")).text)
    assert again == first
    assert agents.calls == calls


async def test_a_stream_that_cannot_begin_is_a_problem(client: httpx.AsyncClient, session_id: str) -> None:
    response = await client.post(
        f"{SESSIONS}/{session_id}/refine", json={"refinement": "only US"}, headers={"Accept": "text/event-stream"}
    )
    problem(response, 409, "no_previous_query")
    missing = await streamed(client, "sess-none", message="hello")
    problem(missing, 404, "session_not_found")


async def test_an_error_in_the_middle_ends_the_stream_as_an_event(
    client: httpx.AsyncClient, session_id: str, agents: HeldAgents
) -> None:
    agents.errors["run"] = WarehouseUnavailable("The data is being replaced.")
    frames = events((await streamed(client, session_id, message="revenue by country")).text)
    assert [frame["type"] for frame in frames][-2:] == ["error", "stream_end"]
    assert frames[-2]["code"] == "warehouse_unavailable"
