"""From what the user named to a DuckDB file that can be opened."""

from __future__ import annotations

import datetime as dt
import difflib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from deployments.analytics.warehouse.demo_store import demo_database
from deployments.analytics.warehouse.file_kinds import FileKind, TableFiles, folder_tables, kind_of, table_name
from deployments.analytics.warehouse.imports import imported_database
from deployments.contracts.errors import DataError

ACCEPTED = 'a DuckDB, CSV, TSV, Parquet or JSON-lines file, a folder of such files, or "demo"'
_URL = re.compile(r"^[a-z][a-z0-9+.-]*://", re.IGNORECASE)


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
    if url := _URL.match(data):
        # The rest of a URL may hold a password, so only its scheme is repeated.
        raise DataError(f"Data at {url[0]} is not supported yet. Expected {ACCEPTED}.")
    if not data.strip():
        raise DataError(f"No data was named. Expected {ACCEPTED}.")
    path = Path(data).expanduser()
    try:
        return _located(path, data)
    except PermissionError as error:
        raise DataError(
            f"{data} cannot be read: permission denied. Expected a file that this user may read."
        ) from error
    except OSError as error:
        raise DataError(f"{data} cannot be read: {error.strerror or error}.") from error


def _located(path: Path, data: str) -> Located:
    if not path.exists():
        raise _missing(path, data)
    if path.is_dir():
        tables = folder_tables(path)
        if not tables:
            raise DataError(
                f"{data} holds no data files. Expected CSV, TSV, Parquet or JSON-lines files in it.{_offer_database(path)}"
            )
        return Located(imported_database(path, tables), path.resolve().name, data)
    if not path.is_file():
        raise DataError(f"{data} is not a file. Expected {ACCEPTED}.")
    if path.stat().st_size == 0:
        raise DataError(f"{data} is empty. Expected {ACCEPTED}.")
    if not os.access(path, os.R_OK):
        raise PermissionError(data)
    kind = kind_of(path)
    if kind is FileKind.DUCKDB:
        return Located(path, path.stem, data)
    table = TableFiles(table_name(path), kind, (path,))
    return Located(imported_database(path, (table,)), path.stem, data)


def _missing(path: Path, data: str) -> DataError:
    parent = path.parent
    names = sorted(entry.name for entry in parent.iterdir()) if parent.is_dir() else []
    near = difflib.get_close_matches(path.name, names, n=3, cutoff=0.6)
    if data.lower() in ("demos", "demo data", "example", "sample"):
        near = ["demo"]
    offer = f" Did you mean {' or '.join(near)}?" if near else ""
    suggestions = tuple(name if name == "demo" else str(parent / name) for name in near)
    where = "" if parent.is_dir() else f" (there is no folder {parent})"
    return DataError(f"{data} does not exist{where}.{offer} Expected {ACCEPTED}.", suggestions=suggestions)


def _offer_database(folder: Path) -> str:
    databases = [entry.name for entry in sorted(folder.iterdir()) if entry.suffix in (".duckdb", ".db")]
    return f" To open a database in it, name the file: {databases[0]}." if databases else ""
