"""
Whole files into columns: every cell read once for each text it holds, every unreadable row reported and left out.

Rows are put into the order of their ids, so that the order of a file changes nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final

from app.kernel.words import N_
from app.matching.plan.problems import CellError, Problem, UnreadableFileError
from app.matching.plan.rows import Chunk, Report, chunks, opened

MOST_KEPT: Final = 50_000
"""Texts remembered with what they mean, for each kind of cell; spreadsheets say few things many times."""

_NO_COLUMN: Final = N_("%(file)s needs a column called %(column)s.")
_AGAIN: Final = N_("this id stands already on line %(line)s")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of cell: the columns it is read from, and how. What ``read`` gives for a row is kept as ``name``."""

    name: str
    columns: tuple[str, ...]
    read: Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Shape:
    """What a file holds: its kinds of cells, and of which columns it needs at least one, group by group."""

    kinds: tuple[Kind, ...]
    needed: tuple[tuple[str, ...], ...]

    @property
    def columns(self) -> frozenset[str]:
        """Every column that is read."""
        return frozenset(chain.from_iterable(kind.columns for kind in self.kinds))


@dataclass(slots=True)
class Told:
    """What a reader tells while it reads: problems, unknown names, and how far it is."""

    problem: Report
    strange: Callable[[str, Sequence[str]], None]
    rows: Callable[[str, int], None]


@dataclass(slots=True)
class Table:
    """The rows that could be read, in the order of their ids: values by kind, and the rows that there were."""

    ids: list[str] = field(default_factory=list)
    values: dict[str, list[Any]] = field(default_factory=dict)
    rows: int = 0


class _Remembered(dict[Any, Any]):
    """What each text means, worked out once; a text that cannot be read means its CellError."""

    def __init__(self, read: Callable[..., Any], *, several: bool) -> None:
        super().__init__()
        self._read = read
        self._several = several
        self.any_wrong = False

    def __missing__(self, text: Any) -> Any:  # noqa: ANN401 - one text, or the texts of several columns.
        try:
            found = self._read(*text) if self._several else self._read(text)
        except CellError as problem:
            found, self.any_wrong = problem, True
        self[text] = found
        return found


class _Reader:
    """One file on its way into a table."""

    def __init__(self, name: str, shape: Shape, told: Told) -> None:
        self.name = name
        self.shape = shape
        self.told = told
        self.table = Table(values={kind.name: [] for kind in shape.kinds})
        self._memory = {kind.name: _Remembered(kind.read, several=len(kind.columns) > 1) for kind in shape.kinds}
        self._line_of: dict[str, int] = {}

    def check_columns(self, found: frozenset[str]) -> None:
        """Refuse a file without what it needs; name what is not read."""
        for group in self.shape.needed:
            if not found & set(group):
                raise UnreadableFileError(_NO_COLUMN, file=self.name, column=" / ".join(group))
        if strange := sorted(found - self.shape.columns):
            self.told.strange(self.name, strange)

    def take(self, chunk: Chunk) -> None:
        """Read some rows; report and leave out those that cannot be read."""
        values = {kind.name: self._values(kind, chunk) for kind in self.shape.kinds}
        wrong = self._wrong(values)
        self._find_doubles(values["id"], chunk.lines, wrong)
        for at in sorted(wrong):
            for problem in wrong[at]:
                found = Problem(self.name, chunk.lines[at], problem.column, problem.reason, problem.values)
                self.told.problem(found)
        kept = [at for at in range(len(chunk.lines)) if at not in wrong]
        for name, column in values.items():
            self.table.values[name] += [column[at] for at in kept] if wrong else column
        self.table.rows += len(chunk.lines)

    def _values(self, kind: Kind, chunk: Chunk) -> list[Any]:
        blank = ("",) * len(chunk.lines)
        cells = [chunk.cells.get(column, blank) for column in kind.columns]
        memory = self._memory[kind.name]
        if len(memory) > MOST_KEPT:
            memory.clear()
        return list(map(memory.__getitem__, cells[0] if len(cells) == 1 else zip(*cells, strict=True)))

    def _wrong(self, values: Mapping[str, list[Any]]) -> dict[int, list[CellError]]:
        wrong: dict[int, list[CellError]] = {}
        for kind in self.shape.kinds:
            if not self._memory[kind.name].any_wrong:
                continue
            for at, value in enumerate(values[kind.name]):
                if isinstance(value, CellError):
                    value.column = value.column or kind.columns[0]
                    wrong.setdefault(at, []).append(value)
        return wrong

    def _find_doubles(self, ids: Sequence[Any], lines: Sequence[int], wrong: dict[int, list[CellError]]) -> None:
        """The first row of an id is kept, the others are told on which line it stands."""
        line_of = self._line_of
        for at, (found, line) in enumerate(zip(ids, lines, strict=True)):
            if at in wrong:
                continue
            first = line_of.setdefault(found, line)
            if first != line:
                wrong[at] = [CellError(_AGAIN, column="id", line=str(first))]


def read_table(name: str, shape: Shape, told: Told) -> Table:
    """
    Every row of a file that can be read, in the order of the ids; its kinds of cells begin with ``id``.

    Raises UnreadableFileError when the file cannot be opened or lacks a column.
    """
    reader = _Reader(name, shape, told)
    with opened(name) as text:
        for part in chunks(name, text, shape.columns, report=told.problem):
            if isinstance(part, Chunk):
                reader.take(part)
                told.rows(name, reader.table.rows)
            else:
                reader.check_columns(part)
    return _in_order(reader.table)


def _in_order(table: Table) -> Table:
    ids = table.values.pop("id")
    order = sorted(range(len(ids)), key=ids.__getitem__)
    ordered = {name: [column[at] for at in order] for name, column in table.values.items()}
    return Table([ids[at] for at in order], ordered, table.rows)
