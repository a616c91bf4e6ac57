"""DuckDB instances over one file, locked down: each has a bound of memory and of what it spills to disk.

DuckDB bounds an instance, not a statement. So each query that runs at once has an instance of its own, and what one takes
no other lacks."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import threading
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import duckdb

from deployments.analytics.warehouse.duckdb_errors import opening_error
from deployments.contracts.limits import Limits

_SMALL_FILE = 128 << 20
"""Below this many bytes one thread answers sooner than several: there is too little work to share."""

_numbers = count(1)


class Engines:
    """Engines over one file, as many as queries run at once. What was used last is used next, for what it has read.
    In each the file is the database `name`, which has to be chosen with `USE` by each cursor.

    None is closed before all are: where one handle of a file is closed, the operating system takes the lock of the
    process's other ones too."""

    def __init__(self, path: Path, limits: Limits, name: str) -> None:
        # An engine has a database of its own, which is called so.
        free = f"{name}_" if name.lower() == "memory" else name
        self.quoted = '"' + free.replace('"', '""') + '"'
        self._path = path
        self._limits = limits
        self._file = _identity(path)
        self._idle: list[duckdb.DuckDBPyConnection] = []
        self._door = threading.Lock()
        self._closed = False
        _sweep(path)

    @contextlib.contextmanager
    def engine(self) -> Iterator[duckdb.DuckDBPyConnection | None]:
        """One that nobody else has meanwhile; None after `close`, and where another file has taken its place: only the
        connection that was open before still reads what there was. Raises duckdb.Error."""
        engine = self._taken()
        try:
            yield engine
        finally:
            if engine is not None:
                self._give_back(engine)

    def close(self) -> None:
        """End those that are idle, and each other one when it is given back."""
        with self._door:
            self._closed = True
            idle, self._idle = self._idle, []
        for engine in idle:
            engine.close()

    def _taken(self) -> duckdb.DuckDBPyConnection | None:
        with self._door:
            if self._idle:
                return self._idle.pop()
            if self._closed:
                return None
        return self._opened() if _identity(self._path) == self._file else None

    def _give_back(self, engine: duckdb.DuckDBPyConnection) -> None:
        with self._door:
            if not self._closed:
                self._idle.append(engine)
                return
        engine.close()

    def _opened(self) -> duckdb.DuckDBPyConnection:
        number = next(_numbers)
        spill = self._path.with_name(_spill_name(self._path, number))
        engine = duckdb.connect(":memory:", config=_bounds(self._path, self._limits) | {"temp_directory": str(spill)})
        path = str(self._path).replace("'", "''")
        try:
            engine.execute(f"ATTACH '{path}' AS {self.quoted} (READ_ONLY)")
            _lock(engine, self._limits)
        except duckdb.Error:
            engine.close()
            raise
        return engine


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def open_database(path: Path, limits: Limits, source: str) -> duckdb.DuckDBPyConnection:
    """The file itself, for statements of our own. Raises DataError; `source` is what the user named."""
    try:
        connection = duckdb.connect(str(path), read_only=True, config=_bounds(path, limits))
    except (duckdb.Error, OSError) as error:
        raise opening_error(error, path, source) from error
    if connection.execute("SELECT current_setting('lock_configuration')").fetchone() != (True,):
        _lock(connection, limits)  # else it was open in this process already, and locked down then
    return connection


def _bounds(path: Path, limits: Limits) -> dict[str, Any]:
    return {
        "threads": 1 if path.stat().st_size < _SMALL_FILE else max(1, min(limits.threads, os.cpu_count() or 1)),
        "memory_limit": f"{limits.memory_mb}MB",
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "allow_community_extensions": False,
        "allow_persistent_secrets": False,
        "python_enable_replacements": False,
    }


def _lock(connection: duckdb.DuckDBPyConnection, limits: Limits) -> None:
    connection.execute("SET enable_progress_bar = false")
    # Given when connecting, this bound is shown and not kept.
    connection.execute(f"SET max_temp_directory_size = '{limits.spill_mb}MB'")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _spill_name(path: Path, number: int) -> str:
    """Beside the file, where there is room for what belongs to it; no two engines may share one."""
    return f"{path.name}.{socket.gethostname()}-{os.getpid()}-{number}.tmp"


def _sweep(path: Path) -> None:
    """Remove what engines of processes that were killed have left."""
    ours = re.compile(rf"{re.escape(path.name)}\.{re.escape(socket.gethostname())}-(\d+)-\d+\.tmp")
    with contextlib.suppress(OSError):
        for left in path.parent.iterdir():
            if (found := ours.fullmatch(left.name)) and not Path(f"/proc/{found[1]}").exists():
                shutil.rmtree(left, ignore_errors=True)
