"""What waits for a moderator before the other one sees it, and what that says of its writer's next words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import aliased

from app.accounts.models import User
from app.infra.database import db
from app.kernel.errors import NotFound
from app.messaging.models import HeldMessage, Message
from app.messaging.rules import Kind


@dataclass(frozen=True, slots=True)
class HeldView:
    """Something written that was held; ``state`` is waiting, released or refused. Only its writer sees it."""

    id: int
    conversation_id: int
    writer_id: int
    client_id: str
    kind: Kind
    body: str
    payload: Mapping[str, Any] | None
    reply_to: int | None
    labels: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    state: str
    held_at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """What the screen needs to know of a writer in one conversation."""

    newcomer: bool
    previous_held: bool


def held_view(row: HeldMessage) -> HeldView:
    """The view of a stored row."""
    spans = tuple((int(start), int(end)) for start, end in row.spans)
    return HeldView(
        row.id, row.conversation_id, row.writer_id, row.client_id, Kind(row.kind), row.body, row.payload,
        row.reply_to, tuple(row.labels), spans, row.state, row.held_at,
    )  # fmt: skip


def held(held_id: int) -> HeldView:
    """A held message by its id, for use-cases and evidence; NotFound when there is none."""
    row = db.session.get(HeldMessage, held_id)
    if row is None:
        raise NotFound
    return held_view(row)


def held_of_client(writer_id: int, client_id: str) -> HeldView | None:
    """What somebody's phone sent under this id and was held, or None."""
    row = db.session.scalars(select(HeldMessage).filter_by(writer_id=writer_id, client_id=client_id)).one_or_none()
    return None if row is None else held_view(row)


def held_of(conversation_id: int, writer_id: int) -> list[HeldView]:
    """What somebody wrote into a conversation that waits or was refused and not removed, in written order."""
    rows = (
        select(HeldMessage)
        .filter_by(conversation_id=conversation_id, writer_id=writer_id)
        .where(HeldMessage.state != "released")
        .order_by(HeldMessage.id)
    )
    found = [held_view(row) for row in db.session.scalars(rows)]
    return [each for each in found if each.state == "waiting" or each.body or each.payload]


def earlier_waiting(held_id: int) -> int | None:
    """The oldest that the same person wrote in the same conversation before this one and that waits, or None."""
    this, earlier = aliased(HeldMessage), aliased(HeldMessage)
    oldest = (
        select(earlier.id)
        .join(this, (this.conversation_id == earlier.conversation_id) & (this.writer_id == earlier.writer_id))
        .where(this.id == held_id, earlier.id < this.id, earlier.state == "waiting")
        .order_by(earlier.id)
    )
    return db.session.scalar(oldest.limit(1))


def standing(conversation_id: int, writer_id: int) -> Standing:
    """
    How far somebody is trusted, and whether what they last wrote here was held.

    It counts as held while it waits, so that what follows keeps its order, and once refused until something of theirs
    was let through again.
    """
    trust = select(User.trust).where(User.id == writer_id).scalar_subquery()
    last = (
        select(HeldMessage.state, HeldMessage.held_at)
        .filter_by(conversation_id=conversation_id, writer_id=writer_id)
        .where(HeldMessage.state != "released")
        .order_by(HeldMessage.id.desc())
        .limit(1)
        .subquery()
    )
    row = db.session.execute(
        select(trust, last.c.state, last.c.held_at)
        .select_from(User)
        .outerjoin(last, User.id == writer_id)
        .where(User.id == writer_id)
    ).one()
    return Standing(
        row[0] == 0,
        row[1] == "waiting" or (row[1] == "refused" and not _spoke_since(conversation_id, writer_id, row[2])),
    )


def _spoke_since(conversation_id: int, writer_id: int, moment: datetime) -> bool:
    later = select(Message.id).where(
        Message.conversation_id == conversation_id, Message.sender_id == writer_id, Message.sent_at > moment
    )
    return db.session.scalar(later.limit(1)) is not None
