"""`bi-workbench token`: a token of this server."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Annotated

import typer

from api.auth import sign, signing_secrets
from api.settings import Settings, load
from deployments.contracts.errors import SettingError

TENANT = "acme-corp"
USER = "user-456"
ROLES = ("viewer", "admin")
_TTL = re.compile(r"(\d{1,6})([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}

StateDir = Annotated[
    Path | None,
    typer.Option("--state-dir", help="Folder of the journal, the demo data and the secret [~/.bi-workbench]."),
]


def token(
    tenant: Annotated[str, typer.Option(help="Whose data.")] = TENANT,
    user: Annotated[str, typer.Option(help="Who asks.")] = USER,
    role: Annotated[list[str] | None, typer.Option(help="viewer or admin; may be given several times.")] = None,
    ttl: Annotated[str, typer.Option(help="How long it lasts: 30m, 8h, 7d.")] = "8h",
    state_dir: StateDir = None,
) -> None:
    """Sign a token with this server's secret."""
    unknown = [name for name in role or [] if name not in ROLES]
    if unknown:
        raise SettingError(f"Unknown role '{unknown[0]}'; expected {' or '.join(ROLES)}.")
    if not tenant.strip() or not user.strip():
        raise SettingError("A token needs a tenant and a user.")
    print(signed(load(state=state_dir), tenant, user, role or [], lifetime(ttl)))


def signed(settings: Settings, tenant: str, user: str, roles: list[str], lasting: dt.timedelta) -> str:
    """A token that the server with these settings believes. Raises SettingError where it believes others only."""
    if "HS256" not in settings.algorithms:
        raise SettingError("This server believes the tokens of its issuer only (BI_WORKBENCH_ALGORITHMS has no HS256).")
    return sign(
        signing_secrets(settings)[0],
        tenant_id=tenant,
        user_id=user,
        roles=roles,
        lifetime=lasting,
        issuer=settings.issuer,
        audience=settings.audience,
    )


def lifetime(text: str) -> dt.timedelta:
    """A duration: 30m, 8h, 7d. Raises SettingError.

    >>> lifetime("8h")
    datetime.timedelta(seconds=28800)
    """
    found = _TTL.fullmatch(text.strip())
    if found is None or int(found[1]) == 0:
        raise SettingError(f"'{text}' is not a duration; expected a number and s, m, h or d, as in 8h.")
    return dt.timedelta(seconds=int(found[1]) * _SECONDS[found[2]])
