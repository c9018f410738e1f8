"""
Statements that go straight to the driver, for what is asked with every live event.

The library compiles a statement once for each database, here, and then stands aside: its own way to run one, and to
hand out the answer, takes several times what the database needs. Values are converted as it converts them, both ways,
and a failure is told by it. Columns of decimal numbers, which need the driver's word for their type, are not for here.
Whoever listens to the library's events of execution does not hear of these statements.
"""

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NoReturn

from psycopg import Connection as ServerConnection
from psycopg import RawCursor
from sqlalchemy import Select
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.engine.interfaces import DBAPICursor, PoolProxiedConnection
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import UpdateBase

from app.infra.database import HELD, KEPT, db

Statement = Select[*tuple[Any, ...]] | UpdateBase
"""What can be said directly: it names each value it needs by a ``bindparam``."""

Rows = Sequence[Any]
"""Named tuples, one name for each column asked for."""

_CURSOR: Final = "milkbridge_cursor"
_Convert = Callable[[Any], Any]


class _Compiled:
    """A statement in the words of one database, with what converts its values and its answer."""

    def __init__(self, statement: Statement, dialect: Dialect) -> None:
        """Compile ``statement``; its columns become the fields of its rows."""
        made = statement.compile(dialect=_spoken(dialect))
        self.text: Final = str(made)
        self._order: Final[Sequence[str] | None] = made.positiontup
        self._fixed: Final = {name: bound.value for name, bound in made.binds.items() if not bound.required}
        self._binds: Final = _converters(made.binds, dialect, "bind_processor")
        columns = statement.exported_columns
        self._answers: Final = bool(columns)
        self._begins: Final = dialect.name == "postgresql"
        self._row: Any = _row_of([str(column.key) for column in columns])
        types = dict(enumerate(columns))
        self._results: Final = _converters(types, dialect, "result_processor", None)

    def given(self, values: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a tuple or a mapping, as the driver takes it.
        """``values`` as the driver takes them."""
        known = {**self._fixed, **values}
        for name, convert in self._binds:
            known[name] = convert(known[name])
        return known if self._order is None else tuple(map(known.__getitem__, self._order))

    def asked(self, cursor: DBAPICursor, given: Any) -> Rows:  # noqa: ANN401 - what :meth:`given` made.
        """The rows that the driver answers with."""
        cursor.execute(self.text, given)
        return self._rows(cursor.fetchall()) if self._answers else ()

    def alone(self, pooled: PoolProxiedConnection, given: Any) -> Rows:  # noqa: ANN401 - as above.
        """The same without BEGIN, which SQLite's driver was told not to send and PostgreSQL's is told here."""
        if not self._begins:
            return self.asked(_cursor(pooled), given)
        driver: Any = pooled.dbapi_connection
        driver.autocommit = True
        # Not set back after a failure: such a connection is given up.
        found = self.asked(_cursor(pooled), given)
        driver.autocommit = False
        return found

    def _rows(self, found: Sequence[Sequence[Any]]) -> Rows:
        """What the driver found, as named rows."""
        if not self._results:
            return list(map(self._row._make, found))
        rows = []
        for row in found:
            fields = list(row)
            for place, convert in self._results:
                fields[place] = convert(fields[place])
            rows.append(self._row._make(fields))
        return rows


def _spoken(dialect: Dialect) -> Dialect:
    """
    How a statement is written for the driver.

    For PostgreSQL's as the server itself reads it, with numbered places: the driver need not look through each long
    statement for names again.
    """
    kind: Any = type(dialect)
    spoken: Dialect = kind(paramstyle="numeric_dollar") if dialect.driver == "psycopg" else dialect
    return spoken


def _row_of(names: Sequence[str]) -> Any:  # noqa: ANN401 - a class whose fields are known by the statement alone.
    return namedtuple("Row", names, rename=True)  # noqa: PYI024


def _converters(typed: Mapping[Any, Any], dialect: Dialect, name: str, *more: Any) -> list[tuple[Any, _Convert]]:  # noqa: ANN401 - names or places; the library's arguments.
    """What the type of each of these needs, left out where it needs nothing."""
    found = ((key, getattr(what.type.dialect_impl(dialect), name)(dialect, *more)) for key, what in typed.items())
    return [(key, convert) for key, convert in found if convert is not None]


class Direct:
    """One statement, compiled for a database when it is first asked there."""

    def __init__(self, statement: Statement | Mapping[str, Statement]) -> None:
        """Remember the statement, or that of each database by the database's name."""
        self._statement: Final = statement
        self._compiled: Final[dict[str, _Compiled]] = {}

    def __call__(self, session: Session, **values: Any) -> Rows:  # noqa: ANN401 - whatever a column holds.
        """
        Say it as part of the session's transaction and return its rows, none for a statement that returns nothing.

        What the use-case has changed so far is written first. Raises what the library raises.
        """
        session.flush()
        held: Connection | None = session.info.get(HELD)
        if held is None or not held.in_transaction():
            # After a failure that undid the transaction the session says so; the driver would just go on.
            held = session.connection()
        return self.over(held, values)

    def over(self, connection: Connection, values: Mapping[str, Any]) -> Rows:
        """Say it over ``connection``, inside whatever is open there."""
        made = self._for(connection.dialect)
        given = made.given(values)
        cursor = _cursor(connection.connection)
        try:
            return made.asked(cursor, given)
        except connection.dialect.loaded_dbapi.Error as error:
            # The library closes the cursor that failed.
            connection.connection.info.pop(_CURSOR, None)
            _tell(connection, error, made.text, given, cursor)

    def alone(self, **values: Any) -> Rows:  # noqa: ANN401 - as above.
        """
        Say one that only reads and belongs to no transaction; its connection is given back at once unless it is kept.

        On PostgreSQL it is not wrapped in BEGIN and ROLLBACK, two more ways to the server and back. Inside an open
        transaction it is part of that. A failure is the library's to tell of, which is asked once more.
        """
        session: Session = db.session()
        if HELD in session.info or session.in_transaction():
            return self(session, **values)
        kept = session.info.get(KEPT)
        if kept is not None:
            return self._by_itself(kept, values)
        with db.engine.connect() as connection:
            return self._by_itself(connection, values)

    def whole(self, **values: Any) -> Rows:  # noqa: ANN401 - as above.
        """
        Say one that writes and is all there is to write: PostgreSQL's driver is told to begin nothing, so that the
        server makes a transaction of this one statement, without BEGIN and COMMIT.

        For :func:`app.infra.transaction.one_statement`. A failure is told by the library, and undid all of it.
        """
        kept = db.session().info.get(KEPT)
        if kept is not None:
            return self._committed(kept, values)
        with db.engine.connect() as connection:
            return self._committed(connection, values)

    def _committed(self, connection: Connection, values: Mapping[str, Any]) -> Rows:
        made = self._for(connection.dialect)
        given = made.given(values)
        pooled = connection.connection
        cursor = _cursor(pooled)
        try:
            return made.alone(pooled, given)
        except connection.dialect.loaded_dbapi.Error as error:
            pooled.info.pop(_CURSOR, None)
            driver: Any = pooled.dbapi_connection
            if not driver.closed:
                driver.autocommit = False
            _tell(connection, error, made.text, given, cursor)
        except BaseException as error:
            # What became of it is not known, and neither is where the driver stands.
            connection.invalidate(error)
            raise

    def _by_itself(self, connection: Connection, values: Mapping[str, Any]) -> Rows:
        made = self._for(connection.dialect)
        given = made.given(values)
        pooled = connection.connection
        try:
            return made.alone(pooled, given)
        except connection.dialect.loaded_dbapi.Error as error:
            connection.invalidate(error)
        except BaseException as error:
            connection.invalidate(error)
            raise
        with connection.begin():
            return self.over(connection, values)

    def _for(self, dialect: Dialect) -> _Compiled:
        made = self._compiled.get(dialect.name)
        if made is None:
            asked = self._statement
            made = _Compiled(asked[dialect.name] if isinstance(asked, Mapping) else asked, dialect)
            self._compiled[dialect.name] = made
        return made


def _cursor(pooled: PoolProxiedConnection) -> DBAPICursor:
    """The one cursor for such statements over a connection: each answer is read whole before the next is asked for."""
    kept: Any = pooled.info.get(_CURSOR)
    if kept is None:
        driver = pooled.dbapi_connection
        kept = RawCursor(driver) if isinstance(driver, ServerConnection) else pooled.cursor()
        pooled.info[_CURSOR] = kept
    found: DBAPICursor = kept
    return found


def _tell(connection: Connection, error: Exception, text: str, given: Any, cursor: DBAPICursor) -> NoReturn:  # noqa: ANN401 - as the driver took it.
    """
    Raise the library's error for the driver's, with all that hangs on it: a lost connection leaves the pool, and what
    the server quoted of a row is taken out.
    """
    connection._handle_dbapi_exception(error, text, given, cursor, None)  # noqa: SLF001 - it has no public name.
