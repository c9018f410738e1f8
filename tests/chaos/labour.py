"""Causes, jobs and their effects in tables of the test's own; run in children of the nursery."""

import random
import time
from contextlib import suppress
from datetime import datetime, timedelta

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import text

from app.factory import create_app
from app.infra import jobs
from app.infra.clock import utcnow
from app.infra.database import db
from app.infra.jobs import JobRegistry
from app.infra.transaction import transaction

EFFECT, TICK = "chaos.effect", "chaos.tick"
UNDONE_EACH = 10
"""Each so many-th use-case changes its mind after it enqueued."""


class ChangedMindError(Exception):
    """The use-case is undone."""


def prepare() -> None:
    """Bring the database to the newest migration and add the tables; none of them keeps a double away."""
    with create_app().app_context():
        upgrade()
        with transaction() as session:
            for table in ("chaos_causes", "chaos_effects", "chaos_ticks"):
                session.execute(text(f"CREATE TABLE {table} (number INTEGER NOT NULL)"))


def _add(table: str, number: int) -> None:
    db.session.execute(text(f"INSERT INTO {table} (number) VALUES (:number)"), {"number": number})  # noqa: S608 - ours.


def _effect(*, number: int, seconds: float, now: datetime) -> None:
    _add("chaos_effects", number)
    time.sleep(seconds)


def _tick(*, now: datetime) -> None:
    _add("chaos_ticks", int(now.timestamp()))


def _app(lease_seconds: float) -> Flask:
    """The application with nothing to do but this."""
    app = create_app()
    registry = JobRegistry(lease=timedelta(seconds=lease_seconds))
    registry.register(EFFECT, _effect)
    registry.every(timedelta(seconds=1), TICK, _tick)
    app.extensions["milkbridge_jobs"] = registry
    return app


def work(lease_seconds: float) -> None:
    """Work as ``flask worker`` does, until killed."""
    with _app(lease_seconds).app_context():
        jobs.work_forever(idle_seconds=0.05)


def produce(count: int) -> None:
    """Let use-cases 1 to ``count`` happen, each a cause with its job; goes on after the last that did."""
    with _app(60).app_context():
        done = db.session.scalar(text("SELECT max(number) FROM chaos_causes")) or 0
        dice = random.Random(done)
        for number in range(done + 1, count + 1):
            with suppress(ChangedMindError):
                _happen(number, 0.015 if number % 7 == 0 else dice.uniform(0, 0.004))


def _happen(number: int, seconds: float) -> None:
    with transaction():
        _add("chaos_causes", number)
        payload = {"number": number, "seconds": seconds}
        jobs.enqueue(EFFECT, payload, now=utcnow(), unique_key=f"{EFFECT}:{number}")
        if number % UNDONE_EACH == 0:
            raise ChangedMindError
