"""Keeps what Serve's replicas open for one another on loopback, where one machine is the whole cluster.

Ray binds its own ports to the node's address; a replica binds the port that other replicas reach it at to every address,
and no setting says otherwise. Imported in each worker before it becomes a replica (`local_cluster.ENVIRONMENT`)."""

from __future__ import annotations

from typing import Any

from ray._common import tls_utils

_EVERYWHERE = "[::]:"
_open: Any = tls_utils.add_port_to_grpc_server


def _open_here(server: Any, address: str) -> Any:
    return _open(server, address.replace(_EVERYWHERE, "127.0.0.1:"))


tls_utils.add_port_to_grpc_server = _open_here
