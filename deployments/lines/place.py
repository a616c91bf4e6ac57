"""Where the sockets of this node are: in a folder that no other user reaches, and no other cluster uses."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

import ray

from deployments.names import LINES


def node_folder() -> Path | None:
    """The folder of this node's sockets; None where this process is part of no node, or where it cannot be had."""
    above = os.environ.get(LINES) or f"{tempfile.gettempdir()}/bi-workbench-{os.getuid()}"
    if above == "off" or not ray.is_initialized():
        return None
    folder = Path(above)
    try:
        for one in (folder, own := folder / ray.get_runtime_context().get_node_id()[:16]):
            one.mkdir(mode=0o700, exist_ok=True)
            found = one.lstat()
            if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
                return None
    except OSError:
        return None
    return own
