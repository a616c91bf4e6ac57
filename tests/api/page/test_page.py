from __future__ import annotations

import json
from typing import Any

from tests.api.conftest import token
from tests.api.page.conftest import Site, Visit, ask, picture

GIVEN = "What were our top 10 customers by revenue last month?"


async def test_the_address_with_a_token_signs_in_and_keeps_it_out_of_the_address(visit: Visit, site: Site) -> None:
    page = await visit()
    assert page.url == f"{site.address}/#/"
    await page.wait_for_selector(".offer")
    assert await page.locator(".offer").count() == 8
    assert await page.evaluate("localStorage.length") == 0


async def kept(page: Any) -> str:
    return str(await page.evaluate("sessionStorage.getItem('bi-workbench.token')"))


async def test_a_link_does_not_sign_in_as_another_unasked(visit: Visit, site: Site) -> None:
    page = await visit()
    asked: list[str] = []

    async def refuse(dialog: Any) -> None:
        asked.append(dialog.message)
        await dialog.dismiss()

    page.on("dialog", refuse)
    for link in (token("mallory"), "%E0%A4%A"):
        await page.goto(f"{site.address}/#token={link}")
        await page.wait_for_function("() => location.hash === '#/'")
    assert asked[0].startswith("This link signs you in as mallory of acme. You are signed in as ann of acme.")
    assert await page.evaluate("claims => JSON.parse(atob(claims.split('.')[1])).sub", await kept(page)) == "ann"
    await page.goto(f"{site.address}/#token={token()}")
    await page.wait_for_function("() => location.hash === '#/'")
    assert len(asked) == 2


async def test_a_token_that_is_not_believed_is_said_to_be_and_a_good_one_lets_in(visit: Visit) -> None:
    page = await visit(signed_in=False)
    await page.fill("#token", "nonsense")
    await page.press("#token", "Enter")
    await page.wait_for_function("() => document.querySelector('#sign-problem').textContent.length > 0")
    assert await page.is_visible("#sign-in")
    await page.fill("#token", token())
    await page.press("#token", "Enter")
    await page.wait_for_selector(".offer")


async def test_an_answer_has_sentence_chart_rows_sql_findings_and_what_to_ask_next(visit: Visit) -> None:
    page = await visit()
    card = await ask(page, GIVEN)
    assert "top 10 customers by revenue for last month" in await card.locator(".response").inner_text()
    await card.locator(".chart canvas").wait_for()
    assert await card.locator(".insights li").count() >= 1
    assert await card.locator(".suggestion").count() >= 3
    await picture(page, "light")
    await card.get_by_role("tab", name="Table").click()
    assert await card.locator("tbody tr").count() == 10
    cells = card.locator("tbody tr td.number")
    largest = await cells.first.inner_text()
    assert largest.startswith("$")
    await card.get_by_role("button", name="Revenue").click()
    assert await cells.last.inner_text() == largest
    assert await card.locator("th[aria-sort=ascending]").count() == 1
    await card.get_by_role("tab", name="SQL").click()
    assert "SELECT" in await card.locator(".sql-word").first.inner_text()
    await page.wait_for_function("() => document.title.startsWith('What were our top 10 customers')")


async def test_a_part_taken_away_refines_and_undo_brings_it_back(visit: Visit) -> None:
    page = await visit()
    await ask(page, GIVEN)
    await page.get_by_role("button", name="Take away: top 10").click()
    await page.wait_for_function(
        "() => document.querySelectorAll('.turn').length === 2 && !document.querySelector('#undo').disabled"
    )
    chips = page.locator(".turn").last.locator(".chip")
    assert not [text for text in await chips.all_inner_texts() if "top 10" in text]
    await page.click("#undo")
    await page.wait_for_function(
        "() => document.querySelectorAll('.turn').length === 3 && !document.querySelector('#undo').disabled"
    )
    assert [text for text in await chips.all_inner_texts() if "top 10" in text]
    assert "no SQL run" in await page.locator(".turn").last.inner_text()


async def test_a_part_changed_in_its_place_refines_and_can_be_let_be(visit: Visit) -> None:
    page = await visit()
    await ask(page, GIVEN)
    await page.get_by_role("button", name="Change: top 10").click()
    await page.keyboard.press("Escape")
    assert await page.locator(".turn").count() == 1
    await page.get_by_role("button", name="Change: top 10").click()
    await page.keyboard.type("top 4")
    await page.keyboard.press("Enter")
    await page.wait_for_selector(".turn:nth-of-type(2) .insights")
    last = page.locator(".turn").last
    assert "Top 4 instead of top 10" in await last.locator(".response").inner_text()
    await last.get_by_role("tab", name="Table").click()
    assert await last.locator("tbody tr").count() == 4


