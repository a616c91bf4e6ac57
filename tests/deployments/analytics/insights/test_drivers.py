"""Changes explained from the question to the table, over databases whose stories are known."""

import datetime as dt
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from deployments.analytics.dialogue import Dialogue
from deployments.analytics.workspace import Workspace
from deployments.contracts.agents import Analysis, Context, ReadRequest
from deployments.contracts.answers import Intent
from deployments.contracts.identity import Principal

TODAY = dt.date(2026, 3, 10)

# Shipments by carrier and port; in February 2026 the carrier Tide loses four fifths of what goes through Rotterdam.
SHIPPING = """
CREATE TABLE ports(port_id INTEGER PRIMARY KEY, port_name VARCHAR, coast VARCHAR);
INSERT INTO ports VALUES (1, 'Rotterdam', 'West'), (2, 'Gdansk', 'East'), (3, 'Genoa', 'South'), (4, 'Lisbon', 'West'), (5, 'Piraeus', 'South');
CREATE TABLE shipments(shipment_id INTEGER PRIMARY KEY, port_id INTEGER REFERENCES ports(port_id), carrier VARCHAR, shipped_on DATE, freight DECIMAL(10, 2), delay_days INTEGER);
CREATE MACRO roll(i, k, n) AS CAST(hash(i * 31 + k) % n AS INTEGER);
INSERT INTO shipments
SELECT i, 1 + roll(i, 1, 5), ['Tide', 'Anchor', 'Mast', 'Keel'][1 + roll(i, 2, 4)], DATE '2025-11-01' + i % 120,
  100 + roll(i, 3, 300), roll(i, 4, 6) + CASE WHEN roll(i, 1, 5) = 2 AND i % 120 >= 92 THEN 9 ELSE 0 END
FROM (SELECT CAST(range AS INTEGER) AS i FROM range(24000))
WHERE NOT (roll(i, 1, 5) = 0 AND roll(i, 2, 4) = 0 AND i % 120 >= 92 AND roll(i, 5, 5) > 0);
DROP MACRO roll;
"""


