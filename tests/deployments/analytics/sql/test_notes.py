"""What inference noted of a join's keys is said with the answer."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb

from deployments.analytics.workspace import Workspace
from deployments.contracts.query import Aggregate, AnalyticQuery, Attribute, Dimension, Function


def test_a_join_whose_keys_match_only_without_their_blanks_is_warned_of(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        connection.execute("CREATE TABLE stores (store_code VARCHAR, city VARCHAR)")
        connection.execute("INSERT INTO stores SELECT 'S' || i, 'City ' || i FROM range(30) AS r(i)")
        connection.execute("CREATE TABLE visits (visit_id INTEGER, store_code VARCHAR)")
        connection.execute("INSERT INTO visits SELECT i, ' S' || i % 30 FROM range(300) AS r(i)")
    workspace = Workspace.open(str(tmp_path / "shop.duckdb"))
    city = Dimension(of=Attribute(entity="stores", name="city"), name="city")
    visits = Aggregate(function=Function.COUNT, entity="visits", name="visits")
    query = AnalyticQuery(subject="visits", dimensions=(city,), measures=(visits,))
    run = workspace.run(query, dt.date(2026, 6, 15))
    assert any("blanks" in warning for warning in run.warnings)
