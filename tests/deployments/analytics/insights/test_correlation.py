import datetime as dt
import random

import duckdb
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deployments.analytics.insights.correlation import coefficient
from deployments.analytics.workspace import Workspace
from deployments.contracts.agents import Analysis, ReadRequest
from deployments.contracts.answers import ResultColumn, ResultTable
from deployments.contracts.errors import InvalidQuery

TODAY = dt.date(2026, 3, 10)
FRIDGES = """
CREATE TABLE fridges(fridge_id INTEGER PRIMARY KEY, model VARCHAR, energy_use DOUBLE);
INSERT INTO fridges SELECT i, 'M' || i, 100 + i FROM (SELECT CAST(range AS INTEGER) AS i FROM range(60));
CREATE TABLE ratings(rating_id INTEGER PRIMARY KEY, fridge_id INTEGER REFERENCES fridges(fridge_id), stars INTEGER, noise_level DOUBLE, shelf_count INTEGER);
INSERT INTO ratings SELECT i, i % 60, 1 + CAST(hash(i) % 5 AS INTEGER), 20 + (i % 60) * 0.5 + CAST(hash(i * 7) % 10 AS INTEGER), 5
FROM (SELECT CAST(range AS INTEGER) AS i FROM range(3000));
"""


@pytest.fixture(scope="module")
def fridges(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    path = tmp_path_factory.mktemp("fridges") / "fridges.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(FRIDGES)
    return Workspace.open(str(path))


def told(workspace: Workspace, text: str) -> Analysis:
    reading = workspace.read(ReadRequest(text=text, as_of=TODAY))
    assert reading.query is not None, reading.clarification
    assert reading.query.analysis is not None
    return workspace.examine(reading.query, TODAY)


def spreads(xs: list[float], ys: list[float]) -> ResultTable:
    x, y = np.array(xs), np.array(ys)
    row = (len(xs), *(float(np.var(v, ddof=1)) for v in (x, y, x + y, x - y)))
    columns = tuple(ResultColumn(name=f"c{i}", label="c", type="number", role="measure") for i in range(5))
    return ResultTable(columns, [row])


@given(st.integers(0, 1000), st.floats(-1, 1), st.integers(10, 200))
def test_the_coefficient_from_four_variances_is_pearsons(seed: int, pull: float, count: int) -> None:
    chance = random.Random(seed)
    xs = [chance.gauss(50, 10) for _ in range(count)]
    ys = [pull * x + chance.gauss(0, 5) for x in xs]
    r, rows = coefficient(spreads(xs, ys))
    assert rows == count
    assert r == pytest.approx(float(np.corrcoef(xs, ys)[0, 1]), abs=1e-9)


def test_the_correlation_of_numbers_of_two_tables_is_that_of_the_joined_rows(fridges: Workspace) -> None:
    found = told(fridges, "is there a correlation between energy use and noise level?")
    truth = fridges.warehouse.query(
        "SELECT corr(energy_use, noise_level), count(*) FROM ratings JOIN fridges USING (fridge_id)"
    )
    assert found.insights[0].numbers["r"] == pytest.approx(truth[0][0])
    assert found.insights[0].numbers["rows"] == truth[0][1]
    assert "a strong correlation" in found.response
    assert "not a cause" in found.warnings[0]
    assert found.result is not None
    assert found.result.row_count > 3


def test_numbers_that_have_nothing_to_do_with_one_another_are_said_so(fridges: Workspace) -> None:
    found = told(fridges, "how does noise level affect stars?")
    assert "do not go together by more than chance gives" in found.response


def test_a_number_that_never_varies_goes_with_nothing(fridges: Workspace) -> None:
    reading = fridges.read(ReadRequest(text="correlation between shelf count and stars", as_of=TODAY))
    assert reading.query is not None
    with pytest.raises(InvalidQuery, match="same everywhere"):
        fridges.examine(reading.query, TODAY)


def test_things_that_are_no_numbers_are_not_correlated(fridges: Workspace) -> None:
    reading = fridges.read(ReadRequest(text="relationship between fridges and ratings", as_of=TODAY))
    assert reading.query is None or reading.query.analysis is None
