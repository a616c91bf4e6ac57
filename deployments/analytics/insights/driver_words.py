"""A change and its drivers in words and as the table that is shown."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from deployments.analytics.insights.decompose import Driver, Explanation, Part, to_explain
from deployments.analytics.insights.phrases import Phrases
from deployments.analytics.insights.sums import Read
from deployments.analytics.insights.windows import window_name
from deployments.analytics.insights.wording import capitalized, listing, quantity, text
from deployments.analytics.model.schema import SemanticModel
from deployments.contracts.agents import Analysis, QueryRun
from deployments.contracts.answers import Cell, Insight, ResultColumn, ResultTable
from deployments.contracts.query import AnalyticQuery, Dimension

NOT_CAUSES = "Contributions say where a change happened, not why: they are not causes."
_SMALL = 0.005
"""A change below this fraction is called none to speak of."""


@dataclass(frozen=True)
class Split:
    """The change by one or two dimensions."""

    dimensions: tuple[Dimension, ...]
    parts: tuple[Part, ...]
    explanation: Explanation


class Change:
    """What changed, in words: `asked` is the question, `query` what is shown."""

    def __init__(self, model: SemanticModel, asked: AnalyticQuery, query: AnalyticQuery, whole: Read) -> None:
        assert query.time is not None
        assert query.comparison is not None
        self.query, self.whole, self.phrases = query, whole, Phrases(model)
        self.now_name, self.before_name = window_name(query.time), window_name(query.comparison.window)
        self.label = self.phrases.measure(asked.measures[0])
        self.unit: str | None = None

    @property
    def size(self) -> Fraction:
        """By how much the measure changed."""
        return (self.whole.now or Fraction()) - (self.whole.before or Fraction())

    def amount(self, value: Fraction | float) -> str:
        """A size in the measure's unit; of a percentage, in points."""
        if self.unit == "%":
            return f"{abs(float(value)) * 100:.2g} points"
        return self.value(abs(Fraction(value)))

    def value(self, value: Fraction | float) -> str:
        """A value of the measure."""
        number = int(value) if value == int(value) else float(value)
        return quantity(number, self.unit)

    def group(self, dimensions: Sequence[Dimension], key: Sequence[Cell]) -> str:
        """ "category Footwear and region Europe"."""
        return listing(f"{self.phrases.noun(d)} {text(v)}" for d, v in zip(dimensions, key, strict=True))

    def relative(self, before: Fraction | None, now: Fraction | None) -> str:
        """ "−66%"; nothing where there is no earlier value to compare with."""
        if not before or before < 0 or now is None or self.unit == "%":
            return ""
        share = float((now - before) / before)
        return f"{'+' if share > 0 else ''}{quantity(share, '%')}"


def told(
    change: Change, split: Split | None, splits: Sequence[Split], run: QueryRun, *, story: bool, complete: bool
) -> Analysis:
    """The result of the analysis: `split` is what is shown, `story` whether it explains the change."""
    change.unit = next((c.unit for c in run.result.columns if c.role == "measure"), None)
    table = _table(change, split, run.result)
    first = _headline(change)
    second, insights = "", []
    if change.whole.comparable:
        second = _story(change, split) if split is not None and story else _no_story(change, splits)
        insights = [*_driver_insights(change, split if story else None), *_others(change, split, splits, story=story)]
    warnings = [NOT_CAUSES] if insights else []
    if not complete:
        warnings.append("Not every dimension was looked at: the queries took too long.")
    return Analysis(
        query=change.query,
        result=table,
        sql=run.sql,
        response=f"{first} {second}".strip(),
        insights=tuple(insights),
        warnings=tuple(warnings),
    )


