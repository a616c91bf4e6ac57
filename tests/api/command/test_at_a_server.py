"""Commands that speak to a running server."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from api.cli import run
from tests.api.conftest import token


async def test_a_running_server_is_asked_and_its_conversation_kept_as_cases(
    address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    at = ["--server", f"http://{address}", "--token", token()]
    assert await asyncio.to_thread(run, ["ask", *at, "--json", "revenue by country", "only US"]) == 0
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [answer["row_count"] for answer in answers] == [3, 1]
    assert await asyncio.to_thread(run, ["ask", *at, "revenue by country"]) == 0
    assert "150.50" in capsys.readouterr().out
    assert await asyncio.to_thread(run, ["sessions", *at]) == 0
    session_id = capsys.readouterr().out.split("sess-")[2].split()[0]
    kept = tmp_path / "cases.jsonl"
    assert await asyncio.to_thread(run, ["cases", f"sess-{session_id}", *at, "--output", str(kept)]) == 0
    assert [turn["question"] for turn in json.loads(kept.read_text())["turns"]] == ["revenue by country", "only US"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ask", "--data", "demo", "revenue"], "--data is for asking in this process"),
        (["ask", "--session", "sess-0000", "revenue"], "says: There is no such session"),
        (["cases", "sess-0000"], "says: There is no such session"),
    ],
)
async def test_what_a_server_cannot_do_is_one_line(
    address: str, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    at = ["--server", f"http://{address}", "--token", token()]
    assert await asyncio.to_thread(run, [*arguments, *at]) == 2
    assert said in capsys.readouterr().err
