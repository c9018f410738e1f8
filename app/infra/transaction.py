"""
One transaction per use-case: the only module that commits or rolls back.

``transaction()`` opens one or joins the one that is open, so a use-case that calls a lower one stays whole. What was
recorded on the event bus leaves after the commit, or not at all.

On SQLite one writer is alone from its start, and the others stand in line (:mod:`app.infra.writers`). On PostgreSQL
writers run beside each other (READ COMMITTED), so whatever a use-case decides on is read under a row lock, stands in
the UPDATE's own condition, or is refused by a constraint.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session, scoped_session

from app.infra import event_bus, kill_points, writers
from app.infra.database import HELD, KEPT, UNWAITING, WRITES, db
from app.infra.direct import Direct, Rows

_DEPTH = "milkbridge_depth"
_COMMITTED = "milkbridge_committed"
_ALONE = "milkbridge_one_statement"

DEADLOCK: Final = frozenset({"40P01", "40001"})
"""What PostgreSQL says to the one of two whom it undid so that the other could go on (deadlock, serialisation)."""

BUSY: Final = DEADLOCK | {"55P03", "53300", "57P03"}
"""Further: a lock not had in time, no connection left, a server that is still starting."""


def session() -> scoped_session[Any]:
    """The session of the current application context."""
    return db.session


def is_open() -> bool:
    """Whether this context is inside :func:`transaction`."""
    return bool(db.session().info.get(_DEPTH))


@contextmanager
def transaction(*, wait: bool = True) -> Iterator[Session]:
    """
    Run a block as one transaction, or as part of the one already open.

    The outermost block commits at its end and then lets the recorded events go; any exception undoes everything and
    drops them. A read that came before (the signed-in person, say) is ended first, so that the writer starts from the
    newest state. Without ``wait`` a lock that others hold is an error at once (:func:`is_busy`), not after some
    seconds.
    """
    current: Session = db.session()
    if current.info.get(_DEPTH):
        yield current
        return
    if _ALONE in current.info:
        msg = "what is to be written beside a use-case of one statement would not be undone with it"
        raise RuntimeError(msg)
    current.rollback()
    current.info[_DEPTH] = True
    try:
        with _connection(current) as connection, writers.in_line(connection, wait=wait):
            yield from _whole(current, connection, wait=wait)
    except BaseException:
        event_bus.forget(current)
        raise
    finally:
        del current.info[_DEPTH]
    event_bus.release(current)


def _whole(current: Session, connection: Connection, *, wait: bool) -> Iterator[Session]:
    """
    One transaction over ``connection``.

    The session joins it when it is first needed, because its own way to begin and to end one takes as long as a
    statement, and many a use-case only speaks directly.
    """
    try:
        _begin(connection, wait=wait)
        current.info[HELD] = connection
        yield current
        if current.in_transaction():
            current.commit()
        kill_points.reached("before_commit")
        connection.commit()
        kill_points.reached("after_commit")
        current.info[_COMMITTED] = True
    except BaseException:
        current.rollback()
        connection.rollback()
        raise
    finally:
        current.info.pop(HELD, None)


def _begin(connection: Connection, *, wait: bool) -> None:
    if not wait or connection.dialect.name == "sqlite":
        connection.execution_options(**{WRITES: True, UNWAITING: not wait})
    connection.begin()


Say = Callable[..., Rows]


@contextmanager
def one_statement() -> Iterator[Say]:
    """
    Run a use-case that writes by one statement of PostgreSQL's, which is then a transaction of its own.

    The block is given ``say(statement, **values)`` for it. What is recorded leaves at the end of the block; whoever
    listens inside may write nothing: to open a transaction there is an error. Not for a block inside of one.
    """
    current: Session = db.session()
    current.rollback()
    current.info[_ALONE] = True
    try:
        yield _said_alone
    except BaseException:
        event_bus.forget(current)
        raise
    finally:
        del current.info[_ALONE]
    if event_bus.anything(current):
        current.info[_COMMITTED] = True
        event_bus.release(current)


def _said_alone(statement: Direct, **values: Any) -> Rows:  # noqa: ANN401 - whatever a column holds.
    kill_points.reached("before_commit")
    rows = statement.whole(**values)
    kill_points.reached("after_commit")
    return rows


@contextmanager
def _connection(current: Session) -> Iterator[Connection]:
    """The connection that is kept, or one from the pool."""
    kept: Connection | None = current.info.get(KEPT)
    if kept is None:
        with db.engine.connect() as connection:
            yield connection
        return
    try:
        yield kept
    finally:
        if kept.get_execution_options():
            kept.execution_options(**{WRITES: False, UNWAITING: False})


@contextmanager
def one_connection() -> Iterator[None]:
    """
    Keep one connection for all that this context asks inside the block, instead of taking one from the pool each time.

    For what is short and asks several times (an event of a live page). Nothing is begun by it, what is only read inside
    ends with the block, and it is no transaction. Inside another such block it is part of that one.
    """
    current: Session = db.session()
    if KEPT in current.info or current.in_transaction() or is_open():
        yield
        return
    with db.engine.connect() as connection:
        current.info[KEPT] = connection
        try:
            yield
        finally:
            current.rollback()
            del current.info[KEPT]


def keeps_connection() -> bool:
    """Whether this context is inside :func:`one_connection`, so that the pool lacks one until its end."""
    return KEPT in db.session().info


def when_free(work: Callable[[Session], object]) -> bool:
    """
    Do ``work`` in a transaction of its own unless others are writing; whether it was done.

    For what is worth a write but no wait, and may as well be written the next time. Inside an open transaction it is
    part of that one, and waits as that one does.
    """
    try:
        with transaction(wait=False) as current:
            work(current)
    except (OperationalError, PoolTimeoutError) as error:
        if is_open() or not is_busy(error):
            raise
        return False
    return True


@contextmanager
def attempt(current: Session) -> Iterator[None]:
    """Run a block under a savepoint, so that a constraint it violates can be caught and answered without losing the
    rest.
    """
    with current.begin_nested():
        # The savepoint is set now, also for what is said directly.
        current.connection()
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


def is_busy(error: Exception) -> bool:
    """Whether ``error`` means that others were in the way, and the same again may work in a moment."""
    if isinstance(error, PoolTimeoutError):
        return True
    if not isinstance(error, OperationalError):
        return False
    state = getattr(error.orig, "sqlstate", None)
    return state in BUSY if state is not None else "locked" in str(error.orig)


def may_begin_again(error: Exception) -> bool:
    """
    Whether what this context did can be done again from its beginning.

    True when ``error`` is a deadlock and nothing of this context (a request, a socket event) has been committed, so
    that no trace of the first attempt is left.
    """
    state = getattr(getattr(error, "orig", None), "sqlstate", None)
    return state in DEADLOCK and not left_a_trace()


def left_a_trace() -> bool:
    """Whether anything of this context (a request, a socket event) has been committed."""
    return bool(db.session().info.get(_COMMITTED))


def end_read() -> None:
    """Give back the connection of a read-only request early, for pages that go on waiting."""
    db.session.rollback()
