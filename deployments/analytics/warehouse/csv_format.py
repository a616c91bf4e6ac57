"""How a CSV file is written: its separator, its header and its encoding, from its first lines.

The engine's own guess may skip lines or see one wide column where a file is ragged; with these settings fixed, it
reports the line instead."""

from __future__ import annotations

import csv
import gzip
import re
from pathlib import Path

from deployments.analytics.warehouse.file_kinds import data_suffix
from deployments.contracts.errors import DataError

_SEPARATORS = (",", ";", "\t", "|")
_HEAD_BYTES = 256 * 1024
_LINES = 200
_NUMBER = re.compile(r"^[+-]?[\d.,]+%?$|^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}")


def csv_options(path: Path) -> str:
    """The arguments of `read_csv` for the file. Raises DataError where it is no text."""
    data = _head(path)
    encoding = _encoding(data)
    text = data.decode(encoding, errors="ignore")
    separator = _separator_of(path, text)
    records = list(csv.reader(text.splitlines()[:_LINES], delimiter=separator))
    header = _has_header([record for record in records if record])
    options = [
        f"delim = '{separator}'", "quote = '\"'", "escape = '\"'", f"header = {str(header).lower()}", "skip = 0", "null_padding = false",
        "ignore_errors = false", "strict_mode = true", "sample_size = -1", "auto_detect = true",
    ]  # fmt: skip
    if encoding != "utf-8-sig":
        options.append(f"encoding = '{'utf-16' if encoding == 'utf-16' else 'latin-1'}'")
    return ", ".join(options)


def ragged_line(path: Path) -> tuple[int, int, int] | None:
    """The first line with another number of values than the header: (line, its values, the header's values)."""
    data = _head(path)
    encoding = _encoding(data)
    separator = _separator_of(path, data.decode(encoding, errors="ignore"))
    opened = gzip.open if path.suffix.lower() == ".gz" else open
    with opened(path, "rt", encoding=encoding, errors="replace", newline="") as file:
        reader = csv.reader(file, delimiter=separator)
        try:
            width = len(next(reader, []))
            for record in reader:
                if record and len(record) != width:
                    return reader.line_num, len(record), width
        except csv.Error:
            return None
    return None


def _head(path: Path) -> bytes:
    try:
        if path.suffix.lower() == ".gz":
            with gzip.open(path) as file:
                return file.read(_HEAD_BYTES)
        with path.open("rb") as file:
            return file.read(_HEAD_BYTES)
    except (gzip.BadGzipFile, EOFError) as error:
        raise DataError(f"{path} is named like a compressed file but cannot be unpacked.") from error


def _encoding(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    try:
        # The head may end in the middle of a letter.
        data[: max(0, len(data) - 4)].decode("utf-8-sig")
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8-sig"


def _separator_of(path: Path, text: str) -> str:
    return "\t" if data_suffix(path) in (".tsv", ".tab") else _separator(text)


def _separator(text: str) -> str:
    """The mark that parts the lines into most columns, as evenly as possible."""
    lines = [line for line in text.splitlines()[:_LINES] if line.strip()]
    best, best_score = ",", 0.0
    for separator in _SEPARATORS:
        widths = [len(record) for record in csv.reader(lines, delimiter=separator)]
        if not widths or widths[0] < 2:
            continue
        score = sum(width == widths[0] for width in widths) / len(widths) + 0.01 * min(widths[0], 30)
        if score > best_score:
            best, best_score = separator, score
    return best


def _has_header(records: list[list[str]]) -> bool:
    """A first line is a header unless a number or a date in it stands above more of them."""
    if len(records) < 2:
        return True
    first, rest = records[0], records[1:]
    for index, cell in enumerate(first):
        below = [record[index].strip() for record in rest if index < len(record) and record[index].strip()]
        if _NUMBER.match(cell.strip()) and below and all(_NUMBER.match(value) for value in below):
            return False
    return True
