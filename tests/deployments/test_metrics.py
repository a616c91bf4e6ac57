from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from ray.util.metrics import Metric

import deployments
from deployments import metrics

SOURCE = Path(deployments.__path__[0])


def test_the_dashboard_shows_every_metric_and_no_other() -> None:
    names = set(re.findall(r'"(bi_[a-z_]+)"', (SOURCE / "metrics.py").read_text("utf-8")))
    board = json.loads((SOURCE / "grafana_dashboard.json").read_text("utf-8"))
    asked = " ".join(target["expr"] for panel in board["panels"] for target in panel["targets"])
    assert {name.removesuffix("_bucket") for name in re.findall(r"ray_(bi_[a-z_]+)", asked)} == names


@metrics.timed("clerk")
class Clerk:
    async def sign(self, name: str) -> str:
        return f"signed by {name}"

    async def fail(self) -> None:
        raise ValueError("no ink")


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, str] | None]]:
    told: list[tuple[str, dict[str, str] | None]] = []

    def record(metric: Metric, _value: float, tags: dict[str, str] | None = None) -> None:
        told.append((metric.info["name"], tags))

    monkeypatch.setattr(Metric, "_record", record)
    monkeypatch.setattr(metrics.PASSIVATIONS, "_record", None, raising=False)  # taken back afterwards
    return told


async def test_calls_are_timed_however_they_end(recorded: list[tuple[str, dict[str, str] | None]]) -> None:
    assert await Clerk().sign("ann") == "signed by ann"
    with pytest.raises(ValueError, match="no ink"):
        await Clerk().fail()
    assert recorded == [("bi_stage_seconds", {"deployment": "clerk", "call": call}) for call in ("sign", "fail")]


def test_a_process_of_one_session_reports_that_it_left_and_nothing_else(
    recorded: list[tuple[str, dict[str, str] | None]],
) -> None:
    metrics.report_passivations_alone()
    metrics.TURNS.inc(1, {"intent": "aggregate", "outcome": "answered"})
    metrics.STAGE_SECONDS.observe(1.0, {"deployment": "a", "call": "b"})
    metrics.TURNS_RUNNING.set(3)
    metrics.PASSIVATIONS.inc(1, {"cause": "idle"})
    assert recorded == [("bi_passivations", {"cause": "idle"})]
