"""Schemas as they are found, asked as people ask."""

from __future__ import annotations

import pytest

from tests.deployments.analytics.desk import desk
from tests.deployments.analytics.model.conftest import Opener

PLACES = """
CREATE TABLE shops AS SELECT i AS id, 'Shop ' || i AS name, ['CA', 'NY', 'TX'][1 + i % 3] AS state,
  ['DE', 'FR', 'CA'][1 + i % 3] AS country_code FROM range(9) t(i);
CREATE TABLE branches AS SELECT i AS id, 'Branch ' || i AS name, ['California', 'New York', 'Texas'][1 + i % 3] AS region FROM range(6) t(i);
"""


@pytest.mark.parametrize(
    ("question", "count"),
    [
        ("how many shops are in California", 3),
        ('how many shops are in the state of "California"', 3),
        ("how many shops in California and Texas", 6),
        ("how many German shops are there", 3),
        ("how many shops are in Canada", 3),
        ("how many branches in TX", 2),
        ("how many branches in California", 2),
    ],
)
def test_a_place_is_found_however_the_data_spells_it(database: Opener, question: str, count: int) -> None:
    assert desk(database, PLACES).rows(question) == [(count,)]


PRICED = """
CREATE TABLE deals AS SELECT i AS id, ['$1,250.00', '$75.50', 'N/A'][1 + i % 3] AS fee, ['5%', '12.5%'][1 + i % 2] AS discount,
  ['1,2', '3,4'][1 + i % 2] AS parts FROM range(12) t(i);
"""


def test_numbers_written_for_people_are_numbers(database: Opener) -> None:
    deals = desk(database, PRICED)
    assert deals.rows("total fee of the deals") == [(5302.0,)]
    ((average,),) = deals.rows("average discount of deals")
    assert average == pytest.approx(0.0875)
    model = deals.workspace.model
    assert model.attribute("deals", "discount").unit == "%"
    assert not model.attribute("deals", "parts").data_type.is_number
