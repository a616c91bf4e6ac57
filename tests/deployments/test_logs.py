from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

import pytest

from deployments import logs

QUESTION = "What does Ann earn?"


def record(error: BaseException | None = None, **extra: Any) -> logging.LogRecord:
    info = (type(error), error, error.__traceback__) if error else None
    made = logging.LogRecord("actors.core", logging.INFO, __file__, 1, "turn %s", ("ended",), info)
    made.__dict__ |= extra
    return made


def failure() -> BaseException:
    with pytest.raises(ValueError) as raised:
        int(QUESTION)
    return raised.value


def test_a_line_of_a_turn_names_its_session_and_turn() -> None:
    with logs.within(("sess-1", "turn-1")):
        line = json.loads(logs.JsonLines().format(record(fields={"ms": 12})))
    assert (line["session_id"], line["turn_id"], line["message"], line["ms"]) == ("sess-1", "turn-1", "turn ended", 12)
    assert "turn_id" not in json.loads(logs.JsonLines().format(record()))


@pytest.mark.parametrize("texts", [False, True])
def test_what_an_error_says_stands_in_the_log_only_where_that_is_wanted(texts: bool) -> None:
    text = logs.JsonLines(texts).format(record(failure()))
    line = json.loads(text)
    assert line["error"]["kind"] == "ValueError"
    assert "failure" in line["error"]["at"][0]
    assert (QUESTION in text) is texts


async def test_a_call_from_another_process_is_of_the_turn_it_names() -> None:
    @logs.in_turns
    class Agent:
        async def read(self, text: str) -> tuple[str, logs.Where | None]:
            return text, logs.where()

    agent: Any = Agent()
    one, other, none = await asyncio.gather(
        agent.read("a", where=("sess-1", "turn-1")), agent.read("b", where=("sess-2", "turn-2")), agent.read("c")
    )
    assert (one, other, none) == (("a", ("sess-1", "turn-1")), ("b", ("sess-2", "turn-2")), ("c", None))
