"""Questions that ask what lies behind the rows, by their frames: each leaves an ordinary question and what to find out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deployments.analytics.language.changes import read_change
from deployments.analytics.language.cohort_table import read_cohorts
from deployments.analytics.language.over_time import read_oddity, read_outlook
from deployments.analytics.language.relations import read_relation
from deployments.contracts.agents import Reading, ReadRequest

if TYPE_CHECKING:
    from deployments.analytics.language.reader import Reader


def read_analysis(reader: Reader, text: str, request: ReadRequest) -> Reading | None:
    """The reading of a question that asks for an analysis; None where the message is none."""
    for read in (read_change, read_outlook, read_oddity, read_relation, read_cohorts):
        reading = read(reader, text, request)
        if reading is not None:
            return reading
    return None
