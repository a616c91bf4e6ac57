"""`bi-workbench sessions`: what sessions there are, from a running server or from the journal of one that is not."""

from __future__ import annotations

from typing import Annotated, Any

import httpx
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from api.command.token import TENANT, USER, StateDir, lifetime, signed
from api.routes.sessions import SESSIONS, shown
from api.settings import Settings, load
from deployments.contracts.errors import SettingError

PAGE = 100


def sessions(
    server: Annotated[str | None, typer.Option(help="Address of a running server, http://127.0.0.1:8000.")] = None,
    token: Annotated[
        str | None, typer.Option(help="Token for it; signed with this machine's secret if absent.")
    ] = None,
    tenant: Annotated[str, typer.Option(help="Whose tenant.")] = TENANT,
    user: Annotated[str, typer.Option(help="Whose sessions.")] = USER,
    state_dir: StateDir = None,
) -> None:
    """List a user's sessions, newest first."""
    settings = load(state=state_dir)
    if server is None:
        found = _recorded(settings, tenant, user)
    else:
        found = _asked(server, token or signed(settings, tenant, user, [], lifetime("5m")))
    listed = Table(show_edge=False, pad_edge=False)
    for name in ("session", "created", "messages", "title"):
        listed.add_column(name)
    for session in found:
        cells = (session["session_id"], session["created_at"], str(session["message_count"]), session["title"] or "")
        listed.add_row(*map(Text, cells))
    Console(highlight=False, soft_wrap=True).print(listed)


def _asked(server: str, token: str) -> list[dict[str, Any]]:
    """The sessions of the token's user, from a running server."""
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    try:
        with httpx.Client(base_url=server, headers={"Authorization": f"Bearer {token}"}, timeout=10) as client:
            while True:
                query = {"limit": str(PAGE)} | ({"cursor": cursor} if cursor else {})
                response = client.get(SESSIONS, params=query)
                page = response.json()
                if response.status_code != 200:
                    raise SettingError(f"{server} says: {page.get('detail', response.status_code)}")
                found += page["sessions"]
                cursor = page["next_cursor"]
                if cursor is None:
                    return found
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, AttributeError, TypeError):
        raise SettingError(f"{server} does not answer as a bi-workbench server.") from None


def _recorded(settings: Settings, tenant: str, user: str) -> list[dict[str, Any]]:
    """The sessions of a user, from the journal."""
    from deployments.journal.store import Journal

    path = settings.state / "journal.sqlite"
    if not path.is_file():
        raise SettingError(f"There is no journal in {settings.state}; start a server first, or name one with --server.")
    journal = Journal.open(str(path))
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    try:
        while True:
            page = journal.read(journal.sessions(tenant, user, PAGE, cursor, None))
            found += [shown(info) for info in page.sessions]
            cursor = page.next_cursor
            if cursor is None:
                return found
    finally:
        journal.close()
