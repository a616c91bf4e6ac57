"""Whether words that nothing explains are of another language, so that the answer can say so."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

_FUNCTION_WORDS = frozenset(
    # German
    "der die das den dem ein eine einen und oder nicht war waren ist sind wie was wer wo wann warum viele viel mit von vom für im "
    "zum zur auf aus bei nach hoch zeige haben hat alle unser unsere "
    # French
    "le la les des du une et ou ne pas combien quel quelle quels quelles est sont dans pour avec sur par nous avons au aux "
    # Spanish
    "el los las del y cuántos cuántas cuanto cuantos cuantas qué cuál cuáles quién dónde cuándo por para con tenemos hay fue "
    # Italian
    "il lo gli della dei delle quanti quante quanto quale quali chi dove quando abbiamo sono nel "
    # Portuguese
    "os as da dos das quantos quantas qual quais quem onde temos foi são em no na "
    # Dutch
    "het een en of hoeveel welke wat wie waar zijn hebben wij we met voor".split()
) - frozenset("we of as no in a die war".split())
"""Words that carry no content in their language and are none in English."""

_LONGEST = 40


def is_foreign(words: Sequence[str]) -> bool:
    """Whether the unknown words are function words of another language, or mostly of another script."""
    spoken = [word.lower() for word in words]
    letters = [letter for word in spoken for letter in word if letter.isalpha()]
    other = sum(not unicodedata.name(letter, "LATIN").startswith("LATIN") for letter in letters)
    return sum(word in _FUNCTION_WORDS for word in spoken) >= 2 or (bool(letters) and 2 * other > len(letters))


def shortened(word: str) -> str:
    """A word as it is repeated to the one who wrote it."""
    return word if len(word) <= _LONGEST else f"{word[:_LONGEST]}…"
