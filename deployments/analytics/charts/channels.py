"""Columns as Vega-Lite channels: safe names, true time, units on every number.

Vega-Lite reads a name as a path (`a.b`, `a[0]`), ISO dates in the viewer's zone, and NULL as nothing. So a column
whose name, type or values need it is first copied by a `calculate` into a plainly named field, and only that is drawn."""

from __future__ import annotations

import json
import re
from typing import Any

from deployments.analytics.charts.shape import Field
from deployments.analytics.insights.wording import capitalized, currency_prefix, is_currency
from deployments.contracts.query import Grain

Json = dict[str, Any]

PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
NOT_XML = re.compile(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")
PERIOD_FORMAT = {
    Grain.YEAR: "%Y", Grain.QUARTER: "Q%q %Y", Grain.MONTH: "%b %Y", Grain.WEEK: "%-d %b %Y", Grain.DAY: "%-d %b %Y",
    Grain.HOUR: "%-d %b %Y %H:%M",
}  # fmt: skip


class Channels:
    """The transforms that the drawn fields need, gathered while channels are made."""

    def __init__(self) -> None:
        self.transforms: list[Json] = []
        self._made: dict[str, str] = {}

    def calculate(self, name: str, expression: str) -> str:
        """A derived field, made once."""
        if name not in self._made:
            self._made[name] = expression
            self.transforms.append({"calculate": expression, "as": name})
        return name

    def number(self, field: Field) -> str:
        """The name under which a number is drawn."""
        if PLAIN_NAME.match(field.name):
            return field.name
        return self.calculate(f"number_{field.index}", datum(field.name))

    def moment(self, field: Field) -> str:
        """A date or datetime as an instant whose UTC clock shows what the cell says."""
        raw = f"toString({datum(field.name)})"
        # A datetime without a zone would be read in the viewer's own.
        zoned = f"(length({raw}) > 10 && !test(/(Z|[+-][0-9][0-9]:?[0-9][0-9])$/, {raw}) ? {raw} + 'Z' : {raw})"
        return self.calculate(f"moment_{field.index}", f"{datum(field.name)} == null ? null : toDate({zoned})")

    def category(self, field: Field, *, distinct: bool = False) -> str:
        """The name under which labels are drawn. `distinct`: rows with equal labels are told apart by a number,
        since bars of one name would be drawn as one."""
        repeated = distinct and field.distinct < len(field.values)
        value = datum(field.name)
        if field.is_time:
            name = self.calculate(f"label_{field.index}", f"isValid({value}) ? {self.period(field)} : '(none)'")
        elif field.column.type == "boolean":
            name = self.calculate(f"label_{field.index}", f"{value} == null ? '(none)' : {value} ? 'Yes' : 'No'")
        elif field.column.type == "number" and field.column.unit and not field.column.identifier:
            written = number_expression(value, field, exact=True)
            name = self.calculate(f"label_{field.index}", f"isValid({value}) ? {written} : '(none)'")
        elif None in field.values or "" in field.values or not PLAIN_NAME.match(field.name):
            blank = f"{value} == null ? '(none)' : {value} === '' ? '(blank)' : {value}"
            name = self.calculate(f"label_{field.index}", blank)
        else:
            name = field.name
        if not repeated:
            return name
        count = f"repeat_{field.index}"
        self.transforms.append({"window": [{"op": "row_number", "as": count}], "groupby": [name]})
        return self.calculate(
            f"distinct_{field.index}", f"{datum(name)} + (datum.{count} > 1 ? ' (' + datum.{count} + ')' : '')"
        )

    def period(self, field: Field) -> str:
        """An expression that writes a time as its period."""
        moment = self.moment(field)
        default = "%-d %b %Y" if field.column.type == "date" else "%-d %b %Y %H:%M"
        pattern = PERIOD_FORMAT[field.column.grain] if field.column.grain else default
        return f"utcFormat(datum.{moment}, {json.dumps(pattern)})"

    def turn(self, field: Field) -> str:
        """Where a series first stands in the result, so that it keeps its place in every stack."""
        name = f"turn_{field.index}"
        if name not in self._made:
            self._made[name] = "min"
            place, label = self.place(), self.category(field)
            self.transforms.append({"joinaggregate": [{"op": "min", "field": place, "as": name}], "groupby": [label]})
        return name

    def place(self) -> str:
        """The row's place in the result, from 1."""
        if "place" not in self._made:
            self._made["place"] = "row_number"
            self.transforms.append({"window": [{"op": "row_number", "as": "place"}]})
        return "place"

    def tooltip(self, fields: tuple[Field, ...]) -> list[Json]:
        """Every column of the row, each as a person writes it."""
        return [
            {"field": self.written(field), "type": "nominal", "title": heading(field.label)}
            for field in fields[:12]
        ]  # fmt: skip

    def written(self, field: Field) -> str:
        """A column's value as text, exact, with its unit."""
        value = datum(field.name)
        if field.is_time:
            return self.calculate(f"written_{field.index}", f"isValid({value}) ? {self.period(field)} : '–'")
        if field.column.type == "number" and not field.column.identifier and field.column.role != "dimension":
            exact = number_expression(value, field, exact=True)
            return self.calculate(f"written_{field.index}", f"isValid({value}) ? {exact} : '–'")
        if field.column.type == "boolean":
            return self.calculate(f"written_{field.index}", f"{value} == null ? '–' : {value} ? 'Yes' : 'No'")
        return self.calculate(f"written_{field.index}", f"{value} == null ? '–' : truncate('' + {value}, 90)")


def datum(name: str) -> str:
    """A reference to a column in an expression, whatever its name holds."""
    return f"datum.{name}" if PLAIN_NAME.match(name) else f"datum[{json.dumps(name)}]"


def number_expression(value: str, field: Field, *, exact: bool = False) -> str:
    """A Vega expression that writes `value` in the field's unit: "$1.2M", "12.3%"; `exact` keeps the digits."""
    unit, numbers = field.column.unit, field.numbers
    largest = max((abs(n) for n in numbers), default=0.0)
    size = f"abs({value})"
    if unit == "%":
        places = (
            0 if largest >= 0.995 and not exact and all(abs(n * 100 - round(n * 100)) < 1e-9 for n in numbers) else 1
        )
        return f"format({value}, '.{2 if 0 < largest < 0.01 else places}%')"
    whole = all(n == int(n) for n in numbers)
    if exact:
        pattern = ",.0f" if whole else ",.2f" if largest >= 1 else ".4~g"
        digits = f"format({size}, '{pattern}')"
    elif largest >= 1e15:
        digits = f"format({size}, '.3~g')"
    elif largest >= 10_000:
        digits = f"({size} < 1 ? format({size}, '.2~f') : replace(format({size}, '.3~s'), 'G', 'B'))"
    elif largest >= 1:
        digits = f"format({size}, '{',.0f' if whole or largest >= 1000 else ',.2f' if is_currency(unit) else ',.2~f'}')"
    else:
        digits = f"format({size}, '.3~g')"
    prefix = json.dumps(currency_prefix(unit)) if is_currency(unit) and unit else "''"
    suffix = f" + {json.dumps(' ' + one_line(unit))}" if exact and unit and not is_currency(unit) else ""
    return f"({value} < 0 ? '−' : '') + {prefix} + {digits}{suffix}"


def number_axis(field: Field, **more: Any) -> Json:
    """The axis of a number: its label, with the unit where the ticks do not carry it."""
    numbers, unit = field.numbers, field.column.unit
    largest = max((abs(n) for n in numbers), default=0.0)
    title = f"{field.label} ({unit})" if unit and unit != "%" and not is_currency(unit) else field.label
    axis: Json = {"title": heading(title), "domain": False, "tickCount": 5}
    if unit == "%":
        axis["format"] = "~%" if largest >= 0.01 else ".2~%"
    else:
        size = "abs(datum.value)"
        digits = f"replace(format({size}, '.3~s'), 'G', 'B')" if largest >= 10_000 else f"format({size}, ',.3~f')"
        if largest < 0.001 or largest >= 1e15:
            digits = f"format({size}, '~g')"
        prefix = json.dumps(currency_prefix(unit)) if is_currency(unit) and unit else "''"
        axis["labelExpr"] = f"(datum.value < 0 ? '−' : '') + {prefix} + {digits}"
        if all(n == int(n) for n in numbers) and largest < 10:
            axis["tickMinStep"] = 1
    return axis | more


def share_axis(field: Field) -> Json:
    """The axis of parts of one hundred percent."""
    return {"title": heading(f"share of {field.label}"), "domain": False, "tickCount": 5, "format": ".0%"}


def heading(label: str) -> str:
    """A column's label as a title."""
    return capitalized(one_line(label))


def printable(text: str) -> str:
    """Text with what XML 1.0 cannot hold (control characters, lone surrogates) replaced: the renderer's text engine
    ends the whole process when it meets one."""
    return NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)


def one_line(text: str, most: int = 90) -> str:
    """Text for a title: one line, bounded."""
    flat = " ".join(printable(text).split())
    return flat if len(flat) <= most else flat[: most - 1].rstrip() + "…"
