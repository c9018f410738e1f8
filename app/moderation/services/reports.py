"""Use-cases of somebody who saw something: report it, and no longer meet the person."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts import services as accounts
from app.infra.transaction import transaction
from app.kernel.access import Identity, authorise
from app.kernel.errors import LimitReached
from app.kernel.ids import new_public_id
from app.kernel.words import N_
from app.messaging.services import keep_evidence
from app.moderation import rules
from app.moderation.models import Case, Report
from app.moderation.permissions import REPORT
from app.moderation.queries.outcomes import report_view
from app.moderation.queries.targets import Target, reportable, reported_message
from app.moderation.rules import Cause, ReportReason, TargetKind
from app.moderation.services.opening import open_or_join


def report(actor: Identity, target_kind: str, address: str, reason: str, words: str, *, now: datetime) -> str:
    """
    Report something and return the receipt's public id.

    Everybody's report of one target joins the same open case; one's own second report of it answers with the first
    receipt. ``address`` is as in :func:`reportable`. Raises :class:`Invalid` at ``reason`` or ``words``,
    :class:`NotFound`, and :class:`LimitReached` after :data:`rules.REPORTS_A_DAY` in 24 hours.
    """
    chosen, own_words = rules.report_reason(reason), rules.report_words(words)
    with transaction() as session:
        authorise(actor, REPORT)
        target = reportable(actor, target_kind, address)
        case = _case_of(session, target, chosen, now=now)
        if target.kind is TargetKind.MESSAGE:
            keep_evidence(target.id, now=now)
        mine = select(Report).where(Report.case_id == case.id, Report.reporter_id == actor.person_id)
        found = session.scalars(mine).one_or_none()
        return found.public_id if found else _add(session, actor, case, chosen, own_words, now=now)


def keep_changed(conversation_id: int, seq: int, *, now: datetime) -> None:
    """Keep what a reported message said before it was edited or deleted just now, as what it said before its report."""
    with transaction():
        message_id = reported_message(conversation_id, seq)
        if message_id is not None:
            keep_evidence(message_id, now=now)


def _case_of(session: Session, target: Target, reason: ReportReason, *, now: datetime) -> Case:
    return open_or_join(
        session, kind=target.kind, target_id=target.id, about_id=target.about_id, cause=Cause.REPORT,
        harm=rules.HARM[reason], now=now,
    )  # fmt: skip


def _add(session: Session, actor: Identity, case: Case, reason: ReportReason, words: str, *, now: datetime) -> str:
    _refuse_flood(session, actor, now=now)
    public_id = new_public_id()
    session.add(
        Report(
            public_id=public_id,
            case_id=case.id,
            reporter_id=actor.person_id,
            reason=reason,
            words=words,
            created_at=now,
        )
    )
    session.flush()
    reports = session.scalars(select(Report).where(Report.case_id == case.id)).all()
    case.harm = max(case.harm, rules.harm_of([ReportReason(row.reason) for row in reports], len(reports)))
    return public_id


def _refuse_flood(session: Session, actor: Identity, *, now: datetime) -> None:
    since = now - timedelta(days=1)
    recent = select(func.count()).where(Report.reporter_id == actor.person_id, Report.created_at > since)
    if (session.scalar(recent) or 0) >= rules.REPORTS_A_DAY:
        raise LimitReached(N_("You have sent many reports today. We look at each; please come back tomorrow."))


def block_reported(actor: Identity, report_public_id: str, *, now: datetime) -> None:
    """Block the person one's own report is about: neither meets the other any more, and nobody is told."""
    with transaction():
        seen = report_view(actor, report_public_id)
        accounts.block(actor, seen.about_public_id, now=now)
