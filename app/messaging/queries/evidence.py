"""What messages said before they were edited or deleted: for moderators, and to tell a repeat from other words."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.infra.database import db
from app.messaging.models import EarlierVersion, Message


@dataclass(frozen=True, slots=True)
class Version:
    """What a message said until ``until``."""

    body: str
    payload: Mapping[str, Any] | None
    until: datetime


def earlier_versions(message_ids: Iterable[int]) -> dict[int, tuple[Version, ...]]:
    """
    What the messages said before, by the message's id, the oldest first; those that never changed are left out.

    For moderators alone: who may see them is decided by the case.
    """
    rows = select(EarlierVersion).where(EarlierVersion.message_id.in_(set(message_ids))).order_by(EarlierVersion.id)
    found: defaultdict[int, list[Version]] = defaultdict(list)
    for row in db.session.scalars(rows):
        found[row.message_id].append(Version(row.body, row.payload, row.until))
    return {message_id: tuple(versions) for message_id, versions in found.items()}


def as_first_sent(conversation_id: int, seq: int) -> Version | None:
    """What a message said when it was sent, or None when it never changed or the words are kept no longer."""
    rows = (
        select(EarlierVersion)
        .join(Message, Message.id == EarlierVersion.message_id)
        .where(Message.conversation_id == conversation_id, Message.seq == seq)
        .order_by(EarlierVersion.id)
    )
    row = db.session.scalars(rows.limit(1)).first()
    return None if row is None else Version(row.body, row.payload, row.until)
