"""Where the semantic model comes from: the data itself, and a file that refines or replaces it."""

from __future__ import annotations

from deployments.analytics.model.infer import infer_model
from deployments.analytics.model.schema import SemanticModel
from deployments.analytics.warehouse.connect import Warehouse


def load_model(warehouse: Warehouse, model_file: str | None = None) -> SemanticModel:
    """The model of the warehouse. Raises ModelError."""
    return infer_model(warehouse)
