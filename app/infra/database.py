"""
The database: typed base, naming of constraints, UTC moments, and the hooks that make SQLite behave.

Python's sqlite3 opens transactions by itself and so breaks savepoints; it is told not to, and BEGIN is issued here. A
writer takes the write lock at its start (BEGIN IMMEDIATE), because a transaction that upgrades half-way meets
"database is locked" at once, whatever the busy time-out says.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic
from typing import Any, Final

from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session
from sqlalchemy import DateTime, Engine, MetaData, Select, event
from sqlalchemy.engine import Connection, Dialect, ExceptionContext
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DataError, InvalidatePoolError
from sqlalchemy.orm import DeclarativeBase, ORMExecuteState, registry
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator

from app.infra import writers

NAMING: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

MAPPED_BYTES: Final = 2_000_000_000
"""
So much of an SQLite file is read as memory that all connections share, instead of through a cache of 2 MB for each.

A search among a million posts takes half the time; what is mapped but not read costs nothing.
"""

WRITES: Final = "milkbridge_writes"
"""Execution option that makes SQLite begin with the write lock held."""

UNWAITING: Final = "milkbridge_unwaiting"
"""Execution option that makes a transaction give up at once where it would wait for a lock of others."""

HELD: Final = "milkbridge_connection"
"""Under this a session's ``info`` has the connection of the use-case's transaction, as long as that is open."""

KEPT: Final = "milkbridge_kept"
"""Under this a session's ``info`` has the one connection for all that is asked meanwhile, as long as that is kept."""

RESTED: Final = 1.0
"""Seconds after which a pooled connection to a server is asked whether it still lives."""

_RETURNED: Final = "milkbridge_returned"
_WAIT: Final = 5000
"""Milliseconds that whoever reads waits in SQLite for what keeps readers out, which is rare and short."""

_WAIT_ON_SERVER: Final = 15
"""Seconds that a statement waits in PostgreSQL's line for a row: as long as a thread waits in SQLite's."""


class Moment(TypeDecorator[datetime]):
    """
    An aware UTC moment.

    Naive values are refused on the way in; SQLite's naive ones become UTC on the way out.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive moment, store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            msg = "a stored moment needs a time zone"
            raise ValueError(msg)
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give back a moment in UTC, whatever the zone of the connection."""
        del dialect
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """The base of every table; moments are UTC and constraints are named."""

    registry = registry(metadata=MetaData(naming_convention=NAMING), type_annotation_map={datetime: Moment()})


class _Session(Session):
    """Flask-SQLAlchemy's own, which inside a use-case joins its transaction, but not before there is a need of it."""

    def get_bind(self, *args: Any, **more: Any) -> Engine | Connection:  # noqa: ANN401 - the library's own.
        """Where to ask: over the connection that is held or kept, or one from the pool."""
        own: Connection | None = self.info.get(HELD) or self.info.get(KEPT)
        return super().get_bind(*args, **more) if own is None else own


db = SQLAlchemy(model_class=Base, session_options={"class_": _Session})


@event.listens_for(db.session, "do_orm_execute")
def _lock_what_is_now(state: ORMExecuteState) -> None:
    """
    Let every locking SELECT return the row as it is now, and lock it against writers only.

    SQLAlchemy would otherwise keep the values an object in the session had before the lock was waited for. And a plain
    FOR UPDATE waits for everybody who merely refers to the row (a notice to its person, say), which makes deadlocks;
    nobody here changes a key, so FOR NO KEY UPDATE is enough.
    """
    if not isinstance(state.statement, Select):
        return
    lock = state.statement._for_update_arg  # noqa: SLF001 - it has no public name.
    if lock is not None:
        state.update_execution_options(populate_existing=True)
        state.statement = state.statement.with_for_update(
            nowait=lock.nowait,
            read=lock.read,
            of=lock.of,  # type: ignore[arg-type]  # what it stored is what it takes.
            skip_locked=lock.skip_locked,
            key_share=not lock.read,
        )


