from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from deployments.journal.store import Journal


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    opened = Journal.open(str(path), keep_results=2)
    yield opened
    opened.close()
