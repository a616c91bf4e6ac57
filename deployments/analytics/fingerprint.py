"""What a semantic model and its data are, as digests: the same ones give the same answers."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from deployments.analytics.sql.guard import guard
from deployments.contracts.agents import Fingerprint
from deployments.contracts.errors import QueryRefused, WorkbenchError

if TYPE_CHECKING:
    from deployments.analytics.model.schema import Entity, SemanticModel
    from deployments.analytics.workspace import Workspace

_STATISTICS = {"distinct_count", "unique", "null_fraction", "minimum", "maximum", "samples"}
"""These come from the data, and are in its own digest."""


def fingerprint(workspace: Workspace) -> Fingerprint:
    """The digests of a workspace, over what its caller may see. May raise what a query may raise."""
    return Fingerprint(
        database=workspace.warehouse.source.rstrip("/").rsplit("/", 1)[-1],
        model_sha256=model_digest(workspace.model),
        data_sha256=_data_digest(workspace),
    )


def model_digest(model: SemanticModel) -> str:
    """The digest of what a model says, without what it has counted."""
    fields = model.model_dump(mode="json", exclude={"notes": True, "entities": {"__all__": {"row_count": True}}})
    for entity in fields["entities"]:
        entity["attributes"] = [
            {name: value for name, value in attribute.items() if name not in _STATISTICS}
            for attribute in entity["attributes"]
        ]
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()


def _data_digest(workspace: Workspace) -> str:
    tables = {entity.name: _table(workspace, entity) for entity in workspace.model.entities if entity.sql is None}
    return hashlib.sha256(json.dumps(tables, sort_keys=True).encode()).hexdigest()


def _table(workspace: Workspace, entity: Entity) -> list[str]:
    """How many rows a table has and the sum of their digests, in which their order does not show."""
    columns = [attribute.name for attribute in entity.attributes if attribute.expression is None]
    if not columns:
        return []
    place = ".".join(_quoted(part) for part in (entity.catalog, entity.schema_name, entity.table) if part)
    try:
        # Through the guard, so that rows and columns which the caller may not see have no part in it.
        seen = guard(
            f"SELECT {', '.join(map(_quoted, columns))} FROM {place}", workspace.model, workspace.limits
        ).sql  # fmt: skip
    except QueryRefused as error:
        raise WorkbenchError(error.detail) from error
    counted = f"SELECT COUNT(*), SUM(MD5_NUMBER_LOWER(CAST(seen AS VARCHAR))::HUGEINT) FROM ({seen}) AS seen"
    return [str(cell) for cell in workspace.warehouse.fetch(counted, (), workspace.limits).rows[0]]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
