from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from deployments import worker_template

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has what it needs")

WORKER = """
import json, os, sys
from ray._raylet import WorkerID
told = {"pid": os.getpid(), "parent": os.getppid(), "group": os.getpgid(0), "arguments": sys.argv[1:], "id": WorkerID.from_random().hex(),
        "name": os.environ.get("NAME"), "folder": os.getcwd(), "colorsys": "colorsys" in sys.modules, "path": sys.path[0]}
print(json.dumps(told), flush=True)
sys.stdin.read()
"""

RAYLET = """
import json, os, signal, subprocess, sys
template, worker, folder = sys.argv[1:]
started = []
def start(number):
    environment = {**os.environ, "RAY_RAYLET_PID": str(os.getpid()), "NAME": f"n{number}"}
    command = [sys.executable, template, worker, "--language=PYTHON", f"--number={number}", "--worker-preload-modules=colorsys"]
    process = subprocess.Popen(command, env=environment, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    started.append(process)
    print(process.stdout.readline().decode().strip(), flush=True)
for number in range(3):
    start(number)
os.kill(started[0].pid, signal.SIGKILL)
started[0].wait()
start(3)
print(json.dumps([process.wait() for process in started[1:3]]), flush=True)
"""


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """What four workers of a raylet say, whose template is killed before the last; how those that were handed over ended."""
    folder = tmp_path_factory.mktemp("workers")
    (folder / "worker.py").write_text(WORKER)
    command = [sys.executable, "-c", RAYLET, worker_template.__file__, str(folder / "worker.py"), str(folder)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=120)
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_each_worker_is_what_it_was_asked_to_be(said: list[Any]) -> None:
    for number, worker in enumerate(said[:4]):
        assert worker["name"] == f"n{number}"
        assert worker["arguments"] == [f"--number={number}", "--worker-preload-modules=colorsys"]
        assert worker["path"] == worker["folder"]
        assert worker["colorsys"]


def test_one_template_forks_them_all_and_the_next_takes_its_place(said: list[Any]) -> None:
    first, second, third, after = (worker["parent"] for worker in said[:4])
    assert first == second == third != after
    assert said[4] == [0, 0]


def test_workers_have_ids_and_process_groups_of_their_own(said: list[Any]) -> None:
    assert len({worker["id"] for worker in said[:4]}) == 4
    assert all(worker["group"] == worker["pid"] for worker in said[:4])


def test_a_template_goes_with_its_raylet(said: list[Any]) -> None:
    until = time.monotonic() + 20
    while psutil.pid_exists(said[3]["parent"]) and time.monotonic() < until:
        time.sleep(0.1)
    assert not psutil.pid_exists(said[3]["parent"])


@pytest.mark.parametrize(
    "extra", [['--serialized-runtime-env-context={"env_vars": {}}'], ["-s"]], ids=["environment", "switch"]
)
def test_what_needs_more_begins_as_ray_begins_it(tmp_path: Path, extra: list[str]) -> None:
    (tmp_path / "setup_worker.py").write_text("import sys; print(sys.argv[1:])")
    worker = str(tmp_path / "worker.py")
    command = [*extra, worker] if extra[0] == "-s" else [worker, *extra]
    environment = {**os.environ, "RAY_RAYLET_PID": str(os.getpid())}
    done = subprocess.run(
        [sys.executable, worker_template.__file__, *command],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == str(command)


def test_a_worker_of_no_raylet_begins_by_itself(tmp_path: Path) -> None:
    (tmp_path / "worker.py").write_text(textwrap.dedent("import os, sys; print(os.getpid(), sys.argv[1:])"))
    environment = {name: value for name, value in os.environ.items() if name != "RAY_RAYLET_PID"}
    command = [sys.executable, worker_template.__file__, str(tmp_path / "worker.py"), "--a=1", "--language=PYTHON"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        said, _ = process.communicate()
    assert said.strip() == f"{process.pid} ['--a=1']"
