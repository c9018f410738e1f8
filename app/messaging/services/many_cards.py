"""
Cards of the site itself in many conversations at once, for something that happened to all of them in one moment.

Nobody said them: they cost no one a mail or a push, and their cause has a notice of its own. A handful of statements,
whatever the number of conversations.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import Table, insert, select, update

from app.infra import event_bus
from app.infra.transaction import transaction
from app.messaging.events import CardsPosted, Posted
from app.messaging.models import Conversation, Message
from app.messaging.queries import between_blocked
from app.messaging.rules import Kind

_MESSAGES: Final = cast("Table", Message.__table__)
_CORE: Final[dict[str, Any]] = {"synchronize_session": False}


@dataclass(frozen=True, slots=True)
class NewCard:
    """
    One card: ``payload`` holds ids only, ``key`` (at most 36 signs) lets it stand there once.

    ``donor_id`` is the conversation's donor, under whom its row is kept; no page and no answer says that she sent it.
    """

    conversation_id: int
    donor_id: int
    payload: Mapping[str, Any]
    key: str


def post_cards(cards: Sequence[NewCard], *, now: datetime) -> frozenset[int]:
    """
    Put these cards, at most one to a conversation, at the end of their conversations, each key once.

    Conversations that have ended, or of whose two people one has blocked the other, are left out. Returns the ids of
    the conversations that got one just now.
    """
    if not cards:
        return frozenset()
    with transaction() as session:
        known = set(
            session.scalars(
                select(Message.client_id).where(
                    Message.sender_id.in_({card.donor_id for card in cards}),
                    Message.client_id.in_([card.key for card in cards]),
                )
            )
        )
        fresh = {card.conversation_id: card for card in cards if card.key not in known}
        # In one order: jobs of two withdrawals that meet in the same conversations must not wait for each other.
        session.execute(
            select(Conversation.id).where(Conversation.id.in_(fresh)).order_by(Conversation.id).with_for_update()
        )
        placed = (
            update(Conversation)
            .where(Conversation.id.in_(fresh), Conversation.closed_at.is_(None), ~between_blocked())
            .values(last_seq=Conversation.last_seq + 1, last_message_at=now)
            .returning(
                Conversation.id, Conversation.public_id, Conversation.last_seq, Conversation.donor_id,
                Conversation.family_id,
            )
        )  # fmt: skip
        rows = session.execute(placed, execution_options=_CORE).all()
        posted = [Posted(*row, fresh[row[0]].payload) for row in rows]
        if posted:
            session.execute(
                insert(_MESSAGES), [_row(each, fresh[each.conversation_id].key, now=now) for each in posted]
            )
            event_bus.record(CardsPosted(at=now, cards=tuple(posted)))
        return frozenset(each.conversation_id for each in posted)


def _row(card: Posted, key: str, *, now: datetime) -> dict[str, Any]:
    return {
        "conversation_id": card.conversation_id, "seq": card.seq, "sender_id": card.donor_id, "client_id": key,
        "kind": Kind.CARD.value, "body": "", "payload": dict(card.payload), "sent_at": now,
    }  # fmt: skip
