"""What the read side hands out: small frozen pictures of conversations, messages and people."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.accounts.models import User
from app.messaging.models import Conversation, Message
from app.messaging.rules import Kind


@dataclass(frozen=True, slots=True)
class ConversationView:
    """
    A conversation as its two people may know it.

    ``closed`` is true when nobody can write any more: it ended, or one of them blocked the other. Which of the two it
    is, is not said.
    """

    id: int
    public_id: str
    interest_id: int
    offer_id: int
    request_id: int
    donor_id: int
    family_id: int
    last_seq: int
    change_no: int
    created_at: datetime
    closed: bool
    blocked: bool

    def other_than(self, person_id: int) -> int:
        """The other one of the two."""
        return self.family_id if person_id == self.donor_id else self.donor_id


@dataclass(frozen=True, slots=True)
class MessageView:
    """
    One message as it stands now; ``body`` belongs to texts, what the others stand for says their ``payload``.

    ``change_no`` is the conversation's count at its last edit or deletion, 0 for one as it was sent. A deleted one has
    no words left.
    """

    conversation_id: int
    seq: int
    sender_id: int
    client_id: str
    kind: Kind
    body: str
    payload: Mapping[str, Any] | None
    sent_at: datetime
    reply_to: int | None = None
    edited_at: datetime | None = None
    deleted_at: datetime | None = None
    change_no: int = 0


@dataclass(frozen=True, slots=True)
class OtherPerson:
    """The one somebody talks with: what the head of a conversation shows."""

    id: int
    public_id: str
    display_name: str
    locale: str
    active: bool


@dataclass(frozen=True, slots=True)
class Opening:
    """What a conversation grew out of: the two posts, and the note that came with the first contact ("" for none)."""

    offer_public_id: str
    request_public_id: str
    note: str
    note_by: int
    interest_public_id: str


@dataclass(frozen=True, slots=True)
class InboxLine:
    """
    A conversation in somebody's list; ``last`` is None while nobody has written, ``unread`` counts the other's.

    ``waits``: the last words are the other's, and it is still open. ``muted`` and ``archived`` are the reader's own.
    """

    conversation: ConversationView
    other: OtherPerson
    last: MessageView | None
    unread: int
    waits: bool = False
    muted: bool = False
    archived: bool = False


def conversation_view(row: Conversation, *, blocked: bool) -> ConversationView:
    """The view of a stored conversation."""
    return ConversationView(
        id=row.id,
        public_id=row.public_id,
        interest_id=row.interest_id,
        offer_id=row.offer_id,
        request_id=row.request_id,
        donor_id=row.donor_id,
        family_id=row.family_id,
        last_seq=row.last_seq,
        change_no=row.change_no,
        created_at=row.created_at,
        closed=blocked or row.closed_at is not None,
        blocked=blocked,
    )


def message_view(row: Message) -> MessageView:
    """The view of a stored message."""
    return MessageView(
        conversation_id=row.conversation_id,
        seq=row.seq,
        sender_id=row.sender_id,
        client_id=row.client_id,
        kind=Kind(row.kind),
        body=row.body,
        payload=row.payload,
        sent_at=row.sent_at,
        reply_to=row.reply_to,
        edited_at=row.edited_at,
        deleted_at=row.deleted_at,
        change_no=row.change_no,
    )


def other_person(user: User) -> OtherPerson:
    """The view of an account as the other one of a conversation sees it."""
    return OtherPerson(user.id, user.public_id, user.display_name, user.locale, user.active)
