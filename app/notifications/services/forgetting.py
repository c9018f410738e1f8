"""What is dropped when its time is over: how a notice left the site. The notice itself stays in the inbox."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select

from app.infra.transaction import transaction
from app.notifications.models import Sending

KEEP_SENDINGS: Final = timedelta(days=30)
"""How long it is known which way a notice left, so that somebody who asks where a mail went can be answered."""

AT_ONCE: Final = 500
"""Rows that go in one transaction at most."""


def forget_sendings(*, now: datetime) -> int:
    """Drop what left, or was not to leave, :data:`KEEP_SENDINGS` ago; at most :data:`AT_ONCE`; returns how many."""
    before = now - KEEP_SENDINGS
    over = (
        select(Sending.id)
        # All columns of the index are named, so that what still waits is never looked through.
        .where(
            Sending.state.in_(("sent", "dropped")), Sending.mode.in_(("instant", "digest")), Sending.due_at <= before,
            Sending.ended_at <= before,
        )
        .limit(AT_ONCE)
    )  # fmt: skip
    with transaction() as session:
        gone = session.execute(delete(Sending).where(Sending.id.in_(over)).returning(Sending.id))
        return len(gone.all())
