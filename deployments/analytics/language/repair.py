"""A question with a word that is not known, put right: what a clarification offers is the whole question, and works."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from deployments.contracts.agents import Reading, ReadRequest
from deployments.contracts.answers import Choice

MOST_TRIED = 5
MOST_OFFERED = 3


def with_repairs(
    request: ReadRequest,
    reading: Reading,
    read: Callable[[ReadRequest], Reading],
    nearest_names: Callable[[str], tuple[str, ...]],
) -> Reading:
    """The reading, whose clarification of unknown words offers the question with each of the nearest names in their
    place, as far as that is then understood. Its label is the name."""
    asked = reading.clarification
    if asked is None or asked.code != "unknown_words" or not asked.words:
        return reading
    choices: list[Choice] = []
    for tried, (name, text) in enumerate(_repaired(request.text, asked.words, nearest_names)):
        if tried == MOST_TRIED or len(choices) == MOST_OFFERED:
            break
        found = read(request.model_copy(update={"text": text}))
        if found.query is not None or found.topic is not None:
            choices.append(Choice(label=name, message=text))
    return reading.model_copy(update={"clarification": asked.model_copy(update={"choices": tuple(choices)})})


def _repaired(
    text: str, words: tuple[str, ...], nearest_names: Callable[[str], tuple[str, ...]]
) -> Iterator[tuple[str, str]]:
    near = {word: nearest_names(word) for word in words}
    if not all(near.values()):
        return
    offered = set()
    # One word is varied at a time, the others stand for what is nearest to them.
    for varied in words:
        for name in near[varied]:
            put = {word: name if word == varied else near[word][0] for word in words}
            if tuple(put.values()) not in offered:
                offered.add(tuple(put.values()))
                yield ", ".join(put.values()), _with(text, put)


def _with(text: str, put: dict[str, str]) -> str:
    for word, name in put.items():
        found = re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, flags=re.IGNORECASE)
        text = f"{text[: found.start()]}{name}{text[found.end() :]}" if found else text
    return text
