"""The sums of a measure in two periods, read off a result: of the whole and of each group."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from deployments.analytics.insights.additive import Sums
from deployments.analytics.insights.decompose import Counted
from deployments.analytics.insights.wording import is_number
from deployments.contracts.answers import Cell, ResultTable

CLOSE = 1e-9
"""How far sums of floating-point numbers may be apart, as a fraction of them, and still be the same."""


@dataclass(frozen=True, slots=True)
class Read:
    """A group's sums before (0) and now (1). The bottom is that of a ratio, and 0 where there is none."""

    key: tuple[Cell, ...]
    top0: Counted
    bottom0: Counted
    top1: Counted
    bottom1: Counted
    ratio: bool

    @property
    def before(self) -> Fraction | None:
        """The measure in the earlier period; None for a ratio of nothing."""
        return self._value(self.top0, self.bottom0)

    @property
    def now(self) -> Fraction | None:
        """The measure in the later period."""
        return self._value(self.top1, self.bottom1)

    def _value(self, top: Counted, bottom: Counted) -> Fraction | None:
        if not self.ratio:
            return top.value
        return top.value / bottom.value if bottom.value else None

    @property
    def comparable(self) -> bool:
        """Whether there is something in both periods."""
        if self.ratio:
            return bool(self.bottom0.value and self.bottom1.value)
        return bool(self.top0.squares and self.top1.squares)


def whole_of(result: ResultTable, sums: Sums) -> Read | None:
    """The sums without groups; None where they cannot be read."""
    if result.row_count != 1:
        return None
    return _read((), tuple(result.rows[0]), result, sums)


def groups_of(result: ResultTable, sums: Sums, whole: Read) -> list[Read] | None:
    """The sums of each group; None where the groups do not make up the whole to the last digit (to the last but rounding,
    in floating point): a row is then in several groups, or in none."""
    places = [i for i, column in enumerate(result.columns) if column.role == "dimension"]
    found = []
    for row in result.rows:
        read = _read(tuple(row[i] for i in places), tuple(row), result, sums)
        if read is None:
            return None
        found.append(read)
    rounded = any(isinstance(cell, float) for row in result.rows for cell in row)
    for name in ("top0", "bottom0", "top1", "bottom1"):
        total = sum((getattr(read, name).value for read in found), Fraction())
        size = sum((abs(getattr(read, name).value) for read in found), Fraction())
        if abs(total - getattr(whole, name).value) > (Fraction(CLOSE) * size if rounded else 0):
            return None
    return found


def _read(key: tuple[Cell, ...], row: tuple[Cell, ...], result: ResultTable, sums: Sums) -> Read | None:
    names = {column.name: i for i, column in enumerate(result.columns)}
    sides: dict[str, Counted] = {}
    leaf = 0
    for side, terms in (("top", sums.top), ("bottom", sums.bottom)):
        values, squares = {"0": Fraction(), "1": Fraction()}, {"0": 0.0, "1": 0.0}
        for sign, _ in terms:
            leaf += 1
            for period, ending in (("0", "_previous"), ("1", "")):
                value = names.get(f"part_{leaf}{ending}")
                square = names.get(f"part_{leaf}_squares{ending}")
                if value is None or square is None:
                    return None
                values[period] += sign * exactly(row[value])
                squares[period] += float(exactly(row[square]))
        for period in ("0", "1"):
            sides[side + period] = Counted(values[period], squares[period])
    return Read(key, sides["top0"], sides["bottom0"], sides["top1"], sides["bottom1"], bool(sums.bottom))


def exactly(value: Cell) -> Fraction:
    """A cell as the number it is; nothing counts as 0."""
    return Fraction(value) if is_number(value) and isinstance(value, int | float | Decimal) else Fraction()
