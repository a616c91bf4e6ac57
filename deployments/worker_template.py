"""What Ray's raylet runs for each worker of this machine, in place of Ray's own start of one.

To import what a session needs takes seconds of a processor, and is most of what a session's process holds. So the first
worker that a raylet asks for becomes the template: it imports all of it once, starts no thread, and from then on forks
each worker, which begins in a tenth of the time and shares with the others what it does not change. Whoever is run
later hands its arguments, environment and streams to the template and is gone. A template that died is followed by the
next one that is asked for; where there can be none, the worker begins as Ray begins it.
"""

from __future__ import annotations

import sys

if __name__ == "__main__":
    sys.path.pop(0)  # the folder of this file, whose modules are not meant by their short names

import gc
import importlib
import json
import logging
import os
import runpy
import signal
import socket
import struct
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

TITLE = "bi-workbench: template of workers"
_PRELOAD = "--worker-preload-modules="
_ENVIRONMENT = "--serialized-runtime-env-context="
_LANGUAGE = "--language="
_RAYLET_SOCKET = "--raylet-name="
_RAYLET = "RAY_RAYLET_PID"
_LARGEST = 1 << 17
_LOOK_SECONDS = 1.0
_ORDER_SECONDS = 5.0
_IMPORT_SECONDS = 60.0
_GIVEN = b"given"

_OF_EACH = ("ray._private.node", "ray.util.metrics")
_OF_RAY = ("deployments.metrics",)
"""Modules that make what belongs to Ray's part of a process, which none has before it is forked."""

_OF_REPLICAS = ("deployments.handles", "ray.serve._private.controller", "ray.serve._private.replica")

Order = dict[str, Any]

_log = logging.getLogger(__name__)


def main(command: Sequence[str]) -> None:
    """Become the worker that `command` (a script and its arguments) says, or have the template fork it."""
    raylet = os.environ.get(_RAYLET)
    named = [one for one in command if one.startswith(_ENVIRONMENT) and one != _ENVIRONMENT + "{}"]
    script = next(one for one in command if one.endswith(".py"))
    if named or script != command[0]:
        # Ray's own start sets up an environment, and an interpreter with switches.
        os.execv(sys.executable, [sys.executable, str(Path(script).with_name("setup_worker.py")), *command])
    command = [one for one in command if not one.startswith((_LANGUAGE, _ENVIRONMENT))]
    if not raylet:
        _begin_as_ray_does(command)
    # A name without a file: it is free again as soon as its owner is gone, and only one may have it.
    place = next((one for one in command if one.startswith(_RAYLET_SOCKET)), "")
    name = f"\0bi-workbench-workers-{raylet}-{sha256(place.encode()).hexdigest()[:16]}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listening:
        try:
            listening.bind(name)
        except OSError:
            if _handed_over(name, command):
                return
            _begin_as_ray_does(command)
        listening.listen(64)
        order = _be_the_template(listening, command)
    if order is None:
        _begin_as_ray_does(command)
    else:
        _begin(order)


def _begin_as_ray_does(command: Sequence[str]) -> None:
    os.execv(sys.executable, [sys.executable, *command])


def _handed_over(name: str, command: Sequence[str]) -> bool:
    """Whether the template has forked the worker."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as template:
        template.settimeout(_IMPORT_SECONDS)
        try:
            template.connect(name)
            if _user_of(template) != os.getuid():
                return False
            order = {"command": list(command), "environment": dict(os.environ), "folder": str(Path.cwd())}
            socket.send_fds(template, [json.dumps(order).encode()], [0, 1, 2])
            return template.recv(16) == _GIVEN
        except OSError:
            return False


def _be_the_template(listening: socket.socket, command: Sequence[str]) -> Order | None:
    """Returns in each process that is forked, with what it is to become; None where there can be no template."""
    _import_all(command)
    if not _children_differ():
        return None
    gc.collect()
    gc.freeze()  # to collect what all share would make each of them change it
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    raylet = os.getppid()
    if os.fork() == 0:
        return {"command": list(command), "environment": None, "folder": None}
    importlib.import_module("ray._raylet").setproctitle(TITLE)
    listening.settimeout(_LOOK_SECONDS)
    while os.getppid() == raylet:
        try:
            connection, _ = listening.accept()
        except TimeoutError:
            continue
        with connection:
            try:
                if (order := _forked(connection)) is not None:
                    return order
            except (OSError, ValueError):
                continue  # whoever asked begins by itself
    os._exit(0)


def _forked(connection: socket.socket) -> Order | None:
    """In the new process what it is to become, None in the template."""
    connection.settimeout(_ORDER_SECONDS)
    if _user_of(connection) != os.getuid():
        return None
    data, streams, _, _ = socket.recv_fds(connection, _LARGEST, 3)
    try:
        order: Order = json.loads(data)
        if os.fork() == 0:
            for number, stream in enumerate(streams):
                os.dup2(stream, number)
            return order
        connection.send(_GIVEN)
    finally:
        for stream in streams:
            os.close(stream)
    return None


def _begin(order: Order) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setpgid(0, 0)  # Ray ends a worker with all of its group
    if order["environment"] is not None:
        os.environ.clear()
        os.environ.update(order["environment"])
        os.chdir(order["folder"])
    script, *arguments = order["command"]
    sys.argv = [script, *arguments]
    sys.path.insert(0, str(Path(script).parent))
    runpy.run_path(script, run_name="__main__")


def _import_all(command: Sequence[str]) -> None:
    """Import what the worker of this command would, and what others on the node do."""
    actor: Any = importlib.import_module("ray.actor")
    actor.ActorClassID = _RandomIds(actor.ActorClassID)
    named = (one.removeprefix(_PRELOAD).split(",") for one in command if one.startswith(_PRELOAD))
    for module in (*_OF_EACH, *(module for modules in named for module in modules), *_OF_REPLICAS):
        if module in _OF_RAY:
            continue
        try:
            importlib.import_module(module)
        except Exception:  # it may be what one worker needs and this one does not; that one says so itself
            _log.exception("%s cannot be imported ahead", module)


class _RandomIds:
    """Makes ids of classes from the system's random numbers. Ray has a generator of its own, and once that was used all
    that are forked would go on from the same state and give what they do the same ids."""

    def __init__(self, kind: Any) -> None:
        self._kind = kind

    def from_random(self) -> Any:
        return self._kind(os.urandom(self._kind.size()))


def _children_differ() -> bool:
    """Whether two processes that are forked now would make ids of their own."""
    return _id_of_a_child() != _id_of_a_child()


def _id_of_a_child() -> bytes:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        ids = importlib.import_module("ray._raylet")
        os.write(writing, ids.WorkerID.from_random().binary())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        made = pipe.read()
    os.waitpid(child, 0)
    return made


def _user_of(connection: socket.socket) -> int:
    _, user, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return int(user)


if __name__ == "__main__":
    main(sys.argv[1:])
