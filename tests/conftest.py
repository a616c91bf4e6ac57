"""What every test needs first: Ray's switches are read when Ray is imported, which any test may be the first to do."""

from __future__ import annotations

from deployments.local_cluster import prepare_environment

prepare_environment()
