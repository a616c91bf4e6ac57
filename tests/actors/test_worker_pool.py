from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from actors.worker_pool import idle_workers

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="the system shows no processes as files")


def test_children_that_wait_for_work_are_counted_and_told_from_others() -> None:
    before = idle_workers(os.getpid())
    command = [sys.executable, "-c", "import sys; print(flush=True); sys.stdin.read()"]
    names = (["default_worker.py"], ["ray::IDLE"], ["ray::SessionActor"])
    started = [subprocess.Popen([*command, *name], stdin=subprocess.PIPE, stdout=subprocess.PIPE) for name in names]
    try:
        for process in started:
            assert process.stdout is not None
            process.stdout.readline()
        assert idle_workers(os.getpid()) == (before[0] + 2, before[1] + 2, False)
    finally:
        for process in started:
            process.communicate()
    assert idle_workers(os.getpid()) == before
