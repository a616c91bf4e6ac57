"""A file that is made once and then kept: of processes that start together one makes it, and all read the same."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path


def kept_once(path: Path, make: Callable[[], bytes]) -> bytes:
    """What the file holds, made first where there is none. Only its owner can read it. Raises OSError."""
    if not path.exists():
        # Written whole under another name and linked: of two processes that start together one wins, both read it.
        draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        draft.touch(mode=0o600)
        try:
            draft.write_bytes(make())
            path.hardlink_to(draft)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_bytes()
