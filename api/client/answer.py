"""What a server says, as values: answers, events, problems."""

from __future__ import annotations

import html
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas
    import pyarrow

ROWS_SHOWN = 20


class ServerProblem(Exception):
    """The server refused or failed. `code` is one of the codes that the server documents, `unreachable` where there
    was no answer; `status` is the HTTP status, 0 where there was none."""

    def __init__(self, status: int, document: dict[str, Any]) -> None:
        super().__init__(str(document.get("detail") or document.get("title") or f"the server answered {status}"))
        self.status = status
        self.code = str(document.get("code", "unknown"))
        self.retry_after: int | None = document.get("retry_after")
        self.document = document


@dataclass(frozen=True)
class Event:
    """One event of a turn: `type` and `body` as the server's documentation has them. `answer` is set on the event that
    carries it (result, clarification)."""

    type: str
    seq: int
    body: dict[str, Any]
    answer: Answer | None = None


@dataclass(frozen=True)
class Answer:
    """An answer. Numbers with decimals are Decimal and keep their digits.

    `success` is False where the question could not be answered: `text` then says what is missing and `choices` how it
    may be settled. At most 1,000 rows are here; `row_count` says how many there are, and `Session.arrow` fetches all."""

    document: dict[str, Any] = field(repr=False)
    svg: str | None = field(default=None, repr=False)

    @property
    def success(self) -> bool:
        """Whether the question was answered."""
        return bool(self.document["success"])

    @property
    def text(self) -> str:
        """The answer in words."""
        return str(self.document["response"])

    @property
    def intent(self) -> str:
        """What the turn turned out to be."""
        return str(self.document["intent"])

    @property
    def sql(self) -> str | None:
        """The SQL that the rows come from."""
        return self.document.get("sql")

    @property
    def message_id(self) -> str:
        """The id of the message it answers."""
        return str(self.document["message_id"])

    @property
    def result_id(self) -> str | None:
        """The id of its rows at the server."""
        return self.document.get("result_id")

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return list((self.document.get("data") or {}).get("columns", []))

    @property
    def rows(self) -> list[list[Any]]:
        """The rows that came with the answer."""
        return list((self.document.get("data") or {}).get("rows", []))

    @property
    def row_count(self) -> int:
        """How many rows the result has at the server."""
        counted = self.document.get("row_count")
        return len(self.rows) if counted is None else int(counted)

    @property
    def insights(self) -> list[str]:
        """What stands out."""
        return list(self.document.get("insights", []))

    @property
    def suggestions(self) -> list[str]:
        """What may be asked next."""
        return list(self.document.get("suggestions", []))

    @property
    def choices(self) -> list[str]:
        """Messages that settle a clarification."""
        return [choice["message"] for choice in (self.document.get("clarification") or {}).get("choices", [])]

    @property
    def differences(self) -> dict[str, Any] | None:
        """What differs from an earlier result, where the query was run again: counts, words, a table."""
        return self.document.get("differences")

    @property
    def interpretation(self) -> str:
        """What was understood, in one sentence."""
        return str(self.document.get("interpretation", ""))

    def to_arrow(self) -> pyarrow.Table:
        """The rows that came with the answer as an Arrow table. ISO dates and times stay text; `Session.arrow` gives
        them their types."""
        import pyarrow as pa

        cells = list(zip(*self.rows, strict=True)) or [()] * len(self.columns)
        return pa.Table.from_arrays([_array(list(column)) for column in cells], names=self.columns)

    def to_pandas(self) -> pandas.DataFrame:
        """The rows that came with the answer as a data frame."""
        import pandas as pd

        return pd.DataFrame(self.rows, columns=self.columns)

    def _repr_html_(self) -> str:
        """What a notebook shows: the sentence, the chart, the first rows."""
        parts = [f"<p><b>{html.escape(self.text)}</b></p>", self.svg or self._drawn()]
        if self.columns:
            head = "".join(f"<th>{html.escape(name)}</th>" for name in self.columns)
            body = "".join(
                "<tr>" + "".join(f"<td>{html.escape(_text(cell))}</td>" for cell in row) + "</tr>"
                for row in self.rows[:ROWS_SHOWN]
            )
            parts.append(f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")
            if self.row_count > ROWS_SHOWN:
                parts.append(f"<p>{min(ROWS_SHOWN, len(self.rows))} of {self.row_count:,} rows</p>")
        parts += [f"<p>• {html.escape(text)}</p>" for text in self.insights]
        return "".join(parts)

    def _drawn(self) -> str:
        """The chart of the rows that are here, as SVG; "" where there is none."""
        chart = self.document.get("visualization") or {}
        if not chart.get("spec") or chart.get("type") == "table" or not self.rows:
            return ""
        # Loading the renderer takes a moment and memory; who looks at no notebook goes without.
        from deployments.analytics.charts.render import render_svg
        from deployments.contracts.answers import ResultColumn, ResultTable, Visualization

        columns = tuple(ResultColumn(name=name, label=name, type="text") for name in self.columns)
        table = ResultTable(columns, [tuple(row) for row in self.rows])
        return render_svg(Visualization.model_validate(_plain(chart)), table)


def _plain(node: Any) -> Any:
    """JSON with its decimals as numbers of the machine, which is all that a drawing takes."""
    if isinstance(node, dict):
        return {name: _plain(value) for name, value in node.items()}
    if isinstance(node, list):
        return [_plain(value) for value in node]
    return float(node) if isinstance(node, Decimal) else node


def _array(cells: list[Any]) -> Any:
    import pyarrow as pa

    kinds = {type(cell) for cell in cells if cell is not None}
    if kinds == {int, Decimal}:
        cells = [Decimal(cell) if isinstance(cell, int) else cell for cell in cells]
    if not kinds:
        return pa.nulls(len(cells), pa.string())
    try:
        return pa.array(cells)
    except (pa.ArrowInvalid, OverflowError):
        # No exact type of Arrow's holds numbers that are so far apart.
        return pa.array([None if cell is None else float(cell) for cell in cells])


def _text(cell: Any) -> str:
    return "" if cell is None else f"{cell:,}" if isinstance(cell, Decimal) else str(cell)
