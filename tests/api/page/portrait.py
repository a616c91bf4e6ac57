"""`python -m tests.api.page.portrait`: takes the README's picture of the page anew, from the demo data in Chromium."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path

from playwright.async_api import async_playwright

from deployments.analytics.workspace import Workspace
from tests.api.conftest import token
from tests.api.page.conftest import BROWSERS, Site, ask

PICTURE = Path(__file__).parents[3] / "api" / "page" / "workbench.png"
BEFORE = (
    "return rate by category this year",
    "share of revenue by channel for each quarter",
    "top 3 products by revenue for each category",
)
QUESTION = "What were our top 10 customers by revenue last month?"


async def take(path: Path) -> None:
    """Ask some questions and take a picture of the last answer."""
    browser_path = next(found for name in BROWSERS if (found := shutil.which(name)))
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Workspace.open("demo"), Path(folder))
        site.start()
        try:
            async with async_playwright() as driver:
                browser = await driver.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
                page = await browser.new_page(viewport={"width": 1240, "height": 900}, color_scheme="light")
                await page.goto(f"{site.address}/#token={token()}")
                for question in (*BEFORE, QUESTION):
                    await page.wait_for_selector("#welcome")
                    await ask(page, question)
                    await page.wait_for_function("() => document.querySelectorAll('#sessions li a').length > 0")
                    if question != QUESTION:
                        await page.click("#new")
                await page.wait_for_selector(".chart canvas")
                await page.wait_for_function(
                    f"() => document.querySelectorAll('#sessions li a').length > {len(BEFORE)}"
                )
                await page.wait_for_timeout(1_000)
                await page.evaluate("document.activeElement.blur()")
                await page.screenshot(path=str(path))
                await browser.close()
        finally:
            site.stop()
            site.agents.close()


if __name__ == "__main__":
    asyncio.run(take(PICTURE))
    print(PICTURE)
