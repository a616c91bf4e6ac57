"""The parts of a typed query in words, each complete: what is in the query is in the words."""

from __future__ import annotations

from collections import Counter
from functools import cached_property

from deployments.analytics.insights.wording import listing, ordinal, plural, quantity, span, text
from deployments.analytics.model.schema import Attribute as ModelAttribute
from deployments.analytics.model.schema import DataType, Role, SemanticModel
from deployments.contracts.query import (
    Aggregate,
    AllOf,
    AnalyticQuery,
    AnyOf,
    Arithmetic,
    Attribute,
    Binned,
    Calculation,
    Comparison,
    Condition,
    Constant,
    Dimension,
    Elapsed,
    Filter,
    Function,
    GroupValue,
    Growth,
    Length,
    Measure,
    MeasureArithmetic,
    MeasureComparison,
    Membership,
    MetricValue,
    Moving,
    Nested,
    Not,
    Operator,
    Part,
    Plain,
    Rank,
    Related,
    Rollup,
    Running,
    Scalar,
    Share,
    TimeRange,
    TimeWindow,
    Truncated,
)

IS = {
    Operator.EQ: "is", Operator.NE: "is not", Operator.LT: "is less than", Operator.LE: "is at most",
    Operator.GT: "is more than", Operator.GE: "is at least", Operator.CONTAINS: "contains",
    Operator.NOT_CONTAINS: "does not contain", Operator.STARTS_WITH: "starts with", Operator.ENDS_WITH: "ends with",
    Operator.IN: "is", Operator.NOT_IN: "is not", Operator.IS_NULL: "is missing",
    Operator.IS_NOT_NULL: "is present",
}  # fmt: skip
SYMBOL = {Operator.EQ: "=", Operator.NE: "≠", Operator.LT: "<", Operator.LE: "≤", Operator.GT: ">", Operator.GE: "≥"}
TIME_ORDER = {
    Operator.LT: "is before",
    Operator.LE: "is not after",
    Operator.GT: "is after",
    Operator.GE: "is not before",
}
FUNCTION = {
    Function.SUM: "total", Function.AVG: "average", Function.MIN: "lowest", Function.MAX: "highest",
    Function.MEDIAN: "median", Function.STDDEV: "standard deviation of", Function.VARIANCE: "variance of",
    Function.MODE: "most common", Function.PERCENTILE: "percentile of",
}  # fmt: skip
ARITHMETIC = {"+": "plus", "-": "minus", "*": "times", "/": "divided by"}


def period_word(of: Truncated) -> str:
    """What a period is called: month, fiscal quarter."""
    return f"fiscal {of.grain.value}" if of.fiscal else of.grain.value


