"""Puts jobs into the table and takes them out under a lease."""

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, cast

from sqlalchemy import ColumnElement, Select, Table, bindparam, false, func, literal_column, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.sql.dml import UpdateBase

from app.infra.database import db
from app.infra.direct import Direct
from app.infra.jobs.models import QUEUED, Job
from app.infra.jobs.registry import LEASE, registry
from app.infra.transaction import end_read, is_open, transaction

__all__ = [
    "LEASE",
    "MAX_ATTEMPTS",
    "Lease",
    "asked_within",
    "enqueue",
    "enqueue_periodic",
    "extend",
    "finish",
    "lease_next",
    "waits",
]

MAX_ATTEMPTS: Final = 16
"""So many tries spread over about seven hours; what still fails then waits for a person."""

CHANNEL: Final = "milkbridge_jobs"
"""What PostgreSQL wakes resting workers by; it carries no word."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A job in one worker's hands until the lease runs out."""

    job_id: int
    kind: str
    payload: Mapping[str, Any]
    token: str
    attempts: int
    created_at: datetime


_JOBS: Final = cast("Table", Job.__table__)
_NEW: Final = {
    **{
        name: bindparam(name, type_=_JOBS.c[name].type)
        for name in ("kind", "payload", "unique_key", "run_after", "created_at")
    },
    "state": "queued", "attempts": 0,
}  # fmt: skip
_ON_SERVER: Final = postgresql_insert(_JOBS).values(_NEW).on_conflict_do_nothing(index_elements=["unique_key"])
_ADDED: Final = Direct(
    {
        "sqlite": sqlite_insert(_JOBS).values(_NEW).on_conflict_do_nothing(index_elements=["unique_key"]),
        "postgresql": _ON_SERVER,
    }
)
_ADDED_NOW: Final = Direct({"postgresql": _ON_SERVER.returning(func.pg_notify(CHANNEL, ""))})
"""What waits for its time rings no bell: the bell is for whoever could begin at once."""


def enqueue(
    kind: str,
    payload: Mapping[str, Any],
    *,
    now: datetime,
    unique_key: str | None = None,
    delay: timedelta = timedelta(),
) -> None:
    """
    Add a job in the current transaction; a second one with the same ``unique_key`` is dropped, also after the first is
    done (until its row is purged, see :mod:`app.infra.jobs.upkeep`).

    Outside a transaction it raises RuntimeError, for nothing would ever commit it.
    """
    if not is_open():
        msg = "a job is enqueued in the transaction of its cause"
        raise RuntimeError(msg)
    added = _ADDED if delay or db.engine.dialect.name == "sqlite" else _ADDED_NOW
    added(
        db.session(), kind=kind, payload=dict(payload), unique_key=unique_key, run_after=now + delay, created_at=now,
    )  # fmt: skip


def asked_within(rows: Select[*tuple[Any, ...]]) -> UpdateBase:
    """
    For a statement of PostgreSQL's that writes other things too: what asks for the jobs that ``rows`` describes.

    Its columns are kind, payload, unique_key, run_after and created_at, in this order. They are for later: it rings no
    bell. One whose ``unique_key`` is known is dropped.
    """
    asked = rows.add_columns(literal_column("'queued'"), literal_column("0"))
    columns = ["kind", "payload", "unique_key", "run_after", "created_at", "state", "attempts"]
    return postgresql_insert(_JOBS).from_select(columns, asked).on_conflict_do_nothing(index_elements=["unique_key"])


def enqueue_periodic(*, now: datetime, told: dict[str, str] | None = None) -> None:
    """
    Enqueue each kind that comes round for the slot ``now`` falls into; a slot is won once by any number of workers.

    A kind whose earlier slot is not done yet gets no new one. ``told`` is a worker's memory of the slots it has seen
    to, so that it asks the database only when a new one begins.
    """
    told = {} if told is None else told
    fresh = {kind: key for kind, key in registry().slots(now).items() if told.get(kind) != key}
    for kind in _unfinished(fresh) if fresh else ():
        del fresh[kind]
    if not fresh:
        return
    with transaction():
        for kind, key in fresh.items():
            enqueue(kind, {}, now=now, unique_key=key)
    told.update(fresh)


def _unfinished(kinds: Collection[str]) -> set[str]:
    """Those of ``kinds`` whose job of an earlier slot still waits or runs."""
    of_a_slot = Job.unique_key.like(Job.kind + "@%")
    waiting = select(Job.kind).where(QUEUED, Job.kind.in_(kinds), of_a_slot).distinct()
    found = set(db.session.scalars(waiting))
    if not is_open():
        end_read()
    return found


def waits(key: ColumnElement[str], *, after: ColumnElement[datetime]) -> ColumnElement[bool]:
    """
    A condition: a job with this ``unique_key`` is still to be done, and will not begin before ``after``.

    The key alone finds the row. With the state beside it a server that has no figures about the table yet takes the
    index of all that waits, and goes through it with every message.
    """
    found = select((QUEUED & (Job.run_after > after)).label("waits")).where(Job.unique_key == key)
    return func.coalesce(found.scalar_subquery(), false())


def free(now: datetime) -> ColumnElement[bool]:
    """That nobody holds a living lease."""
    return or_(Job.leased_until.is_(None), Job.leased_until < now)


def _due(now: datetime) -> Select[Job]:
    """
    The oldest due job of a kind this version knows; those of a newer version are left to its workers.

    The kind is asked of a sum, or SQLite takes the index of kinds and sorts everything that waits.
    """
    known = (Job.kind + "").in_(registry().handlers)
    return select(Job).where(QUEUED, Job.run_after <= now, free(now), known).order_by(Job.run_after, Job.id).limit(1)


def lease_next(*, now: datetime) -> Lease | None:
    """
    Take the oldest due job for the registry's lease time, or None when nothing is due.

    A job that was taken :data:`MAX_ATTEMPTS` times and never came to an end (it takes its worker with it) is laid out
    as dead instead.
    """
    if not is_open() and not _anything_due(now):
        return None
    with transaction() as session:
        while (job := session.scalars(_due(now).with_for_update(skip_locked=True)).first()) is not None:
            if job.attempts < MAX_ATTEMPTS:
                return _take(job, now)
            job.state, job.ended_at, job.last_error = "dead", now, "WorkerDied"
            job.lease_token = job.leased_until = None
            session.flush()
    return None


def _anything_due(now: datetime) -> bool:
    """Looked up first, so that idle workers do not take SQLite's write lock all the time."""
    found = db.session.scalar(_due(now).with_only_columns(Job.id)) is not None
    end_read()
    return found


def _take(job: Job, now: datetime) -> Lease:
    token = secrets.token_hex(16)
    job.lease_token, job.leased_until = token, now + registry().lease
    job.attempts += 1
    return Lease(job.id, job.kind, job.payload, token, job.attempts, job.created_at)


def extend(lease: Lease, *, now: datetime) -> bool:
    """Hold a lease for its whole time from ``now``; False when it is lost or the job has ended."""
    with transaction():
        return _write(lease, {"leased_until": now + registry().lease})


def finish(lease: Lease, **values: Any) -> bool:  # noqa: ANN401 - column values.
    """Give a lease back in the current transaction and write ``values``; False when it is lost or the job has ended."""
    return _write(lease, {"lease_token": None, "leased_until": None, **values})


def _write(lease: Lease, values: Mapping[str, Any]) -> bool:
    held = update(Job).where(Job.id == lease.job_id, Job.lease_token == lease.token, QUEUED).values(values)
    return bool(db.session.execute(held).rowcount)  # type: ignore[attr-defined]
