"""Rule for parts of text: "starting with A", "with the word 'Hey' in its title"."""

from __future__ import annotations

from deployments.analytics.language.rules.restrictions import operand_near
from deployments.analytics.language.walker import Walker
from deployments.contracts.query import Comparison, Constant, Operator

_PATTERNS = {
    "start with": Operator.STARTS_WITH, "starting with": Operator.STARTS_WITH, "begin with": Operator.STARTS_WITH,
    "beginning with": Operator.STARTS_WITH, "starts with": Operator.STARTS_WITH, "begins with": Operator.STARTS_WITH,
    "end with": Operator.ENDS_WITH, "ending with": Operator.ENDS_WITH, "ends with": Operator.ENDS_WITH,
    "ending in": Operator.ENDS_WITH,
}  # fmt: skip


_PARTS_OF_TEXT = ("word", "letter", "substring", "string", "phrase", "character", "prefix", "suffix", "keyword")


def contains(w: Walker, i: int) -> int | None:
    """ "with the word 'Hey' in its title", "starting with A", "containing 'east'"."""
    pair = " ".join(part.text.lower() for part in w.items[i : i + 2])
    operator = _PATTERNS.get(pair)
    j = i + 2 if operator else i
    if operator is None and w.items[i].lemma in _PARTS_OF_TEXT and not w.items[i].is_link:
        operator = Operator.CONTAINS
    elif operator is None and w.items[i].lemma in ("contain", "include", "containing", "including", "like", "mention"):
        quoted = w.at(w.next(i + 1))
        if quoted is None or not quoted.quoted:
            return None
        operator, j = Operator.CONTAINS, i
    if operator is None:
        return None
    k = j + (1 if operator is Operator.CONTAINS else 0)
    while k < len(w.items) and (w.items[k].text.lower() in ("the", "a", "an") or w.items[k].lemma in _PARTS_OF_TEXT):
        k += 1
    if k >= len(w.items) or not (
        w.items[k].quoted or len(w.items[k].text) == 1 or w.items[k].unknown or w.items[k].values
    ):
        return None
    text = w.items[k].text
    ref, after = None, k + 1
    named = w.next(k + 1, over=("in", "its", "their", "the", "on", "within", "of"))
    if (
        named > k + 1
        and named < len(w.items)
        and w.items[named].attributes
        and w.items[k + 1].text.lower() in ("in", "on", "within")
    ):
        ref, after = w.link.ref(named, w.anchor), named + 1
    operand = operand_near(w, i)
    if any(item.text.lower() == "its" for item in w.items[k + 1 : named]) and operand is not None and operand.ref:
        # "a song with the word 'Hey' in its title": the song's, and no title of anything else.
        ref = operand.ref if operand.ref.attribute.data_type.value == "text" else ref
    if ref is None and operand is not None:
        ref = operand.ref
    if (
        ref is None
        and w.sketch.asks
        and w.sketch.asks[-1].ref is not None
        and w.sketch.asks[-1].ref.attribute.data_type.value == "text"
    ):
        ref = w.sketch.asks[-1].ref
    if ref is None:
        return None
    w.require(ref, Comparison(left=ref.scalar, operator=operator, right=Constant(value=text)), i)
    return after
