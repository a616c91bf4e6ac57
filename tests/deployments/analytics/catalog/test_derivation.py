import pytest

from deployments.analytics.language.about import asks_how
from deployments.contracts.agents import Context, ReadRequest
from deployments.contracts.answers import AnswerStep, Intent
from tests.deployments.analytics.desk import TODAY, desk
from tests.deployments.analytics.model.conftest import Opener, database

__all__ = ["database"]

SHOPS = """
CREATE TABLE shops(shop_id INTEGER PRIMARY KEY, shop_name VARCHAR, region VARCHAR);
INSERT INTO shops VALUES (1, 'Old Mill', 'North'), (2, 'High Street', 'South');
CREATE TABLE sales(sale_id INTEGER PRIMARY KEY, shop_id INTEGER REFERENCES shops(shop_id), sold_on DATE, amount DECIMAL(8, 2));
INSERT INTO sales SELECT i, 1 + i % 2, DATE '2023-01-01' + CAST(i AS INTEGER), 10 + i FROM range(150) r(i);
"""


@pytest.mark.parametrize(
    "text",
    ["how did you get that?", "How was this calculated", "explain", "explain the last answer", "show me your work",
     "where does this number come from?", "which tables did you use?", "so how did you come up with that number"],
)  # fmt: skip
def test_questions_how_an_answer_came_about_are_known(text: str) -> None:
    assert asks_how(text)


@pytest.mark.parametrize(
    "text", ["explain revenue", "how many orders are there", "where do orders come from", "what did Bob do"]
)
def test_other_questions_are_not(text: str) -> None:
    assert not asks_how(text)


def test_each_step_from_the_measure_to_the_statement_is_told(database: Opener) -> None:
    asked = desk(database, SHOPS)
    reading = asked.workspace.read(ReadRequest(text="total amount by shop in the North in March", as_of=TODAY))
    assert reading.query is not None
    run = asked.workspace.run(reading.query, TODAY)
    context = Context(
        query=reading.query,
        sql=run.sql,
        assumptions=reading.assumptions,
        steps=(AnswerStep(purpose="the whole", sql="SELECT 1"), AnswerStep(purpose="by shop", sql="SELECT 2")),
    )
    how = asked.workspace.read(ReadRequest(text="how did you get that?", context=context, as_of=TODAY))
    assert how.intent is Intent.METADATA
    assert how.topic is not None
    told = asked.workspace.describe(how.topic)
    assert told.result is not None
    steps = [(row[1], str(row[2])) for row in told.result.rows]
    assert [part for part, _ in steps] == [
        "measure", "groups", "period", "filter", "tables", "join", "assumption", "query", "query", "sql",
    ]  # fmt: skip
    words = dict(steps)
    assert "March 2023" in words["period"]
    assert "region is North" in words["filter"]
    assert "sales and shops" in words["tables"]
    assert "sales.shop_id = shops.shop_id" in words["join"]
    assert "the year was not given: 2023" in words["assumption"]
    assert told.response.startswith("1. The measure is total")


def test_without_an_answer_there_is_nothing_to_explain(database: Opener) -> None:
    assert "no earlier answer" in desk(database, SHOPS).refusal("how did you get that?")


def test_what_data_there_is_and_how_fresh_it_is_can_be_asked(database: Opener) -> None:
    workspace = desk(database, SHOPS).workspace

    def told(text: str) -> str:
        reading = workspace.read(ReadRequest(text=text, as_of=TODAY))
        assert reading.topic is not None, text
        return workspace.describe(reading.topic).response

    assert "from 1 January 2023 to 30 May 2023" in told("how far back does the data go?")
    assert "sales" in told("how current are the sales?")
    assert "2 distinct values" in told("what values does region have?")
    assert "column of sales" in told("what does amount mean?")
    assert "2 tables" in told("what data do you have?")
