"""A question back, where an analysis cannot be read."""

from __future__ import annotations

from deployments.contracts.agents import Reading
from deployments.contracts.answers import Choice, Clarification, Intent


def ask(question: str, code: str = "ambiguous", choices: tuple[Choice, ...] = ()) -> Reading:
    """The reading that asks; `code` is a clarification's."""
    clarification = Clarification.model_validate({"question": question, "code": code, "choices": choices})
    return Reading(intent=Intent.CLARIFICATION, clarification=clarification)
