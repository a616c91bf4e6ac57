"""From what the user named to a DuckDB file that can be opened."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from deployments.analytics.warehouse.demo_store import demo_database
from deployments.contracts.errors import DataError


@dataclass(frozen=True, slots=True)
class Located:
    """`database` is the DuckDB file to open, `name` what people call the data, `source` what the user named."""

    database: Path
    name: str
    source: str


def locate(data: str) -> Located:
    """Find the data, importing files into a cached DuckDB file where needed. Raises DataError."""
    if data == "demo":
        return Located(demo_database(dt.date.today()), "demo", "demo")
    path = Path(data).expanduser()
    if not path.exists():
        raise DataError(f"{data} does not exist.")
    return Located(path, path.stem, data)
