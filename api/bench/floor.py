"""The floor that the server is measured against: the same turns in one plain process, with no actors, no journal and no
tokens. `python -m api.bench.floor --data demo --port 8001` runs it."""

from __future__ import annotations

import argparse
import datetime as dt
import time
import uuid
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from actors.conversation import ConversationState
from actors.effects import Answered, Cancelled, Emit, Failed, Present, RunQuery, Understand
from actors.orchestrator import AnalyticsOrchestrator
from api.reply import reply
from deployments.analytics.workspace import Workspace
from deployments.contracts.errors import Internal
from deployments.contracts.events import MessageReceived
from deployments.contracts.identity import Principal
from deployments.contracts.sessions import SendMessage
from deployments.local import LocalAgents

_ASKER = Principal(tenant_id="bench", user_id="bench")


def create_app(agents: LocalAgents) -> Starlette:
    """`POST /messages {"message"}` answers as the server does to the first message of a session."""

    async def answer(request: Request) -> Response:
        body = await request.json()
        return reply(await _turn(agents, str(body["message"])))

    return Starlette(routes=[Route("/messages", answer, methods=["POST"])])


async def _turn(agents: LocalAgents, text: str) -> object:
    began = time.perf_counter()
    received = MessageReceived(
        turn_id=f"turn-{uuid.uuid4().hex[:20]}",
        message_id="m",
        principal=_ASKER,
        command=SendMessage(content=text, message_id="m"),
        as_of=dt.date.today(),
        at=dt.datetime.now(dt.UTC),
    )
    orchestrator = AnalyticsOrchestrator(received, ConversationState())
    todo = orchestrator.step()
    while not isinstance(todo, Answered | Failed | Cancelled):
        match todo:
            case Emit():
                todo = orchestrator.step()
            case Understand(request=asked):
                todo = orchestrator.step(await agents.read(_ASKER, asked))
            case RunQuery(query=query):
                todo = orchestrator.step(await agents.run(_ASKER, query, received.as_of))
            case Present(query=query, result=result, reading=reading, chart_type=chart):
                todo = orchestrator.step(await agents.present(_ASKER, query, result, reading, chart))
            case _:
                raise Internal(f"The floor answers plain questions only, not {type(todo).__name__}")
    if not isinstance(todo, Answered):
        raise Internal("The question of the benchmark was not answered.")
    return todo.answer.model_copy(update={"execution_time_ms": round((time.perf_counter() - began) * 1000)})


def main() -> None:
    """Serve until killed."""
    given = argparse.ArgumentParser()
    given.add_argument("--data", default="demo")
    given.add_argument("--model", type=Path)
    given.add_argument("--port", type=int, required=True)
    asked = given.parse_args()
    agents = LocalAgents(Workspace.open(asked.data, str(asked.model) if asked.model else None))
    # Callers keep their connections while others are measured: none may be closed just as it is used again.
    uvicorn.run(
        create_app(agents),
        host="127.0.0.1",
        port=asked.port,
        log_level="warning",
        access_log=False,
        timeout_keep_alive=90,
    )


if __name__ == "__main__":
    main()
