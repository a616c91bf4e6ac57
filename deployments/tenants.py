"""Whose data an agent works on: a workspace for each tenant, opened when it is first needed."""

from __future__ import annotations

import asyncio
from pathlib import Path

import yaml
from pydantic import Field

from deployments import logs
from deployments.analytics.model.schema import SemanticModel
from deployments.analytics.model.source import load_model
from deployments.analytics.visibility import check_policies
from deployments.analytics.warehouse.connect import open_warehouse
from deployments.analytics.workspace import Workspace
from deployments.contracts.base import Value
from deployments.contracts.errors import SettingError
from deployments.contracts.limits import Limits
from deployments.expected_errors import say_expected_errors_shortly
from deployments.local import LocalAgents


class TenantData(Value):
    """A tenant's data and, where one is written, its semantic model file."""

    data: str = "demo"
    model: str | None = None


class TenantsArgs(Value):
    """`default` is for every tenant that is not named in `tenants`; `models` are semantic models already inferred, by
    the data they are of."""

    default: TenantData = TenantData()
    tenants: dict[str, TenantData] = Field(default_factory=dict)
    limits: Limits = Limits()
    models: dict[str, SemanticModel] = Field(default_factory=dict)

    def of(self, tenant_id: str) -> TenantData:
        """The data of a tenant."""
        return self.tenants.get(tenant_id, self.default)

    def with_model(self) -> TenantsArgs:
        """The same with the default's semantic model inferred, so that each agent need not do it anew.
        Raises DataError, ModelError."""
        warehouse = open_warehouse(self.default.data)
        try:
            model = load_model(warehouse, self.default.model)
            check_policies(model)
        finally:
            warehouse.close()
        return self.model_copy(update={"models": {key_of(self.default): model}})


def read_tenants(path: Path) -> dict[str, TenantData]:
    """The tenants of a YAML file, by id; paths in it are taken from its own folder. Raises SettingError."""
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
        tenants = {str(name): TenantData.model_validate(data) for name, data in dict(found or {}).items()}
    except (OSError, UnicodeDecodeError):
        raise SettingError(f"{path} cannot be read. Expected a YAML file of tenants.") from None
    except (yaml.YAMLError, ValueError, TypeError) as error:
        where = f", line {mark.line + 1}" if (mark := getattr(error, "problem_mark", None)) else ""
        raise SettingError(
            f"{path}{where} is not a file of tenants. Expected `acme: {{data: acme.duckdb, model: acme.yaml}}`."
        ) from None
    return {name: _placed(data, path.parent) for name, data in tenants.items()}


def _placed(data: TenantData, folder: Path) -> TenantData:
    def place(named: str) -> str:
        return named if named == "demo" or "://" in named else str(folder / Path(named).expanduser())

    return TenantData(data=place(data.data), model=place(data.model) if data.model else None)


def key_of(data: TenantData) -> str:
    """What tells one tenant's data from another's."""
    return f"{data.data}\0{data.model or ''}"


class Tenants:
    """The workspaces of one process. Tenants that share data share its workspace."""

    def __init__(self, args: TenantsArgs) -> None:
        say_expected_errors_shortly()
        logs.configure()
        self._args = args
        self._open: dict[str, LocalAgents] = {}
        self._opening: dict[str, asyncio.Lock] = {}

    async def agents(self, tenant_id: str) -> LocalAgents:
        """The tenant's data, ready to be asked. Raises DataError, ModelError."""
        data = self._args.of(tenant_id)
        key = key_of(data)
        async with self._opening.setdefault(key, asyncio.Lock()):
            if key not in self._open:
                self._open[key] = LocalAgents(await asyncio.to_thread(self._workspace, data))
        return self._open[key]

    async def default(self) -> LocalAgents:
        """The data of tenants that are not named."""
        return await self.agents("")

    def _workspace(self, data: TenantData) -> Workspace:
        warehouse = open_warehouse(data.data, self._args.limits)
        model = self._args.models.get(key_of(data)) or load_model(warehouse, data.model)
        return Workspace(warehouse, model, self._args.limits)