async def test_a_question_runs_again_and_the_conversation_is_test_cases_in_one_click(visit: Visit) -> None:
    page = await visit()
    card = await ask(page, "revenue by channel")
    await card.get_by_role("button", name="Run again").click()
    await page.wait_for_selector(".turn:nth-of-type(2) .insights")
    again = await page.locator(".response").last.inner_text()
    assert again.startswith("Nothing has changed since")
    async with page.expect_download() as waiting:
        await page.get_by_role("button", name="Download this conversation as test cases").click()
    case = json.loads((await (await waiting.value).path()).read_text())
    assert [turn["question"] for turn in case["turns"]] == ["revenue by channel", "run it again"]
    assert case["turns"][0]["gold_sql"] == case["turns"][1]["gold_sql"]


async def test_another_chart_takes_the_place_of_the_first_and_only_what_applies_is_offered(visit: Visit) -> None:
    page = await visit()
    card = await ask(page, "revenue by channel")
    offered = await card.locator(".switch option").all_inner_texts()
    assert "Pie" in offered
    assert "Scatter" not in offered
    await card.locator(".switch").select_option("pie")
    await page.wait_for_function(
        "() => document.querySelector('.switch').value === 'pie' && !document.querySelector('#undo').disabled"
    )
    assert await page.locator(".turn:not([hidden])").count() == 1
    await page.reload()
    await page.wait_for_selector(".chart canvas")
    assert await page.locator(".switch").input_value() == "pie"


async def test_downloads_are_files(visit: Visit) -> None:
    page = await visit()
    card = await ask(page, "revenue by channel")
    for name, begins in (("CSV", b"channel"), ("PNG", b"\x89PNG"), ("SVG", b"<svg")):
        await card.get_by_role("button", name="Download").click()
        async with page.expect_download() as waiting:
            await card.get_by_role("menuitem", name=name).click()
        download = await waiting.value
        assert (await download.path()).read_bytes().startswith(begins)


async def test_a_choice_for_what_is_not_known_asks_the_question_put_right(visit: Visit) -> None:
    page = await visit()
    card = await ask(page, "top customers by revenu per regeinz")
    assert "regeinz" in await card.locator(".response").inner_text()
    await picture(page, "clarification")
    await card.get_by_role("button", name="region").click()
    await page.wait_for_selector(".turn:nth-of-type(2) .card")
    assert await page.locator(".asked").last.inner_text() == "top customers by revenu per region"
    await page.wait_for_selector(".turn:nth-of-type(2) .insights")


async def test_dark_and_narrow_show_the_same_without_scrolling_sideways(visit: Visit) -> None:
    dark = await visit(color_scheme="dark")
    await ask(dark, "revenue by month this year")
    await dark.wait_for_selector(".chart canvas")
    await picture(dark, "dark")
    why = await ask(dark, "why did revenue change last month?")
    await why.locator(".chart canvas").wait_for()
    assert "evenue" in await why.locator(".response").inner_text()
    await picture(dark, "why")
    narrow = await visit(viewport={"width": 390, "height": 800}, color_scheme="light")
    await ask(narrow, GIVEN)
    await narrow.wait_for_selector(".chart canvas")
    await picture(narrow, "narrow")
    assert await narrow.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await narrow.click("#menu")
    await narrow.get_by_role("navigation", name="Conversations").wait_for(state="visible")


async def test_markup_and_right_to_left_text_in_a_question_are_shown_and_not_run(visit: Visit) -> None:
    page = await visit()
    text = "<img src=x onerror=\"document.title='run'\"> <script>1</script> مرحبا"
    await ask(page, text)
    assert await page.locator(".asked").inner_text() == text
    assert await page.locator(".asked img, .card img").count() == 0
    assert await page.evaluate("document.title") != "run"