def _prepare_sqlite_connection(connection: Any, _record: object) -> None:  # noqa: ANN401 - a driver's own object.
    connection.isolation_level = None
    for pragma in (
        "foreign_keys=ON",
        "journal_mode=WAL",
        "synchronous=FULL",
        f"busy_timeout={_WAIT}",
        "secure_delete=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute(f"PRAGMA mmap_size={MAPPED_BYTES}")


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    if not options.get(WRITES, False):
        connection.exec_driver_sql("BEGIN")
        return
    connection.exec_driver_sql("PRAGMA busy_timeout=0")
    try:
        if not writers.take_lock(connection, patience=0 if options.get(UNWAITING, False) else writers.FOR_OTHERS):
            # Asked once more by the library, which wraps the refusal.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={_WAIT}")


def _begin_on_server(connection: Connection) -> None:
    if connection.get_execution_options().get(UNWAITING, False):
        # Zero would mean for ever.
        connection.exec_driver_sql("SET LOCAL lock_timeout = '1ms'")


def _prepare_postgresql_connection(connection: Any, _record: object) -> None:  # noqa: ANN401 - a driver's own object.
    """Wait for a lock as long as for SQLite's, and let no forgotten transaction hold one for ever."""
    connection.autocommit = True
    for setting in (
        "TIME ZONE 'UTC'",
        f"lock_timeout = '{_WAIT_ON_SERVER}s'",
        "idle_in_transaction_session_timeout = '60s'",
    ):
        connection.execute(f"SET {setting}")
    connection.autocommit = False


def _quote_nobody(context: ExceptionContext) -> None:
    """
    Take the detail out of the server's errors, because it quotes the row that was refused and errors are logged.

    What the application decides by, the constraint's name, stays.
    """
    error, wrapped = context.original_exception, context.sqlalchemy_exception
    if getattr(getattr(error, "diag", None), "message_detail", None):
        whole, plain = str(error), f"{error.diag.message_primary}"  # type: ignore[attr-defined]
        error.args = (plain,)
        if wrapped is not None:
            wrapped.args = (str(wrapped.args[0]).replace(whole, plain), *wrapped.args[1:])


def _as_data_error(context: ExceptionContext) -> DataError | None:
    """
    Tell of a value that the driver itself could not hand over as the library tells of one that the server refused.

    SQLite's driver takes integers of 64 bits, and neither takes half of a pair of code units.
    """
    error = context.original_exception
    unfit = isinstance(error, OverflowError | UnicodeEncodeError)
    return DataError(context.statement, None, error) if unfit else None


def _note_return(_connection: object, record: ConnectionPoolEntry) -> None:
    record.info[_RETURNED] = monotonic()


def _ask_after_rest(dialect: Dialect) -> Callable[..., None]:
    """
    A server that was restarted must not cost every pooled connection an error page.

    Asked only of a connection that has rested: to ask each time is half of all a busy process says to its server.
    """

    def ask(connection: DBAPIConnection, record: ConnectionPoolEntry, _proxy: object) -> None:
        if monotonic() - record.info.get(_RETURNED, monotonic()) < RESTED:
            return
        try:
            dialect.do_ping(connection)
        except dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error

    return ask


def install_hooks(engine: Engine) -> None:
    """Attach the hooks of its database to ``engine``."""
    event.listen(engine, "handle_error", _as_data_error)
    if engine.dialect.name == "sqlite":
        writers.line_before(engine.dialect, engine.url.database)
        event.listen(engine, "connect", _prepare_sqlite_connection)
        event.listen(engine, "begin", _begin)
    elif engine.dialect.name == "postgresql":
        event.listen(engine, "connect", _prepare_postgresql_connection)
        event.listen(engine, "begin", _begin_on_server)
        event.listen(engine, "checkin", _note_return)
        event.listen(engine, "checkout", _ask_after_rest(engine.dialect))
        event.listen(engine, "handle_error", _quote_nobody)