@pytest.fixture(scope="module")
def shipping(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    path = tmp_path_factory.mktemp("shipping") / "shipping.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(SHIPPING)
    return Workspace.open(str(path))


def explained(workspace: Workspace, *messages: str) -> Analysis:
    context = Context()
    for message in messages:
        reading = workspace.read(ReadRequest(text=message, context=context, as_of=TODAY))
        assert reading.query is not None, (message, reading.clarification)
        if reading.query.analysis is None:
            context = Context(query=reading.query)
            continue
        found = workspace.examine(reading.query, TODAY)
        context = Context(query=found.query)
    return found


def test_the_planted_story_is_found_in_two_dimensions(shipping: Workspace) -> None:
    found = explained(shipping, "why did total freight drop in February?")
    assert found.result is not None
    top = found.result.rows[0]
    assert set(top[:2]) == {"Tide", "Rotterdam"}
    assert "The main driver is" in found.response
    assert "Tide" in found.response
    assert "Rotterdam" in found.response
    assert found.insights[0].kind == "driver"
    assert "not causes" in found.warnings[0]


def test_the_contributions_of_the_table_add_up_to_the_change(shipping: Workspace) -> None:
    found = explained(shipping, "why did total freight drop in February?")
    assert found.result is not None
    names = [column.name for column in found.result.columns]
    change = next(i for i, name in enumerate(names) if name.endswith("_difference"))
    now, before = change - 2, change - 1
    total = sum((Decimal(str(row[change])) for row in found.result.rows), Decimal())
    assert total == sum(
        (Decimal(str(row[now] or 0)) - Decimal(str(row[before] or 0)) for row in found.result.rows), Decimal()
    )
    shares = [row[names.index("share_of_change")] for row in found.result.rows]
    assert sum(share for share in shares if isinstance(share, float)) == pytest.approx(1)


def test_an_average_is_taken_apart_into_rate_and_mix(shipping: Workspace) -> None:
    found = explained(shipping, "why did the average delay days rise in February?")
    assert found.result is not None
    assert found.result.rows[0][0] == "Genoa"
    assert "because its own average" in found.insights[0].text
    names = [column.name for column in found.result.columns]
    places = [names.index(name) for name in ("rate_effect", "mix_effect", "contribution")]
    for row in found.result.rows:
        rate, mix, whole = (float(str(row[i])) for i in places)
        assert rate + mix == pytest.approx(whole)


def test_where_nothing_moved_by_itself_no_driver_is_named(shipping: Workspace) -> None:
    found = explained(shipping, "why did the number of shipments change in January compared with December?")
    assert "spread evenly: no one driver" in found.response
    assert found.insights == ()
    assert found.warnings == ()


def test_a_claim_that_is_not_so_is_set_right(shipping: Workspace) -> None:
    found = explained(shipping, "why did total freight rise in February?")
    assert "did not rise. " in found.response
    assert " fell by " in found.response


def test_a_follow_up_narrows_the_explanation(shipping: Workspace) -> None:
    found = explained(shipping, "why did total freight drop in February?", "only for Tide")
    assert found.result is not None
    assert found.result.rows[0][0] == "Rotterdam"
    assert "carrier is Tide" in found.response


def test_why_after_an_answer_is_about_that_answer(shipping: Workspace) -> None:
    found = explained(shipping, "total freight by month", "why did it go down in February?")
    assert found.query is not None
    assert found.query.time is not None
    assert found.query.time.start == dt.date(2026, 2, 1)
    assert found.query.comparison is not None
    assert found.query.comparison.window.start == dt.date(2026, 1, 1)


def test_a_period_that_is_not_over_is_compared_with_as_many_days(shipping: Workspace) -> None:
    reading = shipping.read(ReadRequest(text="why did total freight drop this month?", as_of=TODAY))
    assert reading.query is not None
    assert reading.query.time is not None
    assert reading.query.comparison is not None
    assert (reading.query.time.end, reading.query.comparison.window.end) == (TODAY, dt.date(2026, 2, 10))
    assert any("not over" in words for words in reading.assumptions)


def test_a_year_said_of_one_period_is_not_the_other_ones(shipping: Workspace) -> None:
    question = "why did total freight fall in February compared with February 2025?"
    reading = shipping.read(ReadRequest(text=question, as_of=TODAY))
    assert reading.query is not None
    assert reading.query.time is not None
    assert reading.query.comparison is not None
    assert reading.query.time.start == dt.date(2026, 2, 1)
    assert reading.query.comparison.window.start == dt.date(2025, 2, 1)


def test_a_month_after_an_answer_about_a_year_is_that_years(shipping: Workspace) -> None:
    found = explained(shipping, "total freight by month in 2025", "why did it change in December?")
    assert found.query is not None
    assert found.query.time is not None
    assert found.query.time.start == dt.date(2025, 12, 1)


def test_what_cannot_be_taken_apart_is_said(shipping: Workspace) -> None:
    dialogue = Dialogue(shipping, TODAY)
    with pytest.raises(Exception, match="cannot be taken apart"):
        dialogue.ask("why did the median freight drop in February?")


def test_a_period_without_data_has_no_change_to_explain(shipping: Workspace) -> None:
    found = explained(shipping, "why did total freight drop in February 2020?")
    assert "no change to explain" in found.response
    assert found.insights == ()


def test_a_bare_why_without_periods_asks_which_change(shipping: Workspace) -> None:
    first = shipping.read(ReadRequest(text="total freight", as_of=TODAY))
    reading = shipping.read(ReadRequest(text="why?", context=Context(query=first.query), as_of=TODAY))
    assert reading.intent is Intent.CLARIFICATION
    assert reading.clarification is not None
    for choice in reading.clarification.choices:
        assert shipping.read(ReadRequest(text=choice.message, as_of=TODAY)).query is not None


def test_a_caller_sees_drivers_only_of_what_they_may_see(shipping: Workspace) -> None:
    model = shipping.model
    entities = tuple(
        e.model_copy(update={"row_policy": "carrier = {attributes.carrier}"}) if e.name == "shipments" else e
        for e in model.entities
    )
    workspace = Workspace(shipping.warehouse, model.model_copy(update={"entities": entities}))
    anchor = Principal(user_id="u", tenant_id="t", attributes={"carrier": "Anchor"})
    found = explained(workspace.seen_by(anchor), "why did total freight drop in February?")
    assert "Rotterdam" not in found.response
    assert found.result is not None
    assert "Tide" not in {cell for row in found.result.rows for cell in row}


@pytest.mark.parametrize(
    "question",
    ["why did total freight drop in February?", "forecast shipments for the next 2 weeks", "unusual days in shipments"],
)
def test_what_is_suggested_after_an_analysis_works_when_it_is_clicked(shipping: Workspace, question: str) -> None:
    found = explained(shipping, question)
    assert found.query is not None
    assert found.result is not None
    shown = shipping.present(found.query, found.result)
    assert shown.suggestions
    context = Context(
        query=found.query, columns=found.result.columns, rows=tuple(found.result.rows[:20]), sql=found.sql
    )
    for suggestion in shown.suggestions:
        reading = shipping.read(ReadRequest(text=suggestion, context=context, as_of=TODAY))
        assert reading.clarification is None, suggestion
        if reading.query is not None:
            assert shipping.examine(reading.query, TODAY).response
        else:
            assert reading.topic is not None
            assert shipping.describe(reading.topic).response


def test_the_parts_of_an_analysis_can_be_taken_away(shipping: Workspace) -> None:
    found = explained(shipping, "why did total freight of Tide drop in February?")
    assert found.query is not None
    parts = shipping.present(found.query, found.result).parts if found.result is not None else ()
    kept = {}
    for part in parts:
        if part.removable:
            request = ReadRequest(
                text="", kind="refine", context=Context(query=found.query), remove=part.part, as_of=TODAY
            )
            reading = shipping.read(request)
            assert reading.query is not None
            kept[part.kind] = reading.query.analysis is not None
    assert kept == {"dimension": False, "filter": True, "comparison": False}


RACES = """
CREATE TABLE drivers(driver_id INTEGER PRIMARY KEY, driver_name VARCHAR, team VARCHAR);
INSERT INTO drivers VALUES (1, 'Ann Bell', 'Red'), (2, 'Cy Dent', 'Blue'), (3, 'Eve Fox', 'Red');
CREATE TABLE finishes(finish_id INTEGER PRIMARY KEY, driver_id INTEGER REFERENCES drivers(driver_id), raced_on DATE, points INTEGER, reason VARCHAR);
INSERT INTO finishes SELECT i, 1 + i % 3, DATE '2026-01-01' + CAST(i AS INTEGER), i % 7, ['Engine', 'Crash'][1 + i % 2] FROM range(60) r(i);
"""


@pytest.mark.parametrize(
    "question",
    [
        "how many drivers",
        "list all drivers",
        "show me the red drivers",
        "what are the reasons for finishes",
        "what happened to Ann Bell",
    ],
)
def test_drivers_of_cars_and_reasons_in_the_data_are_no_changes(tmp_path: Path, question: str) -> None:
    path = tmp_path / "races.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(RACES)
    reading = Workspace.open(str(path)).read(ReadRequest(text=question, as_of=TODAY))
    assert reading.query is None or reading.query.analysis is None
    if question == "how many drivers":
        assert reading.query is not None
