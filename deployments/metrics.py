"""What Prometheus can scrape from Ray's metrics agent, under the prefix `ray_bi_`."""

from __future__ import annotations

import functools
import inspect
import time
from collections.abc import Callable
from typing import Any, TypeVar

from ray.util.metrics import Counter, Gauge, Histogram, Metric

T = TypeVar("T", bound=type)

_SECONDS = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 15.0, 60.0]

TURNS = Counter("bi_turns", "Turns by what they were and how they ended.", ("intent", "outcome"))
TURN_SECONDS = Histogram("bi_turn_seconds", "Whole turns, as the ingress waits for them.", _SECONDS)
STAGE_SECONDS = Histogram(
    "bi_stage_seconds",
    "Calls to agents and journal, as they take there.",
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


def timed(deployment: str) -> Callable[[T], T]:
    """Class decorator: calls of the public coroutine methods count as stages of this deployment, however they end."""

    def decorate(kind: T) -> T:
        for name, method in list(vars(kind).items()):
            if inspect.iscoroutinefunction(method) and not name.startswith("_"):
                setattr(kind, name, _timed(method, {"deployment": deployment, "call": name}))
        return kind

    return decorate


def _timed(method: Any, tags: dict[str, str]) -> Any:
    @functools.wraps(method)
    async def timed_method(*arguments: Any, **named: Any) -> Any:
        began = time.perf_counter()
        try:
            return await method(*arguments, **named)
        finally:
            STAGE_SECONDS.observe(time.perf_counter() - began, tags)

    return timed_method


def report_passivations_alone() -> None:
    """For a process that holds one session. Ray's metrics agent keeps what a process has reported long after that
    process ended: of the hundreds of series of each, Serve's own, some MiB a minute would remain."""
    setattr(PASSIVATIONS, "_record", functools.partial(Metric._record, PASSIVATIONS))  # noqa: B010
    setattr(Metric, "_record", lambda *_arguments, **_named: None)  # noqa: B010
