"""A conversation as golden cases: what `bi-workbench evaluate` asks again, and the SQL whose rows are right."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from deployments.contracts.agents import Fingerprint
from deployments.contracts.sessions import ChangeVisualization, Exchange, Move, RefineQuery, RunAgain, SendMessage


def golden_case(
    session_id: str, title: str | None, exchanges: Iterable[Exchange], fingerprint: Fingerprint
) -> dict[str, Any]:
    """One conversation as one case, in the form that `evaluate` reads.

    A turn without rows is asked and not scored, and so is one whose answer was judged to be wrong. Another chart of the
    same rows is no turn of it."""
    asked = [exchange for exchange in exchanges if not isinstance(exchange.command, ChangeVisualization)]
    first = asked[0].as_of.isoformat() if asked else None
    return {
        "id": session_id,
        **({"title": title} if title else {}),
        "database": fingerprint.database,
        **({"as_of": first} if first else {}),
        "model_sha256": fingerprint.model_sha256,
        "data_sha256": fingerprint.data_sha256,
        "turns": [dict(_turn(exchange, first)) for exchange in asked],
    }


def _turn(exchange: Exchange, first: str | None) -> Iterator[tuple[str, Any]]:
    match exchange.command:
        case SendMessage(content=content):
            yield "question", content
        case RefineQuery(content=content, remove=part, replace=other):
            yield from (("question", content), ("kind", "refine"))
            if part is not None:
                yield "remove", part
            if other is not None:
                yield "replace", other
        case Move(kind=direction):
            yield "question", direction
        case RunAgain():
            yield "question", "run it again"
    right = exchange.sql is not None and exchange.success and exchange.rating != "down"
    yield "gold_sql", [exchange.sql] if right else None
    if exchange.rating is not None:
        yield "rating", exchange.rating
    if exchange.as_of.isoformat() != first:
        yield "as_of", exchange.as_of.isoformat()
