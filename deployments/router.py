"""The router: what a message is understood to be."""

from __future__ import annotations

from deployments.contracts.agents import Reading, ReadRequest
from deployments.contracts.identity import Principal
from deployments.lines.deployment import OnLines
from deployments.logs import in_turns
from deployments.metrics import timed
from deployments.names import ROUTER
from deployments.tenants import Tenants, TenantsArgs


@timed(ROUTER)
@in_turns
class Router(OnLines):
    """Reads messages over the tenant's semantic model and values."""

    line_name = ROUTER
    calls_at_once = 64

    def __init__(self, args: TenantsArgs, *_others: object) -> None:
        # Serve runs what the first deployment is bound to; the others are called by name, not from here.
        self._tenants = Tenants(args)

    async def read(self, principal: Principal, request: ReadRequest) -> Reading:
        """Understand a message."""
        return await (await self._tenants.agents(principal.tenant_id)).read(principal, request)

    async def reachable(self) -> dict[str, bool]:
        """Whether this agent and its warehouse answer."""
        return await (await self._tenants.default()).reachable()
