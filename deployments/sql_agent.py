"""The SQL agent: a typed question becomes SQL and is run."""

from __future__ import annotations

import datetime as dt

from deployments.contracts.agents import QueryRun
from deployments.contracts.identity import Principal
from deployments.contracts.query import AnalyticQuery
from deployments.lines.deployment import OnLines
from deployments.logs import in_turns
from deployments.metrics import timed
from deployments.names import SQL_AGENT
from deployments.tenants import Tenants, TenantsArgs


@timed(SQL_AGENT)
@in_turns
class SqlAgent(OnLines):
    """Compiles, guards and runs queries. A cancelled call interrupts its query in the warehouse."""

    line_name = SQL_AGENT
    calls_at_once = 16

    def __init__(self, args: TenantsArgs) -> None:
        self._tenants = Tenants(args)

    async def run(self, principal: Principal, query: AnalyticQuery, as_of: dt.date) -> QueryRun:
        """Compile, guard and run a typed query."""
        return await (await self._tenants.agents(principal.tenant_id)).run(principal, query, as_of)

    async def running(self) -> int:
        """How many queries of the default data run in this replica."""
        return (await self._tenants.default()).running

    async def reachable(self) -> dict[str, bool]:
        """Whether this agent and its warehouse answer."""
        return await (await self._tenants.default()).reachable()
