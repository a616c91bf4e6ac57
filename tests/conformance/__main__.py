"""Thousands of requests made from the OpenAPI document, with a token, against the real core over the demo data.

    python -m tests.conformance [--examples 150]

For each operation so many good requests and as many bad ones. Exit status 1 where a response is one that the document
does not promise: a 5xx, another status, another shape."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections import Counter
from pathlib import Path

import httpx
from pydantic import SecretStr
from schemathesis.generation import GenerationMode

from actors.local import LocalSessions
from api.app import create_app
from api.routes import OPERATIONS
from api.settings import Settings
from deployments.analytics.workspace import Workspace
from deployments.journal.service import JournalService
from deployments.journal.store import Journal
from deployments.local import LocalAgents
from tests.api.conftest import SECRET, SESSIONS, bearer, serving
from tests.conformance.requests import check


async def conform(examples: int, folder: Path) -> int:
    """Check every operation; how many do not conform."""
    agents = LocalAgents(Workspace.open("demo"))
    journal = JournalService(Journal.open(str(folder / "journal.sqlite")))
    sessions = LocalSessions(agents, journal)
    settings = Settings(
        secret=SecretStr(SECRET), state=folder, user_requests_per_minute=0, tenant_requests_per_minute=0
    )
    faults, total = 0, 0
    async with (
        serving(create_app(sessions, settings)) as address,
        httpx.AsyncClient(base_url=f"http://{address}", headers=bearer(), timeout=60) as client,
    ):
        # Schemathesis leaves out the address that it has the document from.
        for name in sorted({operation.name for operation in OPERATIONS} - {"get_openapi"}):
            session = str((await client.post(SESSIONS, json={})).json()["session_id"])
            asked = {"message": "revenue by channel", "message_id": "m-1"}
            answer = (await client.post(f"{SESSIONS}/{session}/messages", json=asked)).json()
            known = {"session_id": session, "result_id": answer["result_id"], "message_id": "m-1"}
            if name.startswith("delete"):
                known = {}
            statuses: Counter[int] = Counter()
            try:
                for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                    total += await asyncio.to_thread(check, address, name, mode, known, bearer(), examples, statuses)
            except Exception as error:
                faults += 1
                print(f"{name}: {error}", file=sys.stderr)
            print(f"{name:<22} {dict(sorted(statuses.items()))}", flush=True)
    await sessions.close()
    journal.close()
    agents.close()
    print(f"{total:,} requests, {faults} operations that do not conform")
    return faults


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    parser.add_argument("--examples", type=int, default=150)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="conform-") as folder:
        return 1 if asyncio.run(conform(asked.examples, Path(folder))) else 0


if __name__ == "__main__":
    sys.exit(main())
