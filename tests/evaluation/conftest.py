"""The databases that the golden conversations are asked of, made once."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import duckdb
import pytest

from deployments.analytics.warehouse.demo import make_demo

HERE = Path(__file__).parent
AS_OF = dt.date(2026, 6, 15)


@pytest.fixture(scope="session")
def golden(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the golden cases beside their databases."""
    folder = tmp_path_factory.mktemp("golden")
    make_demo(folder / "retail.duckdb", AS_OF, scale=0.05)
    for script in HERE.glob("*.sql"):
        with duckdb.connect(str(folder / f"{script.stem}.duckdb")) as connection:
            connection.execute(script.read_text())
    for cases in HERE.glob("*.jsonl"):
        shutil.copy(cases, folder)
    return folder