def _headline(change: Change) -> str:
    before, now = change.whole.before, change.whole.now
    scope = f" {change.phrases.restriction(change.query.where)}" if change.query.where is not None else ""
    label = capitalized(change.label)
    if not change.whole.comparable or before is None or now is None:
        missing = change.before_name if not change.whole.top0.squares else change.now_name
        return f"There is nothing of {change.label}{scope} in {missing}, so there is no change to explain."
    size = change.size
    if not size:
        return f"{label}{scope} did not change: it was {change.value(now)} in both {change.before_name} and {change.now_name}."
    relative = change.relative(before, now)
    verb = "rose" if size > 0 else "fell"
    claim = change.query.analysis.claim if change.query.analysis else None
    contrary = ""
    if claim is not None and claim != verb:
        contrary = f"{label} did not {'rise' if claim == 'rose' else 'fall'}. "
    return (
        f"{contrary}{label}{scope} {verb} by {change.amount(size)}{f' ({relative})' if relative else ''}, from {change.value(before)} in "
        f"{change.before_name} to {change.value(now)} in {change.now_name}."
    ) + (" Chance alone can make a change of this size." if _by_chance(change) else "")


def _by_chance(change: Change) -> bool:
    whole = change.whole
    return not whole.ratio and float(abs(change.size)) < 2 * math.sqrt(whole.top0.squares + whole.top1.squares)


def _story(change: Change, split: Split) -> str:
    drivers, pace = split.explanation.drivers, split.explanation.pace
    with_it = [d for d in drivers if _same_way(d, change.size)]
    leading = with_it or list(drivers)
    told_of = [_driver_words(change, split, d) for d in leading[:3]]
    if with_it:
        start = "The main driver is" if len(leading) == 1 else "The main drivers are"
    else:
        start = "Against the change went"
    sentence = f"{start} {listing(told_of)}."
    if not change.whole.ratio and with_it:
        rest = f"{'+' if pace > 0 else ''}{quantity(pace, '%')}" if abs(pace) >= _SMALL else "hardly at all"
        sentence += f" Everything else moved {'by ' if abs(pace) >= _SMALL else ''}{rest}."
    return sentence


def _driver_words(change: Change, split: Split, driver: Driver, name: str = "") -> str:
    part = driver.part
    name = name or change.group(split.dimensions, part.key)
    relative = change.relative(part.before, part.now)
    size = f"{'+' if part.contribution > 0 else '−'}{change.amount(part.contribution)}"
    if part.before == 0 and not change.whole.ratio:
        relative = "new"
    elif not part.now and not change.whole.ratio:
        relative = "down to nothing"
    share = ""
    if change.size and _same_way(driver, change.size):
        fraction = float(part.contribution / change.size)
        share = f", {quantity(fraction, '%')} of the change" if 0 < fraction <= 1.5 else ""
    return f"{name} ({size}{f', {relative}' if relative else ''}{share})"


def _same_way(driver: Driver, size: Fraction) -> bool:
    return (driver.excess > 0) == (size > 0) and (driver.part.contribution > 0) == (size > 0)


def _no_story(change: Change, splits: Sequence[Split]) -> str:
    looked = list(dict.fromkeys(change.phrases.noun(d) for s in splits if len(s.dimensions) == 1 for d in s.dimensions))
    if not looked:
        return "The data has no dimension by which the change could be taken apart."
    shown = listing(looked[:6], "or") if len(looked) <= 6 else f"{', '.join(looked[:6])} or {len(looked) - 6} more"
    return f"The change is spread evenly: no one driver stands out by {shown}."


def _driver_insights(change: Change, split: Split | None) -> list[Insight]:
    if split is None:
        return []
    found = []
    for driver in split.explanation.drivers:
        part = driver.part
        way = "" if _same_way(driver, change.size) else ", against the change"
        effects = ""
        if part.rate is not None and part.mix is not None:
            own = f"{_signed(change, part.rate)} because its own {change.label} changed" if part.rate else ""
            weight = f"{_signed(change, part.mix)} because its weight did" if part.mix else ""
            effects = f": {', '.join(filter(None, (own, weight)))}"
        words = f"{capitalized(_driver_words(change, split, driver))}{way}{effects}."
        numbers: dict[str, float | int | str] = {
            "contribution": float(part.contribution), "excess": driver.excess, "z": min(abs(driver.z), 1e9),
            "before": float(part.before or 0), "now": float(part.now or 0),
        }  # fmt: skip
        found.append(Insight(kind="driver", text=words, numbers=numbers))
    return found


