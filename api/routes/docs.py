"""The interface's own description: the OpenAPI document, and a page that shows it without fetching anything else."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from importlib.resources import files
from typing import Any

from starlette.responses import Response

from api.openapi import document
from api.operation import Call, Operation
from api.reply import JSON
from api.shapes import NoQuery
from api.wire import dumps

_INLINE = re.compile(r"<(script|style)>(.*?)</\1>", re.DOTALL)


async def get_openapi(_call: Call[None, NoQuery]) -> Response:
    """The OpenAPI 3.1 document."""
    return Response(_document(), media_type=JSON)


async def get_docs(_call: Call[None, NoQuery]) -> Response:
    """A page that shows the document."""
    page = _page()
    return Response(page, headers={"Content-Security-Policy": _policy(page)}, media_type="text/html")


@cache
def _document() -> bytes:
    from api.routes import OPERATIONS as ALL

    return dumps(document(ALL))


@cache
def _page() -> str:
    return files("api.page").joinpath("docs.html").read_text("utf-8")


def _policy(page: str) -> str:
    """Lets the page's own script and style run, by their hashes, and nothing else."""
    hashes: dict[str, list[str]] = {"script": [], "style": []}
    for kind, text in _INLINE.findall(page):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        hashes[kind].append(f"'sha256-{digest}'")
    script, style = (" ".join(hashes[kind]) or "'none'" for kind in ("script", "style"))
    return (
        f"default-src 'none'; script-src {script}; style-src {style}; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


OPERATIONS: tuple[Operation[Any, Any], ...] = (
    Operation(
        "GET",
        "/openapi.json",
        get_openapi,
        "This document",
        "docs",
        media={"application/json": "An OpenAPI 3.1 document."},
        public=True,
    ),
    Operation("GET", "/docs", get_docs, "This document as a page", "docs", media={"text/html": "A page."}, public=True),
)
