"""What everything is compared with in the same run, so that figures of a busy machine can be read: one parse and one
rendering of a middling SELECT by sqlglot, below which no semantic layer in Python can be."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable

import sqlglot

STATEMENT = """
SELECT c.country, date_trunc('month', o.ordered_on) AS month, sum(o.amount) AS revenue, count(DISTINCT o.customer_id) AS customers
FROM orders AS o JOIN customers AS c ON o.customer_id = c.customer_id
WHERE o.ordered_on >= DATE '2025-01-01' AND o.ordered_on < DATE '2026-01-01' AND c.country IN ('DE', 'FR')
GROUP BY 1, 2 ORDER BY 2, 3 DESC LIMIT 10
"""


def floor_ms(times: int = 20) -> float:
    """The median of the floor, in milliseconds."""
    return statistics.median(
        timed(lambda: sqlglot.parse_one(STATEMENT, read="duckdb").sql("duckdb")) for _ in range(times)
    )


def timed(work: Callable[[], object]) -> float:
    """Milliseconds that the work takes."""
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def percentile(times: Iterable[float], fraction: float) -> float:
    """The time below which that fraction of them lies."""
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(fraction * len(ordered)))]
