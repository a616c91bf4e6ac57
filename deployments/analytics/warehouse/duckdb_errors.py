"""DuckDB's exceptions as ours: what went wrong, in one line, without its internals."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb

from deployments.contracts.errors import DataError, InvalidQuery, WarehouseUnavailable, WorkbenchError

_OUR_FAULT = (
    duckdb.BinderException,
    duckdb.CatalogException,
    duckdb.ParserException,
    duckdb.SyntaxException,
    duckdb.ConversionException,
    duckdb.OutOfRangeException,
    duckdb.InvalidInputException,
    duckdb.InvalidTypeException,
    duckdb.TypeMismatchException,
    duckdb.NotImplementedException,
    duckdb.PermissionException,
)
_HEADER_BYTES = 128
_WRITER = re.compile(rb"v\d+\.\d+\.\d+")


def running_error(error: duckdb.Error, name: str) -> WorkbenchError:
    """The error for a statement that failed: asking again helps only where the engine, not the statement, failed."""
    if isinstance(error, duckdb.OutOfMemoryException):
        return InvalidQuery("This takes more memory than a query may use. Ask for fewer groups or a shorter period.")
    if isinstance(error, _OUR_FAULT):
        return InvalidQuery(f"{name} cannot compute this: {_first_line(error)}")
    return WarehouseUnavailable(f"{name} cannot be read at the moment.", retry_after=5)


def opening_error(error: Exception, path: Path, source: str) -> DataError:
    """The error for a DuckDB file that cannot be opened."""
    text = str(error)
    if isinstance(error, PermissionError) or "Permission denied" in text:
        return DataError(f"{source} cannot be read: permission denied. Expected a file that this user may read.")
    if "Could not set lock" in text or "Conflicting lock" in text:
        holder = re.search(r"PID (\d+)", text)
        by = f" (process {holder[1]})" if holder else ""
        return DataError(
            f"{source} is open for writing in another process{by}. Close it there, or name a copy of the file."
        )
    if "already open" in text or "different configuration" in text or "already attached" in text:
        return DataError(f"{source} is already open in this process for writing. Close it there, or name a copy.")
    if (writer := _written_by(path)) and _parts(writer) > _parts(duckdb.__version__):
        return DataError(
            f"{source} was written by a newer DuckDB, {writer}; this one is v{duckdb.__version__} and cannot read it. "
            "Export it to Parquet, or write it with an older storage version."
        )
    if "not a valid DuckDB database file" in text:
        return DataError(f"{source} is not a DuckDB database. Expected a DuckDB, CSV, Parquet or JSON-lines file.")
    return DataError(
        f"{source} cannot be opened as a DuckDB database; the file is damaged or incomplete ({path.name})."
    )


def _first_line(error: Exception) -> str:
    line = str(error).strip().splitlines()[0]
    return re.sub(r"^[A-Z][A-Za-z ]*Error:\s*", "", line)[:300]


def _written_by(path: Path) -> str:
    """The version of the library that wrote the file, which stands in its header; "" where it does not."""
    try:
        with path.open("rb") as file:
            found = _WRITER.search(file.read(_HEADER_BYTES))
    except OSError:
        return ""
    return found[0].decode() if found else ""


def _parts(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])