class Phrases:
    """Words for the parts of queries over one semantic model. A name the model lacks is shown as it is."""

    def __init__(self, model: SemanticModel) -> None:
        self.model = model

    @cached_property
    def _label_uses(self) -> Counter[str]:
        return Counter(
            a.label.lower() for e in self.model.entities if not e.hidden for a in e.attributes if not a.hidden
        )

    # names

    def entity(self, name: str, *, many: bool = False) -> str:
        """ "order line" or "order lines"."""
        entity = self.model.by_name.get(name)
        if entity is None:
            return name.replace("_", " ")
        return entity.plural if many else entity.label

    def attribute_of(self, attribute: Attribute) -> ModelAttribute | None:
        """The attribute in the model."""
        entity = self.model.by_name.get(attribute.entity)
        return entity.by_name.get(attribute.name) if entity else None

    def attribute(self, attribute: Attribute) -> str:
        """ "country", or "customer country" where several things have one; led by the role of its path."""
        entity, known = self.model.by_name.get(attribute.entity), self.attribute_of(attribute)
        if entity is None or known is None:
            return attribute.name.replace("_", " ")
        roles = [r.role for name in attribute.path if (r := self.model.relationships_by_name.get(name)) and r.role]
        lead = f"{roles[-1]} " if roles else ""
        label = known.label
        if attribute.name == entity.label_attribute and label.lower() in ("name", "title", "label", "full name"):
            return f"{lead}{entity.label}"
        if lead:
            return (
                f"{lead}{label}" if label.lower().startswith(entity.label.lower()) else f"{lead}{entity.label} {label}"
            )
        ambiguous = self._label_uses[label.lower()] > 1
        if ambiguous and not label.lower().startswith(entity.label.lower()):
            return f"{entity.label} {label}"
        return label

    def noun(self, dimension: Dimension, *, many: bool = False) -> str:
        """What one row of a dimension is called: "customer" for a customer's name, "month" for a truncated date."""
        of = dimension.of
        if isinstance(of, Truncated):
            word = period_word(of)
        elif isinstance(of, Part):
            word = of.part.value
        elif isinstance(of, Binned):
            word = f"{self.scalar(of.of)} band"
        else:
            word = self.scalar(of)
            for ending in (" name", " title"):
                word = word.removesuffix(ending)
        return plural(word) if many else word

    # scalars

    def scalar(self, of: Scalar) -> str:
        """A row's value in words."""
        match of:
            case Attribute():
                return self.attribute(of)
            case Constant():
                return self.plain(of.value)
            case Arithmetic():
                return f"{self._operand(of.left)} {ARITHMETIC[of.operator]} {self._operand(of.right)}"
            case Elapsed():
                return f"{of.unit}s from {self.scalar(of.start)} to {self.scalar(of.end)}"
            case Length():
                return f"length of {self.scalar(of.of)}"
            case Truncated():
                return f"{period_word(of)} of {self.scalar(of.of)}"
            case Part():
                return f"{of.part.value} of {self.scalar(of.of)}"
            case Binned():
                return f"{self.scalar(of.of)} in steps of {quantity(of.width, self._unit(of.of))}"
            case Rollup():
                return f"{self.measure(of.measure)} of each {self.entity(of.entity)}"
            case GroupValue():
                shared = listing(self.scalar(part) for part in of.partition)
                return (
                    f"{self.measure(of.measure)} over the same {shared}"
                    if shared
                    else f"{self.measure(of.measure)} overall"
                )
            case Nested():
                choice = {"value": "", "any": "any of ", "all": "all of "}[of.choose]
                return f"{choice}({self.query(of.query)})"
            case Condition():
                return f"whether {self.filter(of.of)}"

    def _operand(self, of: Scalar) -> str:
        return f"({self.scalar(of)})" if isinstance(of, Arithmetic) else self.scalar(of)

    def plain(self, value: Plain | None, unit: str | None = None) -> str:
        """A constant in words; an empty text is shown as quotes."""
        return "nothing" if value is None else '""' if value == "" else text(value, unit)

    def _unit(self, of: Scalar) -> str | None:
        known = self.attribute_of(of) if isinstance(of, Attribute) else None
        return known.unit if known else None

    def _is_time(self, of: Scalar) -> bool:
        known = self.attribute_of(of) if isinstance(of, Attribute) else None
        return isinstance(of, Truncated) or (known is not None and known.data_type.is_time)

    # measures

    def measure(self, measure: Measure) -> str:
        """A measure in words, with its own condition."""
        match measure:
            case MetricValue():
                metric = self.model.metrics_by_name.get(measure.metric)
                label = metric.label if metric else measure.metric.replace("_", " ")
                return label if measure.where is None else f"{label} where {self.filter(measure.where)}"
            case MeasureArithmetic():
                return f"{self._part(measure.left)} {ARITHMETIC[measure.operator]} {self._part(measure.right)}"
            case Aggregate():
                words = self._metric_elsewhere(measure) or self._aggregate(measure)
                return words if measure.where is None else f"{words} where {self.filter(measure.where)}"

    def _metric_elsewhere(self, measure: Aggregate) -> str | None:
        """ "revenue (total order line amount)": a metric of the model that is taken from other rows than its own."""
        metric = self.model.metrics_by_name.get(measure.name)
        if metric is None or not isinstance(metric.measure, Aggregate) or metric.measure.entity == measure.entity:
            return None
        return f"{metric.label} ({self._aggregate(measure)})"

    def _part(self, measure: Measure) -> str:
        return f"({self.measure(measure)})" if isinstance(measure, MeasureArithmetic) else self.measure(measure)

    def _aggregate(self, measure: Aggregate) -> str:
        of, function = measure.of, measure.function
        if of is None and function is Function.COUNT:
            return f"number of {self.entity(measure.entity, many=True)}"
        if of is not None and function in (Function.COUNT, Function.COUNT_DISTINCT):
            return self._count(measure, of)
        value = self.scalar(of) if of is not None else self.entity(measure.entity, many=True)
        if function is Function.PERCENTILE:
            share = (measure.parameter if measure.parameter is not None else 0.5) * 100
            return f"{ordinal(int(share)) if share == int(share) else f'{share:g}th'} percentile of {value}"
        if of is not None and function in (Function.MIN, Function.MAX) and self._is_time(of):
            return f"{'earliest' if function is Function.MIN else 'latest'} {value}"
        return f"{FUNCTION[function]} {value}"

    def _count(self, measure: Aggregate, of: Scalar) -> str:
        known = self.attribute_of(of) if isinstance(of, Attribute) else None
        owner = self.model.by_name.get(of.entity) if isinstance(of, Attribute) else None
        distinct = measure.function is Function.COUNT_DISTINCT
        if known and owner and isinstance(of, Attribute):
            if owner.primary_key == (of.name,):
                own = owner.name == measure.entity and not of.path
                return f"number of {'' if own or not distinct else 'distinct '}{owner.plural}"
            if known.role is Role.REFERENCE and distinct:
                targets = [
                    r
                    for r in self.model.relationships
                    if r.from_entity == owner.name and r.from_attributes == (of.name,)
                ]
                if len(targets) == 1:
                    return f"number of distinct {targets[0].role or self.entity(targets[0].to_entity, many=True)}"
        if distinct:
            return f"number of distinct {plural(self.scalar(of))}"
        return f"number of {self.entity(measure.entity, many=True)} with a {self.scalar(of)}"

    def measure_unit(self, measure: Measure) -> str | None:
        """The unit of a measure where it follows from the model."""
        match measure:
            case MetricValue():
                metric = self.model.metrics_by_name.get(measure.metric)
                return metric.unit if metric else None
            case Aggregate() if measure.of is not None and measure.function not in (
                Function.COUNT, Function.COUNT_DISTINCT, Function.VARIANCE,
            ):  # fmt: skip
                return self._unit(measure.of)
            case _:
                return None

    # filters

    def filter(self, where: Filter, *, symbols: bool = False) -> str:
        """A condition in words, or with `symbols` in the short form "country = US"."""
        match where:
            case Comparison():
                return self._comparison(where, symbols)
            case TimeRange():
                return self.range(self.scalar(where.of), where.start, where.end)
            case Related():
                return self._related(where)
            case Membership():
                verb = "is not among" if where.negated else "is among"
                return f"{self.scalar(where.of)} {verb} ({self.query(where.query)})"
            case AllOf() if not where.of:
                return "anything"
            case AllOf():
                return " and ".join(self._inner(part, symbols) for part in where.of)
            case AnyOf() if not where.of:
                return "nothing"
            case AnyOf():
                return " or ".join(self._inner(part, symbols) for part in where.of)
            case Not():
                return f"not ({self.filter(where.of, symbols=symbols)})"
            case MeasureComparison():
                return self._measure_comparison(where)

    def restriction(self, where: Filter) -> str:
        """A condition ready to follow a noun: "where country is US, with no order"."""
        parts = where.of if isinstance(where, AllOf) else (where,)
        plain = [self._inner(part, symbols=False) for part in parts if not isinstance(part, Related)]
        words = [f"where {' and '.join(plain)}"] if plain else []
        for part in parts:
            if isinstance(part, Related):
                has = self._related(part)
                words.append(f"with{has.removeprefix('has')}")
        return ", ".join(words) or "where anything"

    def _inner(self, where: Filter, symbols: bool) -> str:
        words = self.filter(where, symbols=symbols)
        return f"({words})" if isinstance(where, AnyOf | AllOf) and len(where.of) > 1 else words

    def _comparison(self, where: Comparison, symbols: bool) -> str:
        left, unit = self.scalar(where.left), self._unit(where.left)
        if where.operator in (Operator.IN, Operator.NOT_IN):
            values = listing([self.plain(value, unit) for value in where.values] or ["nothing"], "or")
            return f"{left} {'not ' if symbols and where.operator is Operator.NOT_IN else ''}{'in ' if symbols else IS[where.operator] + ' '}{values}"
        if where.operator in (Operator.IS_NULL, Operator.IS_NOT_NULL):
            return f"{left} {IS[where.operator]}"
        if isinstance(where.left, Condition):
            left = f"({self.filter(where.left.of)})"
        flag = self._flag(where)
        if flag:
            return flag
        right = self.plain(where.right.value, unit) if isinstance(where.right, Constant) else (
            self.scalar(where.right) if where.right is not None else "nothing"
        )  # fmt: skip
        if symbols and where.operator in SYMBOL:
            return f"{left} {SYMBOL[where.operator]} {right}"
        verb = TIME_ORDER.get(where.operator) if self._is_time(where.left) else None
        return f"{left} {verb or IS[where.operator]} {right}"

    def _flag(self, where: Comparison) -> str | None:
        """ "is active" reads better than "active is yes"."""
        known = self.attribute_of(where.left) if isinstance(where.left, Attribute) else None
        if known is None or known.role is not Role.FLAG or known.data_type is not DataType.BOOLEAN:
            return None
        if where.operator not in (Operator.EQ, Operator.NE) or not isinstance(where.right, Constant):
            return None
        if not isinstance(where.right.value, bool):
            return None
        assert isinstance(where.left, Attribute)
        return f"{self.attribute(where.left)} {IS[where.operator]} {'true' if where.right.value else 'false'}"

    def _related(self, where: Related) -> str:
        roles = [r.role for name in where.path if (r := self.model.relationships_by_name.get(name)) and r.role]
        thing = f"{roles[-1]} {self.entity(where.to)}" if roles else self.entity(where.to)
        words = f"{'has no' if where.negated else 'has a'} {thing}"
        if not where.negated and thing[:1].lower() in "aeiou":
            words = f"has an {thing}"
        return f"{words} where {self.filter(where.where)}" if where.where is not None else words

    def _measure_comparison(self, where: MeasureComparison) -> str:
        unit = self.measure_unit(where.measure)
        if where.right_measure is not None:
            right = self.measure(where.right_measure)
        elif isinstance(where.right, Constant):
            right = self.plain(where.right.value, unit)
        else:
            right = self.scalar(where.right) if where.right is not None else "nothing"
        unary = where.operator in (Operator.IS_NULL, Operator.IS_NOT_NULL)
        return f"{self.measure(where.measure)} {IS[where.operator]}" + ("" if unary else f" {right}")

    def range(self, name: str, start: object, end: object) -> str:
        """ "order date from 1 to 31 October 2026": the end inclusive."""
        words = span(start, end)  # type: ignore[arg-type]
        if start is None or end is None:
            return f"{name} {words}"
        if "–" not in words:
            if " to " in words:
                return f"{name} from {words}"
            return f"{name} {words}" if name.endswith(" on") else f"{name} on {words}"
        first, last = words.split("–", 1)
        return f"{name} from {first.strip()} to {last.strip()}"

    def window(self, window: TimeWindow) -> str:
        """The period of a query: its attribute and dates."""
        return self.range(self.attribute(window.of), window.start, window.end)

    # calculations and the whole

    def calculation(self, query: AnalyticQuery, calculation: Calculation) -> str:
        """A calculation in words, naming its measure and dimensions."""
        measure = (
            self.measure(query.measures[calculation.measure]) if calculation.measure < len(query.measures) else "value"
        )
        within = self._dimensions(query, calculation.within)
        each = f" within each {within}" if within else ""
        match calculation:
            case Share():
                return f"share of {measure}{each or ' in the total'}"
            case Running():
                return f"running total of {measure} along {self._dimensions(query, (calculation.along,))}{each}"
            case Moving():
                along = self._dimensions(query, (calculation.along,))
                return f"average of {measure} over {calculation.periods} rows along {along}{each}"
            case Rank():
                first = "" if calculation.direction == "desc" else ", lowest first"
                return f"rank by {measure}{each}{first}"
            case Growth():
                along = self._dimensions(query, (calculation.along,))
                unit = along if calculation.periods == 1 else f"{calculation.periods} {plural(along)}"
                what = "difference" if calculation.absolute else "growth"
                return f"{what} of {measure} against the {unit} before{each}"

    def _dimensions(self, query: AnalyticQuery, indexes: tuple[int, ...]) -> str:
        return listing(self.noun(query.dimensions[i]) for i in indexes if i < len(query.dimensions))

    def query(self, query: AnalyticQuery) -> str:
        """A whole query, for use inside another's words."""
        from deployments.analytics.insights.interpret import clauses

        return ", ".join(clauses(query, self))
