"""Small databases to infer from, written as SQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from deployments.analytics.warehouse.connect import Warehouse, open_warehouse

Opener = Callable[[str], Warehouse]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Opener]:
    """Opens a database made by a SQL script."""
    opened: list[Warehouse] = []

    def make(script: str) -> Warehouse:
        path = tmp_path / f"data{len(opened)}.duckdb"
        with duckdb.connect(str(path)) as connection:
            connection.execute(script)
        opened.append(open_warehouse(str(path)))
        return opened[-1]

    yield make
    for warehouse in opened:
        warehouse.close()
