"""The page in a real browser, over the demo data and real sessions in this process. One browser for all tests."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import shutil
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from pydantic import SecretStr

from actors.local import LocalSessions
from api.app import create_app
from api.settings import Settings
from deployments.analytics.workspace import Workspace
from deployments.contracts.identity import Principal
from deployments.contracts.query import AnalyticQuery
from deployments.journal.service import JournalService
from deployments.journal.store import Journal
from deployments.local import LocalAgents
from tests.api.conftest import SECRET, token

playwright = pytest.importorskip("playwright.async_api", reason="playwright is not installed")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SCREENSHOTS = Path(os.environ.get("BI_WORKBENCH_SCREENSHOTS", Path(__file__).parents[3] / "screenshots"))


Visit = Callable[..., Any]


class Held(LocalAgents):
    """The real agents, whose queries a test can hold."""

    gate: asyncio.Event | None = None

    async def run(self, principal: Principal, query: AnalyticQuery, as_of: dt.date) -> Any:
        """Run a query once the gate is open."""
        if self.gate is not None:
            await self.gate.wait()
        return await super().run(principal, query, as_of)


class Site:
    """A server on a port of its own, in a thread, that can be stopped and started again on the same sessions."""

    def __init__(self, workspace: Workspace, state: Path) -> None:
        self.agents = Held(workspace)
        self.state = state
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]

    @property
    def address(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Serve."""
        journal = JournalService(Journal.open(str(self.state / "journal.sqlite")))
        sessions = LocalSessions(self.agents, journal)
        app = create_app(sessions, Settings(secret=SecretStr(SECRET), state=self.state, leeway_seconds=0))
        config = uvicorn.Config(
            app, host="127.0.0.1", port=self.port, log_config=None, lifespan="off", timeout_graceful_shutdown=1
        )
        self._server = uvicorn.Server(config)

        async def serve() -> None:
            self.loop = asyncio.get_running_loop()
            await self._server.serve()
            await sessions.close()
            journal.close()

        self._thread = threading.Thread(target=asyncio.run, args=(serve(),), daemon=True)
        self._thread.start()
        until = time.monotonic() + 20
        while not self._server.started and time.monotonic() < until:
            time.sleep(0.02)

    def stop(self) -> None:
        """Serve no more; sockets are cut."""
        self._server.should_exit = True
        self._thread.join(20)

    def hold(self) -> Callable[[], None]:
        """Hold queries from now on; what is given back lets them go."""
        self.agents.gate = gate = asyncio.Event()

        def release() -> None:
            self.agents.gate = None
            self.loop.call_soon_threadsafe(gate.set)

        return release


@pytest.fixture(scope="package")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    opened = Workspace.open("demo")
    opened.reader  # noqa: B018 built now, so that no test waits for it
    return opened


@pytest.fixture(scope="package")
def site(workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    running = Site(workspace, tmp_path_factory.mktemp("page"))
    running.start()
    yield running
    running.stop()
    running.agents.close()


@pytest.fixture(scope="package")
async def browser() -> AsyncIterator[Any]:
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip("no Chromium on this machine (apt-get install chromium)")
    async with playwright.async_playwright() as driver:
        opened = await driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield opened
        await opened.close()


@pytest.fixture
async def visit(browser: Any, site: Site) -> AsyncIterator[Visit]:
    async with visiting(browser, site) as open_page:
        yield open_page


@asynccontextmanager
async def visiting(browser: Any, site: Site) -> AsyncIterator[Visit]:
    """Opens the page, signed in unless told otherwise. Whatever the browser complains of fails the test."""
    contexts: list[Any] = []
    complaints: list[str] = []

    async def open_page(path: str = "", *, signed_in: bool = True, held_by: str | None = None, **given: Any) -> Any:
        context = await browser.new_context(**({"viewport": {"width": 1280, "height": 860}} | given))
        contexts.append(context)
        page = await context.new_page()
        page.set_default_timeout(30_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda told: complaints.append(told.text) if "Content Security" in told.text else None)
        fragment = f"#token={held_by or token()}" if signed_in else ""
        await page.goto(f"{site.address}/{fragment}")
        await page.wait_for_selector("#welcome .offers" if signed_in else "#token", state="attached")
        if path:
            await page.goto(f"{site.address}/{path}")
        return page

    yield open_page
    for context in contexts:
        await context.close()
    assert complaints == []


async def ask(page: Any, question: str) -> Any:
    """Ask and wait for the answer's card."""
    before = await page.locator(".card").count()
    await page.fill("#question", question)
    await page.press("#question", "Enter")
    await page.wait_for_function("n => document.querySelectorAll('.turn:not([hidden]) .card').length > n", arg=before)
    await page.wait_for_selector("#stop", state="hidden")
    return page.locator(".turn:not([hidden])").last.locator(".card")


async def picture(page: Any, name: str) -> None:
    """Keep what the page looks like, for people."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    await page.wait_for_timeout(250)  # what moves has come to rest
    await page.screenshot(path=str(SCREENSHOTS / f"{name}.png"))
