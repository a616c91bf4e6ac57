"""Data and questions that hope to run: the page shows them as text, in every place where it shows anything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from deployments.analytics.workspace import Workspace
from tests.api.hostile import MARKUP, SCRIPT, make_hostile
from tests.api.page.conftest import Site, ask

Visit = Callable[..., Any]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("hostile")
    running = Site(Workspace.open(make_hostile(folder / "shop.duckdb")), folder)
    running.start()
    yield running
    running.stop()
    running.agents.close()


async def unharmed(page: Any) -> None:
    """Nothing of the data became a part of the document."""
    assert await page.evaluate("document.title.startsWith('run') || document.title === '1'") is False
    assert (
        await page.locator(
            "#shell img:not([src^='/page/']), #shell iframe, #shell script, #shell a[href^='javascript']"
        ).count()
        == 0
    )
    held = "e => [...e.attributes].some(a => a.name.startsWith('on'))"
    assert await page.evaluate(f"[...document.querySelectorAll('*')].some({held})") is False


async def test_hostile_values_are_shown_as_text_wherever_they_are_shown(visit: Visit, site: Site) -> None:
    page = await visit()
    card = await ask(page, "total amount by customer")
    await card.locator(".chart canvas").wait_for()
    await card.locator(".chart canvas").hover()
    await unharmed(page)
    await card.get_by_role("tab", name="Table").click()
    cells = await card.locator("tbody td").all_inner_texts()
    assert MARKUP in cells
    assert SCRIPT in cells
    await ask(page, f'total amount by month for customer "{MARKUP}"')
    await ask(page, "total amount by <b>region</b>")
    await unharmed(page)
    await page.click("#data-toggle")
    await page.wait_for_selector("#data .item")
    await unharmed(page)
    await page.reload()
    await page.wait_for_selector(".turn .card")
    await unharmed(page)


async def test_a_hostile_title_is_text(visit: Visit) -> None:
    page = await visit()
    await ask(page, "total amount by customer")
    row = page.locator(".sessions li.here")
    await row.get_by_role("button", name="More for").click()
    await row.get_by_role("menuitem", name="Rename").click()
    await page.keyboard.type(MARKUP)
    await page.keyboard.press("Enter")
    await page.wait_for_function("t => document.querySelector('#title').textContent === t", arg=MARKUP)
    assert await row.inner_text() != ""
    assert await page.locator("#shell img:not([src^='/page/'])").count() == 0
    assert await page.evaluate("document.title !== 'run'")
