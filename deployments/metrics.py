"""What Prometheus can scrape from Ray's metrics agent, under the prefix `ray_bi_`."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

from ray.util.metrics import Counter, Gauge, Histogram

_SECONDS = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 15.0, 60.0]

TURNS = Counter("bi_turns", "Turns by what they were and how they ended.", ("intent", "outcome"))
TURN_SECONDS = Histogram("bi_turn_seconds", "Whole turns, as the ingress waits for them.", _SECONDS)
STAGE_SECONDS = Histogram(
    "bi_stage_seconds",
    "Calls to agents and journal as their callers wait for them; journal append is a commit.",
    _SECONDS,
    ("deployment", "call"),
)
TURNS_RUNNING = Gauge("bi_turns_running", "Turns that an ingress waits for.")
RESIDENT = Gauge("bi_sessions_resident", "Sessions in memory in the whole cluster.")
ACTIVATIONS = Counter("bi_activations", "Sessions activated by an ingress.", ("cause",))
PASSIVATIONS = Counter("bi_passivations", "Sessions that left memory.", ("cause",))
FENCED = Counter("bi_fenced_writes", "Calls to a session that had moved elsewhere.")


@contextlib.contextmanager
def stage(deployment: str, call: str) -> Iterator[None]:
    """Time one call, however it ends."""
    began = time.perf_counter()
    try:
        yield
    finally:
        STAGE_SECONDS.observe(time.perf_counter() - began, {"deployment": deployment, "call": call})
