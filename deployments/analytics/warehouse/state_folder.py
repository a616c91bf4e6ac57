"""Where databases made here are kept: the demo, and imports of CSV, Parquet and JSON files.

The folder is the environment's BI_WORKBENCH_STATE, else `~/.bi-workbench`. A database is made under a temporary name and
renamed when it is whole, so that two processes may make the same one at once and neither sees half of it.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from deployments.contracts.errors import DataError


def state_folder() -> Path:
    """The folder, made if missing. Raises DataError where it cannot be written."""
    folder = Path(os.environ.get("BI_WORKBENCH_STATE") or "~/.bi-workbench").expanduser() / "data"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(folder, error) from error
    return folder


def made_once(name: str, make: Callable[[Path], None]) -> Path:
    """The database called `name` in the state folder, made by `make(path)` if it is not there."""
    path = state_folder() / name
    if path.exists():
        return path
    draft = path.with_name(f".{path.stem}-{os.getpid()}-{secrets.token_hex(4)}.duckdb")
    try:
        make(draft)
        draft.replace(path)
    except OSError as error:
        raise _unwritable(path.parent, error) from error
    finally:
        for left in (draft, draft.with_name(draft.name + ".wal")):
            with contextlib.suppress(OSError):
                left.unlink(missing_ok=True)
    return path


def forget_others(prefix: str, kept: Path, keep: int) -> None:
    """Remove the oldest databases whose name starts with `prefix`, but not `kept` nor the `keep` newest.

    A process that has one of them open keeps it: on the systems we run on, an open file outlives its name."""
    with contextlib.suppress(OSError):
        others = sorted(
            (path for path in kept.parent.glob(f"{prefix}*.duckdb") if path != kept),
            key=lambda path: path.stat().st_mtime,
            reverse=True,
        )
        for path in others[keep:]:
            path.unlink(missing_ok=True)


def _unwritable(folder: Path, error: OSError) -> DataError:
    reason = error.strerror or "it cannot be written"
    return DataError(
        f"{folder} cannot be used for databases made here: {reason}. Set BI_WORKBENCH_STATE to a folder that can be written."
    )
