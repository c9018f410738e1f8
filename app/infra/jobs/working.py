"""
The loop of ``flask worker``: slots, then whatever is due, one by one; asked to stop, it ends after the job in hand.

While nothing is due it rests until PostgreSQL says that something came, or half a second on SQLite.
"""

import contextlib
import os
import select
import signal
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from types import FrameType
from typing import Any, Final

import structlog
from flask import current_app
from flask.ctx import AppContext
from sqlalchemy.exc import SQLAlchemyError

from app.infra.clock import utcnow
from app.infra.database import db
from app.infra.jobs.queue import CHANNEL, Lease, enqueue_periodic, extend, lease_next
from app.infra.jobs.registry import registry
from app.infra.jobs.running import run

LONGEST_RUN: Final = timedelta(hours=1)
"""A job that takes longer is taken for hung: its lease is no longer extended, and another worker may begin it anew."""

SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
log = structlog.get_logger(__name__)


class Heart:
    """Extends, from a thread of its own, the lease of a job that takes long."""

    def __init__(self, context: Callable[[], AppContext], beat: timedelta) -> None:
        """Beat each ``beat``, once started; each in a ``context`` of its own."""
        self._context, self._beat = context, beat
        self._held: tuple[Lease, float] | None = None
        self._end = threading.Event()

    @contextlib.contextmanager
    def beating(self) -> Iterator[None]:
        """Beat while the block runs."""
        thread = threading.Thread(target=self._run, name="jobs-heart", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._end.set()
            thread.join()

    @contextlib.contextmanager
    def holding(self, lease: Lease) -> Iterator[None]:
        """Extend ``lease`` while the block runs, for at most :data:`LONGEST_RUN`."""
        self._held = (lease, time.monotonic())
        try:
            yield
        finally:
            self._held = None

    def _run(self) -> None:
        while not self._end.wait(self._beat.total_seconds()):
            held = self._held
            if held is not None and time.monotonic() - held[1] < LONGEST_RUN.total_seconds():
                self._extend(held[0])

    def _extend(self, lease: Lease) -> None:
        """Where SQLite's writer is the job itself this fails, and nobody else can take the job meanwhile."""
        with self._context(), contextlib.suppress(SQLAlchemyError):
            extend(lease, now=utcnow())


class Bell:
    """Lets a worker rest until a job was enqueued, it is asked to stop, or its time is over."""

    def __init__(self) -> None:
        """Open the pipe the worker's own signals ring."""
        self._heard, self._rung = os.pipe()
        self._listening: Any = None
        self._listen()

    def ring(self) -> None:
        """Wake the worker from a signal handler or another thread."""
        os.write(self._rung, b"!")

    def rest(self, seconds: float) -> bool:
        """Rest at most ``seconds``, where the database rings four times as long; whether something woke the worker."""
        if self._listening is None and self._listen():
            return True  # what was enqueued before it listened rang for nobody
        if self._listening is None:
            return bool(select.select([self._heard], [], [], seconds)[0])
        woken = bool(select.select([self._heard, self._listening], [], [], 4 * seconds)[0])
        self._drain()
        return woken

    def _listen(self) -> bool:
        """Listen on a connection of its own; False where there is nothing to listen to, or not now."""
        if db.engine.dialect.name != "postgresql":
            return False
        try:
            pooled = db.engine.raw_connection()
            connection: Any = pooled.driver_connection
            pooled.detach()
            connection.autocommit = True
            connection.execute(f"LISTEN {CHANNEL}")
        except (SQLAlchemyError, db.engine.dialect.loaded_dbapi.Error):
            return False
        self._listening = connection
        return True

    def _drain(self) -> None:
        try:
            for _ in self._listening.notifies(timeout=0):
                pass
        except db.engine.dialect.loaded_dbapi.Error:
            self._listening.close()
            self._listening = None

    def close(self) -> None:
        """Give back pipe and connection."""
        os.close(self._heard)
        os.close(self._rung)
        if self._listening is not None:
            self._listening.close()


class Worker:
    """One worker process."""

    def __init__(self, *, idle_seconds: float) -> None:
        """Prepare; nothing is taken yet."""
        self._idle = idle_seconds
        self._told: dict[str, str] = {}
        self._stopping = False
        self._bell = Bell()
        self._heart = Heart(current_app.app_context, registry().lease / 3)

    def work(self) -> None:
        """Work until SIGTERM or SIGINT; the job in hand is finished first."""
        with self._obeying_signals(), self._heart.beating(), contextlib.closing(self._bell):
            while not self._stopping:
                if not self._one():
                    self._bell.rest(self._idle)

    def _one(self) -> bool:
        """Do one job; False when there was none or the database was not there, and it is time to rest."""
        try:
            enqueue_periodic(now=utcnow(), told=self._told)
            lease = lease_next(now=utcnow())
            if lease is None:
                return False
            with self._heart.holding(lease):
                run(lease, now=utcnow())
        except SQLAlchemyError as error:
            # A busy or restarted database costs a rest, not the worker; a job that was in hand comes back by its lease.
            log.warning("jobs wait for the database", error=type(error).__name__)
            return False
        finally:
            db.session.remove()
        return True

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True
        self._bell.ring()

    @contextlib.contextmanager
    def _obeying_signals(self) -> Iterator[None]:
        before = {number: signal.signal(number, self._stop) for number in SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def work_forever(*, idle_seconds: float = 0.5) -> None:
    """Work until this process is asked to stop (SIGTERM, SIGINT); must be called from its main thread."""
    Worker(idle_seconds=idle_seconds).work()
