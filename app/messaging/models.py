"""
Tables of conversations and messages.

Order is by sequence number, never by time.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.infra.database import Base


class Conversation(Base):
    """
    A conversation about one accepted interest.

    ``last_seq`` is the number of its newest message; 0 when there is none.
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
    created_at: Mapped[datetime]
    last_message_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    __table_args__ = (CheckConstraint("donor_id <> family_id", name="two_people"),)


class Message(Base):
    """
    One message.

    ``payload`` belongs to cards and questions and holds ids and attribute keys, never free text.
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
    sent_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("conversation_id", "seq", name="uq_messages_seq"),
        UniqueConstraint("sender_id", "client_id", name="uq_messages_client"),
        CheckConstraint("kind IN ('text', 'question', 'card', 'system')", name="kind_known"),
    )


class ReadMark(Base):
    """How far somebody has read a conversation; it only grows."""

    __tablename__ = "read_marks"

    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    seq: Mapped[int]
    read_at: Mapped[datetime]
