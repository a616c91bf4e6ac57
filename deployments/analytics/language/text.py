"""Text to tokens: offsets, lower case, lemmas, stems, numbers; quoted strings kept whole.

Pure and cheap: lemmas are cached by word, so a question costs microseconds after its words were met once.
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import simplemma
import snowballstemmer

_STEMMER = snowballstemmer.stemmer("english")

_TOKEN = re.compile(
    r"""
      "(?P<q1>[^"]*)" | “(?P<q2>[^”]*)” | ``(?P<q3>.*?)(?:''|``) | ‘(?P<q4>[^’]*)’
    | (?<![\w])'(?P<q5>[^']+?(?:'[a-rt-z][^']*?)*)'(?![\w])
    | (?P<date>\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[/.]\d{1,2}[/.]\d{2,4})
    | (?P<number>[-−]?[$€£]?\d+(?:,\d{3})+(?:\.\d+)?(?:%|[kKmMbB]n?(?![\w]))?
                |[$€£]?\d+(?:\.\d+)?(?:%|(?:[kK]|[mM]|[bB]n?|bn)(?![\w]))?(?![\w]))
    | (?P<ordinal>\d+(?:st|nd|rd|th)(?![\w]))
    | (?P<word>[^\W_]+(?:['’][^\W_]+)?)
    | (?P<mark>>=|<=|!=|<>|[%$€£=<>+*/?!,;:.()&#@\[\]-])
    """,
    re.VERBOSE | re.UNICODE,
)

_SCALE = {"k": 1e3, "m": 1e6, "b": 1e9, "bn": 1e9, "mn": 1e6}

NUMBER_WORDS = {
    word: value
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
        "eighteen nineteen twenty".split()
    )
} | {
    "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90, "dozen": 12,
    "hundred": 100, "thousand": 1000, "million": 1_000_000, "billion": 1_000_000_000,
}  # fmt: skip

ORDINAL_WORDS = {
    word: value
    for value, word in enumerate("first second third fourth fifth sixth seventh eighth ninth tenth".split(), start=1)
}

_CONTRACTIONS = {
    "don't": "do not", "doesn't": "does not", "didn't": "did not", "isn't": "is not", "aren't": "are not",
    "wasn't": "was not", "weren't": "were not", "haven't": "have not", "hasn't": "has not", "hadn't": "had not",
    "can't": "can not", "won't": "will not", "dont": "do not", "doesnt": "does not", "didnt": "did not",
    "havent": "have not", "hasnt": "has not", "isnt": "is not", "arent": "are not", "what's": "what is",
    "whats": "what is", "who's": "who is", "where's": "where is", "how's": "how is", "let's": "let us",
    "i'd": "i would", "i'm": "i am", "it's": "it is", "that's": "that is", "there's": "there is",
    "we've": "we have", "they've": "they have", "cannot": "can not",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Token:
    """One token. `text` as written (without quotes), `lower` folded, `lemma` its dictionary form, `stem` a coarser
    form for derivations (director, directed). `number` where it denotes one; `percent`/`money` say how it was marked.
    `ordinal` marks 3rd or third. `start`, `end` are offsets in the question."""

    text: str
    lower: str
    lemma: str
    stem: str
    start: int
    end: int
    quoted: bool = False
    number: float | None = None
    percent: bool = False
    money: bool = False
    ordinal: bool = False
    mark: bool = False
    possessive: bool = False


def strip_accents(text: str) -> str:
    """The text without combining marks."""
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


@lru_cache(maxsize=50_000)
def lemma_of(word: str) -> str:
    """The dictionary form of a lower-case word; plural nouns and verb forms fold to one form."""
    if len(word) <= 2 or not word.isascii() or any(c.isdigit() for c in word):
        return word
    if word.endswith("ing") or word in _KEEP:
        return word if word in _KEEP else str(simplemma.lemmatize(word, lang="en"))
    return str(simplemma.lemmatize(word, lang="en"))


# Nouns and comparatives that a lemmatizer would turn into another word.
_KEEP = {
    "data", "series", "news", "sales", "less", "more", "most", "least", "better", "best", "worse", "worst", "last",
    "left", "us", "does", "was", "is", "are", "were", "has", "had", "did", "being", "been", "building", "spending",
    "earnings", "during", "their", "its", "our", "his", "her", "them", "those", "these", "they", "hers", "ours",
    "following", "rating", "ratings", "meeting", "marketing", "listing", "booking", "shipping", "opening",
    "oldest", "older", "fewest", "fewer", "lower", "lowest", "higher", "highest", "nothing", "something", "anything",
    "median", "lived", "number",
}  # fmt: skip
_KEEP_LEMMA = {"ratings": "rating", "was": "be", "is": "be", "are": "be", "were": "be", "been": "be", "being": "be",
               "has": "have", "had": "have", "did": "do", "does": "do", "won": "win", "lost": "lose", "sales": "sale", "lived": "live"}  # fmt: skip


@lru_cache(maxsize=50_000)
def stem_of(word: str) -> str:
    """A coarse stem shared by derivations."""
    return str(_STEMMER.stemWord(word))


def _lemma(word: str) -> str:
    return _KEEP_LEMMA.get(word) or lemma_of(word)


def _finite(number: float) -> float | None:
    """The number, or None for more digits than a number can hold."""
    return number if math.isfinite(number) else None


def _number(text: str) -> tuple[float | None, bool, bool]:
    money = text.lstrip("-−")[:1] in "$€£"
    percent = text.endswith("%")
    digits = text.replace(",", "").replace("$", "").replace("€", "").replace("£", "").replace("−", "-").rstrip("%")
    match = re.fullmatch(r"(-?[\d.]+)([a-zA-Z]*)", digits)
    if match is None:
        return None, percent, money
    return _finite(float(match[1]) * _SCALE.get(match[2].lower(), 1)), percent, money


def expand_contractions(text: str) -> str:
    """Write contractions out; offsets refer to the expanded text."""

    def replace(match: re.Match[str]) -> str:
        return _CONTRACTIONS.get(match[0].lower().replace("’", "'"), match[0])

    return re.sub(r"\b[A-Za-z]+(?:['’][A-Za-z]+)?\b", replace, text)


def tokenize(text: str) -> list[Token]:
    """Tokens in order. Hyphens separate words; a possessive 's is folded into its word's `possessive` flag."""
    tokens: list[Token] = []
    for match in _TOKEN.finditer(text):
        kind, raw = match.lastgroup or "word", match[0]
        start, end = match.span()
        if kind.startswith("q"):
            inner = (match[kind] or "").strip()
            if inner:
                low = inner.lower()
                tokens.append(Token(inner, low, low, low, start, end, quoted=True))
            continue
        if kind == "date":
            tokens.append(Token(raw, raw, raw, raw, start, end))
            continue
        if kind == "number":
            value, percent, money = _number(raw)
            tokens.append(Token(raw, raw.lower(), raw.lower(), raw.lower(), start, end,
                                number=value, percent=percent, money=money))  # fmt: skip
            continue
        if kind == "ordinal":
            tokens.append(Token(raw, raw.lower(), raw.lower(), raw.lower(), start, end,
                                number=_finite(float(re.sub(r"\D", "", raw))), ordinal=True))  # fmt: skip
            continue
        if kind == "mark":
            tokens.append(Token(raw, raw, raw, raw, start, end, mark=True))
            continue
        low = strip_accents(raw.lower().replace("’", "'"))
        possessive = low.endswith("'s")
        word = low[:-2] if possessive else low.replace("'", "")
        lemma = _lemma(word)
        number = NUMBER_WORDS.get(word)
        ordinal = ORDINAL_WORDS.get(word)
        meant = number if number is not None else ordinal
        tokens.append(
            Token(
                raw,
                word,
                lemma,
                stem_of(lemma),
                start,
                end,
                number=None if meant is None else float(meant),
                ordinal=ordinal is not None,
                possessive=possessive,
            )
        )
    return _join_number_words(tokens)


def _join_number_words(tokens: list[Token]) -> list[Token]:
    """Fold "two million", "a dozen", "5 thousand", "10 percent" into one number token."""
    out: list[Token] = []
    for token in tokens:
        last = out[-1] if out else None
        if (
            last is not None
            and last.number is not None
            and not last.ordinal
            and token.lower in ("hundred", "thousand", "million", "billion", "dozen")
            and token.number is not None
        ):
            out[-1] = _merge(last, token, last.number * token.number)
        elif last is not None and last.number is not None and token.lower in ("percent", "pct", "%"):
            merged = _merge(last, token, last.number)
            out[-1] = Token(merged.text, merged.lower, merged.lemma, merged.stem, merged.start, merged.end,
                            number=merged.number, percent=True)  # fmt: skip
        elif last is not None and last.mark and last.lower in "$€£" and token.number is not None:
            out[-1] = Token(token.text, token.lower, token.lemma, token.stem, last.start, token.end,
                            number=token.number, money=True)  # fmt: skip
        else:
            out.append(token)
    return out


def _merge(first: Token, second: Token, number: float) -> Token:
    text = f"{first.text} {second.text}"
    return Token(text, text.lower(), text.lower(), text.lower(), first.start, second.end,
                 number=_finite(number), percent=first.percent or second.percent, money=first.money)  # fmt: skip
