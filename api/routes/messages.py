"""Turns: a message, a refinement, another chart, back and forward, and stopping what runs."""

from __future__ import annotations

from typing import Any, Literal

from starlette.responses import Response

from api.intake import check_length
from api.operation import Call, Operation
from api.protocol import new_message_id
from api.reply import reply
from api.routes.sessions import SESSION
from api.shapes import (
    Cancelled,
    MoveBody,
    NoQuery,
    RefineBody,
    RunAgainBody,
    SendMessageBody,
    VisualizeBody,
    one_change,
)
from api.stream import EVENT_STREAM, stream_turn, wants_stream
from deployments.contracts.answers import Answer
from deployments.contracts.errors import (
    AgentUnavailable,
    ChartNotApplicable,
    InvalidQuery,
    InvalidRequest,
    JournalUnavailable,
    NoPreviousQuery,
    Overloaded,
    QueryRefused,
    QueryTimeout,
    ResultExpired,
    ResultNotFound,
    SessionFull,
    SessionNotFound,
    TurnCancelled,
    TurnInProgress,
    WarehouseUnavailable,
)
from deployments.contracts.sessions import ChangeVisualization, Command, Move, RefineQuery, RunAgain, SendMessage

STREAM = {EVENT_STREAM: "The events of the WebSocket, as server-sent events, until the answer is complete."}
TURN_ERRORS = (
    SessionNotFound,
    InvalidRequest,
    TurnInProgress,
    TurnCancelled,
    SessionFull,
    Overloaded,
    JournalUnavailable,
    AgentUnavailable,
)
QUERY_ERRORS = (InvalidQuery, QueryRefused, QueryTimeout, WarehouseUnavailable)


async def send_message(call: Call[SendMessageBody, NoQuery]) -> Response:
    """Ask a question."""
    check_length(call.body.message, call.settings.question_characters, "message")
    return await _turn(call, SendMessage(content=call.body.message, message_id=_id(call.body.message_id)))


async def refine_query(call: Call[RefineBody, NoQuery]) -> Response:
    """Edit the current query."""
    check_length(call.body.refinement, call.settings.question_characters, "refinement")
    one_change(call.body.remove, call.body.replace)
    command = RefineQuery(
        content=call.body.refinement,
        message_id=_id(call.body.message_id),
        remove=call.body.remove,
        replace=call.body.replace,
    )
    return await _turn(call, command)


async def change_visualization(call: Call[VisualizeBody, NoQuery]) -> Response:
    """Show the current result as another chart."""
    command = ChangeVisualization(chart_type=call.body.chart_type, message_id=_id(call.body.message_id))
    return await _turn(call, command)


async def undo(call: Call[MoveBody, NoQuery]) -> Response:
    """Make the previous result the current one."""
    return await _move(call, "undo")


async def redo(call: Call[MoveBody, NoQuery]) -> Response:
    """Make the next result the current one."""
    return await _move(call, "redo")


async def run_again(call: Call[RunAgainBody, NoQuery]) -> Response:
    """Run a stored query on the data as it is now."""
    return await _turn(call, RunAgain(message_id=_id(call.body.message_id), result_id=call.body.result_id))


async def cancel_turn(call: Call[None, NoQuery]) -> Response:
    """Stop the running turn."""
    return reply({"cancelled": await call.sessions.cancel(call.principal, call.session_id)})


async def _move(call: Call[MoveBody, NoQuery], kind: Literal["undo", "redo"]) -> Response:
    return await _turn(call, Move(kind=kind, message_id=_id(call.body.message_id)))


async def _turn(call: Call[Any, NoQuery], command: Command) -> Response:
    if wants_stream(call.request):
        return await stream_turn(call.sessions, call.principal, call.session_id, command)
    return reply(await call.sessions.perform(call.principal, call.session_id, command))


def _id(given: str | None) -> str:
    return given if given is not None else new_message_id()


OPERATIONS: tuple[Operation[Any, Any], ...] = (
    Operation(
        "POST",
        SESSION + "/messages",
        send_message,
        "Ask a question",
        "messages",
        body=SendMessageBody,
        response=Answer,
        media=STREAM,
        errors=(*TURN_ERRORS, *QUERY_ERRORS),
        example={"message": "What were our top 10 customers by revenue last month?"},
    ),
    Operation(
        "POST",
        SESSION + "/refine",
        refine_query,
        "Edit the current query",
        "messages",
        body=RefineBody,
        response=Answer,
        media=STREAM,
        errors=(*TURN_ERRORS, *QUERY_ERRORS, NoPreviousQuery),
        example={"refinement": "Filter to only US customers"},
    ),
    Operation(
        "POST",
        SESSION + "/visualize",
        change_visualization,
        "Show the current result as another chart; runs no SQL",
        "messages",
        body=VisualizeBody,
        response=Answer,
        media=STREAM,
        errors=(*TURN_ERRORS, NoPreviousQuery, ChartNotApplicable, ResultExpired),
        example={"chart_type": "pie"},
    ),
    Operation(
        "POST",
        SESSION + "/undo",
        undo,
        "Make the previous result the current one; runs no SQL",
        "messages",
        body=MoveBody,
        body_optional=True,
        response=Answer,
        media=STREAM,
        errors=(*TURN_ERRORS, NoPreviousQuery, ResultExpired),
    ),
    Operation(
        "POST",
        SESSION + "/redo",
        redo,
        "Make the next result the current one; runs no SQL",
        "messages",
        body=MoveBody,
        body_optional=True,
        response=Answer,
        media=STREAM,
        errors=(*TURN_ERRORS, NoPreviousQuery, ResultExpired),
    ),
    Operation(
        "POST",
        SESSION + "/rerun",
        run_again,
        "Run the query of a result again on the data as it is now, and say what has changed since",
        "messages",
        body=RunAgainBody,
        body_optional=True,
        response=Answer,
        media=STREAM,
        errors=(*TURN_ERRORS, *QUERY_ERRORS, NoPreviousQuery, ResultNotFound),
    ),
    Operation(
        "POST",
        SESSION + "/cancel",
        cancel_turn,
        "Stop the running turn; its query in the warehouse is interrupted",
        "messages",
        response=Cancelled,
        errors=(SessionNotFound, AgentUnavailable),
    ),
)
