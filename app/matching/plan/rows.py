"""
Files into chunks of cells: CSV as spreadsheets write it, or JSON lines; nothing is interpreted yet.

A cell is always text; what JSON lines hold as numbers, lists or objects stands as its JSON again.
"""

import codecs
import csv
import io
import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate, islice
from operator import itemgetter
from pathlib import Path
from typing import Any, Final, TextIO, cast

from app.kernel.words import N_
from app.matching.plan.problems import Problem, UnreadableFileError, shown

CHUNK_ROWS: Final = 5_000
_JSON_ROWS: Final = 20_000
STANDARD: Final = "-"
"""The name that stands for standard input or output."""

_SNIFFED: Final = 65_536
_LONGEST_CELL: Final = 1_000_000
_JSON_ENDINGS: Final = frozenset({".jsonl", ".ndjson", ".json"})
_CSV_ENDINGS: Final = frozenset({".csv", ".tsv", ".txt"})
_DELIMITERS: Final = ",;\t"
_LINE_ENDS: Final = re.compile(r"\r\n?|\n")

_NOT_THERE: Final = N_("%(file)s cannot be opened.")
_EMPTY: Final = N_("%(file)s is empty.")
_TWICE: Final = N_("%(file)s has two columns called %(column)s.")
_TOO_MANY_CELLS: Final = N_(
    "this row has more cells than the first row has names; put text that holds the separator in quotes"
)
_NOT_CSV: Final = N_("this row cannot be read; is a quotation mark missing?")
_NOT_JSON: Final = N_("this line is no JSON object")

Report = Callable[[Problem], None]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows: the line each begins on, and its cells column by column."""

    lines: list[int]
    cells: dict[str, tuple[str, ...]]


@contextmanager
def opened(name: str) -> Iterator[TextIO]:
    """The file as text, ``-`` for standard input. Raises UnreadableFileError when it cannot be opened."""
    try:
        raw = sys.stdin.buffer if name == STANDARD else Path(name).open("rb")  # noqa: SIM115 - closed below.
    except OSError as problem:
        raise UnreadableFileError(_NOT_THERE, file=name) from problem
    stream = io.BufferedReader(cast("io.RawIOBase", raw))
    try:
        yield io.TextIOWrapper(stream, encoding=_encoding(stream), errors="replace", newline="")
    except OSError as problem:
        raise UnreadableFileError(_NOT_THERE, file=name) from problem
    finally:
        if name != STANDARD:
            stream.close()


def is_json(name: str, text: TextIO) -> bool:
    """Whether it holds JSON lines: by its ending, else by its first sign."""
    ending = Path(name).suffix.lower()
    if ending in _JSON_ENDINGS or ending in _CSV_ENDINGS:
        return ending in _JSON_ENDINGS
    start = text.buffer.peek(_SNIFFED)  # type: ignore[attr-defined]
    return bytes(start).removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"{")


def chunks(name: str, text: TextIO, known: frozenset[str], *, report: Report) -> Iterator[Chunk | frozenset[str]]:
    """
    First the names of the columns, then the rows.

    Rows that are no rows at all are reported and left out, empty ones are passed over. Raises UnreadableFileError for a
    file without a heading.
    """
    csv.field_size_limit(_LONGEST_CELL)
    if is_json(name, text):
        yield from _json_chunks(name, text, known, report)
    else:
        yield from _csv_chunks(name, text, report)


def _encoding(stream: "io.BufferedReader[Any]") -> str:
    """UTF-8 with or without a mark, UTF-16 with one, else what older spreadsheets write."""
    start = bytes(stream.peek(_SNIFFED)[:_SNIFFED])
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def column_name(text: str) -> str:
    """A heading as columns are called: small letters, blanks and hyphens as underscores."""
    return "_".join(text.strip().lower().replace("-", " ").split())


def _csv_chunks(name: str, text: TextIO, report: Report) -> Iterator[Chunk | frozenset[str]]:
    first = text.readline()
    if not first.strip():
        raise UnreadableFileError(_EMPTY, file=name)
    delimiter = max(_DELIMITERS, key=first.count)
    names = [column_name(cell) for cell in next(csv.reader([first], delimiter=delimiter))]
    for each in names:
        if each and names.count(each) > 1:
            raise UnreadableFileError(_TWICE, file=name, column=shown(each))
    yield frozenset(names) - {""}
    reader = csv.reader(text, delimiter=delimiter)
    for batch in _batches(name, reader, report):
        lines, cells = _full_rows(name, batch, len(names), report)
        if lines:
            yield Chunk(lines, dict(zip(names, zip(*cells, strict=True), strict=True)))


Batch = tuple[list[int], list[list[str]]]
"""Rows with the line each begins on."""


def _batches(name: str, reader: Any, report: Report) -> Iterator[Batch]:  # noqa: ANN401
    more = True
    while more:
        rows: list[list[str]] = []
        before = reader.line_num
        try:
            rows.extend(islice(reader, CHUNK_ROWS))
            more, broken = len(rows) == CHUNK_ROWS, False
        except csv.Error:
            # What was read before the broken row stands in the list.
            broken = True
        lines = _lines(rows, before, consecutive=not broken and reader.line_num - before == len(rows))
        yield lines[: len(rows)], rows
        if broken:
            report(Problem(name, lines[-1], "", _NOT_CSV))


def _lines(rows: list[list[str]], before: int, *, consecutive: bool) -> list[int]:
    """Where each row begins, and at last where the one after them does; a quoted cell may go on for several lines."""
    first = before + 2  # The heading was read before, and lines are counted from one.
    if consecutive:
        return list(range(first, first + len(rows) + 1))
    return list(accumulate((1 + sum(len(_LINE_ENDS.findall(cell)) for cell in row) for row in rows), initial=first))


def _full_rows(name: str, batch: Batch, width: int, report: Report) -> Batch:
    """The rows that hold anything, each as wide as the heading; what is too wide is reported."""
    lines, rows = batch
    if set(map(len, rows)) == {width} and all(map(itemgetter(0), rows)):
        return batch
    kept: Batch = [], []
    for line, cells in zip(lines, rows, strict=True):
        if len(cells) > width and any(cells[width:]):
            report(Problem(name, line, "", _TOO_MANY_CELLS))
        elif any(cells):
            kept[0].append(line)
            kept[1].append([*cells[:width], *[""] * (width - len(cells))])
    return kept


def _json_chunks(name: str, text: TextIO, known: frozenset[str], report: Report) -> Iterator[Chunk | frozenset[str]]:
    """Names may differ from line to line: those of the first 20,000 rows are told, known ones are always read."""
    rows = _json_rows(name, text, report)
    batch = list(islice(rows, _JSON_ROWS))
    if not batch:
        raise UnreadableFileError(_EMPTY, file=name)
    yield frozenset(key for _, row in batch for key in row)
    while batch:
        cells = {key: tuple(row.get(key, "") for _, row in batch) for key in known}
        yield Chunk([line for line, _ in batch], cells)
        batch = list(islice(rows, _JSON_ROWS))


def _json_rows(name: str, text: TextIO, report: Report) -> Iterator[tuple[int, dict[str, str]]]:
    for line, written in enumerate(text, start=1):
        if not written.strip():
            continue
        try:
            row = json.loads(written)
        except (ValueError, RecursionError):
            row = None
        if isinstance(row, dict):
            yield line, {column_name(key): _as_cell(value) for key, value in row.items()}
        else:
            report(Problem(name, line, "", _NOT_JSON))


def _as_cell(value: object) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value)
