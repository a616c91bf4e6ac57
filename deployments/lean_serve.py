"""Ray Serve and Arrow, imported as if pandas were not installed.

Both import pandas only to recognize data frames, which nothing here hands to them, and do without where it is missing. Each
session has a process, and the import takes seconds of its start. Whoever needs pandas imports it afterwards as ever."""

from __future__ import annotations

import sys
from importlib.abc import MetaPathFinder
from typing import Any


class _Absent(MetaPathFinder):
    def find_spec(self, name: str, *_: Any) -> None:
        if name == "pandas":
            raise ModuleNotFoundError("pandas is not looked for here", name=name)


_absent = _Absent()
sys.meta_path.insert(0, _absent)

# What stands above has to come first.
import pyarrow as pa  # noqa: E402
from ray import serve  # noqa: E402
from ray.serve.exceptions import BackPressureError, RayServeException  # noqa: E402

pa.array([""])  # Arrow looks for pandas once, when it makes its first array
sys.meta_path.remove(_absent)

__all__ = ["BackPressureError", "RayServeException", "serve"]
