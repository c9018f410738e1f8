"""
Background jobs in the application's own database: outbox and queue in one.

A job is enqueued in the transaction of its cause, so neither exists without the other. A worker takes a lease with a
token; whoever lost the lease can no longer finish the job. An effect inside our database happens exactly once (it
commits together with the job's end); an effect outside (mail, push) at least once, under :func:`idempotency_key`.
"""

from app.infra.jobs.models import Job
from app.infra.jobs.queue import (
    LEASE,
    MAX_ATTEMPTS,
    Lease,
    asked_within,
    enqueue,
    enqueue_periodic,
    extend,
    lease_next,
    waits,
)
from app.infra.jobs.registry import Daily, JobRegistry, install, registry
from app.infra.jobs.running import LeaseLost, idempotency_key, run, run_due, wait_before_again
from app.infra.jobs.upkeep import PURGE, Standing, drop_keyed, purge, standing
from app.infra.jobs.working import work_forever

__all__ = [
    "LEASE",
    "MAX_ATTEMPTS",
    "PURGE",
    "Daily",
    "Job",
    "JobRegistry",
    "Lease",
    "LeaseLost",
    "Standing",
    "asked_within",
    "drop_keyed",
    "enqueue",
    "enqueue_periodic",
    "extend",
    "idempotency_key",
    "install",
    "lease_next",
    "purge",
    "registry",
    "run",
    "run_due",
    "standing",
    "wait_before_again",
    "waits",
    "work_forever",
]
