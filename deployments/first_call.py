"""What Ray imports when a worker serializes or deserializes for the first time. Preloaded, it delays no session.

Ray registers its serializers with the first call that a process takes, and each of them imports what it is for: a good
part of a tenth of a second, in which someone waits for a session to wake (`local_cluster.ENVIRONMENT`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from deployments.without_pandas import import_arrow


class _Registrar:
    """Stands for Ray's context of serialization, which only a connected worker has."""

    def __getattr__(self, _register: str) -> Callable[..., None]:
        return lambda *_arguments, **_named: None


def import_serializers() -> None:
    """Have Ray's serializers import what they need."""
    from ray.util import serialization_addons

    apply: Any = serialization_addons.apply
    apply(_Registrar())


import_arrow()
import_serializers()
