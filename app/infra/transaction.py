"""
One transaction per use-case: the only module that commits or rolls back.

``transaction()`` opens one or joins the one that is open, so a use-case that calls a lower one stays whole. What was
recorded on the event bus leaves after the commit, or not at all.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, scoped_session

from app.infra import event_bus
from app.infra.database import WRITES, db

_DEPTH = "milkbridge_depth"


def session() -> scoped_session[Any]:
    """The session of the current application context."""
    return db.session


@contextmanager
def transaction() -> Iterator[Session]:
    """
    Run a block as one transaction, or as part of the one already open.

    The outermost block commits at its end and then lets the recorded events go; any exception undoes everything and
    drops them. A read that came before (the signed-in person, say) is ended first, so that the writer starts from the
    newest state.
    """
    current: Session = db.session()
    if current.info.get(_DEPTH):
        yield current
        return
    current.rollback()
    current.info[_DEPTH] = True
    try:
        current.connection(execution_options={WRITES: True})
        yield current
        current.commit()
    except BaseException:
        current.rollback()
        event_bus.forget(current)
        raise
    finally:
        current.info.pop(_DEPTH, None)
    event_bus.release(current)


@contextmanager
def attempt(current: Session) -> Iterator[None]:
    """Run a block under a savepoint, so that a constraint it violates can be caught and answered without losing the
    rest.
    """
    with current.begin_nested():
        yield
        current.flush()


def violated(error: IntegrityError, constraint: str) -> bool:
    """
    Whether ``error`` is the refusal of the named constraint.

    PostgreSQL names the constraint. SQLite names a CHECK, but a UNIQUE only by its columns: pass ``"table.column,
    table.column"`` as it prints them, or a CHECK's full name.
    """
    diagnostics = getattr(error.orig, "diag", None)
    if diagnostics is not None:
        return bool(diagnostics.constraint_name == constraint)
    return constraint in str(error.orig)


def end_read() -> None:
    """Give back the connection of a read-only request early, for pages that go on waiting."""
    db.session.rollback()
