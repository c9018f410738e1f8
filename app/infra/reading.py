"""
Reading plain rows for lists: a statement is built once, when its module is loaded, and run with other values each time.

Building a statement anew, and letting the mapper look at it, costs several times what the database needs to answer it.
What is asked with every live event goes straight to the driver instead: :mod:`app.infra.direct`.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from sqlalchemy import ColumnElement, Row, Select, bindparam
from sqlalchemy.orm import Session

from app.infra.database import db

Statement = Select[*tuple[Any, ...]]
"""A statement that reads whatever columns."""
PlainRow = Row[*tuple[Any, ...]]

IDS: Final = "ids"
_AT_ONCE: Final = 5_000
"""So many ids stand in one statement."""


def among(column: ColumnElement[Any], name: str = IDS) -> ColumnElement[bool]:
    """That ``column`` is one of the values given under ``name``, however many those are."""
    return column.in_(bindparam(name, expanding=True))


def read(statement: Statement, **values: Any) -> Sequence[PlainRow]:  # noqa: ANN401 - whatever a column holds.
    """
    The rows of a statement over plain tables.

    What the use-case around it has changed so far is written first, as for any other reading.
    """
    session: Session = db.session()
    session.flush()
    return session.connection().execute(statement, values).all()


@dataclass(frozen=True, slots=True)
class Narrowable:
    """A statement over all rows of plain tables, and the same over those alone that belong to some ids."""

    all: Statement
    some: Statement

    @classmethod
    def by(cls, column: ColumnElement[Any], statement: Statement) -> Self:
        """This statement, which may be narrowed to the rows that have some of the ids in ``column``."""
        return cls(statement, statement.where(among(column)))

    def rows(self, ids: Collection[int] | None, **values: Any) -> Iterator[PlainRow]:  # noqa: ANN401 - whatever a column holds.
        """All rows with None, else those of these ids, which are read in ascending pieces that a statement may hold."""
        if ids is None:
            yield from read(self.all, **values)
            return
        ordered = sorted(ids)
        for start in range(0, len(ordered), _AT_ONCE):
            yield from read(self.some, ids=ordered[start : start + _AT_ONCE], **values)
