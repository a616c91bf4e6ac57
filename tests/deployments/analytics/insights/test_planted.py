"""What is planted in the demo data is found by asking why, and nothing else is made up beside it."""

import datetime as dt

import pytest

from deployments.analytics.warehouse.demo import make_demo
from deployments.analytics.workspace import Workspace
from deployments.contracts.agents import Analysis, ReadRequest

TODAY = dt.date(2026, 6, 15)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    path = tmp_path_factory.mktemp("planted") / "demo.duckdb"
    make_demo(path, TODAY)
    return Workspace.open(str(path))


def found(demo: Workspace, question: str) -> Analysis:
    reading = demo.read(ReadRequest(text=question, as_of=TODAY))
    assert reading.query is not None, reading.clarification
    return demo.examine(reading.query, TODAY)


def test_the_slump_of_footwear_in_europe_is_found(demo: Workspace) -> None:
    told = found(demo, "what drove the change in revenue in Q1 2026 compared with Q1 2025?")
    assert told.result is not None
    assert told.result.rows[0][:2] == ("Footwear", "Europe")
    assert "Footwear and region Europe" in told.response
    assert [insight.kind for insight in told.insights].count("driver") == 1


def test_the_account_that_stopped_ordering_is_found_among_its_like(demo: Workspace) -> None:
    told = found(demo, "why did revenue from Enterprise customers drop in Q1 2026 compared with Q1 2025?")
    assert "Initech Group" in told.response
    assert "down to nothing" in told.response


def test_the_week_in_which_orders_fell_stands_out(demo: Workspace) -> None:
    told = found(demo, "were there unusual weeks in orders?")
    first = told.insights[0]
    assert first.kind == "anomaly"
    assert "2 March 2026" in first.text
    assert float(first.numbers["value"]) < 0.4 * float(first.numbers["expected"])


def test_the_forecast_beats_repeating_the_last_season(demo: Workspace) -> None:
    told = found(demo, "forecast revenue for the next 3 months")
    assert told.insights[0].kind == "forecast"
    assert float(told.insights[0].numbers["error"]) < float(told.insights[0].numbers["naive_error"])
