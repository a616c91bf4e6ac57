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
    "Calls to agents and journal as their callers wait for them.",
    _SECONDS,
    ("deployment", "call"),
)
COMMIT_SECONDS = Histogram(
    "bi_journal_commit_seconds", "Transactions of the journal, each of all who waited.", _SECONDS
)
TURNS_RUNNING = Gauge("bi_turns_running", "Turns that an ingress waits for.")
TURNS_WAITING = Gauge("bi_turns_waiting", "Turns that wait for a place in an ingress.")
RESIDENT = Gauge("bi_sessions_resident", "Sessions in memory in the whole cluster.")
PASSIVE = Gauge("bi_sessions_passive", "Sessions that are in the journal alone.")
ACTIVATIONS = Counter("bi_activations", "Sessions activated by an ingress.", ("cause",))
PASSIVATIONS = Counter("bi_passivations", "Sessions that left memory.", ("cause",))
FENCED = Counter("bi_fenced_writes", "Writes refused because their session had moved elsewhere.")


@contextlib.contextmanager
def stage(deployment: str, call: str) -> Iterator[None]:
    """Time one call, however it ends."""
    began = time.perf_counter()
    try:
        yield
    finally:
        STAGE_SECONDS.observe(time.perf_counter() - began, {"deployment": deployment, "call": call})
