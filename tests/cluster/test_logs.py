"""What stands in the logs of a cluster: that something was asked and came of it, and never what, nor by which token."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
import ray
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from tests.cluster.conftest import QUESTION, Cluster, ask, kill_actor, new_session, until

MARK = "platypus7f3"
"""A word that stands in no file unless a question brings it there."""


async def _speak(cluster: Cluster, session_id: str, token: str) -> None:
    async with connect(f"{cluster.base.replace('http', 'ws')}/ws/chat/{session_id}?token={token}") as socket:
        await socket.send(json.dumps({"type": "message", "content": f"{MARK} by country", "message_id": "s1"}))
        await socket.send(json.dumps({"type": MARK}))
        await socket.recv()


def _holding(folder: Path, words: dict[str, str]) -> list[str]:
    """The files of the folder that hold one of the words, each with the word's name."""
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    assert len(files) > 20
    return [
        f"{path.relative_to(folder)}: {name}"
        for path in files
        for name, word in words.items()
        if word.encode() in path.read_bytes()
    ]


async def test_no_log_holds_a_question_or_a_token(
    cluster: Cluster, ann: httpx.AsyncClient, admin: httpx.AsyncClient
) -> None:
    session_id = await new_session(ann)
    token = cluster.token(jti=MARK)
    asked = [
        f"what is {MARK}",  # asked back
        f"revenue by country for customers named {MARK}",  # a value that goes into the SQL
        f"SELECT {MARK} FROM orders",  # refused
        f'revenue by "{MARK}',
    ]
    answers = [await ask(ann, session_id, text) for text in [QUESTION, *asked]]
    await ann.post(f"/chat/sessions/{session_id}/messages?token={token}", json={"message": MARK, "surplus": MARK})
    await ann.patch(f"/chat/sessions/{session_id}", json={"title": f"About {MARK}"})
    await ann.get("/chat/sessions", params={"search": MARK, "access_token": token})
    await _speak(cluster, session_id, token)
    with pytest.raises(WebSocketException):
        await _speak(cluster, session_id, f"{token}broken")
    await kill_actor(admin, session_id)  # Ray tells of its end
    await ask(ann, session_id, QUESTION)
    node: Any = ray._private.worker.global_worker.node
    logs = Path(node.get_session_dir_path())
    turns = {f"turn {number}": str(answer["turn_id"]) for number, answer in enumerate(answers)}

    async def written() -> bool:
        return len({line.split(": ")[1] for line in _holding(logs, turns)}) == len(turns)

    await until(written)  # each turn is told of, so these are the logs
    signature = token.rpartition(".")[2]
    assert _holding(logs, {"a question": MARK, "a token": token, "a signature": signature}) == []
