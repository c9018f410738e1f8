"""
Whole files into columns: every cell read once for each text it holds, every unreadable row reported and left out.

Rows are put into the order of their ids, so that the order of a file changes nothing.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from app.kernel.words import N_
from app.matching.plan.cells import identities, identity
from app.matching.plan.problems import CellError, Problem, UnreadableFileError
from app.matching.plan.rows import Chunk, Report, chunks, opened

MOST_KEPT: Final = 50_000
"""Texts remembered with what they mean, for each kind of cell; spreadsheets say few things many times."""

ID: Final = "id"

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
    """What a file holds beside ids: its kinds of cells, and of which columns it needs at least one, group by group."""

    kinds: tuple[Kind, ...]
    needed: tuple[tuple[str, ...], ...]

    @property
    def columns(self) -> frozenset[str]:
        """Every column that is read."""
        return frozenset(chain([ID], *(kind.columns for kind in self.kinds)))


@dataclass(slots=True)
class Told:
    """What a reader tells while it reads: problems, unknown names, and how far it is."""

    problem: Report
    strange: Callable[[str, Sequence[str]], None]
    rows: Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class Column:
    """What stands in a kind of cell: the different meanings, and for each row the number of its own."""

    meanings: Sequence[Any]
    numbers: NDArray[np.int32]

    def __iter__(self) -> Iterator[Any]:
        """The meaning of each row."""
        return map(self.meanings.__getitem__, self.numbers.tolist())

    def of(self, kind: type[np.generic], part: Callable[[Any], Any] | None = None) -> NDArray[Any]:
        """Each row's meaning, or the part of it that is asked for, as numbers of this kind."""
        found = self.meanings if part is None else map(part, self.meanings)
        return np.fromiter(found, kind, len(self.meanings))[self.numbers]


@dataclass(frozen=True, slots=True)
class Table:
    """The rows that could be read, in the order of their ids: columns by kind, and the rows that there were."""

    ids: list[str]
    values: dict[str, Column]
    rows: int


class _Memory(dict[Any, int]):
    """The number of what each text means, worked out once; a text that cannot be read means its CellError."""

    def __init__(self, kind: Kind) -> None:
        super().__init__()
        self.meanings: list[Any] = []
        self.wrong: list[int] = []
        self._kind = kind
        self._several = len(kind.columns) > 1

    def __missing__(self, text: Any) -> int:  # noqa: ANN401 - one text, or the texts of several columns.
        number = self[text] = len(self.meanings)
        try:
            self.meanings.append(self._kind.read(*text) if self._several else self._kind.read(text))
        except CellError as problem:
            problem.column = problem.column or self._kind.columns[0]
            self.meanings.append(problem)
            self.wrong.append(number)
        return number

    def column(self, parts: Sequence[NDArray[np.int32]], order: NDArray[np.intp]) -> Column:
        """These rows in this order, without what none of them means."""
        numbers = np.concatenate([np.empty(0, np.int32), *parts])[order]
        if not self.wrong:
            return Column(self.meanings, numbers)
        used, numbers = np.unique(numbers, return_inverse=True)
        return Column([self.meanings[number] for number in used.tolist()], numbers.astype(np.int32))


class _Reader:
    """One file on its way into a table."""

    def __init__(self, name: str, shape: Shape, told: Told) -> None:
        self.name = name
        self.shape = shape
        self.told = told
        self.rows = 0
        self._ids: list[str] = []
        self._parts: dict[str, list[NDArray[np.int32]]] = {kind.name: [] for kind in shape.kinds}
        self._memory = {kind.name: _Memory(kind) for kind in shape.kinds}
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
        numbers = {kind.name: self._numbers(kind, chunk) for kind in self.shape.kinds}
        ids, wrong = self._read_ids(chunk)
        self._find_wrong(numbers, wrong)
        self._find_doubles(ids, chunk.lines, wrong)
        for at in sorted(wrong):
            for problem in wrong[at]:
                found = Problem(self.name, chunk.lines[at], problem.column, problem.reason, problem.values)
                self.told.problem(found)
        if wrong:
            kept = [at for at in range(len(ids)) if at not in wrong]
            ids = [ids[at] for at in kept]
            numbers = {name: part[kept] for name, part in numbers.items()}
        self._ids += ids
        for name, part in numbers.items():
            self._parts[name].append(part)
        self.rows += len(chunk.lines)

    def _numbers(self, kind: Kind, chunk: Chunk) -> NDArray[np.int32]:
        blank = ("",) * len(chunk.lines)
        cells = [chunk.cells.get(column, blank) for column in kind.columns]
        memory = self._memory[kind.name]
        if len(memory) > MOST_KEPT:
            memory.clear()
        texts = cells[0] if len(cells) == 1 else zip(*cells, strict=True)
        return np.fromiter(map(memory.__getitem__, texts), np.int32, len(chunk.lines))

    def _read_ids(self, chunk: Chunk) -> tuple[list[str], dict[int, list[CellError]]]:
        """The ids and, by row, what is wrong with one."""
        texts = chunk.cells.get(ID, ("",) * len(chunk.lines))
        if (found := identities(texts)) is not None:
            return found, {}
        ids, wrong = [], dict[int, list[CellError]]()
        for at, text in enumerate(texts):
            try:
                ids.append(identity(text))
            except CellError as problem:
                problem.column = ID
                ids.append("")
                wrong[at] = [problem]
        return ids, wrong

    def _find_wrong(self, numbers: Mapping[str, NDArray[np.int32]], wrong: dict[int, list[CellError]]) -> None:
        for name, part in numbers.items():
            memory = self._memory[name]
            for at in np.flatnonzero(np.isin(part, memory.wrong)).tolist() if memory.wrong else ():
                wrong.setdefault(at, []).append(memory.meanings[part[at]])

    def _find_doubles(self, ids: Sequence[str], lines: Sequence[int], wrong: dict[int, list[CellError]]) -> None:
        """The first row of an id is kept, the others are told on which line it stands."""
        line_of = self._line_of
        if not wrong:
            together = dict(zip(ids, lines, strict=True))
            if len(together) == len(ids) and line_of.keys().isdisjoint(together):
                line_of.update(together)
                return
        for at, (found, line) in enumerate(zip(ids, lines, strict=True)):
            if at in wrong:
                continue
            first = line_of.setdefault(found, line)
            if first != line:
                wrong[at] = [CellError(_AGAIN, column=ID, line=str(first))]

    def table(self) -> Table:
        """All rows in the order of their ids."""
        ids = self._ids
        order = np.array(sorted(range(len(ids)), key=ids.__getitem__), np.intp)
        values = {name: self._memory[name].column(parts, order) for name, parts in self._parts.items()}
        return Table([ids[at] for at in order.tolist()], values, self.rows)


def read_table(name: str, shape: Shape, told: Told) -> Table:
    """
    Every row of a file that can be read, in the order of its ids.

    Raises UnreadableFileError when the file cannot be opened or lacks a column.
    """
    reader = _Reader(name, shape, told)
    with opened(name) as text:
        for part in chunks(name, text, shape.columns, report=told.problem):
            if isinstance(part, Chunk):
                reader.take(part)
                told.rows(name, reader.rows)
            else:
                reader.check_columns(part)
    return reader.table()
