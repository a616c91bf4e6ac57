"""What kind of data a file holds, by its content first and its name second; and which files make up a table."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from deployments.contracts.errors import DataError

_MOST_TABLES = 500


class FileKind(StrEnum):
    """The kinds of file that can be opened."""

    DUCKDB = "DuckDB"
    CSV = "CSV"
    PARQUET = "Parquet"
    JSON = "JSON lines"


@dataclass(frozen=True, slots=True)
class TableFiles:
    """A table to be made of files of one kind; `folder` is set where they are parts of it."""

    name: str
    kind: FileKind
    paths: tuple[Path, ...]
    folder: Path | None = None


def table_name(path: Path) -> str:
    """A table's name from a path: its stem, with other marks than letters and digits as underscores."""
    stem = path.name.split(".")[0] if path.is_file() else path.resolve().name
    name = re.sub(r"\W+", "_", stem).strip("_")
    return name or "data"


_BY_SUFFIX = {
    ".csv": FileKind.CSV,
    ".tsv": FileKind.CSV,
    ".tab": FileKind.CSV,
    ".txt": FileKind.CSV,
    ".parquet": FileKind.PARQUET,
    ".pq": FileKind.PARQUET,
    ".json": FileKind.JSON,
    ".jsonl": FileKind.JSON,
    ".ndjson": FileKind.JSON,
    ".duckdb": FileKind.DUCKDB,
    ".ddb": FileKind.DUCKDB,
    ".db": FileKind.DUCKDB,
}
_OTHERS = {
    b"SQLite format 3": "a SQLite database; export its tables to CSV or Parquet",
    b"PK\x03\x04": "a zip or Excel file; save its sheets as CSV",
    b"\xd0\xcf\x11\xe0": "an old Excel file; save its sheets as CSV",
    b"%PDF": "a PDF",
    b"ORC": "an ORC file; convert it to Parquet",
    b"Obj\x01": "an Avro file; convert it to Parquet",
    b"ARROW1": "an Arrow file; convert it to Parquet",
}


def data_suffix(path: Path) -> str:
    """The suffix that says the kind: that before .gz or .zst, in lower case."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if len(suffixes) > 1 and suffixes[-1] in (".gz", ".zst"):
        return suffixes[-2]
    return suffixes[-1] if suffixes else ""


def kind_of(path: Path) -> FileKind:
    """The kind of a file that exists and is not empty. Raises DataError where it is none that can be opened."""
    with path.open("rb") as file:
        head = file.read(16)
    named = _BY_SUFFIX.get(data_suffix(path))
    if head[8:12] == b"DUCK":
        return FileKind.DUCKDB
    if head[:4] == b"PAR1":
        return FileKind.PARQUET
    for magic, other in _OTHERS.items():
        if head.startswith(magic) and not path.suffix.lower().endswith("gz"):
            raise DataError(f"{path} is {other}. Expected a DuckDB, CSV, TSV, Parquet or JSON-lines file.")
    if named in (FileKind.DUCKDB, FileKind.PARQUET):
        raise DataError(
            f"{path} is named like a {named} file but is none, or is damaged: its first bytes are not a {named} file's."
        )
    if named is None:
        raise DataError(f"{path} is of no known kind. Expected a DuckDB, CSV, TSV, Parquet or JSON-lines file.")
    if (
        b"\x00" in head
        and not head.startswith((b"\xff\xfe", b"\xfe\xff", b"\x1f\x8b"))
        and path.suffix not in (".gz", ".zst")
    ):
        raise DataError(f"{path} is named like a {named} file but holds no text.")
    return named


def folder_tables(folder: Path) -> tuple[TableFiles, ...]:
    """The tables of a folder: each data file, and each sub-folder whose files are parts of one table.

    A folder that itself is split by `name=value` sub-folders is one table."""
    entries = sorted(entry for entry in folder.iterdir() if not entry.name.startswith((".", "_")))
    if any("=" in entry.name for entry in entries if entry.is_dir()):
        return tuple(_parts(folder))
    tables = [
        TableFiles(table_name(entry), kind, (entry,))
        for entry in entries
        if entry.is_file() and (kind := _table_kind(entry))
    ]
    for entry in entries:
        if entry.is_dir():
            tables.extend(_parts(entry))
    if len(tables) > _MOST_TABLES:
        raise DataError(f"{folder} holds {len(tables)} data files. Expected at most {_MOST_TABLES}, each a table.")
    taken: dict[str, int] = {}
    for index, table in enumerate(tables):
        count = taken[table.name.lower()] = taken.get(table.name.lower(), 0) + 1
        if count > 1:
            tables[index] = TableFiles(f"{table.name}_{count}", table.kind, table.paths)
    return tuple(tables)


def _parts(folder: Path) -> list[TableFiles]:
    by_kind: dict[FileKind, list[Path]] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith((".", "_")) and (kind := _table_kind(path)):
            by_kind.setdefault(kind, []).append(path)
    return [TableFiles(table_name(folder), kind, tuple(paths), folder) for kind, paths in sorted(by_kind.items())]


def _table_kind(path: Path) -> FileKind | None:
    """The kind of a file in a folder by its name; other files (notes, pictures, databases) are left alone."""
    kind = _BY_SUFFIX.get(data_suffix(path))
    if kind in (None, FileKind.DUCKDB) or path.suffix.lower() == ".txt" or path.stat().st_size == 0:
        return None
    return kind_of(path)
