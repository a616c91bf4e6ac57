"""How entities connect, as the language core needs it: distances and whether a step goes to one or to many."""

from __future__ import annotations

import heapq
from functools import lru_cache

from deployments.analytics.language.ties import ties_of
from deployments.analytics.model.schema import Relationship, SemanticModel

TO_ONE, TO_MANY = 1.0, 1.3


class Graph:
    """The relationships of a model in both directions."""

    def __init__(self, model: SemanticModel) -> None:
        self.model = model
        self.edges: dict[str, list[tuple[str, float, Relationship, bool]]] = {e.name: [] for e in model.entities}
        for relationship in model.relationships:
            guess = 0.2 * (1 - relationship.confidence)
            if relationship.from_entity in self.edges and relationship.to_entity in self.edges:
                self.edges[relationship.from_entity].append(
                    (relationship.to_entity, TO_ONE + guess, relationship, True)
                )
                back = TO_ONE if relationship.one_to_one else TO_MANY
                self.edges[relationship.to_entity].append((relationship.from_entity, back + guess, relationship, False))
        self.ties = ties_of(model)
        self.path = lru_cache(maxsize=4096)(self._path)

    def _path(self, start: str, end: str) -> tuple[tuple[Relationship, bool], ...] | None:
        """The cheapest walk, as (relationship, to one?) steps; None where there is none."""
        queue: list[tuple[float, int, str, tuple[tuple[Relationship, bool], ...]]] = [(0.0, 0, start, ())]
        seen: set[str] = set()
        count = 0
        while queue:
            cost, _, node, steps = heapq.heappop(queue)
            if node == end:
                return steps
            if node in seen:
                continue
            seen.add(node)
            for other, weight, relationship, forward in self.edges.get(node, ()):
                if other not in seen:
                    count += 1
                    to_one = forward or relationship.one_to_one
                    heapq.heappush(queue, (cost + weight, count, other, (*steps, (relationship, to_one))))
        return None

    def distance(self, start: str, end: str) -> float:
        """The number of joins between two entities; infinite where there is no path."""
        if start == end:
            return 0.0
        path = self.path(start, end)
        return float("inf") if path is None else float(len(path))

    def to_one(self, start: str, end: str) -> bool:
        """Whether each row of `start` has at most one row of `end`."""
        path = self.path(start, end)
        return path is not None and all(one for _, one in path)

    def between(self, start: str, end: str) -> list[Relationship]:
        """Direct relationships from `start` (many side) to `end`."""
        return [r for other, _, r, forward in self.edges.get(start, ()) if other == end and forward]
