"""
Whose turn it is to write to SQLite: the threads of a process in the order in which they came, processes by turns.

SQLite lets one write at a time and keeps no line: whoever waits asks again after up to a tenth of a second, so that
one who came later goes first, and with many at once somebody is refused while milk was left. Here the threads of a
process stand in a line, and the first of it has, through a file beside the database, its process's turn to be the only
one that asks. PostgreSQL keeps such a line by itself.
"""

import fcntl
import os
import sqlite3
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic, sleep
from typing import Any, Final
from weakref import WeakKeyDictionary

import structlog
from sqlalchemy.engine import Connection, Dialect

IN_LINE: Final = 15.0
"""Seconds that a thread stands in its process's line."""

FOR_OTHERS: Final = 10.0
"""Seconds that the first of the line waits for other processes; together less than a browser or a proxy waits."""

PAUSE: Final = 0.001
"""Seconds between two looks at what another process holds; one thread of a process looks."""

log = structlog.get_logger(__name__)


class Line:
    """Who of one process writes next to one database; ``file`` is shared by all its processes, None by nobody."""

    def __init__(self, file: str | None) -> None:
        """Nobody stands in it."""
        self._file = file
        self._guard = threading.Lock()
        self._taken = False
        self._waiting: deque[threading.Event] = deque()
        self._has_warned = False

    def enter(self, seconds: float) -> bool:
        """Wait until all who came before have left, at most so long; whether it is this thread's turn."""
        with self._guard:
            if not self._taken:
                self._taken = True
                return True
            if seconds <= 0:
                return False
            mine = threading.Event()
            self._waiting.append(mine)
        try:
            if mine.wait(seconds):
                return True
        except BaseException:
            # Whoever is torn out of the line must not be given a turn that nobody would give on.
            if not self._left(mine):
                self.leave()
            raise
        return not self._left(mine)

    def _left(self, mine: threading.Event) -> bool:
        """Go out of the line; False for whoever was given the turn before that."""
        with self._guard:
            if mine.is_set():
                return False
            self._waiting.remove(mine)
        return True

    def leave(self) -> None:
        """Give the turn to the next."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._taken = False

    @contextmanager
    def turn_of_process(self, until: float) -> Iterator[None]:
        """
        Be the only process that asks for the lock; the system ends it with the process, however that dies.

        Given up at ``until`` (:func:`time.monotonic`): whoever had no turn asks all the same, and is refused by SQLite.
        A file that cannot be opened (a command of the superuser made it) costs the turns, not the writing, and is told
        to the log once.
        """
        file = self._opened()
        if file is None:
            yield
            return
        try:
            while not _locked(file) and monotonic() < until:
                sleep(PAUSE)
            yield
        finally:
            os.close(file)

    def _opened(self) -> int | None:
        try:
            return os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o660) if self._file else None
        except OSError as error:
            self._warn(error)
            return None

    def _warn(self, error: OSError) -> None:
        """Say once that processes take no turns; what each writer met afterwards would only fill the log."""
        if not self._has_warned:
            self._has_warned = True
            log.warning("no turns of writers", file=self._file, error=type(error).__name__)


_LINES: Final[WeakKeyDictionary[Dialect, Line]] = WeakKeyDictionary()


def _locked(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def line_before(dialect: Dialect, database: str | None) -> Line:
    """Set up a line before the SQLite file ``database``; before one in memory it is of this process alone."""
    in_memory = not database or database == ":memory:" or database.startswith("file:")
    return _LINES.setdefault(dialect, Line(None if in_memory else f"{database}-turn"))


@contextmanager
def in_line(connection: Connection, *, wait: bool) -> Iterator[None]:
    """Run a block that writes when it is its turn, and give the turn on; at once where the database has no line."""
    line = _LINES.get(connection.dialect)
    mine = line is not None and line.enter(IN_LINE if wait else 0)
    try:
        yield
    finally:
        if line is not None and mine:
            line.leave()


def take_lock(connection: Connection, *, patience: float) -> bool:
    """Begin with SQLite's write lock held; False when others hold it for so many seconds."""
    until = monotonic() + patience
    driver: Any = connection.connection.driver_connection
    with _LINES[connection.dialect].turn_of_process(until):
        while not _begun(driver):
            if monotonic() >= until:
                return False
            sleep(PAUSE)
    return True


def _begun(driver: sqlite3.Connection) -> bool:
    try:
        driver.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise
        return False
    return True
