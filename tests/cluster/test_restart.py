"""The whole server is replaced; what was said is not."""

from __future__ import annotations

import httpx
import ray
from ray import serve

from deployments.local_cluster import built
from deployments.names import NAMESPACE
from tests.cluster.conftest import FOLLOW_UP, QUESTION, Cluster, ask, new_session


async def test_sessions_are_restored_from_the_journal(cluster: Cluster, ann: httpx.AsyncClient) -> None:
    session_id = await new_session(ann)
    first = await ask(ann, session_id, QUESTION, "m1")
    for part in cluster.parts:
        serve.delete(part.name)
    for entry in ray.util.list_named_actors(all_namespaces=True):
        if entry["namespace"] == NAMESPACE:
            ray.kill(ray.get_actor(entry["name"], NAMESPACE))
    serve.run_many([serve.RunTarget(built(part), part.name, part.route) for part in cluster.parts])
    assert await ask(ann, session_id, QUESTION, "m1") == first
    history = (await ann.get(f"/chat/sessions/{session_id}/history")).json()
    assert [message["role"] for message in history["messages"]] == ["user", "assistant"]
    shown = await ann.post(f"/chat/sessions/{session_id}/visualize", json={"chart_type": "table"})
    assert shown.json()["data"] == first["data"]
    assert (await ask(ann, session_id, FOLLOW_UP))["row_count"] == 1
    stored = await ann.get(f"/chat/sessions/{session_id}/results/{first['result_id']}")
    assert stored.json()["rows"] == first["data"]["rows"]
