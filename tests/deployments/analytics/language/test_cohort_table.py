import duckdb
import pytest

from deployments.analytics.workspace import Workspace
from deployments.contracts.agents import ReadRequest
from tests.deployments.analytics.desk import TODAY

CLUB = """
CREATE TABLE members(member_id INTEGER PRIMARY KEY, full_name VARCHAR);
INSERT INTO members SELECT i, 'M' || i FROM range(40) r(i);
CREATE TABLE visits(visit_id INTEGER PRIMARY KEY, member_id INTEGER REFERENCES members(member_id), visited_on DATE);
INSERT INTO visits SELECT row_number() OVER (), m, DATE '2023-01-01' + CAST(m * 2 + k * (10 + m % 7) AS INTEGER) FROM range(40) a(m), range(6) b(k);
"""


@pytest.fixture(scope="module")
def club(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    path = tmp_path_factory.mktemp("club") / "club.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(CLUB)
    return Workspace.open(str(path))


@pytest.mark.parametrize(
    "text", ["retention by cohort", "show me a member cohort analysis", "monthly cohorts of members"]
)
def test_cohorts_side_by_side_count_each_person_once_a_period(club: Workspace, text: str) -> None:
    reading = club.read(ReadRequest(text=text, as_of=TODAY))
    assert reading.query is not None
    rows = [tuple(row) for row in club.run(reading.query, TODAY).result.rows]
    truth = club.warehouse.query(
        "WITH f AS (SELECT member_id, min(date_trunc('month', visited_on))::DATE AS cohort FROM visits GROUP BY 1) "
        "SELECT cohort, date_trunc('month', visited_on)::DATE, count(DISTINCT v.member_id) FROM visits v JOIN f USING (member_id) "
        "GROUP BY 1, 2 ORDER BY 1, 2"
    )
    assert rows == [tuple(row) for row in truth]
    assert "a cohort is the members whose first of all visits was in that month" in reading.assumptions
    shown = club.present(reading.query, club.run(reading.query, TODAY).result)
    assert shown.visualization is not None
    assert shown.visualization.type == "heatmap"


@pytest.mark.parametrize("text", ["cohort of visits", "cohort"])
def test_what_names_nobody_or_the_only_people_there_are(club: Workspace, text: str) -> None:
    reading = club.read(ReadRequest(text=text, as_of=TODAY))
    assert (reading.query is not None) is (text == "cohort")
