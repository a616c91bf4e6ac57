"""`bi-workbench serve`: everything on one machine, and how to talk to it."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shlex
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Annotated

import httpx
import typer

from api.command.token import TENANT, USER, StateDir, lifetime, signed
from api.routes.sessions import SESSIONS
from api.settings import Settings, load
from deployments.contracts.errors import Internal, SettingError

GIVEN_QUESTION = "What were our top 10 customers by revenue last month?"
READY_SECONDS = 60.0
PRINTED_TOKEN_LASTS = "7d"


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on [127.0.0.1].")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on [8000].")] = None,
    data: Annotated[
        str | None, typer.Option(help="DuckDB, CSV or Parquet file, a folder of them, or `demo` [demo].")
    ] = None,
    model: Annotated[str | None, typer.Option(help="Semantic model file; inferred where absent.")] = None,
    state_dir: StateDir = None,
) -> None:
    """Start the server on this machine and print how to talk to it. Ctrl-C drains and stops it."""
    settings = load(host=host, port=port, data=data, model=model, state=state_dir)
    began = time.monotonic()

    def progress(line: str) -> None:
        print(f"[{time.monotonic() - began:5.1f}s] {line}", flush=True)

    with alone(settings.state):
        check_port(settings.host, settings.port)
        token = _printed_token(settings)
        os.environ["BI_WORKBENCH_STATE"] = str(settings.state)
        try:
            with _on_signal(_interrupt):
                _start(settings, progress)
            stop = threading.Event()
            # Ray has taken the signals meanwhile.
            with _on_signal(lambda *_: stop.set()):
                _wait_until_ready(settings, stop)
                if not stop.is_set():
                    progress("Ready")
                    print(welcome(settings, token), flush=True)
                    stop.wait()
                progress("Stopping: what runs is finished, what waits is kept")
        finally:
            _stop()
        progress("Stopped")


def _start(settings: Settings, progress: Callable[[str], None]) -> None:
    from deployments.local_cluster import Part, prepare_environment, start_cluster
    from deployments.names import AGENTS_APPLICATION, CHAT_APPLICATION

    prepare_environment()
    agents = Part(
        AGENTS_APPLICATION,
        "deployments.app:build",
        {
            "data": whole(settings.data),
            "model": whole(settings.model) if settings.model else None,
            "journal": str(settings.state / "journal.sqlite"),
            "tenants": _tenants(settings),
        },
    )
    chat = Part(CHAT_APPLICATION, "api.app:build", {"settings": {"state": str(settings.state)}}, "/")
    start_cluster(
        [agents, chat],
        host=settings.host,
        port=settings.port,
        fork_workers=settings.fork_workers,
        on_progress=progress,
    )


def _tenants(settings: Settings) -> dict[str, dict[str, str]]:
    """The tenants' file, its paths as the processes of the cluster see them. Raises SettingError."""
    from deployments.tenants import read_tenants

    if settings.tenants is None:
        return {}
    found = read_tenants(settings.tenants)
    return {
        name: {"data": whole(tenant.data)} | ({"model": whole(tenant.model)} if tenant.model else {})
        for name, tenant in found.items()
    }


def whole(place: str) -> str:
    """A path as the processes of the cluster see it, which work elsewhere; anything else as it is."""
    path = Path(place).expanduser()
    return str(path.resolve()) if path.exists() else place


def check_port(host: str, port: int) -> None:
    """Raises SettingError where the address cannot be listened on."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except socket.gaierror:
        raise SettingError(f"'{host}' is not an address of this machine.") from None
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise SettingError(f"Port {port} is in use; name another with --port.") from None
        raise SettingError(f"{host}:{port} cannot be listened on: {error.strerror}.") from None


@contextlib.contextmanager
def alone(state: Path) -> Iterator[None]:
    """Holds the state folder. Raises SettingError where another server holds it: a journal has one writer."""
    try:
        state.mkdir(parents=True, exist_ok=True)
        with (state / "lock").open("a") as held:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
    except BlockingIOError:
        raise SettingError(f"Another server works in {state}; name another folder with --state-dir.") from None
    except OSError as error:
        raise SettingError(f"{state} cannot be used: {error.strerror}.") from None


@contextlib.contextmanager
def _on_signal(do: Callable[[int, FrameType | None], object]) -> Iterator[None]:
    """What Ctrl-C and SIGTERM do."""
    before = {number: signal.signal(number, do) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _stop() -> None:
    # A second Ctrl-C must not leave processes behind.
    with _on_signal(lambda *_: None):
        if "ray" in sys.modules:
            from deployments.local_cluster import stop_cluster

            stop_cluster()


def _printed_token(settings: Settings) -> str | None:
    if "HS256" not in settings.algorithms:
        return None
    return signed(settings, TENANT, USER, [], lifetime(PRINTED_TOKEN_LASTS))


def _wait_until_ready(settings: Settings, stop: threading.Event) -> None:
    """Raises Internal where the server does not become ready."""
    until = time.monotonic() + READY_SECONDS
    with httpx.Client(base_url=address(settings), timeout=5) as client:
        while not stop.is_set():
            with contextlib.suppress(httpx.HTTPError):
                if client.get("/readyz").status_code == 200:
                    return
            if time.monotonic() > until:
                raise Internal("The server came up but did not become ready; its logs are in Ray's session folder.")
            stop.wait(0.2)


def address(settings: Settings) -> str:
    """Where this machine reaches the server."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)
    return f"http://{host}:{settings.port}"


def welcome(settings: Settings, token: str | None) -> str:
    """How to talk to the server, ready to paste."""
    base = address(settings)
    if token is None:
        return f"\nbi-workbench is at {base} (documentation at {base}/docs). Tokens come from your issuer.\n"
    python = shlex.quote(Path(sys.executable).name)
    return f"""
Open this in a browser:

{base}/#token={token}

bi-workbench is at {base}  (documentation: {base}/docs)

Token of {USER} at {TENANT}, good for {PRINTED_TOKEN_LASTS.removesuffix("d")} days:

{token}

Paste this to ask a question:

TOKEN={token}
SESSION=$(curl -s -X POST {base}{SESSIONS} -H "Authorization: Bearer $TOKEN" | {python} -c 'import json, sys; print(json.load(sys.stdin)["session_id"])')
curl -s {base}{SESSIONS}/$SESSION/messages -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d '{{"message": "{GIVEN_QUESTION}"}}'

Ctrl-C stops the server; sessions are kept.
"""
