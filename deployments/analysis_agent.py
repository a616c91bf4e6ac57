"""The analysis agent: what lies behind a result."""

from __future__ import annotations

import datetime as dt

from deployments.contracts.answers import Insight, ResultTable
from deployments.contracts.identity import Principal
from deployments.contracts.query import AnalyticQuery
from deployments.tenants import Tenants, TenantsArgs


class AnalysisAgent:
    """Finds drivers, trends and anomalies."""

    def __init__(self, args: TenantsArgs) -> None:
        self._tenants = Tenants(args)

    async def analyze(
        self, principal: Principal, query: AnalyticQuery, result: ResultTable, as_of: dt.date
    ) -> tuple[Insight, ...]:
        """Deeper findings about a result."""
        return await (await self._tenants.agents(principal.tenant_id)).analyze(principal, query, result, as_of)

    async def reachable(self) -> dict[str, bool]:
        """Whether this agent and its warehouse answer."""
        return await (await self._tenants.default()).reachable()
