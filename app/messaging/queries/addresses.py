"""Addresses told in a conversation, as its two people may see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select

from app.accounts.models import User
from app.infra.database import db
from app.kernel.access import Identity
from app.messaging.models import AddressCard, Conversation
from app.messaging.queries.conversations import between_blocked, mine


@dataclass(frozen=True, slots=True)
class AddressView:
    """An address card; ``address`` is empty once it is shown no longer, ``own`` is true for its writer."""

    public_id: str
    address: str
    own: bool
    ends_at: datetime
    shown: bool


def addresses(reader: Identity, public_ids: Sequence[str], *, now: datetime) -> dict[str, AddressView]:
    """
    The cards among ``public_ids`` that ``reader`` may see, by public id: those of one's own conversations.

    An address whose time is over, that stands between two who blocked each other, or whose writer's account was shut is
    not shown.
    """
    rows = (
        select(AddressCard, or_(between_blocked(), User.active.is_(False)))
        .join(User, User.id == AddressCard.writer_id)
        .join(Conversation, Conversation.id == AddressCard.conversation_id)
        .where(AddressCard.public_id.in_(public_ids), mine(reader.person_id))
    )
    return {
        row.public_id: _view(row, reader, shown=row.ended_at is None and row.ends_at > now and not apart)
        for row, apart in db.session.execute(rows)
    }


def _view(row: AddressCard, reader: Identity, *, shown: bool) -> AddressView:
    own = row.writer_id == reader.person_id
    return AddressView(row.public_id, row.address if shown else "", own, row.ends_at, shown)
