"""
Tables of cases, reports and decisions.

A target has at most one open case; a further report joins it.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.infra.database import Base


class Case(Base):
    """
    Something a moderator is to look at.

    ``harm`` orders the queue: 3 urgent, 2 reported, 1 a newcomer's first post. A case is ``closed`` without a decision
    when the post it waited for was taken back.
    """

    __tablename__ = "cases"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(22), unique=True)
    target_kind: Mapped[str] = mapped_column(String(12))
    target_id: Mapped[int]
    about_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    cause: Mapped[str] = mapped_column(String(20))
    harm: Mapped[int]
    state: Mapped[str] = mapped_column(String(10), default="open")
    opened_at: Mapped[datetime]
    claimed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    claimed_until: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(
            "target_kind IN ('post', 'message', 'interest', 'member', 'held', 'giving')", name="target_known"
        ),
        CheckConstraint("cause IN ('first_post', 'report', 'screen', 'edited', 'withdrawal')", name="cause_known"),
        CheckConstraint("state IN ('open', 'decided', 'closed')", name="state_known"),
        CheckConstraint("harm BETWEEN 1 AND 3", name="harm_known"),
        Index(
            "uq_cases_open_target", "target_kind", "target_id", unique=True,
            sqlite_where=text("state = 'open'"), postgresql_where=text("state = 'open'"),
        ),
        Index("ix_cases_queue", "state", "harm", "opened_at"),
    )  # fmt: skip


class Report(Base):
    """What a member reported, and why; the reporter sees what became of it."""

    __tablename__ = "reports"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(22), unique=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    reporter_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    reason: Mapped[str] = mapped_column(String(30))
    words: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("case_id", "reporter_id", name="uq_reports_once"),)


class Decision(Base):
    """
    What was decided, with the statement of reasons the author sees.

    A case has one decision.
    """

    __tablename__ = "decisions"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), unique=True)
    moderator_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    action: Mapped[str] = mapped_column(String(20))
    rule: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(Text)
    decided_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("action IN ('approve', 'ask_edit', 'decline', 'dismiss', 'warn', 'hide')", name="action_known"),
    )
