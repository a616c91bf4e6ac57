"""How entities are reached from one another over the model's relationships."""

from __future__ import annotations

import difflib
import heapq
from collections.abc import Iterable
from dataclasses import dataclass

from deployments.analytics.model.schema import Relationship, SemanticModel
from deployments.contracts.errors import InvalidQuery

TO_ONE = 1.0
ONE_TO_ONE = 1.2
TO_MANY = 4.0
VALLEY = 8.0
"""Going up to a shared row and down again relates rows only through that row: the last resort."""
DOUBT = 2.0
"""What a relationship of no confidence costs on top."""


@dataclass(frozen=True, eq=False, slots=True)
class Step:
    """A relationship walked in one direction. `forward`: from the many side to the one side."""

    relationship: Relationship
    forward: bool

    @property
    def source(self) -> str:
        """The entity it starts at."""
        return self.relationship.from_entity if self.forward else self.relationship.to_entity

    @property
    def target(self) -> str:
        """The entity it leads to."""
        return self.relationship.to_entity if self.forward else self.relationship.from_entity

    @property
    def to_many(self) -> bool:
        """Whether one row may lead to several."""
        return not self.forward and not self.relationship.one_to_one

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The attributes that must be equal, source first."""
        here, there = self.relationship.from_attributes, self.relationship.to_attributes
        return tuple(zip(here, there, strict=True)) if self.forward else tuple(zip(there, here, strict=True))


Path = tuple[Step, ...]


def first_to_many(path: Path) -> int | None:
    """The index of the first step that may lead to several rows."""
    return next((index for index, step in enumerate(path) if step.to_many), None)


def is_to_one(path: Path) -> bool:
    """Whether each row leads to at most one."""
    return first_to_many(path) is None


def through_a_valley(path: Path) -> bool:
    """Whether the path goes up to a shared row and down again."""
    many = [index for index, step in enumerate(path) if step.to_many]
    return bool(many) and any(step.forward and not step.relationship.one_to_one for step in path[: many[-1]])


class Graph:
    """The relationships of one model. Paths are found once and kept."""

    def __init__(self, model: SemanticModel) -> None:
        self.model = model
        self._steps: dict[str, list[Step]] = {entity.name: [] for entity in model.entities}
        self._by_name: dict[tuple[str, bool], Step] = {}
        self._paths: dict[str, dict[str, tuple[Path, bool]]] = {}
        for relationship in model.relationships:
            for forward in (True, False):
                step = Step(relationship, forward)
                self._by_name[relationship.name, forward] = step
                self._steps[step.source].append(step)

    def path(self, source: str, target: str) -> Path | None:
        """The cheapest path, () where they are the same; None where there is none."""
        found = self._from(source).get(target)
        return None if found is None else found[0]

    def is_ambiguous(self, source: str, target: str) -> bool:
        """Whether another path costs the same as the one taken."""
        found = self._from(source).get(target)
        return found is not None and found[1]

    def route(self, source: str, target: str, names: tuple[str, ...] = ()) -> Path:
        """The path from `source` to `target`, by way of the relationships named.

        Names are read from wherever they begin: the part of them that lies before `source` is skipped, and where they
        begin further on, the default path leads there. A name after `~` walks a relationship of an entity with
        itself against its direction. Raises InvalidQuery where there is no such path."""
        for name in names:
            if name.lstrip("~") not in self.model.relationships_by_name:
                raise InvalidQuery(
                    f"There is no relationship {name!r}", suggestions=near(name, self.model.relationships_by_name)
                )
        if not names or source == target:
            walked = self._walk(source, names) if names else None
            if walked is not None and walked[-1].target == target:
                return walked
            path = self.path(source, target)
            if path is None:
                raise InvalidQuery(f"{target} cannot be reached from {source}: no relationship connects them")
            return path
        for start in range(len(names)):
            walked = self._walk(source, names[start:])
            rest = None if walked is None else self.path(walked[-1].target, target)
            if walked is not None and rest is not None:
                return walked + rest
        first = self.model.relationships_by_name[names[0].lstrip("~")]
        lead = self.path(source, first.from_entity)
        walked = None if lead is None else self._walk(first.from_entity, names)
        if lead is None or walked is None or walked[-1].target != target:
            raise InvalidQuery(f"{target} cannot be reached from {source} by way of {', '.join(names)}")
        return lead + walked

    def around(self, entity: str) -> Path:
        """The relationship of an entity with itself, towards the one. Raises InvalidQuery unless there is one."""
        steps = [step for step in self._steps[entity] if step.source == step.target and step.forward]
        if len(steps) != 1:
            raise InvalidQuery(
                f"{entity} is not related to itself" if not steps else f"{entity} is related to itself in several ways"
            )
        return (steps[0],)

    def reverse(self, step: Step) -> Step:
        """The same relationship in the other direction."""
        return self._by_name[step.relationship.name, not step.forward]

    def _walk(self, source: str, names: Iterable[str]) -> Path | None:
        here, steps = source, []
        for name in names:
            relationship = self.model.relationships_by_name[name.lstrip("~")]
            forward = here == relationship.from_entity and not name.startswith("~")
            if not forward and here != relationship.to_entity:
                return None
            steps.append(self._by_name[relationship.name, forward])
            here = steps[-1].target
        return tuple(steps)

    def _from(self, source: str) -> dict[str, tuple[Path, bool]]:
        if source not in self._paths:
            self._paths[source] = self._search(source)
        return self._paths[source]

    def _search(self, source: str) -> dict[str, tuple[Path, bool]]:
        """Dijkstra's algorithm over (entity, whether a shared row was passed)."""
        best: dict[tuple[str, bool], float] = {(source, False): 0.0}
        found: dict[str, tuple[Path, bool]] = {}
        costs: dict[str, float] = {}
        order = 0
        queue: list[tuple[float, int, str, bool, Path, bool]] = [(0.0, order, source, False, (), False)]
        while queue:
            cost, _, here, risen, path, doubtful = heapq.heappop(queue)
            if here in found:
                if cost == costs[here] and path and path != found[here][0]:
                    found[here] = (found[here][0], True)
                if cost > best.get((here, risen), cost):
                    continue
            else:
                found[here], costs[here] = (path, doubtful), cost
            for step in self._steps[here]:
                if step.source == step.target or any(passed.source == step.target for passed in path):
                    continue
                state = (step.target, risen or (step.forward and not step.relationship.one_to_one))
                total = cost + _cost(step, risen)
                if total <= best.get(state, total):
                    best[state] = total
                    order += 1
                    queue_entry = (total, order, step.target, state[1], (*path, step), found[here][1])
                    heapq.heappush(queue, queue_entry)
        return found


def _cost(step: Step, risen: bool) -> float:
    base = TO_MANY if step.to_many else TO_ONE if step.forward else ONE_TO_ONE
    return base + (VALLEY if risen and step.to_many else 0.0) + DOUBT * (1.0 - step.relationship.confidence)


def near(name: str, names: Iterable[str]) -> tuple[str, ...]:
    """The names most like `name`, for an error's suggestions."""
    return tuple(difflib.get_close_matches(name, list(names), n=3, cutoff=0.4))
