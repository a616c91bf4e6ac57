"""Questions whether two numbers go together, as a typed query: the average of one by the other, and the analysis."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import TYPE_CHECKING

from deployments.analytics.language.asking import as_analysis
from deployments.contracts.agents import Reading, ReadRequest
from deployments.contracts.query import (
    Aggregate,
    Analysis,
    AnalyticQuery,
    Attribute,
    Binned,
    Dimension,
    Direction,
    Function,
    OrderBy,
)

if TYPE_CHECKING:
    from deployments.analytics.language.reader import Reader

_TIE = r"correlat(?:e|ed|ion)|relat(?:e|ed|ion|ionship)|associat(?:ed|ion)|link(?:ed)?|connect(?:ed|ion)|tied|dependen(?:t|ce)"
_FRAMES = (
    re.compile(rf"\b(?:{_TIE}) between (?:the |our )?(?P<x>.+?) and (?:the |our )?(?P<y>.+)$", re.IGNORECASE),
    re.compile(
        rf"^(?:is|are|how (?:is|are)|how (?:closely|strongly) (?:is|are)) (?:the |our )?(?P<x>.+?) (?:{_TIE}) (?:with|to|on) (?:the |our )?(?P<y>.+)$",
        re.IGNORECASE,
    ),
    re.compile(r"^correlate (?:the |our )?(?P<x>.+?) (?:with|and|against|to) (?:the |our )?(?P<y>.+)$", re.IGNORECASE),
    re.compile(
        r"^(?:how )?(?:does|do) (?:the |our )?(?P<x>.+?) (?:affect|influence|impact|drive|correlate with|relate to|vary with) (?:the |our )?(?P<y>.+)$",
        re.IGNORECASE,
    ),
    re.compile(r"^(?:how )?(?:does|do) (?:the |our )?(?P<y>.+?) depend on (?:the |our )?(?P<x>.+)$", re.IGNORECASE),
)
_FEW = 40
"""So many different values are shown as they are; more are put into bins."""

_BINS = 12


def read_relation(reader: Reader, text: str, request: ReadRequest) -> Reading | None:
    """The reading of a question whether two attributes go together; None where the message is none."""
    said = re.sub(r"\s+", " ", text).strip(" ?.!")
    match = next((m for m in (frame.search(said) for frame in _FRAMES) if m), None)
    if match is None:
        return None
    for x, y in ((match["x"], match["y"]), (match["y"], match["x"])):
        reading = reader.read(ReadRequest(text=f"average {y} by {x}", as_of=request.as_of))
        made = _made(reader, reading.query) if reading.query is not None else None
        if made is not None:
            return as_analysis(reader, reading, made, reading.assumptions)
    return None


def _made(reader: Reader, query: AnalyticQuery) -> AnalyticQuery | None:
    """The query, if it is the average of an attribute by an attribute of the same row or of one it belongs to."""
    if len(query.measures) != 1 or len(query.dimensions) != 1:
        return None
    measure, by = query.measures[0], query.dimensions[0].of
    if not isinstance(measure, Aggregate) or measure.function is not Function.AVG or not isinstance(by, Attribute):
        return None
    of = measure.of
    attribute = reader.model.attribute(by.entity, by.name)
    if not attribute.data_type.is_number or not isinstance(of, Attribute) or of == by:
        return None
    if by.entity != measure.entity and not reader.graph.to_one(measure.entity, by.entity):
        return None
    scalar: Attribute | Binned = by
    if (attribute.distinct_count or _FEW + 1) > _FEW:
        width = _width(attribute.minimum, attribute.maximum)
        if width is None:
            return None
        scalar = Binned(of=by, width=width)
    count = Aggregate(function=Function.COUNT, entity=measure.entity)
    return AnalyticQuery(
        subject=query.subject,
        dimensions=(Dimension(of=scalar, name=query.dimensions[0].name),),
        measures=(measure, count),
        where=query.where,
        time=query.time,
        order=(OrderBy(target="dimension", index=0, direction=Direction.ASC),),
        assumptions=query.assumptions,
        analysis=Analysis(kind="correlation"),
    )


def _width(low: object, high: object) -> float | None:
    """A round width for about a dozen bins."""
    if not isinstance(low, int | float | Decimal) or not isinstance(high, int | float | Decimal) or high <= low:
        return None
    rough = float(high - low) / _BINS  # type: ignore[operator]
    power = 10.0 ** math.floor(math.log10(rough))
    return next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= rough)
