"""
Background jobs in the application's own database: outbox and queue in one.

A job is enqueued in the transaction of its cause, so neither exists without the other. A worker takes a lease with a
token; whoever lost the lease can no longer finish the job. An effect inside our database happens exactly once (it
commits together with the job's end); an effect outside (mail, push) at least once.
"""

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from flask import Flask, current_app
from sqlalchemy import JSON, CheckConstraint, Index, String, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Mapped, mapped_column

from app.infra import kill_points
from app.infra.clock import utcnow
from app.infra.database import Base, db
from app.infra.transaction import transaction

LEASE: Final = timedelta(minutes=2)
MAX_ATTEMPTS: Final = 8
_EXTENSION: Final = "milkbridge_jobs"

Handler = Callable[..., None]
Preparation = Callable[..., Any]
log = structlog.get_logger(__name__)


class Job(Base):
    """Something to be done later; its payload is emptied when it is done."""

    __tablename__ = "jobs"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(80))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    unique_key: Mapped[str | None] = mapped_column(String(200), unique=True)
    state: Mapped[str] = mapped_column(String(10), default="queued")
    run_after: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    lease_token: Mapped[str | None] = mapped_column(String(32))
    leased_until: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("state IN ('queued', 'done', 'dead')", name="state_known"),
        Index("ix_jobs_due", "state", "run_after"),
    )


@dataclass(frozen=True, slots=True)
class Lease:
    """A job in one worker's hands until the lease runs out."""

    job_id: int
    kind: str
    payload: Mapping[str, Any]
    token: str
    attempts: int


class JobRegistry:
    """Which handler runs which kind of job, and which kinds come round by themselves."""

    def __init__(self) -> None:
        """Start empty; the factory registers every capability's jobs."""
        self.handlers: dict[str, Handler] = {}
        self.preparations: dict[str, Preparation] = {}
        self.periods: dict[str, timedelta] = {}

    def register(self, kind: str, handler: Handler) -> None:
        """
        Run ``handler(**payload, now=...)`` for jobs of ``kind``.

        It must be repeatable: a crash may run it again.
        """
        if kind in self.handlers:
            msg = f"two handlers for job kind {kind}"
            raise ValueError(msg)
        self.handlers[kind] = handler

    def every(self, period: timedelta, kind: str, handler: Handler, *, prepare: Preparation | None = None) -> None:
        """
        Run ``handler(now=...)`` once per ``period``, whatever the number of workers.

        ``prepare(now=...)``, when given, reads and works out before the job's transaction begins, so that a long sum
        holds no lock; the handler gets what it returned as ``prepared``.
        """
        self.register(kind, handler)
        self.periods[kind] = period
        if prepare is not None:
            self.preparations[kind] = prepare


def install(app: Flask) -> JobRegistry:
    """Give ``app`` its registry."""
    registry = JobRegistry()
    app.extensions[_EXTENSION] = registry
    return registry


def registry() -> JobRegistry:
    """The registry of the current application."""
    found: JobRegistry = current_app.extensions[_EXTENSION]
    return found


def enqueue(
    kind: str,
    payload: Mapping[str, Any],
    *,
    now: datetime,
    unique_key: str | None = None,
    delay: timedelta = timedelta(),
) -> None:
    """Add a job in the current transaction; a second one with the same ``unique_key`` is dropped, also after the
    first is done.
    """
    values = {
        "kind": kind, "payload": dict(payload), "unique_key": unique_key, "state": "queued",
        "run_after": now + delay, "attempts": 0, "created_at": now,
    }  # fmt: skip
    insert = sqlite_insert if db.engine.dialect.name == "sqlite" else postgresql_insert
    db.session.execute(insert(Job).values(values).on_conflict_do_nothing(index_elements=["unique_key"]))


def enqueue_periodic(*, now: datetime) -> None:
    """Enqueue each periodic job for the slot ``now`` falls into; a slot is won once by any number of workers."""
    with transaction():
        for kind, period in registry().periods.items():
            slot = int(now.timestamp() // period.total_seconds())
            enqueue(kind, {}, now=now, unique_key=f"{kind}@{slot}")


def lease_next(*, now: datetime) -> Lease | None:
    """Take the oldest due job for :data:`LEASE`, or None when nothing is due."""
    with transaction() as session:
        due = (
            select(Job)
            .where(Job.state == "queued", Job.run_after <= now, (Job.leased_until.is_(None)) | (Job.leased_until < now))
            .order_by(Job.run_after, Job.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        job = session.scalars(due).first()
        if job is None:
            return None
        job.lease_token = secrets.token_hex(16)
        job.leased_until = now + LEASE
        job.attempts += 1
        return Lease(job.id, job.kind, job.payload, job.lease_token, job.attempts)


def _finish(lease: Lease, **values: Any) -> bool:  # noqa: ANN401 - column values.
    held = update(Job).where(Job.id == lease.job_id, Job.lease_token == lease.token).values(leased_until=None, **values)
    return bool(db.session.execute(held).rowcount)  # type: ignore[attr-defined]


def _require_held(lease: Lease) -> None:
    if not _finish(lease, state="done", payload={}):
        raise LeaseLost


class LeaseLost(Exception):  # noqa: N818
    """Another worker holds the job now; what this one did is undone."""


def run(lease: Lease, *, now: datetime) -> bool:
    """
    Run a leased job and end it in one transaction.

    Returns whether it was done; a failure is put back with growing delay.
    """
    try:
        prepare = registry().preparations.get(lease.kind)
        prepared = {} if prepare is None else {"prepared": prepare(**lease.payload, now=now)}
        with transaction():
            registry().handlers[lease.kind](**lease.payload, **prepared, now=now)
            kill_points.reached("job_before_end")
            _require_held(lease)
    except LeaseLost:
        return False
    except Exception as error:
        # Whatever a handler raises, the worker lives on; after enough tries the job is laid out for a person.
        log.exception("job failed", kind=lease.kind, job=lease.job_id)
        _put_back(lease, error, now=now)
        return False
    return True


def _put_back(lease: Lease, error: Exception, *, now: datetime) -> None:
    dead = lease.attempts >= MAX_ATTEMPTS
    with transaction():
        _finish(
            lease,
            state="dead" if dead else "queued",
            run_after=now + timedelta(seconds=2**lease.attempts),
            last_error=type(error).__name__,
        )


def run_due(*, now: datetime, limit: int = 1000) -> int:
    """
    Run what is due, at most ``limit`` jobs, and return how many were tried.

    Tests and commands use it to catch up at once.
    """
    tried = 0
    while tried < limit and (lease := lease_next(now=now)) is not None:
        run(lease, now=now)
        tried += 1
    return tried


def work_forever(*, idle_seconds: float = 0.5) -> None:
    """The loop of ``flask worker``: periodic slots, then whatever is due, then a short sleep."""
    while True:
        enqueue_periodic(now=utcnow())
        if not run_due(now=utcnow()):
            time.sleep(idle_seconds)
