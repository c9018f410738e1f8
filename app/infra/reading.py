"""
Reading plain rows for lists: a statement is built once, when its module is loaded, and run with other values each time.

Building a statement anew, and letting the mapper look at it, costs several times what the database needs to answer it.
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, bindparam
from sqlalchemy.orm import Session

from app.infra.database import db

Statement = Select[*tuple[Any, ...]]
"""A statement that reads whatever columns."""
PlainRow = Row[*tuple[Any, ...]]

IDS: Final = "ids"


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
    return session.execute(statement, values).all()
