"""From what a model file says to a semantic model, checked against the database and filled with its statistics."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from pydantic import ValidationError
from sqlglot import exp

from deployments.analytics.model.expressions import Names, NotExpressible, bare_sql, parse_sql, to_filter, to_measure
from deployments.analytics.model.file_spec import (
    DatasetSpec,
    FieldSpec,
    FilterSpec,
    MetricSpec,
    ModelSpec,
    RelationshipSpec,
)
from deployments.analytics.model.infer.types import engine_type
from deployments.analytics.model.infer.words import pieces, plural, singular
from deployments.analytics.model.instructions import follow_instructions
from deployments.analytics.model.schema import (
    Attribute,
    DataType,
    Entity,
    Metric,
    NamedFilter,
    Relationship,
    Role,
    SemanticModel,
)
from deployments.analytics.model.values import table_sql
from deployments.analytics.model.verified import with_verified
from deployments.analytics.model.yaml_lines import invalid, unknown
from deployments.analytics.warehouse.connect import Warehouse
from deployments.contracts.base import Value
from deployments.contracts.errors import InvalidQuery
from deployments.contracts.query import Attribute as AttributeOf
from deployments.contracts.query import Function

_Kind = TypeVar("_Kind", bound=Value)

STATISTICS = ("distinct_count", "unique", "null_fraction", "minimum", "maximum", "samples")
"""Fields of an attribute that come from the data and never from a file."""


def build_model(spec: ModelSpec, inferred: SemanticModel | None, warehouse: Warehouse | None) -> SemanticModel:
    """The model of the file. Raises ModelError with the line of what is wrong.

    `inferred` is the model of the same warehouse; without both, names cannot be checked and are taken on trust."""
    return _Builder(spec, inferred, warehouse).model()


class _Builder(Names):
    def __init__(self, spec: ModelSpec, inferred: SemanticModel | None, warehouse: Warehouse | None) -> None:
        self.spec = spec
        self.inferred = inferred
        self.warehouse = warehouse
        self.line = spec.line
        self.home = ""
        self.bases: dict[str, Entity | None] = {}
        self.entities: dict[str, Entity] = {}
        self.attributes: dict[str, dict[str, Attribute]] = {}
        self.renamed: dict[str, dict[str, str]] = {}
        self.relationships: list[Relationship] = []
        self.metric_names = {metric.name for metric in spec.metrics}

    def model(self) -> SemanticModel:
        for dataset in self.spec.datasets:
            self._dataset(dataset)
        if self.spec.extends:
            self._keep_inferred()
        for relationship in self.spec.relationships:
            self._relationship(relationship)
        self._keep_relationships()
        metrics = [self._metric(metric) for metric in self.spec.metrics]
        filters = [self._filter(named) for named in self.spec.filters]
        if self.spec.extends and self.inferred:
            said = {word for metric in metrics for word in (metric.name, *metric.synonyms)}
            metrics.extend(metric for metric in self.inferred.metrics if metric.name not in said)
        entities = [
            entity.model_copy(update={"attributes": tuple(self.attributes[name].values())})
            for name, entity in self.entities.items()
        ]
        extra = dict(self.spec.extra)
        filters.extend(self._validated(NamedFilter, item, self.spec.line) for item in extra.pop("filters", ()))
        notes = tuple(extra.pop("notes", self.inferred.notes if self.inferred and self.spec.extends else ()))
        model = self._validated(
            SemanticModel,
            {
                "name": self.spec.name,
                "description": self.spec.description,
                "instructions": self.spec.instructions,
                "dialect": self.warehouse.dialect if self.warehouse else "duckdb",
                "entities": entities,
                "relationships": self.relationships,
                "metrics": metrics,
                "filters": filters,
                "notes": notes,
                **extra,
            },
            self.spec.line,
        )
        return follow_instructions(with_verified(model, self.spec.verified, self.warehouse))

    # --- datasets ---------------------------------------------------------------------------------------------------

    def _dataset(self, dataset: DatasetSpec) -> None:
        if dataset.name in self.entities:
            raise invalid(dataset.line, f"dataset {dataset.name!r} stands twice")
        base = self._base(dataset)
        self.bases[dataset.name] = base
        words = [word for piece in pieces(dataset.name) for word in (piece,)]
        label = " ".join((*words[:-1], singular(words[-1])))
        known: dict[str, Any] = {
            "name": dataset.name,
            "label": label,
            "plural": " ".join((*words[:-1], plural(singular(words[-1])))),
            "table": dataset.source[-1] if dataset.source else dataset.name,
            "schema_name": dataset.source[-2] if len(dataset.source) > 1 else None,
            "sql": dataset.query or None,
        }
        if base is not None:
            known = base.model_dump(exclude={"attributes"})
            if dataset.name.lower() != base.name.lower():
                known |= {
                    "name": dataset.name,
                    "label": label,
                    "plural": " ".join((*words[:-1], plural(singular(words[-1])))),
                }
            known["name"] = dataset.name
            known["sql"] = dataset.query or None
        synonyms = tuple(dict.fromkeys((*dataset.synonyms, *known.get("synonyms", ()))))
        known |= {"synonyms": synonyms, "description": dataset.description or known.get("description", "")}
        entity: Entity = self._validated(Entity, known | dataset.extra, dataset.line)
        self.entities[dataset.name] = entity
        self.attributes[dataset.name] = {}
        self.renamed[dataset.name] = {}
        for spec in dataset.fields:
            self._field(dataset, spec, base)
        self._unlisted(dataset, base)
        renamed = self.renamed[dataset.name]
        key = tuple(renamed.get(name, name) for name in entity.primary_key)
        if dataset.primary_key:
            line = dataset.primary_key_line or dataset.line
            key = tuple(self._attribute_name(dataset.name, name, line) for name in dataset.primary_key)
        attributes = self.attributes[dataset.name]
        self.entities[dataset.name] = entity.model_copy(
            update={
                "primary_key": key,
                "label_attribute": self._kept(dataset, entity.label_attribute),
                "default_time": self._kept(dataset, entity.default_time) or self._only_time(attributes),
                "display": tuple(name for old in entity.display if (name := self._kept(dataset, old))),
            }
        )

    def _base(self, dataset: DatasetSpec) -> Entity | None:
        if self.inferred is None or dataset.query:
            return None
        wanted = dataset.source or (dataset.name,)
        found = [entity for entity in self.inferred.entities if entity.table.lower() == wanted[-1].lower()]
        if len(found) > 1 and len(wanted) > 1:
            found = [entity for entity in found if (entity.schema_name or "main").lower() == wanted[-2].lower()]
        if not found:
            raise unknown(
                dataset.line, "table", wanted[-1], [entity.table for entity in self.inferred.entities], "the data"
            )
        if len(found) > 1:
            schemas = ", ".join(entity.schema_name or "main" for entity in found)
            raise invalid(dataset.line, f"table {wanted[-1]!r} is in several schemas ({schemas}); write schema.table")
        return found[0]

    def _field(self, dataset: DatasetSpec, spec: FieldSpec, base: Entity | None) -> None:
        attributes = self.attributes[dataset.name]
        if spec.name in attributes:
            raise invalid(spec.line, f"field {spec.name!r} stands twice in {dataset.name}")
        try:
            tree = parse_sql(spec.sql, spec.dialect)
        except NotExpressible as error:
            raise invalid(spec.line, f"field {spec.name!r}: {error}") from error
        known: dict[str, Any]
        if isinstance(tree, exp.Column) and base is not None:
            column = self._column_of(base, tree.name, spec.line)
            known = column.model_dump()
            if column.name != spec.name:
                known |= {
                    "name": spec.name,
                    "label": _words(spec.name),
                    "expression": column.expression or bare_sql(exp.column(column.name)),
                }
                self.renamed[dataset.name][column.name] = spec.name
        elif base is not None and (same := base.by_name.get(spec.name)) and _is_expression(same, tree):
            known = same.model_dump()
        else:
            known = self._computed_field(dataset, spec, base, tree)
        known |= {
            "label": spec.label or known["label"],
            "description": spec.description or known.get("description", ""),
            "synonyms": tuple(dict.fromkeys((*spec.synonyms, *known.get("synonyms", ())))),
        }
        if spec.is_time and DataType(known["data_type"]).is_time:
            known["role"] = Role.TIME
        attributes[spec.name] = self._validated(Attribute, known | spec.extra, spec.line)

    def _computed_field(
        self, dataset: DatasetSpec, spec: FieldSpec, base: Entity | None, tree: exp.Expr
    ) -> dict[str, Any]:
        if base is not None:
            for column in tree.find_all(exp.Column):
                self._column_of(base, column.name, spec.line)
        sql = bare_sql(tree)
        plain = isinstance(tree, exp.Column) and tree.name == spec.name
        kind = self._type_of(self.entities[dataset.name], sql, spec.line) or _declared_type(spec)
        known = {"name": spec.name, "label": _words(spec.name), "data_type": kind, "role": _role(kind, spec.is_time)}
        if not plain:
            known["expression"] = sql
        if known["role"] is Role.ADDITIVE:
            known["default_function"] = Function.SUM
        return known | self._statistics(self.entities[dataset.name], sql, kind)

    def _unlisted(self, dataset: DatasetSpec, base: Entity | None) -> None:
        """Columns that the file does not list serve joins and expressions; they are seen only where it lists none."""
        if base is None:
            return
        seen = self.spec.extends or not dataset.fields
        for attribute in base.attributes:
            if attribute.name not in self.attributes[dataset.name] and attribute.name not in self.renamed[dataset.name]:
                kept = attribute if seen else attribute.model_copy(update={"hidden": True})
                self.attributes[dataset.name][attribute.name] = kept

    def _keep_inferred(self) -> None:
        if self.inferred is None:
            return
        named = {base.name for base in self.bases.values() if base}
        for entity in self.inferred.entities:
            if entity.name not in named and entity.name not in self.entities:
                self.entities[entity.name] = entity
                self.attributes[entity.name] = entity.by_name.copy()
                self.renamed[entity.name] = {}
                self.bases[entity.name] = entity

    # --- relationships ----------------------------------------------------------------------------------------------

    def _relationship(self, spec: RelationshipSpec) -> None:
        for name in (spec.from_dataset, spec.to_dataset):
            if name not in self.entities:
                raise unknown(spec.line, "dataset", name, self.entities, f"relationship {spec.name!r}")
        if len(spec.from_columns) != len(spec.to_columns) or not spec.from_columns:
            raise invalid(spec.line, f"relationship {spec.name!r} needs as many from as to columns, one or more")
        columns = tuple(self._attribute_name(spec.from_dataset, name, spec.line) for name in spec.from_columns)
        to_columns = tuple(self._attribute_name(spec.to_dataset, name, spec.line) for name in spec.to_columns)
        known: dict[str, Any] = {}
        for other in self._inferred_relationships():
            ends = (other.from_entity, other.to_entity, other.from_attributes, other.to_attributes)
            if ends == (spec.from_dataset, spec.to_dataset, columns, to_columns):
                known = other.model_dump()
        known |= {
            "name": spec.name,
            "from_entity": spec.from_dataset,
            "to_entity": spec.to_dataset,
            "from_attributes": columns,
            "to_attributes": to_columns,
            "inferred": False,
            "confidence": 1.0,
        }
        self.relationships.append(self._validated(Relationship, known | spec.extra, spec.line))

    def _keep_relationships(self) -> None:
        """Inferred links stay where the file extends what was inferred, or names no relationship at all."""
        if not self.spec.extends and self.spec.relationships:
            return
        said = {(r.from_entity, r.from_attributes) for r in self.relationships}
        names = {r.name for r in self.relationships}
        self.relationships.extend(
            r
            for r in self._inferred_relationships()
            if (r.from_entity, r.from_attributes) not in said and r.name not in names
        )

    def _inferred_relationships(self) -> list[Relationship]:
        """The inferred relationships between the file's datasets, by their names in the file."""
        if self.inferred is None:
            return []
        names = {base.name: name for name, base in self.bases.items() if base}
        out = []
        for r in self.inferred.relationships:
            if r.from_entity in names and r.to_entity in names:
                start, end = names[r.from_entity], names[r.to_entity]
                out.append(
                    r.model_copy(
                        update={
                            "from_entity": start,
                            "to_entity": end,
                            "from_attributes": tuple(self.renamed[start].get(name, name) for name in r.from_attributes),
                            "to_attributes": tuple(self.renamed[end].get(name, name) for name in r.to_attributes),
                        }
                    )
                )
        return out

    # --- metrics and filters ----------------------------------------------------------------------------------------

    def _metric(self, spec: MetricSpec) -> Metric:
        self.line, self.home = spec.line, spec.dataset
        extra = dict(spec.extra)
        measure: object = extra.pop("measure", None)
        if measure is None:
            try:
                measure = to_measure(parse_sql(spec.sql, spec.dialect), self).model_copy(update={"name": spec.name})
            except NotExpressible as error:
                raise invalid(spec.line, f"metric {spec.name!r}: {error}") from error
        known = {
            "name": spec.name,
            "label": _words(spec.name),
            "measure": measure,
            "description": spec.description,
            "synonyms": spec.synonyms,
        }
        return self._validated(Metric, known | extra, spec.line)

    def _filter(self, spec: FilterSpec) -> NamedFilter:
        self.line, self.home = spec.line, spec.dataset
        try:
            where = to_filter(parse_sql(spec.sql, spec.dialect), self)
        except NotExpressible as error:
            raise invalid(spec.line, f"filter {spec.name!r}: {error}") from error
        return NamedFilter(
            name=spec.name, label=_words(spec.name), entity=spec.dataset, where=where, synonyms=spec.synonyms, description=spec.description
        )  # fmt: skip

    def column(self, table: str, name: str) -> AttributeOf:
        """See Names."""
        table = table or self.home
        if table:
            entity = next((known for known in self.entities if known.lower() == table.lower()), None)
            if entity is None:
                raise unknown(self.line, "dataset", table, self.entities)
            return AttributeOf(entity=entity, name=self._attribute_name(entity, name, self.line))
        owners = [entity for entity in self.entities if self._find(entity, name) is not None]
        if len(owners) == 1:
            return AttributeOf(entity=owners[0], name=self._attribute_name(owners[0], name, self.line))
        if owners:
            raise invalid(
                self.line,
                f"column {name!r} is in several datasets; write one of {', '.join(f'{o}.{name}' for o in owners)}",
            )
        if self.warehouse is None:
            return self.column(self.owner(()), name)
        raise unknown(self.line, "column", name, [a for known in self.attributes.values() for a in known])

    def metric(self, name: str) -> str | None:
        """See Names."""
        return name if name in self.metric_names and not any(self._find(e, name) for e in self.entities) else None

    def owner(self, entities: Iterable[str]) -> str:
        """See Names."""
        wanted = set()
        for name in entities:
            entity = next((known for known in self.entities if known.lower() == name.lower()), None)
            if entity is None:
                raise unknown(self.line, "dataset", name, self.entities)
            wanted.add(entity)
        if len(wanted) == 1:
            return wanted.pop()
        if not wanted and self.home:
            return self.home
        if not wanted:
            pointed = {r.to_entity for r in self.relationships}
            facts = [name for name in self.entities if name not in pointed]
            if len(facts) != 1:
                raise NotExpressible("say whose rows are counted, as in COUNT(orders.*)")
            return facts[0]
        owners = [name for name in self.entities if wanted <= self._reached(name)]
        owners = [name for name in owners if name in wanted] or owners
        if len(owners) != 1:
            raise NotExpressible(f"no one table leads to {' and '.join(sorted(wanted))} by many-to-one relationships")
        return owners[0]

    def computed(self, entity: str, sql: str) -> AttributeOf:
        """See Names."""
        attributes = self.attributes[entity]
        for attribute in attributes.values():
            if attribute.expression == sql:
                return AttributeOf(entity=entity, name=attribute.name)
        name = f"computed_{sum(1 for known in attributes if known.startswith('computed_')) + 1}"
        kind = self._type_of(self.entities[entity], sql, self.line) or DataType.FLOAT
        role = _role(kind, None)
        attributes[name] = Attribute(
            name=name,
            label=_words(name),
            data_type=kind,
            role=role,
            expression=sql,
            default_function=Function.SUM if role is Role.ADDITIVE else None,
            hidden=True,
            **self._statistics(self.entities[entity], sql, kind),
        )
        return AttributeOf(entity=entity, name=name)

    def _reached(self, start: str) -> set[str]:
        reached, front = {start}, [start]
        while front:
            here = front.pop()
            for r in self.relationships:
                if r.from_entity == here and r.to_entity not in reached:
                    reached.add(r.to_entity)
                    front.append(r.to_entity)
        return reached

    # --- names and types --------------------------------------------------------------------------------------------

    def _find(self, entity: str, name: str) -> str | None:
        attributes, renamed = self.attributes[entity], self.renamed[entity]
        if name in attributes:
            return name
        folded = {known.lower(): known for known in attributes} | {old.lower(): new for old, new in renamed.items()}
        return folded.get(name.lower())

    def _attribute_name(self, entity: str, name: str, line: int) -> str:
        found = self._find(entity, name)
        if found is not None:
            return found
        if self.warehouse is None:
            # Without a database a column that no field names is taken on trust.
            self.attributes[entity][name] = Attribute(
                name=name, label=_words(name), data_type=DataType.OTHER, role=Role.TEXT, hidden=True
            )
            return name
        raise unknown(line, "column", name, (*self.attributes[entity], *self.renamed[entity]), entity)

    @staticmethod
    def _column_of(base: Entity, name: str, line: int) -> Attribute:
        folded = {attribute.name.lower(): attribute for attribute in base.attributes}
        if name.lower() not in folded:
            raise unknown(line, "column", name, base.by_name, base.table)
        return folded[name.lower()]

    def _kept(self, dataset: DatasetSpec, name: str | None) -> str | None:
        if name is None:
            return None
        name = self.renamed[dataset.name].get(name, name)
        return name if name in self.attributes[dataset.name] else None

    @staticmethod
    def _only_time(attributes: dict[str, Attribute]) -> str | None:
        times = [name for name, a in attributes.items() if a.role is Role.TIME and a.data_type.is_time and not a.hidden]
        return times[0] if len(times) == 1 else None

    def _type_of(self, entity: Entity, sql: str, line: int) -> DataType | None:
        if self.warehouse is None:
            return None
        try:
            rows = self.warehouse.query(f"DESCRIBE SELECT {sql} AS v FROM {table_sql(entity, whole=True)}")
        except InvalidQuery as error:
            raise invalid(line, f"the expression cannot be computed: {error.detail}") from error
        return engine_type(str(rows[0][1]))

    def _statistics(self, entity: Entity, sql: str, kind: DataType) -> dict[str, Any]:
        """The most frequent values of a text expression, so that its values are known."""
        if self.warehouse is None or kind is not DataType.TEXT:
            return {}
        table = table_sql(entity, whole=True)
        top = f"SELECT {sql} AS v, count(*) AS n FROM {table} WHERE {sql} IS NOT NULL GROUP BY 1 ORDER BY n DESC, v LIMIT 100"
        return {"samples": tuple(str(row[0]) for row in self.warehouse.query(top) if len(str(row[0])) <= 200)}

    @staticmethod
    def _validated(kind: type[_Kind], content: dict[str, Any], line: int) -> _Kind:
        try:
            return kind.model_validate(content)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            raise invalid(
                line, f"{kind.__name__.lower()} {content.get('name', '')!r}: {place}: {first['msg'].lower()}"
            ) from error


