"""A Ray cluster on this machine alone, with the applications on it: what `serve` starts and stops."""

from __future__ import annotations

import importlib
import logging
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deployments.contracts.errors import Internal, WorkbenchError
from deployments.names import NAMESPACE

_log = logging.getLogger(__name__)

ENVIRONMENT: Mapping[str, str] = {
    # Sessions begin in a worker that has already imported what they need.
    "RAY_preload_python_modules": "actors.session",
    "RAY_worker_maximum_startup_concurrency": "4",
    "RAY_num_workers_soft_limit": "64",
    "RAY_idle_worker_killing_time_threshold_ms": "3600000",
    # User code on the replica's own loop and no second one for the router: less hand-over for each call. Serve's
    # direct ingress stays off because it listens on all addresses.
    "RAY_SERVE_THROUGHPUT_OPTIMIZED": "1",
    "RAY_SERVE_ENABLE_DIRECT_INGRESS": "0",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_DEDUP_LOGS": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
}
"""Ray's own switches, set before it is imported; what the environment already sets is left alone."""


@dataclass(frozen=True)
class Part:
    """An application to run: "module:builder", the builder's arguments, and the route it answers at, if any."""

    name: str
    builder: str
    arguments: dict[str, Any] = field(default_factory=dict)
    route: str | None = None


def prepare_environment() -> None:
    """Set Ray's switches. Must be called before anything imports Ray."""
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)


def start_cluster(
    parts: Sequence[Part],
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    temp_dir: Path | None = None,
    cpus: int | None = None,
    dashboard: bool = True,
    on_progress: Callable[[str], None] = lambda _line: None,
) -> None:
    """Start Ray and Serve in processes of this machine and run the parts on them. Returns when all of them are ready.

    Raises what a builder raises (DataError, ModelError, ...), Internal when the cluster or a part does not come up."""
    prepare_environment()
    on_progress("Reading the data and its model")
    applications = [(part, _build(part)) for part in parts]
    import ray
    from ray import serve

    on_progress("Starting Ray")
    try:
        ray.init(
            address="local",
            num_cpus=cpus or os.cpu_count() or 2,
            namespace=NAMESPACE,
            include_dashboard=dashboard,
            dashboard_host="127.0.0.1",
            _node_ip_address="127.0.0.1",
            _temp_dir=str(temp_dir or _short_folder()),
            log_to_driver=False,
            configure_logging=False,
        )
        on_progress("Starting Serve")
        serve.start(proxy_location="HeadOnly", http_options={"host": host, "port": port})
        on_progress("Starting the agents, the journal and the ingress")
        serve.run_many([serve.RunTarget(application, part.name, part.route) for part, application in applications])
    except WorkbenchError:
        stop_cluster()
        raise
    except Exception as error:
        stop_cluster()
        raise Internal(f"The server did not come up: {_first_line(error)}") from error


def stop_cluster() -> None:
    """Drain the applications and stop everything that `start_cluster` started."""
    import ray
    from ray import serve

    if not ray.is_initialized():
        return
    try:
        shut_down: Any = serve.shutdown
        shut_down()
    except Exception as error:
        # Ray goes down next and takes Serve with it: a drain that was not clean must not keep it up.
        _log.warning("Serve did not shut down cleanly: %s", type(error).__name__)
    finally:
        ray.shutdown()


def _build(part: Part) -> Any:
    from ray.serve._private.api import call_user_app_builder_with_args_if_necessary as validated

    module, _, name = part.builder.partition(":")
    return validated(getattr(importlib.import_module(module), name), part.arguments)


def _short_folder() -> Path:
    # Ray puts sockets there, and a socket's path may have 107 bytes.
    return Path(tempfile.mkdtemp(prefix="bi-"))


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
