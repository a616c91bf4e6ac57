"""The hour of `python -m tests.soak`, in seconds: that it runs, and that nothing but what was injected goes wrong."""

from __future__ import annotations

from tests.cluster.conftest import Cluster
from tests.soak.__main__ import report, soak

SECONDS = 15.0


async def test_a_steady_load_is_served_without_an_error(cluster: Cluster) -> None:
    tally, watch = await soak(cluster, SECONDS, rate=6, kill_every=5)
    figures = report(tally, watch, SECONDS, 6)
    assert figures["errors"] == {}
    assert figures["faults"] >= 2
    assert {"create", "ask"} <= figures["took_ms"].keys()
    seen = {one["role"] for one in figures["processes"]}
    assert {"chat:ingress", "agents:sql_agent", "agents:journal", "raylet"} <= seen
