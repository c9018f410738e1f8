"""What waits to leave the site."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select

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


def _waiting(mode: Choice) -> Select[*tuple[Any, ...]]:
    return (
        select(Sending.id.label("sending_id"), Sending.channel, Sending.asked_only, *Notice.__table__.c)
        .join(Notice, Notice.id == Sending.notice_id)
        .where(Sending.state == "waiting", Sending.mode == mode.value)
        .order_by(Sending.id)
    )


def _views(found: Select[*tuple[Any, ...]]) -> list[WaitingView]:
    return [
        WaitingView(row.sending_id, Channel(row.channel), row.asked_only, view(row)) for row in session().execute(found)
    ]


def waiting_instant(notice_id: int) -> list[WaitingView]:
    """How this notice still waits to leave at once: by at most two channels."""
    return _views(_waiting(Choice.INSTANT).where(Notice.id == notice_id))


def waiting_of(notice_ids: Collection[int]) -> list[WaitingView]:
    """How these notices still wait to leave at once."""
    return _views(_waiting(Choice.INSTANT).where(Notice.id.in_(notice_ids)))


def waiting_digest(person_id: int, *, now: datetime) -> list[WaitingView]:
    """What is due for the person's summary of the day, oldest first."""
    return _views(_waiting(Choice.DIGEST).where(Notice.user_id == person_id, Sending.due_at <= now))


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
