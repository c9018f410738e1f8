"""Which handler runs which kind of job, and which kinds come round by themselves, in which slots."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from flask import Flask, current_app

_EXTENSION: Final = "milkbridge_jobs"

LEASE: Final = timedelta(minutes=1)
"""How long a worker may be silent before its job is given to another; a living one says so three times in it."""

LONGEST_PERIOD: Final = timedelta(days=7)
"""Kinds that come round more seldom would outlive the memory of their slot, the row of the job that ran in it."""

Handler = Callable[..., None]
Preparation = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Daily:
    """Once a day at a time of the day (UTC); a slot nobody was awake for is made up for ``late``, then left out."""

    hour: int
    minute: int
    late: timedelta

    def slot(self, now: datetime) -> str | None:
        """The name of the newest slot that began by ``now``, or None when that is too long ago."""
        begins = now.replace(hour=self.hour, minute=self.minute, second=0, microsecond=0)
        if begins > now:
            begins -= timedelta(days=1)
        return None if now - begins > self.late else f"{begins:%Y-%m-%dT%H:%M}"


class JobRegistry:
    """Which handler runs which kind of job, and which kinds come round by themselves."""

    def __init__(self, *, lease: timedelta = LEASE) -> None:
        """Start empty; the factory registers every capability's jobs."""
        self.lease = lease
        self.handlers: dict[str, Handler] = {}
        self.preparations: dict[str, Preparation] = {}
        self.periods: dict[str, timedelta] = {}
        self.daily: dict[str, Daily] = {}

    def register(self, kind: str, handler: Handler, *, prepare: Preparation | None = None) -> None:
        """
        Run ``handler(**payload, now=...)`` for jobs of ``kind``.

        It must be repeatable: a crash may run it again. ``prepare(**payload, now=...)``, when given, runs before the
        job's transaction begins, for a long sum or for something outside (a mail), which then hold no lock; the handler
        gets what it returned as ``prepared``.
        """
        if kind in self.handlers:
            msg = f"two handlers for job kind {kind}"
            raise ValueError(msg)
        self.handlers[kind] = handler
        if prepare is not None:
            self.preparations[kind] = prepare

    def every(self, period: timedelta, kind: str, handler: Handler, *, prepare: Preparation | None = None) -> None:
        """
        Run ``handler(now=...)`` once per ``period`` (at most :data:`LONGEST_PERIOD`), whatever the number of workers.

        ``prepare`` is as for :meth:`register`. While one slot's job is not done the following slots are left out, so
        nothing piles up behind a failure.
        """
        if not timedelta() < period <= LONGEST_PERIOD:
            msg = f"{kind} cannot come round every {period}"
            raise ValueError(msg)
        self.register(kind, handler, prepare=prepare)
        self.periods[kind] = period

    def at(self, hour: int, minute: int, kind: str, handler: Handler, *, late: timedelta = timedelta(hours=6)) -> None:
        """
        Run ``handler(now=...)`` once a day at ``hour:minute`` UTC, whatever the number of workers.

        When no worker ran then, it is made up for once within ``late`` (under a day); after that the day is left out.
        """
        if not timedelta() < late < timedelta(days=1):
            msg = f"{kind} cannot be {late} late"
            raise ValueError(msg)
        self.register(kind, handler)
        self.daily[kind] = Daily(hour, minute, late)

    def slots(self, now: datetime) -> dict[str, str]:
        """The unique key of the slot that ``now`` falls into, for each kind that comes round and has one."""
        found = {
            kind: f"{kind}@{int(now.timestamp() // period.total_seconds())}" for kind, period in self.periods.items()
        }
        daily = {kind: day.slot(now) for kind, day in self.daily.items()}
        return found | {kind: f"{kind}@{slot}" for kind, slot in daily.items() if slot is not None}


def install(app: Flask) -> JobRegistry:
    """Give ``app`` its registry."""
    registry = JobRegistry()
    app.extensions[_EXTENSION] = registry
    return registry


def registry() -> JobRegistry:
    """The registry of the current application."""
    found: JobRegistry = current_app.extensions[_EXTENSION]
    return found
