"""Ray Serve, imported as if pandas were not installed.

Serve imports pandas only to recognize data frames, which nothing here returns, and does without where it is missing. A
third of what each session's process would hold is that import. Whoever needs pandas imports it afterwards as ever."""

from __future__ import annotations

import sys

_held_back = "pandas" not in sys.modules
if _held_back:
    sys.modules["pandas"] = None  # type: ignore[assignment]

# What stands above has to come first.
from ray import serve  # noqa: E402
from ray.serve.exceptions import BackPressureError, RayServeException  # noqa: E402

if _held_back:
    del sys.modules["pandas"]

__all__ = ["BackPressureError", "RayServeException", "serve"]
