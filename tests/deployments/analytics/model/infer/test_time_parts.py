from __future__ import annotations

import datetime as dt

import pytest

from deployments.analytics.model.infer import infer_model
from deployments.analytics.model.schema import DataType, Role
from deployments.contracts.query import Grain, TimePart
from tests.deployments.analytics.desk import desk
from tests.deployments.analytics.model.conftest import Opener

CLUB = """
CREATE TABLE lessons AS SELECT i AS id, ['Mon','Tue','Wed','Thu','Fri','Sat','Sun'][1 + i % 7] AS weekday, i % 4 AS hours FROM range(70) t(i);
CREATE TABLE entries AS SELECT i % 5 AS gate, ['monday','tuesday','friday','sunday'][1 + i % 4] AS day, 3 AS count FROM range(40) t(i);
"""
LEDGER = """
CREATE TABLE visits AS SELECT 2020 + i % 3 AS year, ['January','February','March','April','May'][1 + i % 5] AS month, i AS guests FROM range(150) t(i);
"""


def test_weekdays_kept_as_words_are_asked_for_in_any_form_and_run_through_the_week(database: Opener) -> None:
    club = desk(database, CLUB)
    assert club.workspace.model.attribute("lessons", "weekday").time_part is TimePart.WEEKDAY
    assert club.rows("how many lessons on Mondays") == [(10,)]
    assert club.rows("how many lessons on weekends") == [(20,)]
    assert club.rows("how many lessons on Saturday and Sunday") == [(20,)]
    days = [row[0] for row in club.rows("total hours of lessons by day of the week")]
    assert days == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    assert [row[0] for row in club.rows("total hours of lessons by day of the week", "only on weekends")] == [
        "Sat",
        "Sun",
    ]


def test_a_row_that_counts_what_happened_stands_for_that_many(database: Opener) -> None:
    club = desk(database, CLUB)
    assert club.workspace.model.by_name["entries"].counted_by == "count"
    assert club.rows("how many entries on Fridays") == [(30,)]
    assert club.rows("how many lessons are there") == [(70,)]


def test_a_year_and_a_named_month_make_a_date_as_precise_as_a_month(database: Opener) -> None:
    ledger = desk(database, LEDGER)
    date = ledger.workspace.model.attribute("visits", "date")
    assert (date.data_type, date.role, date.precision) == (DataType.DATE, Role.TIME, Grain.MONTH)
    assert ledger.workspace.model.by_name["visits"].default_time == "date"
    (total,) = ledger.rows("total guests in April 2021")
    assert total == (sum(i for i in range(150) if i % 3 == 1 and i % 5 == 3),)
    months = ledger.rows("guests by month")
    assert [row[0] for row in months[:5]] == [dt.date(2020, month, 1) for month in range(1, 6)]
    assert sum(row[1] for row in months if isinstance(row[1], int)) == sum(range(150))
    assert [row[0] for row in ledger.rows("guests by year")] == [2020, 2021, 2022]


def test_what_is_known_by_the_month_is_not_asked_by_the_day(database: Opener) -> None:
    ledger = desk(database, LEDGER)
    assert "months only" in ledger.refusal("total guests on 5 May 2021")
    assert "week" in ledger.refusal("total guests by week")


@pytest.mark.parametrize(
    ("columns", "first", "precision"),
    [
        ("2021 + i % 2 AS year, 1 + i % 12 AS month, 1 + i % 28 AS day", dt.date(2021, 1, 1), None),
        ("2021 + i % 2 AS year, 1 + i % 4 AS quarter", dt.date(2021, 1, 1), Grain.QUARTER),
        ("2021 AS year, ['Jan','Feb','Mar','Oct','Dec'][1 + i % 5] AS month", dt.date(2021, 1, 1), Grain.MONTH),
        ("[202103, 202104, 202105][1 + i % 3] AS period", dt.date(2021, 3, 1), Grain.MONTH),
        ("['2021-03', '2021-04', '2022-05'][1 + i % 3] AS month", dt.date(2021, 3, 1), Grain.MONTH),
        ("['Mar 2021', 'Apr 2021'][1 + i % 2] AS billing_month", dt.date(2021, 3, 1), Grain.MONTH),
    ],
)
def test_dates_are_put_together_from_what_there_is(
    database: Opener, columns: str, first: dt.date, precision: Grain | None
) -> None:
    model = infer_model(database(f"CREATE TABLE t AS SELECT {columns}, i AS amount FROM range(60) t(i)"))
    entity = model.by_name["t"]
    assert entity.default_time is not None
    time = entity.by_name[entity.default_time]
    assert (time.data_type, time.minimum, time.precision) == (DataType.DATE, first, precision)


@pytest.mark.parametrize(
    "column",
    [
        "['2009-10', '2010-11'][1 + i % 2] AS season",
        "['May', 'April'][1 + i % 2] AS first_name",
        "1 + i % 12 AS months",
        "1 + i % 14 AS month",
    ],
)
def test_what_only_looks_like_a_time_is_none(database: Opener, column: str) -> None:
    model = infer_model(database(f"CREATE TABLE t AS SELECT i AS id, {column} FROM range(60) t(i)"))
    found = model.by_name["t"].attributes[1]
    assert (found.time_part, found.data_type.is_time) == (None, False)


def test_a_table_with_a_date_of_its_own_gets_no_second(database: Opener) -> None:
    model = infer_model(
        database(
            "CREATE TABLE t AS SELECT DATE '2021-01-01' + CAST(i AS INTEGER) AS sold_on, 2021 AS year, 1 + i % 12 AS month FROM range(60) t(i)"
        )
    )
    assert model.by_name["t"].default_time == "sold_on"
    assert "date" not in model.by_name["t"].by_name
