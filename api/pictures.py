"""Charts of stored results as pictures: one is drawn at a time, and the tenants take turns."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING, Literal

from api.shares import Shares
from deployments.contracts.errors import NotAcceptable
from deployments.contracts.sessions import StoredResult

if TYPE_CHECKING:
    from deployments.analytics.charts.renderer import Renderer

LINE = 64
LINE_SECONDS = 15.0
"""How many pictures of one tenant may wait, and how long each."""

_shares = Shares(1, LINE, LINE_SECONDS)
_drawing = ThreadPoolExecutor(1, thread_name_prefix="pictures")


async def picture(tenant_id: str, stored: StoredResult, form: Literal["png", "svg"]) -> bytes:
    """The result's chart. Raises NotAcceptable where there is none or it takes too long to draw, Overloaded,
    AgentUnavailable."""
    if stored.visualization is None:
        raise NotAcceptable("This result has no chart.")
    async with _shares.place(tenant_id):
        return await asyncio.get_running_loop().run_in_executor(_drawing, _drawn, stored, form)


def _drawn(stored: StoredResult, form: Literal["png", "svg"]) -> bytes:
    # A server that draws nothing goes without what that takes.
    from deployments.analytics.charts.render import PNG_SCALE, drawable

    assert stored.visualization is not None
    return renderer().draw(form, drawable(stored.visualization, stored.result), PNG_SCALE)


@cache
def renderer() -> Renderer:
    """The one of this process."""
    from deployments.analytics.charts.renderer import Renderer

    return Renderer()
