"""Words out of names: taking names apart, writing abbreviations out, singular and plural."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

_PIECES = re.compile(r"[A-Z]{2,}s?(?=[A-Z][a-z])|[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_ANY_PIECES = re.compile(r"\d+|[^\W\d_]+")


def _packaged(name: str) -> list[str]:
    text = files("deployments.analytics.model.infer").joinpath(name).read_text(encoding="utf-8")
    return [word for line in text.splitlines() if not line.startswith("#") for word in line.split()]


ABBREVIATIONS: dict[str, str] = dict(pair.split("=", 1) for pair in _packaged("abbreviations.txt"))
"""What an abbreviation stands for; an underscore stands for a blank."""

AMBIGUOUS = frozenset(
    "act alt arr cal cap cat comp cond dep del dev dim dir disc dist ed eng est exp ext fam geo hist imp inc ind inst inv lat len lim lon med mem mi mid "
    "mo mon nat no opp opt ord org pat perm pers pop pos pref prev prob prof prog pt pub rec ref reg rel rep req res ret rev sal sec seg sem seq sess sig spec st sta stat sub sup temp "
    "tot trans ts var ver vol zip max min num avg".split()
)
"""Abbreviations that are also words or stand for several things: written out only where the schema's words or the
surroundings support it, but for the few in `ALWAYS`."""

ALWAYS = frozenset("sal max min num avg prev org pop tot inv exp ref dep".split()) & AMBIGUOUS

_IRREGULAR = {
    "people": "person", "children": "child", "men": "man", "women": "woman", "feet": "foot", "teeth": "tooth", "mice": "mouse",
    "criteria": "criterion", "phenomena": "phenomenon", "indices": "index", "vertices": "vertex", "analyses": "analysis",
    "diagnoses": "diagnosis", "theses": "thesis", "crises": "crisis", "bases": "basis", "leaves": "leaf", "lives": "life",
    "wives": "wife", "knives": "knife", "shelves": "shelf", "halves": "half", "movies": "movie", "cookies": "cookie", "series": "series",
    "species": "species", "news": "news", "staff": "staff", "data": "data", "media": "media", "status": "status", "aircraft": "aircraft",
    "equipment": "equipment", "information": "information", "sales": "sale", "goods": "goods", "statistics": "statistics", "ties": "tie",
    "heroes": "hero", "potatoes": "potato", "matrices": "matrix", "addresses": "address", "buses": "bus", "gases": "gas", "lenses": "lens",
    "houses": "house", "purchases": "purchase", "cases": "case", "leases": "lease", "databases": "database", "releases": "release", "courses": "course",
    "nurses": "nurse", "licenses": "license", "expenses": "expense", "responses": "response", "warehouses": "warehouse", "horses": "horse", "diseases": "disease",
    "phases": "phase", "invoices": "invoice", "bonus": "bonus", "campus": "campus", "virus": "virus", "canvas": "canvas", "atlas": "atlas", "gps": "gps", "sms": "sms", "always": "always",
    "axes": "axis", "premises": "premises", "earnings": "earnings", "savings": "savings", "headquarters": "headquarters", "details": "detail", "days": "day",
}  # fmt: skip
_PLURALS = {
    singular: plural
    for plural, singular in _IRREGULAR.items()
    if singular not in ("basis", "staff", "data", "media", "sale")
} | {"basis": "bases", "staff": "staff", "data": "data", "media": "media", "sale": "sales", "status": "statuses", "bonus": "bonuses"}  # fmt: skip
for _same in (
    "aircraft",
    "equipment",
    "information",
    "series",
    "species",
    "news",
    "goods",
    "headquarters",
    "premises",
    "earnings",
    "savings",
):
    _PLURALS[_same] = _same
for _regular in ("campus", "virus", "canvas", "atlas"):
    _PLURALS[_regular] = _regular + "es"


@cache
def common_words() -> frozenset[str]:
    """The packaged list of common words, with their singulars."""
    words = set(_packaged("words.txt"))
    words |= {whole for long in ABBREVIATIONS.values() for whole in long.split("_")}
    return frozenset(words | {singular(word) for word in words} | {plural(word) for word in words})


@cache
def pieces(name: str) -> tuple[str, ...]:
    """A name taken apart where its writing says so, in lower case.

    >>> pieces("sbTxAmount"), pieces("TV_Channel"), pieces("CountryAbbrev"), pieces("line_1"), pieces("18_49_Share")
    (('sb', 'tx', 'amount'), ('tv', 'channel'), ('country', 'abbrev'), ('line', '1'), ('18', '49', 'share'))
    """
    # Which letters of other alphabets are capitals is left alone: only marks and digits part such a name.
    pattern = _PIECES if name.isascii() else _ANY_PIECES
    found = tuple(piece.lower() for piece in pattern.findall(name))
    return found or (name.lower(),)


@cache
def singular(word: str) -> str:
    """The singular of an English noun; a singular stays as it is.

    >>> [singular(word) for word in ("orders", "companies", "boxes", "addresses", "status", "class", "people")]
    ['order', 'company', 'box', 'address', 'status', 'class', 'person']
    """
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith("uses") and word not in ("uses", "causes", "clauses", "pauses", "excuses", "spouses", "fuses"):
        return word[:-2]
    if word.endswith(("sses", "xes", "ches", "shes", "zzes")):
        return word[:-2]
    return word[:-1]


@cache
def plural(word: str) -> str:
    """The plural of an English noun given in the singular.

    >>> [plural(word) for word in ("order", "company", "box", "day", "person", "aircraft", "class")]
    ['orders', 'companies', 'boxes', 'days', 'people', 'aircraft', 'classes']
    """
    if word in _PLURALS:
        return _PLURALS[word]
    if word.endswith("y") and word[-2:-1] not in ("a", "e", "i", "o", "u", ""):
        return word[:-1] + "ies"
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return word + "es"
    return word + "s"


def abbreviates(short: str, long: str) -> bool:
    """Whether `short` is a way to shorten the word `long`: its beginning (three letters or more), its first letter with
    consonants in order, or a known abbreviation.

    >>> abbreviates("cust", "customer"), abbreviates("dpt", "department"), abbreviates("cat", "country")
    (True, True, False)
    """
    if len(short) < 2 or len(short) >= len(long) or short[0] != long[0]:
        return False
    if ABBREVIATIONS.get(short) == long or (len(short) >= 3 and long.startswith(short)):
        return True
    if len(short) < 3 or any(letter in "aeiou" for letter in short[1:]):
        return False
    rest = iter(long[1:])
    return all(letter in rest for letter in short[1:])
