"""Awkward data on the page: each value looks right, and none of it runs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from deployments.analytics.workspace import Workspace
from tests.api.odd_data import LONG, MARKUP, RIGHT_TO_LEFT, make
from tests.api.page.conftest import Site, Visit, ask, picture, visiting


@pytest.fixture(scope="module")
def odd_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("odd")
    running = Site(Workspace.open(make(folder / "odd.duckdb")), folder)
    running.start()
    yield running
    running.stop()
    running.agents.close()


@pytest.fixture
async def visit_odd(browser: Any, odd_site: Site) -> AsyncIterator[Visit]:
    async with visiting(browser, odd_site) as open_page:
        yield open_page


async def test_awkward_values_are_shown_as_they_are_and_none_of_them_runs(visit_odd: Visit) -> None:
    page = await visit_odd()
    card = await ask(page, "list all odd values")
    rows = card.locator("tbody tr")
    await rows.nth(5).wait_for()
    shown = [await rows.nth(row).locator("td").all_inner_texts() for row in range(6)]
    cells = {row[0]: row for row in shown}
    assert cells[MARKUP][2:4] == ["−1,234,567.89", "1.00e-9"]
    assert cells["–"] == ["–"] * 5
    assert cells[LONG][4] == "31 Dec 1969, 23:59:59"
    assert cells["(blank)"][:3] == ["(blank)", "(blank)", "−0.01"]
    right_to_left = rows.nth([row[0] for row in shown].index(RIGHT_TO_LEFT)).locator("td").first
    assert await right_to_left.inner_text() == RIGHT_TO_LEFT
    assert await right_to_left.evaluate("cell => getComputedStyle(cell).direction") == "rtl"
    heights = await rows.evaluate_all("rows => rows.map(row => row.offsetHeight)")
    assert max(heights) < 1.5 * min(heights)
    assert await card.locator("tbody b, tbody img, tbody script").count() == 0
    assert await page.title() != "run"
    await picture(page, "odd-values")
    chart = await ask(page, "average ratio by label")
    await chart.locator(".chart canvas").wait_for()
    await picture(page, "odd-chart")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_many_columns_many_rows_one_row_and_none(visit_odd: Visit) -> None:
    page = await visit_odd()
    wide = await ask(page, "list all wide rows")
    assert await wide.locator(".pager-text").inner_text() == "1–7 of 7 · 60 columns"
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    many = await ask(page, "list all many events")
    assert await many.locator(".pager-text").inner_text() == "1–25 of first 10,000"
    await many.get_by_role("button", name="Load all 10,000 rows").click()
    await many.get_by_role("button", name="Load all 10,000 rows").wait_for(state="hidden")
    await many.get_by_role("button", name="Event id").click()
    await many.get_by_role("button", name="Event id").click()
    await many.locator("th[aria-sort=descending]").wait_for()
    numbers = [int(text.replace(",", "")) for text in await many.locator("tbody tr td:first-child").all_inner_texts()]
    assert len(numbers) == 25
    assert numbers == sorted(numbers, reverse=True)
    one = await ask(page, "list all single things")
    assert await one.locator("tbody tr").count() == 1
    none = await ask(page, "list odd values where amount > 999999999999999")
    assert await none.locator(".pager-text").inner_text() == "No rows"
    await picture(page, "no-rows")
