"""Builds the `agents` application from typed, validated arguments."""

# Serve reads the builder's annotation to validate the arguments, so it has to be a class here and not a string.
from pydantic import Field
from ray import serve
from ray.serve import Application

from deployments import names
from deployments.analysis_agent import AnalysisAgent
from deployments.contracts.base import Value
from deployments.contracts.journal import Retention
from deployments.contracts.limits import Limits
from deployments.journal.deployment import JournalDeployment
from deployments.lines.deployment import OnLines
from deployments.metadata_agent import MetadataAgent
from deployments.router import Router
from deployments.sql_agent import SqlAgent
from deployments.tenants import TenantData, TenantsArgs
from deployments.viz_agent import VizAgent


class AgentsArgs(Value):
    """What the agents work on.

    `data` and `model` are every tenant's, except those named in `tenants`. `journal` is the path of an SQLite file or
    an SQLAlchemy URL. `replicas` counts the processes of a deployment by its name (default 1; the journal on SQLite
    has one). `retention` is how much of its results a session keeps the rows of."""

    data: str = "demo"
    model: str | None = None
    tenants: dict[str, TenantData] = Field(default_factory=dict)
    limits: Limits = Limits()
    journal: str = "~/.bi-workbench/journal.sqlite"
    replicas: dict[str, int] = Field(default_factory=dict)
    retention: Retention = Retention()


def build(args: AgentsArgs) -> Application:
    """The application. The default tenant's semantic model is inferred here, once. Raises DataError, ModelError."""
    tenants = TenantsArgs(
        default=TenantData(data=args.data, model=args.model), tenants=args.tenants, limits=args.limits
    ).with_model()
    embedded = "://" not in args.journal or args.journal.startswith("sqlite")
    writers = 1 if embedded else args.replicas.get(names.JOURNAL, 1)
    journal = _deployment(names.JOURNAL, JournalDeployment, writers).bind(args.journal, args.retention)
    agents = [
        _deployment(kind.line_name, kind, args.replicas.get(kind.line_name, 1)).bind(tenants)
        for kind in (SqlAgent, VizAgent, AnalysisAgent, MetadataAgent)
    ]
    router = _deployment(names.ROUTER, Router, args.replicas.get(names.ROUTER, 1))
    return router.bind(tenants, journal, *agents)


def _deployment(name: str, kind: type[OnLines], replicas: int) -> serve.Deployment:
    # A replica waits most of the time, so it takes no slot: on a machine of two cores ten of them still fit.
    options = {"num_cpus": 0}
    made: serve.Deployment = serve.deployment(
        name=name, num_replicas=replicas, max_ongoing_requests=kind.calls_at_once, ray_actor_options=options
    )(kind)
    return made
