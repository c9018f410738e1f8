"""What a reporter and the person concerned may see of a case: receipts, outcomes, statements of reasons."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, select

from app.accounts.models import User
from app.infra.database import db
from app.kernel.access import Identity
from app.kernel.errors import NotFound
from app.moderation.models import Case, Decision, Report
from app.moderation.rules import Action


@dataclass(frozen=True, slots=True)
class ReportView:
    """
    One's own report; ``action`` is what was decided, None while it waits.

    It says neither who decided nor the reason, which is for the person concerned.
    """

    public_id: str
    target_kind: str
    about: str
    about_public_id: str
    reason: str
    words: str
    created_at: datetime
    action: str | None
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class Statement:
    """The statement of reasons the person concerned sees; no moderator and no reporter is named."""

    public_id: str
    target_kind: str
    cause: str
    action: str
    rule: str
    reason: str
    decided_at: datetime


def _reports() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Report.public_id, Case.target_kind, User.display_name, User.public_id, Report.reason, Report.words,
            Report.created_at, Decision.action, Decision.decided_at,
        )
        .join(Case, Case.id == Report.case_id)
        .join(User, User.id == Case.about_id)
        .outerjoin(Decision, Decision.case_id == Case.id)
    )  # fmt: skip


def _view(row: Row[*tuple[Any, ...]]) -> ReportView:
    return ReportView(*row)


def report_view(actor: Identity, public_id: str) -> ReportView:
    """One's own report with its outcome; raises :class:`NotFound` for anybody else's."""
    row = db.session.execute(
        _reports().where(Report.public_id == public_id, Report.reporter_id == actor.person_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    return _view(row)


def own_reports(actor: Identity) -> tuple[ReportView, ...]:
    """Everything one has reported, the newest first, at most a hundred."""
    rows = db.session.execute(
        _reports().where(Report.reporter_id == actor.person_id).order_by(Report.created_at.desc()).limit(100)
    )
    return tuple(_view(row) for row in rows)


def _statements(actor: Identity) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Case.public_id, Case.target_kind, Case.cause, Decision.action, Decision.rule, Decision.reason,
            Decision.decided_at,
        )
        .join(Decision, Decision.case_id == Case.id)
        .where(Case.about_id == actor.person_id, Decision.action != Action.DISMISS)
    )  # fmt: skip


def statement(actor: Identity, case_public_id: str) -> Statement:
    """
    The statement of reasons for a decision about oneself; raises :class:`NotFound` for anybody else's.

    A dismissed report has none: nobody needs to know that somebody reported them for nothing.
    """
    row = db.session.execute(_statements(actor).where(Case.public_id == case_public_id)).one_or_none()
    if row is None:
        raise NotFound
    return Statement(*row)


def own_statements(actor: Identity) -> tuple[Statement, ...]:
    """The decisions about oneself, the newest first, at most a hundred."""
    rows = db.session.execute(_statements(actor).order_by(Decision.decided_at.desc()).limit(100))
    return tuple(Statement(*row) for row in rows)
