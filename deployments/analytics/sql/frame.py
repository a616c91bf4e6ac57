"""The rows a SELECT stands on: an entity, and what is joined to each of its rows.

A frame joins only what a row has at most one of, so its rows stay the rows of its entity, except along the paths that
were opened for a dimension (`open`), where the one who opened them sees to it that nothing is counted twice.
"""

from __future__ import annotations

from sqlglot import exp

from deployments.analytics.model.schema import DataType, Entity
from deployments.analytics.sql import nodes
from deployments.analytics.sql.context import Context, Scope
from deployments.analytics.sql.joins import Path, Step
from deployments.contracts.errors import InvalidQuery
from deployments.contracts.query import Attribute

ROW_NUMBER = "row_number"


class Instance:
    """An entity as it stands in a FROM clause, reached by one step from its parent."""

    __slots__ = ("alias", "entity", "numbered", "parent", "required", "step")

    def __init__(self, entity: Entity, alias: str, parent: Instance | None = None, step: Step | None = None) -> None:
        self.entity = entity
        self.alias = alias
        self.parent = parent
        self.step = step
        self.required = False
        self.numbered = False

    @property
    def optional(self) -> bool:
        """Whether a row of the base may have none of it, and is kept all the same."""
        if self.parent is None or self.step is None or self.required:
            return False
        if self.parent.optional:
            return True
        if self.step.to_many:
            return False
        return not (self.step.forward and self.step.relationship.complete)

    def require(self) -> None:
        """A condition holds only for rows that have it."""
        self.required = True
        if self.parent is not None:
            self.parent.require()


