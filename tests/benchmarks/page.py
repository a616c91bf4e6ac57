"""`python -m tests.benchmarks.page [--rounds 5]`: how fast the page is, in Chromium over loopback: first paint, and what is
done to a table of 1,000 rows, from the input to the frame that shows it."""

from __future__ import annotations

import argparse
import asyncio
import shutil
import statistics
import tempfile
from pathlib import Path
from typing import Any

import duckdb
from playwright.async_api import async_playwright

from deployments.analytics.workspace import Workspace
from tests.api.conftest import token
from tests.api.page.conftest import BROWSERS, Site, ask

ROWS = 1_000

# The second frame after the input has been drawn by then.
_TIMED = """async (act) => {
  const start = performance.now();
  act(document);
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  return performance.now() - start;
}"""
ACTS = {
    "sort by text": "d => d.querySelector('th:nth-child(2) button').click()",
    "sort by number": "d => d.querySelector('th:nth-child(4) button').click()",
    "next page": "d => d.querySelector('.pager button[aria-label=\"Next page\"]').click()",
    "to SQL": "d => d.querySelectorAll('[role=tab]')[1].click()",
    "back to the table": "d => d.querySelectorAll('[role=tab]')[0].click()",
}


async def measure(rounds: int) -> dict[str, list[float]]:
    """Milliseconds of each act and of the first paint (`paint`: of a fresh browser context; `again`: with its cache)."""
    path = next(found for name in BROWSERS if (found := shutil.which(name)))
    times: dict[str, list[float]] = {name: [] for name in ("paint", "paint again", *ACTS)}
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "items.duckdb"
        with duckdb.connect(str(data)) as connection:
            connection.execute(
                "CREATE TABLE items AS SELECT i AS item_id, 'item ' || md5(i::VARCHAR) AS item_name, "
                f"'kind ' || i % 7 AS kind, (i * 7919) % 1000 / 8 AS price FROM range({ROWS}) t(i)"
            )
        workspace = Workspace.open(str(data))
        workspace.reader  # noqa: B018 built before the clock starts
        site = Site(workspace, Path(folder))
        site.start()
        try:
            async with async_playwright() as driver:
                browser = await driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
                for _ in range(rounds):
                    await _round(browser, site, times)
                await browser.close()
        finally:
            site.stop()
            site.agents.close()
    return times


async def _round(browser: Any, site: Site, times: dict[str, list[float]]) -> None:
    context = await browser.new_context(viewport={"width": 1280, "height": 860})
    for name in ("paint", "paint again"):
        page = await context.new_page()
        await page.goto(f"{site.address}/#token={token()}")
        await page.wait_for_selector("#question")
        paint = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
        await page.wait_for_function(f"() => {paint} !== undefined")
        times[name].append(await page.evaluate(paint))
    await page.wait_for_selector("#welcome")
    await ask(page, "list all items")
    for name, act in ACTS.items():
        times[name].append(await page.evaluate(f"({_TIMED})({act})"))
    await context.close()


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(prog="python -m tests.benchmarks.page")
    arguments.add_argument("--rounds", type=int, default=5)
    for name, values in asyncio.run(measure(arguments.parse_args().rounds)).items():
        print(f"{name:20} median {statistics.median(values):6.1f} ms   most {max(values):6.1f} ms")


if __name__ == "__main__":
    main()
