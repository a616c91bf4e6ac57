"""The workbench page: a document, its modules and styles as they stand in `api/page`, and the chart library."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.operation import Call, Operation
from api.page.charts import chart_library
from api.shapes import NoQuery
from deployments.contracts.errors import NotFound

MEDIA_TYPES = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}
CHART_LIBRARY = "vega-embed.js"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
REVALIDATE = "no-cache"
"""Kept by the browser and asked for again by its tag, so that a new version is seen at once."""


async def get_page(_call: Call[None, NoQuery]) -> Response:
    """The page. It holds nothing of anyone's; what it shows it fetches with the reader's token."""
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": REVALIDATE}
    return Response(_text("index.html"), headers=headers, media_type="text/html")


async def get_page_file(call: Call[None, NoQuery]) -> Response:
    """A module, a style sheet or the chart library of the page."""
    name = call.path["name"]
    media_type = MEDIA_TYPES.get(name.rpartition(".")[2])
    if media_type is None:
        raise NotFound()
    text = await run_in_threadpool(chart_library, call.settings.state) if name == CHART_LIBRARY else _text(name)
    tag = f'"{_digest(text)}"'
    headers = {"Cache-Control": REVALIDATE, "ETag": tag}
    if call.request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(text, headers=headers, media_type=media_type)


@cache
def _text(name: str) -> str:
    # A name has no slash in it (`dispatch.check_ids`), so what is read is in this folder.
    found = files("api.page").joinpath(name)
    if not found.is_file():
        raise NotFound()
    return found.read_text("utf-8")


@cache
def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


OPERATIONS: tuple[Operation[Any, Any], ...] = (
    Operation("GET", "/", get_page, "The workbench page", "page", media={"text/html": "A page."}, public=True),
    Operation(
        "GET",
        "/page/{name}",
        get_page_file,
        "A part of the page",
        "page",
        media={"text/javascript": "A module.", "text/css": "A style sheet.", "image/svg+xml": "A picture."},
        errors=(NotFound,),
        public=True,
    ),
)