def _signed(change: Change, value: Fraction) -> str:
    return f"{'−' if value < 0 else '+'}{change.amount(value)}"


def _others(change: Change, shown: Split | None, splits: Sequence[Split], *, story: bool) -> list[Insight]:
    """What other dimensions say, the two most telling ones, each by its strongest driver."""
    others = [s for s in splits if s is not shown and len(s.dimensions) == 1 and s.explanation.drivers]
    if not story and shown is not None and shown.explanation.drivers:
        others.append(shown)
    found = []
    gross = to_explain(float(change.size), [s.explanation for s in splits])
    for split in sorted(others, key=lambda s: -s.explanation.sharpness(gross))[:2]:
        driver = split.explanation.drivers[0]
        words = f"By {change.phrases.noun(split.dimensions[0])}: {_driver_words(change, split, driver, text(driver.part.key[0]))}."
        found.append(Insight(kind="driver_elsewhere", text=words, numbers={"score": split.explanation.score(gross)}))
    return found


def _table(change: Change, split: Split | None, result: ResultTable) -> ResultTable:
    """The rows of the change, the largest contribution first, with what each contributes."""
    if split is None or not change.whole.comparable:
        return result
    places = [i for i, column in enumerate(result.columns) if column.role == "dimension"]
    difference = next(i for i, column in enumerate(result.columns) if column.role == "calculation")
    waiting: dict[tuple[Cell, ...], list[Part]] = defaultdict(list)
    for part in split.parts:
        waiting[part.key].append(part)
    rows: list[tuple[Fraction, tuple[Cell, ...]]] = []
    for row in result.rows:
        same = waiting[tuple(row[i] for i in places)]
        part = _matching(same, row, result)
        kind = Decimal if any(isinstance(cell, Decimal) for cell in row) else float
        cells = list(row)
        if part.rate is None:
            cells[difference] = _cell(part.contribution, kind)
            more: tuple[Cell, ...] = (float(part.contribution / change.size) if change.size else None,)
        else:
            assert part.mix is not None
            if part.before is None or part.now is None:
                # What was not there had no ratio to differ from.
                cells[difference] = None
            more = (float(part.rate), float(part.mix), float(part.contribution))
        rows.append((abs(part.contribution), (*cells, *more)))
    rows.sort(key=lambda pair: -pair[0])
    return ResultTable((*result.columns, *_more_columns(change)), [row for _, row in rows], result.truncated)


def _matching(same: list[Part], row: tuple[Cell, ...], result: ResultTable) -> Part:
    """The part of a row; of several groups of one name, the one with the row's value."""
    if len(same) > 1:
        values = [c for c, column in zip(row, result.columns, strict=True) if column.role == "measure"]
        now = values[0] if isinstance(values[0], int | float | Decimal) else 0
        same.sort(key=lambda part: abs(float(part.now or 0) - float(now)))
    return same.pop(0)


def _more_columns(change: Change) -> tuple[ResultColumn, ...]:
    def column(name: str, label: str, unit: str | None, *, additive: bool = True) -> ResultColumn:
        return ResultColumn(name=name, label=label, type="number", role="calculation", unit=unit, additive=additive)

    if not change.whole.ratio:
        return (column("share_of_change", "share of the change", "%"),)
    return (
        column("rate_effect", "effect of its own change", change.unit),
        column("mix_effect", "effect of its weight", change.unit),
        column("contribution", "contribution", change.unit),
    )


def _cell(value: Fraction, kind: type) -> Cell:
    if value.denominator == 1 and kind is not Decimal:
        return int(value)
    if kind is Decimal:
        return Decimal(value.numerator) / Decimal(value.denominator)
    return float(value)