class Frame:
    """The FROM clause in the making.

    `outer` is the frame whose rows this one refers to; `prefix`, where given, the path by which an EXISTS over this
    frame left it, so that attributes are still reached by the paths of the outer frame's entity."""

    def __init__(
        self, context: Context, entity: Entity, scope: Scope, outer: Frame | None = None, prefix: Path | None = None
    ) -> None:
        self.context = context
        self.scope = scope
        self.outer = outer
        self.prefix = prefix
        self.base = Instance(entity, self._alias(entity, None))
        self.opened: list[Path] = []
        self.qualified = outer is not None
        self._instances: dict[Path, Instance] = {(): self.base}
        self._columns: list[exp.Column] = []

    def route(self, entity: str, names: tuple[str, ...] = ()) -> tuple[Frame, Path]:
        """Where an entity's row is found: the frame (this or an outer one) and the path in it."""
        if self.outer is not None and self.prefix is not None:
            owner, path = self.outer.route(entity, names)
            if owner is self.outer and path[: len(self.prefix)] == self.prefix:
                return self, path[len(self.prefix) :]
            return owner, path
        graph, source = self.context.graph, self.base.entity.name
        path = graph.route(source, entity, names)
        if not names and path and graph.is_ambiguous(source, entity):
            self.context.warn(f"{source} and {entity} are connected in more than one way; {_written(path)} was taken")
        return self, path

    def crossing(self, path: Path) -> Path | None:
        """The part of a path up to its first step that leads to several rows and was not opened; None if none."""
        for index, step in enumerate(path):
            if step.to_many and path[: index + 1] not in self.opened:
                return path[: index + 1]
        return None

    def open(self, path: Path) -> None:
        """Let the rows be multiplied along a path. The caller counts each row of the base once nevertheless."""
        for index, step in enumerate(path):
            if step.to_many and path[: index + 1] not in self.opened:
                self.opened.append(path[: index + 1])

    def at(self, path: Path) -> Instance:
        """The instance at the end of a path, joined if it is not there yet."""
        instance = self._instances.get(path)
        if instance is None:
            crossing = self.crossing(path)
            if crossing is not None:
                raise InvalidQuery(
                    f"A row of {self.base.entity.name} has several {path[-1].target}: say which of them is meant"
                )
            parent, step = self.at(path[:-1]), path[-1]
            entity = self.context.entity(step.target)
            instance = Instance(entity, self._alias(entity, step), parent, step)
            self._instances[path] = instance
            self.qualified = True
            self.context.say_join(step)
        return instance

    def require(self, path: Path) -> None:
        """A condition holds only for rows that have what is at the end of the path."""
        if path in self._instances:
            self._instances[path].require()

    def attribute(self, attribute: Attribute) -> exp.Expr:
        """The value of an attribute reached to one. Raises InvalidQuery where it is reached to many."""
        owner, path = self.route(attribute.entity, attribute.path)
        self.context.attribute(attribute.entity, attribute.name)
        if owner is not self:
            owner.qualified = True
        if path and path not in owner._instances and owner._stands_for(path, attribute.name):
            here = next(here for here, there in path[-1].pairs if there == attribute.name)
            return owner.value(owner.at(path[:-1]), here)
        return owner.value(owner.at(path), attribute.name)

    def _stands_for(self, path: Path, name: str) -> bool:
        """Whether the near side's reference holds the far side's key, so that no join is needed for it."""
        step = path[-1]
        return (
            step.forward
            and step.relationship.complete
            and any(there == name for _, there in step.pairs)
            and self.crossing(path) is None
            and not self._mismatched(step)
        )

    def _mismatched(self, step: Step) -> bool:
        """Whether the two sides of a relationship are stored as text and as number."""
        for here, there in step.pairs:
            left = self.context.attribute(step.source, here).data_type
            right = self.context.attribute(step.target, there).data_type
            if (left is DataType.TEXT) != (right is DataType.TEXT):
                return True
        return False

    def value(self, instance: Instance, name: str) -> exp.Expr:
        """The column or expression of an attribute, in an instance of this frame."""
        attribute = self.context.attribute(instance.entity.name, name)
        if attribute.expression is None:
            return self.register(nodes.column(attribute.name, instance.alias))
        node = self.context.index.parsed(attribute.expression)
        if isinstance(node, exp.Column) and not node.table:
            return self.register(nodes.column(node.name, instance.alias))
        for column in list(node.find_all(exp.Column)):
            column.set("this", nodes.identifier(column.name))
            column.set("table", nodes.identifier(instance.alias))
            self.register(column)
        return nodes.grouped(node)

    def register(self, column: exp.Column) -> exp.Column:
        """Remember a column, so that it can lose its qualifier where there is one table."""
        self._columns.append(column)
        return column

    def key(self, instance: Instance) -> list[exp.Expr]:
        """What identifies a row of an instance: its primary key, or else a number given to each row."""
        if instance.entity.primary_key:
            return [self.value(instance, name) for name in instance.entity.primary_key]
        instance.numbered = True
        return [self.register(nodes.column(ROW_NUMBER, instance.alias))]

    def link(self, near: Instance, step: Step, far: Instance, far_frame: Frame | None = None) -> exp.Expr:
        """The condition that joins two instances; the far one may stand in another frame."""
        equalities: list[exp.Expr] = []
        for here, there in step.pairs:
            left, right = self.value(near, here), (far_frame or self).value(far, there)
            left_type = self.context.attribute(step.source, here).data_type
            right_type = self.context.attribute(step.target, there).data_type
            if left_type is DataType.TEXT and right_type.is_number:
                left = nodes.cast(left, "DOUBLE", lenient=True)
            elif right_type is DataType.TEXT and left_type.is_number:
                right = nodes.cast(right, "DOUBLE", lenient=True)
            equalities.append(nodes.binary(exp.EQ, left, right))
        condition = nodes.all_of(equalities)
        if condition is None:
            raise InvalidQuery(f"The relationship {step.relationship.name} names no attributes")
        return condition

    def select(self) -> exp.Select:
        """SELECT with the FROM and JOIN clauses, and nothing selected yet."""
        joined = [
            (instance, self.link(instance.parent, instance.step, instance))
            for instance in self._instances.values()
            if instance.parent is not None and instance.step is not None
        ]
        select = nodes.select_from(self._source(self.base))
        joins = [
            exp.Join(this=self._source(instance), side="LEFT" if instance.optional else None, on=condition)
            for instance, condition in joined
        ]
        if joins:
            select.set("joins", joins)
        return select

    def close(self, aliases: set[str]) -> None:
        """Drop the qualifiers where one table is all there is and no alias of an output hides one of its columns."""
        if self.qualified or any(column.name in aliases for column in self._columns):
            return
        for column in self._columns:
            column.set("table", None)

    def _alias(self, entity: Entity, step: Step | None) -> str:
        wanted = entity.table if entity.sql is None else entity.name
        if step is not None and step.forward and step.relationship.role:
            wanted = step.relationship.role
        if step is not None and wanted.lower() in self.scope.taken and not step.relationship.role:
            wanted = step.relationship.name if step.forward else wanted
        return self.scope.take(wanted)

    def _source(self, instance: Instance) -> exp.Expr:
        entity, alias = instance.entity, instance.alias
        if entity.sql is not None:
            select = self.context.index.parsed(entity.sql)
            source: exp.Expr = nodes.subquery(select, alias)
        else:
            schema = entity.schema_name if entity.schema_name not in (None, "main") else None
            several = (entity.schema_name, entity.table) in self.context.index.catalogued_tables
            catalog = entity.catalog if several else None
            if catalog:
                schema = entity.schema_name
            source = nodes.table(entity.table, schema, catalog, alias if alias != entity.table else None)
        if instance.numbered:
            numbered = exp.Select(
                expressions=[
                    exp.Star(),
                    nodes.aliased(nodes.window(nodes.function("ROW_NUMBER")), ROW_NUMBER),
                ],
                from_=exp.From(this=source),
            )
            return nodes.subquery(numbered, alias)
        return source


def _written(path: Path) -> str:
    return " - ".join((path[0].source, *(step.target for step in path)))
