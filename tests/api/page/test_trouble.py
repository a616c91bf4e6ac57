"""What goes away while someone looks at it: the conversation, its rows, the turn."""

from __future__ import annotations

import sqlite3

import httpx

from tests.api.conftest import SESSIONS, bearer
from tests.api.page.conftest import Site, Visit, ask, picture


async def test_a_conversation_deleted_in_another_tab_is_said_to_be_gone(visit: Visit, site: Site) -> None:
    page = await visit()
    await ask(page, "revenue by channel")
    session_id = page.url.rsplit("/", 1)[1]
    async with httpx.AsyncClient(base_url=site.address, headers=bearer()) as other:
        assert (await other.delete(f"{SESSIONS}/{session_id}")).status_code == 204
    await page.wait_for_selector("text=This conversation is not there")
    assert await page.locator(f".sessions a[href$='{session_id}']").count() == 0
    await page.get_by_role("main").get_by_role("button", name="New conversation").click()
    await page.wait_for_selector(".offer")


async def test_an_answer_whose_rows_are_no_longer_kept_says_so_and_can_be_run_again(visit: Visit, site: Site) -> None:
    page = await visit()
    await ask(page, "revenue by channel")
    site.stop()
    with sqlite3.connect(site.state / "journal.sqlite") as journal:
        journal.execute("UPDATE results SET data = NULL, size = 0")
    site.start()
    await page.reload()
    await page.wait_for_selector("text=The rows of this answer are no longer kept.")
    assert "SELECT" in await page.locator(".sql pre").inner_text()
    await picture(page, "expired-rows")
    await page.get_by_role("button", name="Run it again").click()
    await page.locator(".turn").last.locator(".chart canvas").wait_for()
    warning = await page.locator(".turn").last.locator(".warning").inner_text()
    assert "what has changed cannot be said" in warning
