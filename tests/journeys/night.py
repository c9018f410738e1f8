"""Hours that pass over a meeting of a running site: its window and what is due for it are moved back by so much."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, select, update

from app.handoffs.models import Handoff, HandoffAfter
from app.infra.jobs.models import QUEUED, Job


def until_start(site: Any, handoff: str) -> timedelta:
    """How long it is from now until the window of a handoff begins."""
    with _database(site) as database:
        start = database.execute(select(Handoff.window_start).where(Handoff.public_id == handoff)).scalar_one()
    return start - datetime.now(UTC)


def pass_over(site: Any, handoff: str, span: timedelta) -> None:
    """Let ``span`` pass for one handoff; the worker finds at its next look what has become due."""
    with _database(site) as database:
        wanted = select(Handoff.id, Handoff.window_start, Handoff.window_end).where(Handoff.public_id == handoff)
        own, start, end = database.execute(wanted).one()
        came = database.execute(select(HandoffAfter.came_at).where(HandoffAfter.handoff_id == own)).scalar()
        jobs = database.execute(select(Job.id, Job.payload, Job.run_after).where(QUEUED)).all()
        moved = {"window_start": start - span, "window_end": end - span}
        database.execute(update(Handoff).where(Handoff.id == own).values(**moved))
        if came is not None:
            database.execute(update(HandoffAfter).where(HandoffAfter.handoff_id == own).values(came_at=came - span))
        for key, payload, due in jobs:
            if payload.get("handoff") == handoff:
                database.execute(update(Job).where(Job.id == key).values(run_after=due - span))


@contextmanager
def _database(site: Any) -> Iterator[Connection]:
    """The site's own file; each statement is a transaction, so that none meets a lock for which it cannot wait."""
    path = Path(site.environment["INSTANCE_PATH"]) / "milkbridge.sqlite"
    engine = create_engine(f"sqlite:///{path}", isolation_level="AUTOCOMMIT", connect_args={"timeout": 60})
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()
