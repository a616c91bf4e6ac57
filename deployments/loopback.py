"""Keeps what Serve's replicas open for one another on loopback, where one machine is the whole cluster.

Ray binds its own ports to the node's address; a replica binds the port that other replicas reach it at to every address,
and no setting says otherwise. Imported in each worker before it becomes a replica (`local_cluster.ENVIRONMENT`)."""

from __future__ import annotations

import ipaddress
from typing import Any

import ray
from ray._common import tls_utils

_EVERYWHERE = "[::]:"
_open: Any = tls_utils.add_port_to_grpc_server
_util: Any = ray.util


def _open_here(server: Any, address: str) -> Any:
    """Bind the node's own address where that is loopback: it is what other replicas call."""
    node = _util.get_node_ip_address()
    if ipaddress.ip_address(node).is_loopback:
        address = address.replace(_EVERYWHERE, f"{node}:")
    return _open(server, address)


tls_utils.add_port_to_grpc_server = _open_here
