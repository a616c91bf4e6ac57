"""The page for everyone: what axe finds, and everything by keyboard."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.page.conftest import Visit, ask

axe = pytest.importorskip("axe_playwright_python.async_playwright", reason="axe is not installed")


async def faults(page: Any) -> list[str]:
    """What axe finds wrong, with the element."""
    found = (await axe.Axe().run(page)).response["violations"]
    return [f"{each['id']}: {node['html'][:120]}" for each in found for node in each["nodes"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_wrong(visit: Visit, scheme: str) -> None:
    page = await visit(color_scheme=scheme)
    card = await ask(page, "What were our top 10 customers by revenue last month?")
    await card.locator(".chart canvas").wait_for()
    await card.locator("summary").click()
    await ask(page, "top customers by revenu per regeinz")
    listed = await ask(page, "list all stores")
    await page.click("#data-toggle")
    await page.locator("#data .item summary").first.click()
    assert await faults(page) == []
    await listed.get_by_role("tab", name="SQL").click()
    await page.click("#leave")
    await page.wait_for_selector("#sign-in:not([hidden])")
    assert await faults(page) == []


async def test_a_question_is_asked_looked_at_changed_and_taken_back_by_keyboard_alone(visit: Visit) -> None:
    page = await visit()
    keys = page.keyboard

    async def reach(name: str) -> None:
        """Tab until the focus is on what is called so."""
        for _ in range(60):
            await keys.press("Tab")
            said = "document.activeElement.getAttribute('aria-label') || document.activeElement.textContent"
            if name == (await page.evaluate(said)).strip():
                seen = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
                assert seen != "none", f"the focus on {name} cannot be seen"
                return
        raise AssertionError(f"Tab does not reach {name}")

    await page.focus("#talk")
    await keys.press("/")
    await keys.type("revenue by channel")
    await keys.press("Enter")
    await page.wait_for_selector(".insights")
    await page.evaluate("document.activeElement.blur()")
    await page.focus("#talk")
    await reach("Chart")
    await keys.press("ArrowRight")
    assert await page.locator("tbody tr").count() == 3
    await reach("Revenue")
    await keys.press("Enter")
    assert await page.locator("th[aria-sort=ascending]").count() == 1
    await reach("Take away: by channel")
    await keys.press("Enter")
    await page.wait_for_selector(".figures")
    await page.wait_for_selector("#undo:not([disabled])")
    await page.focus("#undo")
    await keys.press("Enter")
    await page.wait_for_selector(".turn:nth-of-type(3) .insights")
    await page.click("#new")
    await page.wait_for_selector(".offer")
    await page.focus(".sessions .menu > button")
    await keys.press("Enter")
    await keys.press("ArrowDown")
    assert await page.evaluate("document.activeElement.textContent") == "Rename"
    await keys.press("Escape")
    assert await page.locator(".menu-list:not([hidden])").count() == 0
