"""What must hold of conversations: refining step by step gives what asking the whole question at once gives."""

from __future__ import annotations

import datetime as dt
import itertools
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deployments.analytics.dialogue import Dialogue
from deployments.analytics.evaluation import matches
from deployments.analytics.warehouse.demo import make_demo
from deployments.analytics.workspace import Workspace
from deployments.contracts.answers import Cell, ResultTable
from deployments.contracts.query import AnalyticQuery

AS_OF = dt.date(2026, 6, 15)
SCRIPTS = Path(__file__).parents[1] / "evaluation"

QUESTIONS: dict[str, tuple[tuple[str, ...], ...]] = {
    "retail": (
        ("revenue", "number of orders", "average order value"),
        ("channel", "status", "store region", "segment", "product category", "month", "quarter"),
        ("online", "German customers", "completed", "Footwear"),
        ("in 2025", "last month", "in Q1 2026", "since March 2026"),
    ),
    "hotel": (
        ("number of bookings", "total booking revenue", "average rating"),
        ("hotel", "channel", "room type", "month", "loyalty tier"),
        ("Web", "Lisbon", "Gold members"),
        ("in 2025", "in March 2025"),
    ),
    "library": (
        ("number of loans", "total fines", "median fine"),
        ("genre", "city", "month", "gender"),
        ("Cork", "novels", "crime books"),
        ("in 2025", "since March 2025"),
    ),
    "projects": (
        ("total hours", "number of timesheets"),
        ("project", "department", "month", "customer"),
        ("Engineering", "Siemens", "Project Apollo"),
        ("in 2025", "in Q1 2026"),
    ),
}
"""For each schema: what is measured, by what, of what only, and when."""


@pytest.fixture(scope="module")
def workspaces(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Workspace]:
    folder = tmp_path_factory.mktemp("conversations")
    make_demo(folder / "retail.duckdb", AS_OF, scale=0.02)
    for name in QUESTIONS.keys() - {"retail"}:
        with duckdb.connect(str(folder / f"{name}.duckdb")) as connection:
            connection.execute((SCRIPTS / f"{name}.sql").read_text())
    return {name: Workspace.open(str(folder / f"{name}.duckdb")) for name in QUESTIONS}


def after(workspace: Workspace, *messages: str) -> ResultTable:
    """The rows of the last of the messages."""
    dialogue = Dialogue(workspace, AS_OF)
    for message in messages:
        reading, result, _ = dialogue.ask(message)
        assert result is not None, (messages, message, reading.clarification)
    assert result is not None
    return result


def number(cell: Cell) -> float:
    """A sum as a number; of no rows it is nothing."""
    assert cell is None or isinstance(cell, int | float | Decimal)
    return float(cell or 0)


def same(left: ResultTable, right: ResultTable) -> bool:
    return matches(list(left.rows), [list(row) for row in right.rows], ordered=False)


asked = st.sampled_from(sorted(QUESTIONS)).flatmap(
    lambda name: st.tuples(st.just(name), *(st.sampled_from(words) for words in QUESTIONS[name]))
)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(asked, st.permutations(range(3)))
def test_refining_in_any_order_equals_asking_the_whole_question_at_once(
    workspaces: dict[str, Workspace], question: tuple[str, ...], order: list[int]
) -> None:
    name, measure, group, only, when = question
    whole = after(workspaces[name], f"{measure} by {group} for {only} {when}")
    steps = (f"by {group}", f"only {only}", when)
    assert same(whole, after(workspaces[name], measure, *(steps[i] for i in order)))


@settings(max_examples=20, deadline=None, derandomize=True)
@given(asked)
def test_a_filter_never_adds_groups_and_undoing_it_gives_back_what_was(
    workspaces: dict[str, Workspace], question: tuple[str, ...]
) -> None:
    name, measure, group, only, _ = question
    dialogue = Dialogue(workspaces[name], AS_OF)
    _, every, _ = dialogue.ask(f"{measure} by {group}")
    _, some, _ = dialogue.ask(f"only {only}")
    assert every is not None
    assert some is not None
    assert {row[0] for row in some.rows} <= {row[0] for row in every.rows}
    dialogue.ask("go back")
    assert same(after(workspaces[name], f"{measure} by {group}"), workspaces[name].run(_query(dialogue), AS_OF).result)


def _query(dialogue: Dialogue) -> AnalyticQuery:
    assert dialogue.context.query is not None
    return dialogue.context.query


ADDING = {
    name: tuple(measure for measure in words[0] if not measure.startswith(("average", "median")))
    for name, words in QUESTIONS.items()
}
ALIKE = {"retail": ("channel", "status", "store region", "segment"), "hotel": ("channel", "room type", "hotel"),
         "library": ("genre", "city", "gender"), "projects": ("project", "department", "customer")}  # fmt: skip
"""Groups of which each row has exactly one or none."""


@pytest.mark.parametrize("name", sorted(QUESTIONS))
def test_a_total_equals_the_sum_of_its_groups(workspaces: dict[str, Workspace], name: str) -> None:
    for measure, group, when in itertools.product(ADDING[name], ALIKE[name], QUESTIONS[name][3]):
        ((total,),) = after(workspaces[name], f"{measure} {when}").rows
        parts = after(workspaces[name], f"{measure} by {group} {when}")
        assert number(total) == pytest.approx(sum(number(row[-1]) for row in parts.rows)), (
            measure,
            group,
            when,
        )


@pytest.mark.parametrize("name", sorted(QUESTIONS))
def test_adjoining_periods_share_no_row_and_leave_out_none(workspaces: dict[str, Workspace], name: str) -> None:
    for measure in ADDING[name]:
        ((year,),) = after(workspaces[name], f"{measure} in 2025").rows
        quarters = [after(workspaces[name], f"{measure} in Q{number} 2025").rows[0][0] for number in range(1, 5)]
        months = after(workspaces[name], f"{measure} by month in 2025")
        assert number(year) == pytest.approx(sum(number(value) for value in quarters))
        assert number(year) == pytest.approx(sum(number(row[-1]) for row in months.rows))
