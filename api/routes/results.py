"""Stored results: their rows in pages, as files to download, and as charts."""

from __future__ import annotations

from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.downloads import ARROW, CSV, PARQUET, as_arrow, as_csv, as_parquet
from api.operation import Call, Operation
from api.pictures import picture
from api.reply import reply
from api.routes.sessions import SESSION
from api.shapes import ChartQuery, ResultPage, ResultQuery
from api.wire import dumps, stamp
from deployments.contracts.errors import (
    AgentUnavailable,
    InvalidRequest,
    JournalUnavailable,
    NotAcceptable,
    Overloaded,
    ResultExpired,
    ResultNotFound,
    SessionNotFound,
)
from deployments.contracts.sessions import StoredResult

RESULT = SESSION + "/results/{result_id}"
PAGE = 100
FORMATS = {"csv": (CSV, as_csv), "parquet": (PARQUET, as_parquet), "arrow": (ARROW, as_arrow)}
PICTURES = {"png": "image/png", "svg": "image/svg+xml"}
ERRORS = (SessionNotFound, ResultNotFound, ResultExpired, JournalUnavailable)


async def get_result(call: Call[None, ResultQuery]) -> Response:
    """A page of rows, or all of them as a file."""
    asked = call.query
    if asked.format == "json":
        stored = await _stored(call)
        return reply(_page(stored, PAGE if asked.limit is None else asked.limit, asked.offset or 0))
    for name in ("limit", "offset"):
        if getattr(asked, name) is not None:
            raise InvalidRequest(f"A download has all rows; '{name}' belongs to format=json.", field=name)
    stored = await _stored(call)
    media_type, encode = FORMATS[asked.format]
    content = await run_in_threadpool(encode, stored.result)
    return Response(content, headers=_as_file(stored.result_id, asked.format), media_type=media_type)


async def get_chart(call: Call[None, ChartQuery]) -> Response:
    """The result's chart, with its data."""
    stored = await _stored(call)
    if stored.visualization is None or not stored.visualization.spec:
        raise NotAcceptable("This result has no chart; its rows are under the result itself.")
    match call.query.format:
        case "png" | "svg" as form:
            content = await picture(call.principal.tenant_id, stored, form)
            return Response(content, media_type=PICTURES[form])
        case _:
            return Response(await run_in_threadpool(_specified, stored), media_type="application/json")


async def _stored(call: Call[None, Any]) -> StoredResult:
    return await call.sessions.result(call.principal, call.session_id, call.path["result_id"])


def _page(stored: StoredResult, limit: int, offset: int) -> dict[str, Any]:
    result = stored.result
    return {
        "result_id": stored.result_id,
        "turn_id": stored.turn_id,
        "created_at": stamp(stored.created_at),
        "columns": [column.name for column in result.columns],
        "rows": list(result.rows[offset : offset + limit]),
        "row_count": result.row_count,
        "truncated": result.truncated,
        "offset": offset,
        "limit": limit,
        "column_details": list(result.columns),
    }


def _specified(stored: StoredResult) -> bytes:
    # The renderer's side of the core is loaded where it is needed.
    from deployments.analytics.charts.render import vega_lite

    assert stored.visualization is not None
    return dumps(vega_lite(stored.visualization, stored.result))


def _as_file(result_id: str, extension: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{result_id}.{extension}"'}


OPERATIONS: tuple[Operation[Any, Any], ...] = (
    Operation(
        "GET",
        RESULT,
        get_result,
        "The rows of a result, in pages or as a file",
        "results",
        query=ResultQuery,
        response=ResultPage,
        media={CSV: "All rows as CSV.", PARQUET: "All rows as Parquet.", ARROW: "All rows as an Arrow IPC stream."},
        errors=ERRORS,
        bulky=True,
    ),
    Operation(
        "GET",
        RESULT + "/chart",
        get_chart,
        "The chart of a result",
        "results",
        query=ChartQuery,
        media={
            "application/json": "A Vega-Lite specification with its data.",
            "image/svg+xml": "The chart as SVG.",
            "image/png": "The chart as PNG.",
        },
        errors=(*ERRORS, NotAcceptable, Overloaded, AgentUnavailable),
        bulky=True,
    ),
)
