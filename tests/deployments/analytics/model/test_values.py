from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deployments.analytics.model import postings
from deployments.analytics.model.infer import infer_model
from deployments.analytics.model.values import ValueIndex, ValueMatch
from tests.deployments.analytics.model.conftest import Opener

ENTRIES = [
    ("doctor", "name", "Dr. Clara Moreau", 3),
    ("doctor", "name", "Dr. Jean Moreau", 9),
    ("city", "name", "São Paulo", 5),
    ("city", "name", "Paris", 7),
    ("hotel", "city", "Paris", 20),
    ("product", "category", "Home & Kitchen", 4),
    ("product", "category", "Electronics", 6),
]
INDEX = ValueIndex(ENTRIES)


def values(found: tuple[ValueMatch, ...]) -> list[str]:
    return [match.value for match in found]


def test_the_very_text_is_exact_and_another_spelling_folded() -> None:
    assert [(m.how, m.score) for m in INDEX.exact("São Paulo")] == [("exact", 1.0)]
    assert [(m.how, m.value) for m in INDEX.exact("sao paulo")] == [("folded", "São Paulo")]
    assert values(INDEX.exact("home and kitchen")) == ["Home & Kitchen"]
    assert INDEX.exact("Pari") == ()


def test_a_value_of_several_attributes_is_found_in_each_the_most_frequent_first() -> None:
    assert [(m.entity, m.frequency) for m in INDEX.exact("paris")] == [("hotel", 20), ("city", 7)]


def test_containing_takes_whole_words_only() -> None:
    assert values(INDEX.containing("moreau")) == ["Dr. Jean Moreau", "Dr. Clara Moreau"]
    assert values(INDEX.containing("clara moreau")) == ["Dr. Clara Moreau"]
    assert INDEX.containing("more") == ()
    assert INDEX.containing("paris") == ()


def test_typing_errors_and_the_other_number_are_fuzzy() -> None:
    assert values(INDEX.fuzzy("electornics")) == ["Electronics"]
    assert values(INDEX.fuzzy("electronic")) == ["Electronics"]
    assert INDEX.fuzzy("telescopes") == ()
    assert all(match.score < 0.98 for match in INDEX.fuzzy("electronic"))


def test_a_prefix_is_of_whole_words() -> None:
    assert INDEX.has_prefix(("dr", "clara"))
    assert INDEX.has_prefix(("home", "&"))
    assert not INDEX.has_prefix(("dr", "cl"))
    assert not INDEX.has_prefix(())
    assert INDEX.max_tokens == 3


def test_an_empty_index_finds_nothing() -> None:
    empty = ValueIndex([])
    assert (
        empty.exact("a"),
        empty.containing("a"),
        empty.fuzzy("abc"),
        empty.has_prefix(("a",)),
        empty.max_tokens,
    ) == ((), (), (), False, 0)


@given(st.lists(st.text(min_size=1, max_size=12), max_size=20), st.text(max_size=12))
def test_exact_finds_what_folds_alike_and_nothing_else(texts: list[str], phrase: str) -> None:
    from deployments.analytics.model.folding import fold

    index = ValueIndex(("t", "a", text, 1) for text in dict.fromkeys(texts))
    wanted = sorted(text for text in set(texts) if fold(text) and fold(text) == fold(phrase))
    assert sorted(values(index.exact(phrase))) == wanted
    assert all(values(index.exact(text)) for text in texts if fold(text) and text.isascii())


def test_it_reads_names_and_codes_but_no_numbers_or_long_texts(database: Opener) -> None:
    warehouse = database(
        "CREATE TABLE item AS SELECT i AS id, 'Item ' || i AS name, CAST(i AS VARCHAR) AS weight, repeat('long text ', 20) || i AS description FROM range(1, 40) t(i)"
    )
    index = ValueIndex.build(warehouse, infer_model(warehouse))
    assert {match.attribute for match in index.containing("item")} == {"name"}
    assert len(index) == 39


def test_words_and_trigrams_of_many_values_are_found_across_the_chunks_they_are_indexed_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = [f"{first} {last}" for first in ("amber", "basalt", "cobalt", "dune") for last in ("road", "lane", "court")]
    monkeypatch.setattr(postings, "_CHUNK", 5)
    index = ValueIndex(("streets", "name", name, 1) for name in names)
    assert {match.value for match in index.containing("lane")} == {name for name in names if name.endswith("lane")}
    for name in names:
        misspelt = name[:2] + name[3:]
        assert name in {match.value for match in index.fuzzy(misspelt)}
