"""Arrow and Ray Serve, imported as if pandas were not installed.

Both import pandas only to recognize data frames, which nothing here hands to them, and do without where it is missing. Each
session has a process, and the import takes seconds of its start. Whoever needs pandas imports it afterwards as ever."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from importlib.abc import MetaPathFinder
from typing import Any


class _Absent(MetaPathFinder):
    def find_spec(self, name: str, *_: Any) -> None:
        if name == "pandas":
            raise ModuleNotFoundError("pandas is not looked for here", name=name)


@contextlib.contextmanager
def without_pandas() -> Iterator[None]:
    """What is imported within finds no pandas."""
    absent = _Absent()
    sys.meta_path.insert(0, absent)
    try:
        yield
    finally:
        sys.meta_path.remove(absent)


def import_arrow() -> None:
    """Arrow looks for pandas once, when it makes its first array."""
    with without_pandas():
        import pyarrow as pa

        pa.array([""])
