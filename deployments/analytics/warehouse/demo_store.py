"""The demo database of a day, made on first use."""

from __future__ import annotations

import datetime as dt
import hashlib
from functools import cache
from importlib.resources import files
from pathlib import Path

from deployments.analytics.warehouse.demo import make_demo
from deployments.analytics.warehouse.state_folder import forget_others, made_once


def demo_database(today: dt.date) -> Path:
    """The demo database that ends `today`; earlier days' are removed but for the last one. Raises DataError."""
    path = made_once(f"demo-{today.isoformat()}-{_edition()}.duckdb", lambda draft: make_demo(draft, today))
    forget_others("demo-", path, keep=1)
    return path


@cache
def _edition() -> str:
    script = files("deployments.analytics.warehouse").joinpath("demo.sql").read_bytes()
    return hashlib.sha256(script).hexdigest()[:8]
