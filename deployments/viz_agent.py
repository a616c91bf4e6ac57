"""The visualization agent: how a result is shown."""

from __future__ import annotations

import datetime as dt

from deployments.contracts.agents import Presentation, Reading
from deployments.contracts.answers import Differences, ResultTable
from deployments.contracts.identity import Principal
from deployments.contracts.query import AnalyticQuery
from deployments.lines.deployment import OnLines
from deployments.logs import in_turns
from deployments.metrics import timed
from deployments.names import VIZ_AGENT
from deployments.tenants import Tenants, TenantsArgs


@timed(VIZ_AGENT)
@in_turns
class VizAgent(OnLines):
    """Chooses charts and words for results; runs no SQL."""

    line_name = VIZ_AGENT
    calls_at_once = 64

    def __init__(self, args: TenantsArgs) -> None:
        self._tenants = Tenants(args)

    async def present(
        self,
        principal: Principal,
        query: AnalyticQuery,
        result: ResultTable,
        reading: Reading | None = None,
        chart_type: str | None = None,
    ) -> Presentation:
        """Chart, findings and sentences for a result."""
        agents = await self._tenants.agents(principal.tenant_id)
        return await agents.present(principal, query, result, reading, chart_type)

    async def compare(
        self,
        principal: Principal,
        before: ResultTable,
        now: ResultTable,
        since: dt.datetime | None = None,
        called: tuple[str, str] = ("before", "now"),
    ) -> Differences:
        """What differs between two results."""
        agents = await self._tenants.agents(principal.tenant_id)
        return await agents.compare(principal, before, now, since, called)

    async def reachable(self) -> dict[str, bool]:
        """Whether this agent and its warehouse answer."""
        return await (await self._tenants.default()).reachable()
