import pytest

from deployments.analytics.language.change_words import change_frames


@pytest.mark.parametrize(
    ("text", "rest", "claim"),
    [
        ("Why did revenue drop in June?", "revenue in June", "fell"),
        ("why are refunds up", "refunds", "rose"),
        ("so why did our sales in Europe go down last month?", "sales in Europe last month", "fell"),
        ("what drove the increase in orders last quarter?", "orders last quarter", "rose"),
        ("what drove revenue growth in May", "revenue in May", "rose"),
        ("what caused bookings to fall in March", "bookings in March", "fell"),
        ("why was May revenue higher than in April?", "May revenue compared with April", "rose"),
        ("why did revenue fall by 12% in June", "revenue in June", "fell"),
        ("why did revenue change from Q1 2025 to Q1 2026", "revenue in Q1 2026 compared with Q1 2025", None),
        ("explain the drop in average order value in July", "average order value in July", "fell"),
        ("what are the main drivers of profit in May", "profit in May", None),
        ("what happened to revenue in May?", "revenue in May", None),
        ("why did sales of low price products drop in May", "sales of low price products in May", "fell"),
    ],
)
def test_the_frame_is_taken_off_and_an_ordinary_question_is_left(text: str, rest: str, claim: str | None) -> None:
    frame = change_frames(text)[0]
    assert (frame.rest, frame.claim) == (rest, claim)


@pytest.mark.parametrize("text", ["why?", "But why?", "why is that?", "how come", "what caused that?"])
def test_a_bare_why_is_about_what_was_shown(text: str) -> None:
    (frame,) = change_frames(text)
    assert (frame.rest, frame.named) == ("", False)


@pytest.mark.parametrize(
    ("text", "tail"),
    [("why did it go down in March?", " in March"), ("why did that drop", ""), ("what caused the drop?", "")],
)
def test_a_pronoun_is_about_what_was_shown(text: str, tail: str) -> None:
    frame = change_frames(text)[-1]
    assert (frame.rest, frame.tail, frame.named) == ("", tail, True)


@pytest.mark.parametrize(
    "text",
    [
        "revenue by month",
        "why do customers return products",
        "why is Bob sad",
        "explain revenue",
        "which stores are growing",
        "what is revenue",
    ],
)
def test_other_questions_have_no_such_frame(text: str) -> None:
    assert change_frames(text) == ()
