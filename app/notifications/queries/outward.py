"""What waits to leave the site."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, select

from app.infra.transaction import session
from app.notifications.models import Notice, Sending
from app.notifications.queries.inbox import NoticeView, view
from app.notifications.rules import Channel, Choice


@dataclass(frozen=True, slots=True)
class WaitingView:
    """A notice that waits to leave by one channel; ``asked_only`` stays in the inbox unless its reader chose it."""

    id: int
    channel: Channel
    asked_only: bool
    notice: NoticeView


_STILL: Final = Sending.ended_at.is_(None)
"""
What waits, asked for of rows that are found by their notice or their number.

By ``state`` SQLite would find them in the index of all that waits on the whole site: a hundred thousand of them, for
each hundred that leave, while a withdrawal is told.
"""
_OUT: Final = (
    select(Sending.id.label("sending_id"), Sending.channel, Sending.asked_only, *Notice.__table__.c)
    .join(Notice, Notice.id == Sending.notice_id)
    .order_by(Sending.id)
)


def _views(found: Select[*tuple[Any, ...]]) -> list[WaitingView]:
    return [
        WaitingView(row.sending_id, Channel(row.channel), row.asked_only, view(row)) for row in session().execute(found)
    ]


def waiting_instant(notice_id: int) -> list[WaitingView]:
    """How this notice still waits to leave at once: by at most two channels."""
    return waiting_of([notice_id])


def waiting_of(notice_ids: Collection[int]) -> list[WaitingView]:
    """How these notices still wait to leave at once."""
    return _views(instant_of(notice_ids))


def instant_of(notice_ids: Collection[int]) -> Select[*tuple[Any, ...]]:
    """What :func:`waiting_of` asks."""
    return _OUT.where(Sending.notice_id.in_(notice_ids), _STILL, Sending.mode == Choice.INSTANT.value)


def still_waiting(sending_ids: Collection[int]) -> ColumnElement[bool]:
    """A condition on :class:`Sending`: one of these, and not over."""
    return Sending.id.in_(sending_ids) & _STILL


def waiting_digest(person_id: int, *, now: datetime) -> list[WaitingView]:
    """What is due for the person's summary of the day, oldest first."""
    due = _OUT.where(Sending.state == "waiting", Sending.mode == Choice.DIGEST.value, Sending.due_at <= now)
    return _views(due.where(Notice.user_id == person_id))


def due_readers(*, now: datetime) -> list[int]:
    """The people for whom something is due in a summary, in order."""
    found = (
        select(Notice.user_id)
        .join(Sending, Sending.notice_id == Notice.id)
        .where(Sending.state == "waiting", Sending.mode == Choice.DIGEST.value, Sending.due_at <= now)
        .distinct()
        .order_by(Notice.user_id)
    )
    return list(session().scalars(found))
