"""What every response has around it, whatever it is: headers that keep a browser from doing more than it should."""

from __future__ import annotations

import httpx
import pytest

from api.routes import OPERATIONS
from tests.api.conftest import SESSIONS, bearer

PATHS = sorted({operation.path.format(name="app.js") for operation in OPERATIONS if operation.public})


@pytest.mark.parametrize("path", [*PATHS, "/nothing", SESSIONS, f"{SESSIONS}/sess-none", "/mcp"])
async def test_every_response_says_what_a_browser_may_do_with_it(client: httpx.AsyncClient, path: str) -> None:
    for headers in (bearer(), {"Authorization": ""}):
        for method in ("GET", "HEAD", "OPTIONS", "DELETE"):
            said = (await client.request(method, path, headers=headers)).headers
            assert said["x-content-type-options"] == "nosniff"
            assert said["referrer-policy"] == "no-referrer"
            assert said["x-frame-options"] == "DENY"
            assert said["cross-origin-opener-policy"] == said["cross-origin-resource-policy"] == "same-origin"
            policy = said["content-security-policy"]
            assert policy.startswith("default-src 'none'")
            assert "frame-ancestors 'none'" in policy
            assert "unsafe" not in policy
            assert "*" not in policy
            assert "server" not in said
            assert "set-cookie" not in said
