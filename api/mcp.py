"""The sessions as tools for other programs' agents: the Model Context Protocol at `/mcp`, over streamable HTTP.

Each request stands alone (no protocol session is kept), is authenticated like any other by its bearer token, and acts
for the token's owner. What is remembered is the chat session, whose id is an argument of the tools.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from importlib.metadata import version
from typing import Any

from mcp.server.mcpserver import Image, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.admission import Admission
from api.dispatch import bearer_of, check_ids
from api.errors import detail
from api.intake import check_length, read_body, validate
from api.pictures import picture
from api.protocol import new_message_id
from api.settings import Settings
from api.shapes import RefineBody, SendMessageBody, VisualizeBody
from api.wire import dumps
from deployments.contracts.answers import Answer
from deployments.contracts.errors import MethodNotAllowed, WorkbenchError
from deployments.contracts.identity import Principal
from deployments.contracts.sessions import ChangeVisualization, Command, RefineQuery, SendMessage, Sessions

PATH = "/mcp"
ROWS = 100
"""Most rows that a tool gives back at once: what reads them has little room."""

INSTRUCTIONS = (
    "Answers business questions about one database. Begin with `list_data`, then `ask` in English; go on in the same "
    "session with `refine` or another `ask`. An answer with success false says what is missing: ask again with it."
)

_caller: ContextVar[Principal] = ContextVar("caller")


def mcp_endpoint(sessions: Sessions, settings: Settings, admission: Admission) -> ASGIApp:
    """The ASGI endpoint. Raises Unauthenticated like every other route."""
    server = _tools(sessions, settings)

    async def endpoint(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST":
            # A stream that waits for news of the server would hold a connection, and there is never any.
            raise MethodNotAllowed("Tools are called with POST.", allow=["POST"])
        request = Request(scope, receive)
        principal = await admission.identify(bearer_of(request))
        _caller.set(principal)
        # The place is held before the body is read: one that trickles in takes a connection and memory too.
        with admission.under_way(principal):
            await answer(scope, receive, send, await read_body(request, settings.body_bytes, settings.body_seconds))

    async def answer(scope: Scope, receive: Receive, send: Send, body: bytes) -> None:
        manager = StreamableHTTPSessionManager(
            server._lowlevel_server,
            json_response=True,
            stateless=True,
            max_request_body_size=settings.body_bytes,
        )
        async with manager.run():
            await manager.handle_request(scope, _replayed(body, receive), send)

    return _Endpoint(endpoint)


def _replayed(body: bytes, receive: Receive) -> Receive:
    """A body that was read, for one who reads it again; then whatever comes."""
    unread: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def give() -> Message:
        return unread.pop() if unread else await receive()

    return give


class _Endpoint:
    """An ASGI application that Starlette's routes take for one."""

    def __init__(self, serve: ASGIApp) -> None:
        self._serve = serve

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await self._serve(scope, receive, send)


def _tools(sessions: Sessions, settings: Settings) -> MCPServer[Any]:
    server: MCPServer[Any] = MCPServer(
        "bi-workbench", instructions=INSTRUCTIONS, version=version("bi-workbench"), log_level="WARNING"
    )

    @server.tool(structured_output=False)
    async def list_data() -> str:
        """Tables with their fields, metrics with their meaning, and questions to begin with."""
        with _telling():
            model = await sessions.model(_caller.get())
            suggestions = await sessions.suggestions(_caller.get())
        return _json(
            {
                "tables": [
                    {
                        "name": entity["plural"],
                        "description": entity["description"],
                        "rows": entity["row_count"],
                        "fields": [field["label"] for field in entity["attributes"]],
                    }
                    for entity in model["entities"]
                ],
                "metrics": [
                    {"name": metric["label"], "description": metric["description"], "unit": metric["unit"]}
                    for metric in model["metrics"]
                ],
                "questions": list(suggestions),
            }
        )

    @server.tool(structured_output=False)
    async def ask(question: str, session_id: str | None = None) -> str:
        """Ask a question in English. Without a session a new one begins; its id comes back with the answer."""
        with _telling():
            asked = validate({"message": question}, SendMessageBody).message
            check_length(asked, settings.question_characters, "question")
            chosen = session_id or (await sessions.create(_caller.get())).session_id
            return await perform(chosen, SendMessage(content=asked, message_id=new_message_id()))

    @server.tool(structured_output=False)
    async def refine(session_id: str, refinement: str) -> str:
        """Edit the session's current query: "only US customers", "by month instead"."""
        with _telling():
            asked = validate({"refinement": refinement}, RefineBody).refinement
            check_length(asked, settings.question_characters, "refinement")
            return await perform(session_id, RefineQuery(content=asked, message_id=new_message_id()))

    @server.tool(structured_output=False)
    async def visualize(session_id: str, chart_type: str) -> Image:
        """The session's current result as a picture: bar, stacked_bar, line, area, pie, donut, scatter, heatmap, ..."""
        with _telling():
            check_ids({"session_id": session_id})
            chosen = validate({"chart_type": chart_type}, VisualizeBody).chart_type
            command = ChangeVisualization(chart_type=chosen, message_id=new_message_id())
            answer = await sessions.perform(_caller.get(), session_id, command)
            stored = await sessions.result(_caller.get(), session_id, answer.result_id or "")
            return Image(data=await picture(_caller.get().tenant_id, stored, "png"), format="png")

    @server.tool(structured_output=False)
    async def fetch_result(session_id: str, result_id: str, offset: int = 0, limit: int = ROWS) -> str:
        """More rows of a result, at most 100 at once."""
        with _telling():
            check_ids({"session_id": session_id, "result_id": result_id})
            stored = await sessions.result(_caller.get(), session_id, result_id)
        first = max(offset, 0)
        return _json(
            {
                "columns": [column.name for column in stored.result.columns],
                "rows": list(stored.result.rows[first : first + min(max(limit, 1), ROWS)]),
                "row_count": stored.result.row_count,
                "truncated": stored.result.truncated,
            }
        )

    async def perform(session_id: str, command: Command) -> str:
        check_ids({"session_id": session_id})
        return _json(_short(session_id, await sessions.perform(_caller.get(), session_id, command)))

    return server


def _short(session_id: str, answer: Answer) -> dict[str, Any]:
    """What a reader with little room needs of an answer."""
    data = answer.data
    return {
        "session_id": session_id,
        "success": answer.success,
        "response": answer.response,
        "interpretation": answer.interpretation,
        "assumptions": answer.assumptions,
        "warnings": answer.warnings,
        "sql": answer.sql,
        "result_id": answer.result_id,
        "columns": data.columns if data else (),
        "rows": data.rows[:ROWS] if data else (),
        "row_count": answer.row_count,
        "truncated": answer.truncated,
        "insights": answer.insights,
        "chart_types": answer.chart_types,
        "suggestions": answer.suggestions,
    }


@contextmanager
def _telling() -> Iterator[None]:
    """What goes wrong is told to the caller in words and by its code."""
    try:
        yield
    except WorkbenchError as error:
        hint = f" Possible: {', '.join(error.suggestions)}." if error.suggestions else ""
        raise ToolError(f"{error.code}: {detail(error)}{hint}") from None


def _json(value: Any) -> str:
    return dumps(value).decode()
