from deployments.analytics.catalog.starters import starter_questions
from deployments.analytics.model.schema import SemanticModel
from tests.deployments.analytics.retail import MODEL


def test_questions_to_begin_with_are_many_and_different() -> None:
    questions = starter_questions(MODEL)
    assert 8 <= len(questions) <= 12
    assert len(set(questions)) == len(questions)


def test_they_ask_for_groups_rankings_trends_counts_and_lists_in_the_words_of_the_model() -> None:
    questions = starter_questions(MODEL)
    assert "top 10 customers by revenue" in questions
    assert "revenue by month" in questions
    assert "how many orders are there" in questions
    assert any(question.startswith("share of revenue by") for question in questions)
    assert any(question.endswith("last month") for question in questions)
    assert "list all customers" in questions


def test_a_model_without_anything_has_none() -> None:
    assert starter_questions(SemanticModel(name="empty")) == ()
