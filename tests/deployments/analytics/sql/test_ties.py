"""A last place that is shared with what was cut off is said, and none that is not."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb
import pytest

from deployments.analytics.workspace import Workspace
from deployments.contracts.query import (
    Aggregate,
    AnalyticQuery,
    Attribute,
    Dimension,
    Direction,
    Function,
    Limit,
    OrderBy,
)

AS_OF = dt.date(2026, 6, 15)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    path = Path(tmp_path_factory.mktemp("ties")) / "sales.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "CREATE TABLE sales AS SELECT * FROM (VALUES (1, 'A', 'N', 9), (2, 'B', 'N', 5), (3, 'C', 'S', 5), (4, 'D', 'S', 1)) "
            "AS t(sale_id, name, side, amount)"
        )
    return Workspace.open(str(path))


def top(count: int, per: tuple[int, ...] = ()) -> AnalyticQuery:
    dimensions = [Dimension(of=Attribute(entity="sales", name="name"), name="name")]
    if per:
        dimensions.insert(0, Dimension(of=Attribute(entity="sales", name="side"), name="side"))
    total = Aggregate(
        function=Function.SUM, entity="sales", of=Attribute(entity="sales", name="amount"), name="total_amount"
    )
    return AnalyticQuery(
        subject="sales",
        dimensions=tuple(dimensions),
        measures=(total,),
        order=(OrderBy(target="measure"),),
        limit=Limit(count=count, per=per),
    )


def test_a_shared_last_place_is_said(workspace: Workspace) -> None:
    (said,) = workspace.run(top(2), AS_OF).warnings
    assert said.startswith("Place 2 is shared")


@pytest.mark.parametrize("count", [1, 3, 4, 9])
def test_a_place_of_one_s_own_is_not(workspace: Workspace, count: int) -> None:
    assert workspace.run(top(count), AS_OF).warnings == ()


def test_a_place_shared_within_a_group_is_said(workspace: Workspace) -> None:
    assert workspace.run(top(1, per=(0,)), AS_OF).warnings == ()
    by_amount = AnalyticQuery(
        subject="sales",
        order=(OrderBy(target="scalar", of=Attribute(entity="sales", name="amount"), direction=Direction.DESC),),
        limit=Limit(count=2),
    )
    assert workspace.run(by_amount, AS_OF).warnings == (
        "Place 2 is shared: there is more than is shown with the same value.",
    )


def test_what_keeps_its_ties_cuts_none_off(workspace: Workspace) -> None:
    kept = top(2).model_copy(update={"limit": Limit(count=2, ties=True)})
    run = workspace.run(kept, AS_OF)
    assert (run.result.row_count, run.warnings) == (3, ())