def _is_expression(attribute: Attribute, tree: exp.Expr) -> bool:
    """Whether the attribute's own expression is this one."""
    return attribute.expression is not None and bare_sql(parse_sql(attribute.expression, "DUCKDB")) == bare_sql(tree)


def _words(name: str) -> str:
    return " ".join(pieces(name))


def _role(kind: DataType, is_time: bool | None) -> Role:
    if kind.is_time or is_time:
        return Role.TIME
    if kind is DataType.BOOLEAN:
        return Role.FLAG
    return Role.ADDITIVE if kind.is_number else Role.CATEGORY


_OSSIE_TYPES = {
    "string": DataType.TEXT,
    "integer": DataType.INTEGER,
    "decimal": DataType.DECIMAL,
    "float": DataType.FLOAT,
    "boolean": DataType.BOOLEAN,
    "date": DataType.DATE,
    "time": DataType.TIME,
    "datetime": DataType.TIMESTAMP,
    "datetimetz": DataType.TIMESTAMP,
}


def _declared_type(spec: FieldSpec) -> DataType:
    declared = spec.data_type.split("(")[0].strip().lower()
    if declared in _OSSIE_TYPES:
        return _OSSIE_TYPES[declared]
    if declared in ("number", "numeric"):
        return DataType.DECIMAL
    kind = engine_type(spec.data_type) if spec.data_type else DataType.OTHER
    if kind is not DataType.OTHER:
        return kind
    return DataType.DATE if spec.is_time else DataType.TEXT


def attribute_extra(attribute: Value, left_out: tuple[str, ...]) -> dict[str, Any]:
    """What an attribute says beyond its defaults, its statistics and the fields left out, as JSON."""
    return attribute.model_dump(mode="json", exclude_defaults=True, exclude=set(left_out) | set(STATISTICS))
