"""The sessions as tools for other programs' agents: the Model Context Protocol at `/mcp`, over streamable HTTP.

Each request stands alone (no protocol session is kept), is authenticated like any other by its bearer token, and acts
for the token's owner. What is remembered is the chat session, whose id is an argument of the tools.
"""

from __future__ import annotations

from contextvars import ContextVar
from importlib.metadata import version
from typing import Any

from mcp.server.mcpserver import Image, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api.admission import Admission
from api.dispatch import bearer_of
from api.protocol import new_message_id
from api.settings import Settings
from api.wire import dumps
from deployments.contracts.answers import Answer
from deployments.contracts.errors import WorkbenchError
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
        principal = await admission.identify(bearer_of(Request(scope)))
        _caller.set(principal)
        manager = StreamableHTTPSessionManager(
            server._lowlevel_server,
            json_response=True,
            stateless=True,
            max_request_body_size=settings.body_bytes,
        )
        with admission.under_way(principal, bulky=True):
            async with manager.run():
                await manager.handle_request(scope, receive, send)

    return _Endpoint(endpoint)


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
        model = await _told(sessions.model(_caller.get()))
        suggestions = await _told(sessions.suggestions(_caller.get()))
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
        _check(question, settings)
        chosen = session_id or (await _told(sessions.create(_caller.get()))).session_id
        return await perform(chosen, SendMessage(content=question, message_id=new_message_id()))

    @server.tool(structured_output=False)
    async def refine(session_id: str, refinement: str) -> str:
        """Edit the session's current query: "only US customers", "by month instead"."""
        _check(refinement, settings)
        return await perform(session_id, RefineQuery(content=refinement, message_id=new_message_id()))

    @server.tool(structured_output=False)
    async def visualize(session_id: str, chart_type: str) -> Image:
        """The session's current result as a picture: bar, stacked_bar, line, area, pie, donut, scatter, heatmap, ..."""
        command = ChangeVisualization(chart_type=chart_type, message_id=new_message_id())
        answer: Answer = await _told(sessions.perform(_caller.get(), session_id, command))
        stored = await _told(sessions.result(_caller.get(), session_id, answer.result_id or ""))
        from deployments.analytics.charts.render import render_png

        picture = await run_in_threadpool(render_png, stored.visualization, stored.result)
        return Image(data=picture, format="png")

    @server.tool(structured_output=False)
    async def fetch_result(session_id: str, result_id: str, offset: int = 0, limit: int = ROWS) -> str:
        """More rows of a result, at most 100 at once."""
        stored = await _told(sessions.result(_caller.get(), session_id, result_id))
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
        answer: Answer = await _told(sessions.perform(_caller.get(), session_id, command))
        return _json(_short(session_id, answer))

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


async def _told(work: Any) -> Any:
    """The outcome; what went wrong is told to the caller in words and by its code."""
    try:
        return await work
    except WorkbenchError as error:
        hint = f" Possible: {', '.join(error.suggestions)}." if error.suggestions else ""
        raise ToolError(f"{error.code}: {error.detail or error.title}{hint}") from None


def _check(text: str, settings: Settings) -> None:
    if not text.strip():
        raise ToolError("invalid_request: the question is empty")
    if len(text) > settings.question_characters:
        raise ToolError(f"invalid_request: at most {settings.question_characters:,} characters are read")


def _json(value: Any) -> str:
    return dumps(value).decode()
