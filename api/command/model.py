"""`bi-workbench model`: the semantic model that is inferred from data, as a file to refine."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer


def model(
    data: Annotated[str, typer.Option(help="DuckDB, CSV or Parquet file, a folder of them, or `demo`.")],
    output: Annotated[Path | None, typer.Option(help="File to write; standard output where absent.")] = None,
    base: Annotated[Path | None, typer.Option("--model", help="A model file to complete.")] = None,
) -> None:
    """Write the semantic model of data as Ossie YAML, to be refined and given to --model."""
    from deployments.analytics.model.ossie import dump_ossie
    from deployments.analytics.model.source import load_model
    from deployments.analytics.warehouse.connect import open_warehouse

    warehouse = open_warehouse(data)
    try:
        text = dump_ossie(load_model(warehouse, str(base) if base else None))
    finally:
        warehouse.close()
    if output is None:
        sys.stdout.write(text)
    else:
        output.write_text(text, "utf-8")
        print(f"wrote {output}", file=sys.stderr)
