"""
Tables of withdrawals, and the only ones that say which person stands behind a holder's token.

``milk_holders`` goes with the account. ``recall_contacts`` outlives it, but only for somebody who agreed to that, and
holds an e-mail and nothing else. A withdrawal keeps its reason for moderators and its donor; no family's row holds it.
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.infra.database import Base


class Holder(Base):
    """Which person stands behind the random token of a handoff."""

    __tablename__ = "milk_holders"

    holder: Mapped[str] = mapped_column(String(22), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    since: Mapped[datetime]


class RecallContact(Base):
    """
    How a holder can still be told after the account is gone: kept only for one who agreed to it.

    ``leaver`` is a random token for the one who left, the same in all her rows; it is made when she leaves.
    """

    __tablename__ = "recall_contacts"

    holder: Mapped[str] = mapped_column(String(22), primary_key=True)
    email: Mapped[str] = mapped_column(String(255))
    locale: Mapped[str] = mapped_column(String(10))
    leaver: Mapped[str] = mapped_column(String(22), index=True)
    kept_at: Mapped[datetime]


class RecallContactLink(Base):
    """The digest of a link with which whoever reads mail at a kept address has it deleted."""

    __tablename__ = "recall_contact_links"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    leaver: Mapped[str] = mapped_column(String(22))
    made_at: Mapped[datetime]


class RecallCode(Base):
    """The digest of the code with which a lot can be withdrawn by whoever has it, without an account."""

    __tablename__ = "recall_codes"

    lot_id: Mapped[int] = mapped_column(ForeignKey("custody_lots.id"), primary_key=True, autoincrement=False)
    digest: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime]


class Withdrawal(Base):
    """
    One look-back: why, by whom, over which days of pumping (none when lots were chosen), and how far it is.

    ``rank`` orders what families are told to do: a lot is withdrawn again only by a higher one. ``donor_id`` and
    ``opened_by_id`` are None when nobody with an account stands behind it. ``looked_by_id`` let its families be told,
    or ended it without, when it waited for that.
    """

    __tablename__ = "withdrawals"

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(String(22), unique=True)
    donor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    opened_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    opened_as: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(20))
    rank: Mapped[int]
    pumped_from: Mapped[date | None]
    pumped_to: Mapped[date | None]
    state: Mapped[str] = mapped_column(String(8))
    opened_at: Mapped[datetime]
    escalated_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    looked_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    __table_args__ = (
        CheckConstraint("opened_as IN ('donor', 'screener', 'moderator', 'deferral', 'code')", name="opened_as_known"),
        CheckConstraint(
            "reason IN ('positive_test', 'substance', 'infection', 'storage', 'adulteration', 'infant_ill')",
            name="reason_known",
        ),
        CheckConstraint("state IN ('review', 'telling', 'closed', 'ended')", name="state_known"),
        CheckConstraint("rank BETWEEN 1 AND 4", name="rank_known"),
        CheckConstraint("(state IN ('closed', 'ended')) = (closed_at IS NOT NULL)", name="closed_has_its_moment"),
        Index("ix_withdrawals_state", "state", "id"),
    )


class WithdrawalLot(Base):
    """A lot that a withdrawal reaches: chosen, or split off from one that was."""

    __tablename__ = "withdrawal_lots"

    withdrawal_id: Mapped[int] = mapped_column(ForeignKey("withdrawals.id"), primary_key=True, autoincrement=False)
    lot_id: Mapped[int] = mapped_column(
        ForeignKey("custody_lots.id"), primary_key=True, autoincrement=False, index=True
    )


class WithdrawalNotice(Base):
    """
    One family to be told, once: a person with an account, or the contact of a holder whose account is gone.

    ``token`` stands in the address of its page. ``next_try_at`` is None when nothing more is tried.
    """

    __tablename__ = "withdrawal_notices"

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(String(22), unique=True)
    withdrawal_id: Mapped[int] = mapped_column(ForeignKey("withdrawals.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    contact: Mapped[str | None] = mapped_column(String(22))
    tries: Mapped[int] = mapped_column(default=0)
    named_lots: Mapped[int] = mapped_column(default=0, server_default="0")
    next_try_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("withdrawal_id", "person_id", name="uq_withdrawal_notices_person"),
        UniqueConstraint("withdrawal_id", "contact", name="uq_withdrawal_notices_contact"),
        CheckConstraint("person_id IS NULL OR contact IS NULL", name="person_or_contact"),
        CheckConstraint("tries BETWEEN 0 AND 3", name="three_tries"),
        Index(
            "ix_withdrawal_notices_due",
            "next_try_at",
            sqlite_where=text("next_try_at IS NOT NULL"),
            postgresql_where=text("next_try_at IS NOT NULL"),
        ),
    )


class WithdrawalHolder(Base):
    """
    A holder that a withdrawal reaches, whoever stands behind it: nobody any more, perhaps.

    ``notice_id`` is None until its family's row is written, and stays so when there is nobody to tell.
    """

    __tablename__ = "withdrawal_holders"

    withdrawal_id: Mapped[int] = mapped_column(ForeignKey("withdrawals.id"), primary_key=True, autoincrement=False)
    holder: Mapped[str] = mapped_column(String(22), primary_key=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    notice_id: Mapped[int | None] = mapped_column(ForeignKey("withdrawal_notices.id"), index=True)

    __table_args__ = (Index("ix_withdrawal_holders_person", "withdrawal_id", "person_id"),)
