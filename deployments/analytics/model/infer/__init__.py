"""From any database, whatever its names and without declared keys, to a semantic model."""

from deployments.analytics.model.infer.infer import infer_model

__all__ = ["infer_model"]
