"""
Tables of conversations and messages.

Order is by sequence number, never by time.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.infra.database import Base


class Conversation(Base):
    """
    A conversation about one accepted interest.

    ``last_seq`` is the number of its newest message; 0 when there is none. ``change_no`` counts edits and deletions, so
    that a phone can ask for those it has not seen.
    """

    __tablename__ = "conversations"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(22), unique=True)
    interest_id: Mapped[int] = mapped_column(ForeignKey("interests.id"), unique=True)
    offer_id: Mapped[int] = mapped_column(ForeignKey("posts.id"))
    request_id: Mapped[int] = mapped_column(ForeignKey("posts.id"))
    donor_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    family_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    last_seq: Mapped[int] = mapped_column(default=0)
    change_no: Mapped[int] = mapped_column(default=0, server_default="0")
    created_at: Mapped[datetime]
    last_message_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    __table_args__ = (CheckConstraint("donor_id <> family_id", name="two_people"),)


class Message(Base):
    """
    One message.

    ``payload`` belongs to everything but texts and holds ids, keys and days, never free text. ``change_no`` is the
    conversation's count at the message's last edit or deletion, 0 for one as it was sent; of a deleted one only its
    place, its kind and its moments are left.
    """

    __tablename__ = "messages"

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"))
    seq: Mapped[int]
    sender_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    client_id: Mapped[str] = mapped_column(String(36))
    kind: Mapped[str] = mapped_column(String(12), default="text")
    body: Mapped[str] = mapped_column(Text)
    payload: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    reply_to: Mapped[int | None]
    sent_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    change_no: Mapped[int] = mapped_column(default=0, server_default="0")

    __table_args__ = (
        UniqueConstraint("conversation_id", "seq", name="uq_messages_seq"),
        UniqueConstraint("sender_id", "client_id", name="uq_messages_client"),
        CheckConstraint(
            "kind IN ('text', 'question', 'answer', 'phrase', 'picture', 'card', 'system')", name="kind_known"
        ),
        CheckConstraint("deleted_at IS NULL OR body = ''", name="deleted_empty"),
        Index(
            "ix_messages_changes", "conversation_id", "change_no",
            sqlite_where=text("change_no > 0"), postgresql_where=text("change_no > 0"),
        ),
    )  # fmt: skip


class EarlierVersion(Base):
    """
    What a message said before it was edited or deleted: evidence for a report, shown to moderators alone.

    It goes at ``keep_until``; a report of the message moves that on.
    """

    __tablename__ = "message_versions"

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"), index=True)
    body: Mapped[str] = mapped_column(Text)
    payload: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    until: Mapped[datetime]
    keep_until: Mapped[datetime] = mapped_column(index=True)


class HeldMessage(Base):
    """
    Something written that waits for a moderator before the other one sees it.

    Released, it becomes a message and its words go from here; refused, they stay until their writer removes them or
    their time is over. It has no place in the conversation.
    """

    __tablename__ = "held_messages"

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"))
    writer_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    client_id: Mapped[str] = mapped_column(String(36))
    kind: Mapped[str] = mapped_column(String(12))
    body: Mapped[str] = mapped_column(Text)
    payload: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    reply_to: Mapped[int | None]
    labels: Mapped[list[str]] = mapped_column(JSON)
    spans: Mapped[list[list[int]]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    held_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("writer_id", "client_id", name="uq_held_messages_client"),
        CheckConstraint("state IN ('waiting', 'released', 'refused')", name="state_known"),
        Index("ix_held_messages_writer", "conversation_id", "writer_id"),
    )


class AddressCard(Base):
    """
    A place where two people meet, told by one of them; ``address`` is emptied when it ends.

    It ends when its writer takes it back, when a handoff is done, or at ``ends_at``.
    """

    __tablename__ = "address_cards"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(22), unique=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"), index=True)
    writer_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    address: Mapped[str] = mapped_column(Text)
    told_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    __table_args__ = (CheckConstraint("ended_at IS NULL OR address = ''", name="ended_empty"),)


class ReadMark(Base):
    """How far somebody has read a conversation; it only grows."""

    __tablename__ = "read_marks"

    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    seq: Mapped[int]
    read_at: Mapped[datetime]


class Picture(Base):
    """
    A picture of a message, as it was encoded here; the file lies in the store under ``name``.

    ``digest`` is the SHA-256 of the stored bytes: it tells a repeat from another picture under the same id. The row
    goes with its message's words, unless the message was reported: then it is ``ended_at`` for everybody but moderators
    and goes at ``keep_until``.
    """

    __tablename__ = "pictures"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(22), unique=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"), index=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    name: Mapped[str] = mapped_column(String(40), unique=True)
    digest: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    width: Mapped[int]
    height: Mapped[int]
    added_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    keep_until: Mapped[datetime | None] = mapped_column(index=True)

    __table_args__ = (
        CheckConstraint("size > 0 AND width > 0 AND height > 0", name="measured"),
        CheckConstraint("ended_at IS NULL OR keep_until IS NOT NULL", name="ended_kept"),
    )


class ConversationChoice(Base):
    """
    How one of the two wants a conversation treated.

    ``archived_seq`` is the newest message's number when it was put away, None when it was not: any later one brings it
    back by itself.
    """

    __tablename__ = "conversation_choices"

    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    muted: Mapped[bool] = mapped_column(default=False)
    archived_seq: Mapped[int | None]


class KindReminder(Base):
    """
    Somebody reminded the other one that an answer is waited for: once for each stretch without one.

    ``answered_seq`` names the stretch: the number of the other's last words before it, 0 for none.
    """

    __tablename__ = "kind_reminders"

    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"), primary_key=True)
    waiting_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    answered_seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    reminded_at: Mapped[datetime]


class PresenceChoice(Base):
    """Somebody who allows others who allow it too to see that they look at the conversation right now."""

    __tablename__ = "presence_choices"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    allowed_at: Mapped[datetime]
