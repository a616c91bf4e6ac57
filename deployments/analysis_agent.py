"""The analysis agent: what lies behind a result."""

from __future__ import annotations

import datetime as dt

from deployments.contracts.agents import Analysis, Inquiry, QueryRun
from deployments.contracts.identity import Principal
from deployments.contracts.query import AnalyticQuery
from deployments.lines.deployment import OnLines
from deployments.logs import in_turns
from deployments.metrics import timed
from deployments.names import ANALYSIS_AGENT
from deployments.tenants import Tenants, TenantsArgs


@timed(ANALYSIS_AGENT)
@in_turns
class AnalysisAgent(OnLines):
    """Finds drivers, forecasts, unusual periods and correlations. It runs no SQL: it says what to run."""

    line_name = ANALYSIS_AGENT
    calls_at_once = 16

    def __init__(self, args: TenantsArgs) -> None:
        self._tenants = Tenants(args)

    async def analyze(
        self,
        principal: Principal,
        query: AnalyticQuery,
        inquiries: tuple[Inquiry, ...],
        runs: tuple[QueryRun | None, ...],
        as_of: dt.date,
    ) -> Analysis:
        """The next step of an analysis."""
        agents = await self._tenants.agents(principal.tenant_id)
        return await agents.analyze(principal, query, inquiries, runs, as_of)

    async def reachable(self) -> dict[str, bool]:
        """Whether this agent and its warehouse answer."""
        return await (await self._tenants.default()).reachable()