async def test_a_server_that_goes_and_comes_back_loses_nothing(visit: Visit, site: Site) -> None:
    page = await visit()
    await ask(page, "revenue by channel")
    site.stop()
    await page.wait_for_selector("text=Reconnecting")
    await page.fill("#question", "how many customers are there")
    await page.press("#question", "Enter")
    await picture(page, "reconnecting")
    site.start()
    await page.wait_for_selector(".figures", timeout=20_000)
    assert await page.locator(".turn").count() == 2
    assert await page.locator("#link-state").inner_text() == ""
    await page.reload()
    await page.wait_for_selector(".figures")
    assert await page.locator(".asked").all_inner_texts() == ["revenue by channel", "how many customers are there"]


async def test_two_windows_of_one_conversation_show_the_same(visit: Visit) -> None:
    one = await visit()
    await ask(one, "revenue by channel")
    other = await visit(one.url.split("/", 3)[3])
    await other.wait_for_selector(".card .chart")
    await ask(one, "only Online")
    await other.wait_for_function("() => document.querySelectorAll('.turn .card').length === 2")
    await other.wait_for_function("() => document.querySelectorAll('.asked')[1].textContent === 'only Online'")


async def test_a_running_turn_shows_who_works_and_can_be_stopped(visit: Visit, site: Site) -> None:
    page = await visit()
    release = site.hold()
    try:
        await page.fill("#question", "revenue by channel")
        await page.press("#question", "Enter")
        await page.wait_for_selector(".step:nth-child(2)")
        await page.click("#stop")
        await page.wait_for_selector("text=Stopped before there was an answer.")
    finally:
        release()
    assert await page.is_visible("#send")


async def test_a_token_that_expires_asks_for_a_new_one_and_the_conversation_goes_on(visit: Visit) -> None:
    page = await visit(held_by=token(seconds=3))
    await page.wait_for_timeout(3_200)
    await page.fill("#question", "revenue by channel")
    await page.press("#question", "Enter")
    await page.wait_for_selector("#sign-in:not([hidden])")
    assert "expired" in await page.locator("#sign-why").inner_text()
    await picture(page, "expired")
    await page.fill("#token", token())
    await page.press("#token", "Enter")
    await page.wait_for_selector("#shell:not([hidden])")


async def test_conversations_are_renamed_branched_found_and_deleted(visit: Visit) -> None:
    page = await visit()
    await ask(page, "revenue by category")
    row = page.locator(".sessions li.here")
    await row.get_by_role("button", name="More for").click()
    await row.get_by_role("menuitem", name="Rename").click()
    await page.keyboard.type("Categories of ours")
    await page.keyboard.press("Enter")
    await page.wait_for_function("() => document.querySelector('#title').textContent === 'Categories of ours'")
    await page.get_by_role("button", name="Branch").click()
    await page.wait_for_function("() => document.querySelector('#title').textContent === 'Categories of ours (branch)'")
    await page.wait_for_selector(".turn .card")
    await page.fill("#search", "categories OF")
    await page.wait_for_function("() => document.querySelectorAll('.sessions li').length === 2")
    page.on("dialog", lambda dialog: dialog.accept())
    await row.get_by_role("button", name="More for").click()
    await row.get_by_role("menuitem", name="Delete").click()
    await page.wait_for_selector(".welcome")


async def test_a_deleted_or_foreign_conversation_is_said_not_to_be_there(visit: Visit) -> None:
    page = await visit("#/s/sess-0000")
    await page.wait_for_selector("text=This conversation is not there")
    await picture(page, "error")


async def test_the_data_panel_lists_tables_metrics_and_questions_that_work(visit: Visit) -> None:
    page = await visit()
    await page.click("#data-toggle")
    await page.wait_for_selector("#data .item")
    await page.fill("#data input", "return rate")
    shown = page.locator("#data .item:not([hidden]) > summary")
    assert "return rate" in " ".join(await shown.all_inner_texts())
    await picture(page, "data")


async def test_a_thousand_rows_are_sorted_and_turned_within_a_frame_or_two(visit: Visit) -> None:
    page = await visit()
    card = await ask(page, "list all customers")
    assert await card.locator("tbody tr").count() == 25
    took = await page.evaluate(
        "() => { const b = document.querySelector('th:nth-child(2) button'); const t = performance.now(); b.click();"
        " document.querySelector('tbody').getBoundingClientRect(); return performance.now() - t; }"
    )
    print(json.dumps({"sort_ms": took}))
    names = await card.locator("tbody tr td:nth-child(2)").all_inner_texts()
    assert names == sorted(names, key=str.casefold)
