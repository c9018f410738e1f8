"""
Looks after the table: what waits, what is dead, and the removal of what ended long ago.

A view of a job shows numbers and the kind of everything else, never a word: a mail's payload is a mail.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, func, or_, select, update

from app.infra.database import db
from app.infra.jobs.models import DEAD, DONE, QUEUED, Job
from app.infra.jobs.queue import enqueue, free
from app.infra.jobs.registry import JobRegistry
from app.infra.transaction import transaction

PURGE: Final = "jobs.purge"
BATCH: Final = 500
"""Rows removed or brought back in one transaction, so that nobody waits long for SQLite's only writer."""

KEPT_DONE: Final = timedelta(days=30)
"""How long a done job's row, empty but for its unique key, keeps a second of this key away."""

KEPT_DEAD: Final = timedelta(days=90)
"""How long a person has to look at a dead job."""

KEPT_WORDS: Final = timedelta(days=7)
"""How long what a dead job was to do is kept, so that it can be brought back: a mail's payload is a mail."""

FORGOTTEN: Final = "payload forgotten"
"""The error of a dead job of which only the row is left; nothing brings it back."""

REVIVABLE: Final = DEAD & Job.last_error.is_distinct_from(FORGOTTEN)


@dataclass(frozen=True, slots=True)
class JobView:
    """A job as an operator may see it."""

    id: int
    kind: str
    state: str
    attempts: int
    run_after: datetime
    created_at: datetime
    ended_at: datetime | None
    last_error: str | None
    payload: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Standing:
    """How the queue stands: how long the oldest due job has waited (seconds; 0 when none), and how many are dead."""

    oldest_due_seconds: int
    dead: int


def standing(*, now: datetime) -> Standing:
    """How the queue stands at ``now``; a job in a worker's hands does not wait."""
    oldest = db.session.scalar(
        select(Job.run_after).where(QUEUED, Job.run_after <= now, free(now)).order_by(Job.run_after).limit(1)
    )
    dead = db.session.scalar(select(func.count()).select_from(Job).where(DEAD))
    return Standing(0 if oldest is None else int((now - oldest).total_seconds()), dead or 0)


def listed(*, dead: bool, limit: int) -> list[JobView]:
    """The newest dead jobs, or those that wait in the order they come up; at most ``limit``."""
    if dead:
        wanted = select(Job).where(DEAD).order_by(Job.id.desc())
    else:
        wanted = select(Job).where(QUEUED).order_by(Job.run_after, Job.id)
    return [_view(job) for job in db.session.scalars(wanted.limit(limit))]


def look(job_id: int) -> JobView | None:
    """One job, or None."""
    job = db.session.get(Job, job_id)
    return None if job is None else _view(job)


def _view(job: Job) -> JobView:
    payload = {name: _described(value) for name, value in job.payload.items()}
    return JobView(
        job.id, job.kind, job.state, job.attempts, job.run_after, job.created_at, job.ended_at, job.last_error, payload
    )


def _described(value: Any) -> str:  # noqa: ANN401 - a JSON value.
    """A number as it is; of all else only what it is and how much."""
    if value is None or isinstance(value, bool | int | float):
        return str(value)
    if isinstance(value, str):
        return f"text, {len(value)} characters"
    return f"{type(value).__name__}, {len(value)} entries"


def retry(job_id: int, *, now: datetime) -> bool:
    """
    Bring a dead job back with all its tries, due ``now``.

    False when there is no dead job of this id, or :data:`KEPT_WORDS` are over and its payload is gone.
    """
    return bool(_bring_back([job_id], now))


def retry_all(*, now: datetime) -> int:
    """Bring every dead job back that has its payload and return how many; :data:`BATCH` in each transaction."""
    brought = 0
    while batch := list(db.session.scalars(select(Job.id).where(REVIVABLE).order_by(Job.id).limit(BATCH))):
        brought += _bring_back(batch, now)
    return brought


def _bring_back(ids: list[int], now: datetime) -> int:
    fresh = {"state": "queued", "attempts": 0, "run_after": now, "ended_at": None}
    with transaction() as session:
        return int(session.execute(update(Job).where(Job.id.in_(ids), REVIVABLE).values(fresh)).rowcount)  # type: ignore[attr-defined]


def drop(job_id: int, *, now: datetime) -> bool:
    """Remove a job that is dead or waits; False when there is none, it is done, or a worker holds it."""
    with transaction() as session:
        gone = delete(Job).where(Job.id == job_id, or_(DEAD, QUEUED), free(now))
        return bool(session.execute(gone).rowcount)  # type: ignore[attr-defined]


def drop_keyed(keys: Collection[str], *, now: datetime) -> int:
    """
    Remove the jobs with these unique keys that are dead or wait, in the caller's transaction; how many there were.

    One that a worker holds right now is not stopped, and ends as it would have.
    """
    with transaction() as session:
        gone = delete(Job).where(Job.unique_key.in_(keys), or_(DEAD, QUEUED), free(now))
        return int(session.execute(gone).rowcount)  # type: ignore[attr-defined]


def purge(*, now: datetime) -> int:
    """Remove what ended long ago, at most :data:`BATCH` rows, and return how many."""
    old = or_(DONE & (Job.ended_at < now - KEPT_DONE), DEAD & (Job.ended_at < now - KEPT_DEAD))
    with transaction() as session:
        ids = list(session.scalars(select(Job.id).where(old).order_by(Job.ended_at).limit(BATCH)))
        session.execute(delete(Job).where(Job.id.in_(ids)))
        return len(ids)


def forget_words(*, now: datetime) -> int:
    """Empty the payload of jobs dead for :data:`KEPT_WORDS`, at most :data:`BATCH`, and return how many."""
    old = REVIVABLE & (Job.ended_at < now - KEPT_WORDS)
    with transaction() as session:
        ids = list(session.scalars(select(Job.id).where(old).order_by(Job.ended_at).limit(BATCH)))
        session.execute(update(Job).where(Job.id.in_(ids), DEAD).values(payload={}, last_error=FORGOTTEN))
        return len(ids)


def _purge(*, now: datetime) -> None:
    """Go on with the rest in a transaction of its own."""
    if BATCH in {purge(now=now), forget_words(now=now)}:
        enqueue(PURGE, {}, now=now)


def register(registry: JobRegistry) -> None:
    """Register the hourly removal."""
    registry.every(timedelta(hours=1), PURGE, _purge)
