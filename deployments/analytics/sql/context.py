"""What the passes over one query share: the model with its join graph, what was assumed, which names are taken."""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict
from functools import cached_property

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError

from deployments.analytics.model.schema import Attribute, Entity, SemanticModel
from deployments.analytics.sql.joins import Graph, Step, near
from deployments.contracts.errors import InvalidQuery
from deployments.contracts.query import TimeWindow

KEPT_MODELS = 16


class ModelIndex:
    """What is derived from a model once: its join graph and its parsed expressions."""

    def __init__(self, model: SemanticModel) -> None:
        self.model = model
        self.graph = Graph(model)
        self._expressions: dict[str, exp.Expr] = {}

    @cached_property
    def catalogued_tables(self) -> frozenset[tuple[str | None, str]]:
        """The (schema, table) that stand in several catalogs, so that only the catalog tells them apart."""
        seen: dict[tuple[str | None, str], set[str | None]] = {}
        for entity in self.model.entities:
            seen.setdefault((entity.schema_name, entity.table), set()).add(entity.catalog)
        return frozenset(key for key, catalogs in seen.items() if len(catalogs) > 1)

    def parsed(self, sql: str) -> exp.Expr:
        """A fresh tree of an attribute's expression or an entity's SELECT. Raises InvalidQuery if it is not SQL."""
        if sql not in self._expressions:
            try:
                self._expressions[sql] = parse_one(sql, read=self.model.dialect)
            except SqlglotError:
                raise InvalidQuery(f"The model holds an expression that is not SQL: {sql}") from None
        return self._expressions[sql].copy()


_indexes: OrderedDict[int, ModelIndex] = OrderedDict()


def index_of(model: SemanticModel) -> ModelIndex:
    """The index of a model, kept for the models used last."""
    index = _indexes.get(id(model))
    if index is None or index.model is not model:
        index = _indexes[id(model)] = ModelIndex(model)
        while len(_indexes) > KEPT_MODELS:
            _indexes.popitem(last=False)
    return index


class Context:
    """One compilation. Collects assumptions and warnings in the order they arise, each once."""

    def __init__(self, model: SemanticModel, as_of: dt.date) -> None:
        self.model = model
        self.as_of = as_of
        self.index = index_of(model)
        self.graph = self.index.graph
        self.assumptions: dict[str, None] = {}
        self.warnings: dict[str, None] = {}
        self.depth = 0

    def assume(self, sentence: str) -> None:
        """Say how something left open was settled."""
        self.assumptions[sentence] = None

    def warn(self, sentence: str) -> None:
        """Say what a reader of the numbers must know."""
        self.warnings[sentence] = None

    def entity(self, name: str) -> Entity:
        """The entity. Raises InvalidQuery with the nearest names."""
        entity = self.model.by_name.get(name)
        if entity is None:
            raise InvalidQuery(f"There is no entity {name!r}", suggestions=near(name, self.model.by_name))
        return entity

    def attribute(self, entity_name: str, name: str) -> Attribute:
        """The attribute. Raises InvalidQuery with the nearest names."""
        entity = self.entity(entity_name)
        attribute = entity.by_name.get(name)
        if attribute is None:
            raise InvalidQuery(f"{entity_name} has no attribute {name!r}", suggestions=near(name, entity.by_name))
        return attribute

    def say_join(self, step: Step) -> None:
        """Say that a join rests on a guess, where it does."""
        relationship = step.relationship
        if relationship.inferred:
            here = self.entity(relationship.from_entity)
            there = self.entity(relationship.to_entity)
            keys = " and ".join(
                f"{left} = {right}"
                for left, right in zip(relationship.from_attributes, relationship.to_attributes, strict=True)
            )
            self.assume(f"Joined {here.name} to {there.name} on {keys}, which was inferred from names and values")
            for left, right in zip(relationship.from_attributes, relationship.to_attributes, strict=True):
                # What inference noted of these keys ("their rows do not match as stored") decides how to read the answer.
                start = f"{here.name}.{left} and {there.name}.{right} "
                for note in self.model.notes:
                    if note.startswith(start):
                        self.warn(note)


class Scope:
    """The table names taken in a statement and the subqueries that refer to it, and its period.

    `window` is the question's period, for rollups over what happened in it."""

    def __init__(self, window: TimeWindow | None = None) -> None:
        self.taken: set[str] = set()
        self.window = window

    def take(self, wanted: str) -> str:
        """`wanted`, or the first numbered name like it that is free."""
        name, number = wanted, 2
        while name.lower() in self.taken:
            name, number = f"{wanted}_{number}", number + 1
        self.taken.add(name.lower())
        return name
