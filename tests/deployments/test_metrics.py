from __future__ import annotations

import json
import re
from pathlib import Path

import deployments

SOURCE = Path(deployments.__path__[0])


def test_the_dashboard_shows_every_metric_and_no_other() -> None:
    names = set(re.findall(r'"(bi_[a-z_]+)"', (SOURCE / "metrics.py").read_text("utf-8")))
    board = json.loads((SOURCE / "grafana_dashboard.json").read_text("utf-8"))
    asked = " ".join(target["expr"] for panel in board["panels"] for target in panel["targets"])
    assert {name.removesuffix("_bucket") for name in re.findall(r"ray_(bi_[a-z_]+)", asked)} == names
