"""The tables of notices: the inbox, what leaves of it, and how each reader wants to be reached."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, false, true
from sqlalchemy.orm import Mapped, mapped_column

from app.infra.database import Base


class Notice(Base):
    """Something a member should know: ``kind`` chooses the words, ``params`` fill them, ``path`` is where it
    leads. An ``urgent`` one waits for no morning.
    """

    __tablename__ = "notices"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(22), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[str] = mapped_column(String(40))
    params: Mapped[dict[str, Any]] = mapped_column(JSON)
    path: Mapped[str] = mapped_column(String(200))
    item: Mapped[str] = mapped_column(String(120))
    urgent: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("user_id", "item", name="uq_notices_item"),
        Index("ix_notices_unread", "user_id", "read_at", "created_at"),
    )


class Sending(Base):
    """
    One notice's way out by one channel: at most one, whatever is repeated.

    ``due_at`` is when it may leave, as known when it was written; what left or never will has an ``ended_at``.
    """

    __tablename__ = "notice_sendings"

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("notices.id"))
    channel: Mapped[str] = mapped_column(String(4))
    mode: Mapped[str] = mapped_column(String(7))
    asked_only: Mapped[bool]
    state: Mapped[str] = mapped_column(String(7), default="waiting")
    due_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("notice_id", "channel", name="uq_notice_sendings_channel"),
        CheckConstraint("channel IN ('mail', 'push')", name="channel_known"),
        CheckConstraint("mode IN ('instant', 'digest')", name="mode_known"),
        CheckConstraint("state IN ('waiting', 'sent', 'dropped')", name="state_known"),
        CheckConstraint("(state = 'waiting') = (ended_at IS NULL)", name="ended_when_over"),
        Index("ix_notice_sendings_due", "state", "mode", "due_at"),
    )


class NoticeChoice(Base):
    """How somebody wants one group of notices by one channel; without a row the usual holds."""

    __tablename__ = "notice_choices"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    about: Mapped[str] = mapped_column(String(12))
    channel: Mapped[str] = mapped_column(String(4))
    choice: Mapped[str] = mapped_column(String(7))
    changed_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("user_id", "about", "channel", name="uq_notice_choices_one"),
        CheckConstraint("channel IN ('mail', 'push')", name="channel_known"),
        CheckConstraint("choice IN ('instant', 'digest', 'off')", name="choice_known"),
    )


class NoticePace(Base):
    """Somebody's quiet hours and the hour of the summary, by the person's own clock; without a row the usual holds."""

    __tablename__ = "notice_paces"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True, autoincrement=False)
    quiet: Mapped[bool] = mapped_column(default=True, server_default=true())
    quiet_start: Mapped[int]
    quiet_end: Mapped[int]
    digest_hour: Mapped[int]

    __table_args__ = (
        CheckConstraint("quiet_start BETWEEN 0 AND 23", name="quiet_start_an_hour"),
        CheckConstraint("quiet_end BETWEEN 0 AND 23", name="quiet_end_an_hour"),
        CheckConstraint("digest_hour BETWEEN 0 AND 23", name="digest_hour_an_hour"),
        CheckConstraint("quiet_start <> quiet_end", name="quiet_has_an_end"),
    )


class PushDevice(Base):
    """
    A browser that takes pushes: the address its push service gave it, and the keys only it can read with.

    ``digest`` is the SHA-256 of the address: a browser belongs to one person, the last who turned it on.
    """

    __tablename__ = "push_devices"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(22), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    endpoint: Mapped[str] = mapped_column(String(1000))
    digest: Mapped[str] = mapped_column(String(64))
    p256dh: Mapped[str] = mapped_column(String(100))
    auth: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("digest", name="uq_push_devices_digest"),)
