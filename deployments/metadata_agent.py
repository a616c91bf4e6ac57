"""The metadata agent: questions about the data itself."""

from __future__ import annotations

from typing import Any

from deployments.contracts.agents import Fingerprint, MetadataAnswer, MetadataTopic
from deployments.contracts.identity import Principal
from deployments.lines.deployment import OnLines
from deployments.logs import in_turns
from deployments.metrics import timed
from deployments.names import METADATA_AGENT
from deployments.tenants import Tenants, TenantsArgs


@timed(METADATA_AGENT)
@in_turns
class MetadataAgent(OnLines):
    """Tells what data there is and what may be asked of it."""

    line_name = METADATA_AGENT
    calls_at_once = 64

    def __init__(self, args: TenantsArgs) -> None:
        self._tenants = Tenants(args)

    async def describe(self, principal: Principal, topic: MetadataTopic) -> MetadataAnswer:
        """Answer about the data itself."""
        return await (await self._tenants.agents(principal.tenant_id)).describe(principal, topic)

    async def model(self, principal: Principal) -> dict[str, Any]:
        """The semantic model as the caller may see it."""
        return await (await self._tenants.agents(principal.tenant_id)).model(principal)

    async def suggestions(self, principal: Principal) -> tuple[str, ...]:
        """Questions to begin with."""
        return await (await self._tenants.agents(principal.tenant_id)).suggestions(principal)

    async def fingerprint(self, principal: Principal) -> Fingerprint:
        """Digests of the model and the data as the caller may see them."""
        return await (await self._tenants.agents(principal.tenant_id)).fingerprint(principal)

    async def reachable(self) -> dict[str, bool]:
        """Whether this agent and its warehouse answer."""
        return await (await self._tenants.default()).reachable()
