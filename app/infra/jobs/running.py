"""Runs a leased job and ends it, in one transaction."""

from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import Final
from zlib import crc32

import structlog

from app.infra import kill_points
from app.infra.jobs.queue import MAX_ATTEMPTS, Lease, finish, lease_next
from app.infra.jobs.registry import registry
from app.infra.transaction import transaction

FIRST_WAIT: Final = timedelta(seconds=2)
LONGEST_WAIT: Final = timedelta(hours=1)

_running: ContextVar[Lease | None] = ContextVar("milkbridge_running_job", default=None)
log = structlog.get_logger(__name__)


class LeaseLost(Exception):  # noqa: N818
    """Another worker holds the job now; what this one did is undone."""


def idempotency_key() -> str | None:
    """
    The name of the running job for a system outside of ours (a mail's id, a push's topic); None outside of a job.

    The same in each try, and no other job's ever.
    """
    lease = _running.get()
    return None if lease is None else f"{lease.job_id}-{int(lease.created_at.timestamp() * 1000)}"


def run(lease: Lease, *, now: datetime) -> bool:
    """
    Run a leased job and end it in one transaction.

    Returns whether it was done; a failure is put back with growing delay.
    """
    named = _running.set(lease)
    try:
        _carry_out(lease, now)
    except LeaseLost:
        log.warning("job lost to another worker", kind=lease.kind, job=lease.job_id)
        return False
    except Exception as error:
        # Whatever a handler raises, the worker lives on; after enough tries the job is laid out for a person.
        log.exception("job failed", kind=lease.kind, job=lease.job_id)
        _put_back(lease, error, now=now)
        return False
    finally:
        _running.reset(named)
    return True


def _carry_out(lease: Lease, now: datetime) -> None:
    prepare = registry().preparations.get(lease.kind)
    prepared = {} if prepare is None else {"prepared": prepare(**lease.payload, now=now)}
    with transaction():
        registry().handlers[lease.kind](**lease.payload, **prepared, now=now)
        kill_points.reached("job_before_end")
        if not finish(lease, state="done", payload={}, ended_at=now):
            raise LeaseLost


def wait_before_again(job_id: int, attempts: int) -> timedelta:
    """
    How long a job rests after its ``attempts``-th try failed: about thrice the time before, at most
    :data:`LONGEST_WAIT`.

    Up to half is taken off, differently for each job and try, so that those who failed together do not come back
    together; it is worked out from their numbers, so the same job always waits the same.
    """
    whole = min(LONGEST_WAIT, FIRST_WAIT * int(3 ** min(attempts - 1, 20)))
    return whole * (1 - crc32(f"{job_id}:{attempts}".encode()) / 2**33)


def _put_back(lease: Lease, error: Exception, *, now: datetime) -> None:
    last = lease.attempts >= MAX_ATTEMPTS
    again = min(wait_before_again(lease.job_id, lease.attempts), registry().periods.get(lease.kind, LONGEST_WAIT))
    with transaction():
        finish(
            lease,
            state="dead" if last else "queued",
            ended_at=now if last else None,
            run_after=now + again,
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
