"""A reading that is more likely wrong than right is offered, and not answered."""

from __future__ import annotations

import re

from deployments.contracts.agents import Reading
from deployments.contracts.answers import Choice, Clarification, Intent

LEAST = 0.5
"""Below this confidence a reading is asked about first."""

_CONFIRMED = re.compile(r"\s*\(as you read it\)\s*$", re.IGNORECASE)


def without_confirmation(text: str) -> tuple[str, bool]:
    """The question, and whether it says that what was read of it is what is meant.

    >>> without_confirmation("sales of the big ones (as you read it)")
    ('sales of the big ones', True)
    """
    found = _CONFIRMED.search(text)
    return (text[: found.start()], True) if found else (text, False)


def or_ask(reading: Reading, text: str) -> Reading:
    """The reading where it is likely right, else the question whether it is; to choose it sends the message again, confirmed."""
    if reading.query is None or reading.confidence >= LEAST:
        return reading
    meant = reading.interpretation.rstrip(".")
    asked = Clarification(
        question=f"I am not sure that I understand. Do you mean: {meant}? If not, please put it in other words.",
        code="unsure",
        choices=(Choice(label=meant, message=f"{text.rstrip()} (as you read it)"),),
    )
    return Reading(intent=Intent.CLARIFICATION, clarification=asked, explanation=reading.explanation)
