"""The chart library of the page: Vega-Lite with its dependencies in one script, made once and kept."""

from __future__ import annotations

import contextlib
import os
import tempfile
from functools import cache
from importlib.metadata import version
from pathlib import Path

VEGA_LITE = "5.21"


@cache
def chart_library(folder: Path) -> str:
    """The script, which defines `vegaEmbed`. Making it takes seconds, so it is kept in `folder` where that can be
    written to."""
    kept = folder / f"vega-embed-{VEGA_LITE}-{version('vl-convert-python')}.js"
    with contextlib.suppress(OSError):
        return kept.read_text("utf-8")
    import vl_convert

    script = f"(() => {{{vl_convert.javascript_bundle('window.vegaEmbed = vegaEmbed;', VEGA_LITE)}}})();\n"
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=folder, delete=False) as written:
            written.write(script)
        # Whole or not at all: another process may be reading it.
        os.replace(written.name, kept)  # noqa: PTH105
    return script
