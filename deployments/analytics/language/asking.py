"""What the reading of an analysis ends with: the analysis, or a question back where it cannot be read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from deployments.analytics.insights.interpret import interpret
from deployments.contracts.agents import Reading
from deployments.contracts.answers import Choice, Clarification, Intent
from deployments.contracts.query import AnalyticQuery

if TYPE_CHECKING:
    from deployments.analytics.language.reader import Reader


def ask(question: str, code: str = "ambiguous", choices: tuple[Choice, ...] = ()) -> Reading:
    """The reading that asks; `code` is a clarification's."""
    clarification = Clarification.model_validate({"question": question, "code": code, "choices": choices})
    return Reading(intent=Intent.CLARIFICATION, clarification=clarification)


def as_analysis(reader: Reader, reading: Reading, query: AnalyticQuery, said: Iterable[str]) -> Reading:
    """The reading of what is to be analyzed as that of its analysis, with what is assumed of it."""
    return reading.model_copy(
        update={
            "intent": Intent.ANALYSIS,
            "query": query,
            "interpretation": interpret(query, reader.model),
            "changes": (),
            "assumptions": tuple(dict.fromkeys(said)),
            "confidence": max(reading.confidence, 0.8),
        }
    )
