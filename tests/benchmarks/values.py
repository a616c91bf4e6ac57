"""The value index over one million distinct values: built in a process of its own, so that its memory can be told."""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

from deployments.analytics.model.values import ValueIndex
from tests.benchmarks.floor import percentile, timed

VALUES = 1_000_000


def measure() -> dict[str, float]:
    """Seconds to build, megabytes held and at the peak, and milliseconds of a look-up (p50, p99)."""
    out = subprocess.run([sys.executable, "-m", "tests.benchmarks.values"], capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(out.stdout)
    return found


def _entries() -> Any:
    sounds = [a + b for a in "bcdfglmnprst" for b in ("a", "e", "i", "o", "u", "an", "el", "or")]
    chance = random.Random(7)
    for i in range(VALUES):
        name = "".join(chance.choice(sounds) for _ in range(3)).capitalize()
        yield "customer", "name", f"{name} {chance.choice(sounds).capitalize()}{i % 9973} {i}", 1


def _main() -> None:
    before = _resident_mb()
    started = time.perf_counter()
    index = ValueIndex(_entries())
    built = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - before
    held = _resident_mb() - before
    chance = random.Random(3)
    names = [index._values[chance.randrange(len(index))] for _ in range(200)]
    times = []
    for name in names:
        wrong = name[:3] + name[4:]
        times.append(timed(partial(_look_up, index, name, wrong)) / 3)
    print(
        json.dumps({"build_s": built, "held_mb": held, "peak_mb": peak, "p50_ms": percentile(times, 0.5),
                    "p99_ms": percentile(times, 0.99)})
    )  # fmt: skip


def _look_up(index: ValueIndex, name: str, wrong: str) -> None:
    index.exact(name)
    index.containing(name.split(maxsplit=1)[0])
    index.fuzzy(wrong)


def _resident_mb() -> float:
    with Path("/proc/self/statm").open() as statm:
        return int(statm.read().split()[1]) * resource.getpagesize() / 1024 / 1024


if __name__ == "__main__":
    _main()
