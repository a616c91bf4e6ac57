"""`bi-workbench bench`: how fast the server is on this machine, beside one plain process that answers the same."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import platform
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import aiohttp
import typer
from rich.console import Console
from rich.table import Table

from api.bench import journal, measures
from api.bench.measures import Scale, Server
from api.command.serve import GIVEN_QUESTION, whole
from api.command.token import TENANT, USER, lifetime, signed
from api.settings import load
from deployments.contracts.errors import Internal, SettingError
from deployments.contracts.identity import Principal

START_SECONDS = 180.0
_PASSIVE_TURNS = 50
GOALS: dict[str, float] = {
    "message_p50_ratio": 2.0,
    "message_p99_ratio": 2.5,
    "throughput_ratio": 0.6,
    "late_to_early_ratio": 1.1,
    "late_to_early_bytes_ratio": 1.1,
    "session_create_p50_ms": 60,
    "activation_p50_ms": 100,
    "kill_to_answer_p50_ms": 200,
    "first_event_p50_ms": 15,
    "resident_private_mib": 85,
}
"""What is aimed at: at most this much, but of throughput at least."""


def bench(
    data: Annotated[str, typer.Option(help="DuckDB, CSV or Parquet file, a folder of them, or `demo`.")] = "demo",
    model: Annotated[str | None, typer.Option(help="Semantic model file; inferred where absent.")] = None,
    question: Annotated[str, typer.Option(help="The question that is asked again and again.")] = GIVEN_QUESTION,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds of which the medians are taken.")] = 5,
    messages: Annotated[int, typer.Option(min=3, help="Messages of a round.")] = 60,
    singles: Annotated[int, typer.Option(min=1, help="Sessions made, activated and killed.")] = 12,
    long: Annotated[int, typer.Option(min=20, help="Messages of the long session.")] = 1000,
    output: Annotated[Path, typer.Option(help="Where the figures go as JSON.")] = Path("bench.json"),
) -> None:
    """Measure a server of its own on this machine, beside one plain process as the floor. Takes minutes."""
    scale = Scale(rounds, messages, singles, long)
    began = time.monotonic()

    def say(line: str) -> None:
        print(f"[{time.monotonic() - began:6.1f}s] {line}", file=sys.stderr, flush=True)

    figures = asyncio.run(_measure(whole(data), whole(model) if model else None, question, scale, say))
    figures = {name: round(value, 3) if isinstance(value, float) else value for name, value in figures.items()}
    machine = {"cpus": os.cpu_count(), "python": platform.python_version(), "system": platform.system()}
    output.write_text(json.dumps({"machine": machine, "scale": vars(scale), "figures": figures}, indent=2) + "\n")
    _print(figures)
    print(f"\nThe figures are in {output}.")


async def _measure(data: str, model: str | None, question: str, scale: Scale, say: measures.Progress) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="bi-bench-") as folder:
        state = Path(folder)
        settings = load(state=state, port=_free_port())
        record = state / "journal.sqlite"
        say(f"Writing {scale.singles} passive sessions of {2 * _PASSIVE_TURNS} messages")
        owner = Principal(tenant_id=TENANT, user_id=USER)
        passive = await journal.seed(record, owner, data, model, question, scale.singles, _PASSIVE_TURNS)
        floor_port = _free_port()
        named = ["--data", data, *(["--model", model] if model else [])]
        with _running(state / "floor.log", "-m", "api.bench.floor", "--port", str(floor_port), *named):
            say("Starting the server")
            serve = (
                "-c",
                "from api.cli import main; main()",
                "serve",
                "--port",
                str(settings.port),
                "--state-dir",
                folder,
                *named,
            )
            started = time.monotonic()
            with _running(state / "server.log", *serve) as process:
                token = signed(settings, TENANT, USER, ["admin"], lifetime("8h"))
                async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as http:
                    base = f"http://127.0.0.1:{settings.port}"
                    await _ready(http, base, process, state / "server.log")
                    figures: dict[str, Any] = {"server_ready_s": time.monotonic() - started}
                    server = Server(http, base, f"http://127.0.0.1:{floor_port}", question)
                    figures |= await measures.activation(server, passive, say)
                    figures |= await measures.messages(server, scale, say)
                    figures |= await measures.create(server, scale, say)
                    figures |= await measures.recovery(server, scale, say)
                    figures |= await measures.events(server, scale, say)
                    figures |= await measures.memory(server, say)
                    lasting, session_id = await measures.length(server, scale, say)
                    figures |= lasting
                say("Stopping")
        sizes = journal.bytes_of(record, session_id)
        window = max(3, len(sizes) // 20)
        early, late = sum(sizes[window : 2 * window]) / window, sum(sizes[-window:]) / window
        figures["late_to_early_bytes_ratio"] = late / early
        figures["passive_session_events_bytes"] = sum(journal.bytes_of(record, passive[0]))
        figures["passive_session_state_bytes"] = journal.state_bytes(record, passive[0])
        figures["passive_session_snapshots_bytes"] = journal.snapshot_bytes(record, passive[0])
        return figures


@contextlib.contextmanager
def _running(log: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as words:
        process = subprocess.Popen([sys.executable, *arguments], stdout=words, stderr=words)
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()


async def _ready(http: aiohttp.ClientSession, base: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            raise SettingError(f"The server did not start: {_last_words(log)}")
        with contextlib.suppress(aiohttp.ClientError):
            async with http.get(f"{base}/readyz") as response:
                if response.status == 200:
                    return
        await asyncio.sleep(0.2)
    raise Internal(f"The server was not ready within {START_SECONDS:g} seconds.")


def _last_words(log: Path) -> str:
    return (log.read_text().strip().splitlines() or ["it said nothing"])[-1]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _print(figures: dict[str, Any]) -> None:
    table = Table(show_edge=False, pad_edge=False)
    for name in ("", "measured", "goal", ""):
        table.add_column(name, justify="left" if not name else "right")
    for name, value in figures.items():
        goal = GOALS.get(name)
        met = (
            ""
            if goal is None
            else ("met" if (value >= goal if name == "throughput_ratio" else value <= goal) else "missed")
        )
        table.add_row(
            name,
            f"{value:,.2f}" if isinstance(value, float) else f"{value:,}",
            "" if goal is None else f"{goal:g}",
            met,
        )
    Console(highlight=False, soft_wrap=True).print(table)
