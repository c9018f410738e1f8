"""What the donor told in a conversation: the newest answer about each attribute, with its day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from app.infra.database import db
from app.kernel.access import Identity
from app.matching.models import Interest
from app.messaging.models import Conversation, Message
from app.messaging.queries.conversations import mine
from app.messaging.rules import Kind
from app.posts.rules import Fact


@dataclass(frozen=True, slots=True)
class Told:
    """An answer of the donor and when she gave it."""

    fact: Fact
    at: datetime


def told_in_conversation(reader: Identity, interest_public_id: str) -> list[Told]:
    """
    What the donor answered in the conversation of an interest, in the order of her first answers.

    Empty for anybody but its two people, and while there is no conversation.
    """
    rows = (
        select(Message.payload, Message.sent_at)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .join(Interest, Interest.id == Conversation.interest_id)
        .where(
            Interest.public_id == interest_public_id,
            Message.kind == Kind.ANSWER.value,
            Message.sender_id == Conversation.donor_id,
            Message.deleted_at.is_(None),
            mine(reader.person_id),
        )
        .order_by(Message.seq)
    )
    newest = {payload["attribute"]: Told(fact_of(payload), at) for payload, at in db.session.execute(rows)}
    return list(newest.values())


def fact_of(payload: Mapping[str, Any]) -> Fact:
    """The stored answer as a stated fact."""
    since = payload.get("since")
    return Fact(
        payload["attribute"], payload["state"], date.fromisoformat(since) if since else None, payload.get("level")
    )
