"""Data files as a DuckDB database in the state folder, made once for each state of the files."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import duckdb

from deployments.analytics.warehouse.csv_format import csv_options, ragged_line
from deployments.analytics.warehouse.file_kinds import FileKind, TableFiles, table_name
from deployments.analytics.warehouse.state_folder import forget_others, made_once
from deployments.contracts.errors import DataError

_EDITION = "1"
"""Raised when files are to be read differently, so that older imports are made anew."""
_LINE = re.compile(r"Line: (\d+)")


def imported_database(source: Path, tables: tuple[TableFiles, ...]) -> Path:
    """The database with these tables, made if the files have changed or were never imported. Raises DataError."""
    place = hashlib.sha256(str(source.resolve()).encode()).hexdigest()[:8]
    prefix = f"import-{table_name(source)[:40]}-{place}-"
    path = made_once(f"{prefix}{_state_of(tables)}.duckdb", lambda draft: _import(draft, tables))
    forget_others(prefix, path, keep=0)
    return path


def _state_of(tables: tuple[TableFiles, ...]) -> str:
    state = hashlib.sha256(_EDITION.encode())
    for table in tables:
        for path in table.paths:
            stat = path.stat()
            state.update(f"{table.name}\0{path.resolve()}\0{stat.st_mtime_ns}\0{stat.st_size}\n".encode())
    return state.hexdigest()[:12]


def _import(draft: Path, tables: tuple[TableFiles, ...]) -> None:
    with duckdb.connect(
        str(draft), config={"autoinstall_known_extensions": False, "autoload_known_extensions": False}
    ) as connection:
        connection.execute("SET enable_progress_bar = false")
        for table in tables:
            _import_table(connection, table)


def _import_table(connection: duckdb.DuckDBPyConnection, table: TableFiles) -> None:
    target = '"' + table.name.replace('"', '""') + '"'
    for options in _attempts(table):
        try:
            connection.execute(f"CREATE OR REPLACE TABLE {target} AS SELECT * FROM {_reader(table, options)}")
            break
        except duckdb.Error as error:
            if "encod" in str(error).lower() or "unicode" in str(error).lower() or "utf" in str(error).lower():
                failure = error
                continue
            raise _unreadable(table, error) from error
    else:
        raise _unreadable(table, failure) from failure
    ((rows,),) = connection.execute(f"SELECT count(*) FROM {target}").fetchall()
    if rows == 0:
        raise DataError(f"{_said(table)} holds no rows below its header. Expected a header and at least one row.")


def _attempts(table: TableFiles) -> tuple[str, ...]:
    if table.kind is FileKind.CSV:
        options = csv_options(table.paths[0])
        return (options, options + ", encoding = 'latin-1'") if "encoding" not in options else (options,)
    if table.kind is FileKind.JSON:
        return ("format = 'auto', sample_size = -1",)
    return ("",)


def _reader(table: TableFiles, options: str) -> str:
    function = {FileKind.CSV: "read_csv", FileKind.JSON: "read_json", FileKind.PARQUET: "read_parquet"}[table.kind]
    paths = ", ".join("'" + str(path).replace("'", "''") + "'" for path in table.paths)
    parts = f", hive_partitioning = {str(_is_hive(table)).lower()}, union_by_name = true" if table.folder else ""
    return f"{function}([{paths}]{', ' + options if options else ''}{parts})"


def _is_hive(table: TableFiles) -> bool:
    return table.folder is not None and all(
        any("=" in part for part in path.relative_to(table.folder).parts[:-1]) for path in table.paths
    )


def _said(table: TableFiles) -> str:
    return str(table.paths[0] if len(table.paths) == 1 else table.folder)


def _unreadable(table: TableFiles, error: duckdb.Error) -> DataError:
    text, said = str(error), _said(table)
    for path in table.paths if table.kind is FileKind.CSV else ():
        if ragged := ragged_line(path):
            line, found, expected = ragged
            return DataError(
                f"{path}, line {line}: {found} values where the header has {expected}. Expected the same number in every line."
            )
    if table.kind is FileKind.CSV and (line_match := _LINE.search(text)):
        reason = (
            "a quote is opened and not closed, or stands inside a value"
            if "quote" in text.lower()
            else "the line cannot be read"
        )
        return DataError(f"{said}, line {line_match[1]}: {reason}. Expected CSV with the same columns in every line.")
    if table.kind is FileKind.JSON:
        return DataError(f"{said} cannot be read as JSON. Expected one JSON object a line, or one array of objects.")
    if table.kind is FileKind.PARQUET:
        return DataError(f"{said} cannot be read as Parquet; the file is damaged or incomplete.")
    return DataError(
        f"{said} cannot be read as CSV. Expected a header line and the same number of values in every line."
    )
