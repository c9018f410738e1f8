"""The queue, and one case with what a moderator needs beside it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select

from app.accounts.models import User
from app.infra.database import db
from app.kernel.access import Identity, authorise
from app.kernel.errors import NotFound
from app.moderation.models import Case, Decision, Report
from app.moderation.permissions import SEE_CASE
from app.moderation.rules import Action, CaseFacts, TargetKind, actions_for, has_reported, holder
from app.posts.models import Post

QUEUE_LENGTH = 100
"""Cases shown at once, the most harmful first; the page says how many wait in all."""


@dataclass(frozen=True, slots=True)
class QueueLine:
    """One waiting case; ``holder`` is the display name of who holds it now, or None."""

    public_id: str
    target_kind: str
    cause: str
    harm: int
    about: str
    opened_at: datetime
    reports: int
    holder: str | None
    held_until: datetime | None


@dataclass(frozen=True, slots=True)
class DecisionView:
    """What was decided, by whom, and the statement of reasons."""

    action: str
    rule: str
    reason: str
    moderator: str
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class ReportLine:
    """One report of the case, for moderators: who, why, in which words."""

    reporter: str
    reason: str
    words: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class PastPost:
    """An earlier post of the same person and where it stands."""

    public_id: str
    kind: str
    state: str
    note: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class PastDecision:
    """An earlier decision about the same person."""

    target_kind: str
    action: str
    rule: str
    reason: str
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class PersonHistory:
    """Who the case is about: how long here, how far trusted, what came before (newest first)."""

    name: str
    public_id: str
    trust: int
    member_since: datetime
    posts: tuple[PastPost, ...]
    decisions: tuple[PastDecision, ...]


@dataclass(frozen=True, slots=True)
class CaseView:
    """One case as a moderator may see it; ``holder`` is None when nobody holds it now."""

    id: int
    public_id: str
    target_kind: TargetKind
    target_id: int
    cause: str
    harm: int
    state: str
    opened_at: datetime
    holder: str | None
    held_until: datetime | None
    mine: bool
    reported_by_me: bool
    actions: tuple[Action, ...]
    reports: tuple[ReportLine, ...]
    decision: DecisionView | None
    history: PersonHistory


def queue(actor: Identity, *, now: datetime) -> tuple[tuple[QueueLine, ...], int]:
    """
    The waiting cases by harm, then age, and how many wait in all.

    Cases about the moderator who asks are left out, of the number too.
    """
    waiting = (Case.state == "open", Case.about_id != actor.person_id)
    rows = db.session.scalars(
        select(Case).where(*waiting).order_by(Case.harm.desc(), Case.opened_at, Case.id).limit(QUEUE_LENGTH)
    ).all()
    count = db.session.scalar(select(func.count()).select_from(Case).where(*waiting)) or 0
    return _lines(rows, now=now), count


def _lines(rows: Iterable[Case], *, now: datetime) -> tuple[QueueLine, ...]:
    rows = list(rows)
    names = names_of([row.about_id for row in rows] + [row.claimed_by_id for row in rows if row.claimed_by_id])
    counts = _report_counts([row.id for row in rows])
    return tuple(_line(row, names, counts.get(row.id, 0), now=now) for row in rows)


def _line(row: Case, names: dict[int, str], reports: int, *, now: datetime) -> QueueLine:
    held = row.claimed_until is not None and row.claimed_until > now
    return QueueLine(
        row.public_id, row.target_kind, row.cause, row.harm, names[row.about_id], row.opened_at, reports,
        names[row.claimed_by_id] if held and row.claimed_by_id else None, row.claimed_until if held else None,
    )  # fmt: skip


def names_of(person_ids: Iterable[int]) -> dict[int, str]:
    """Display names by person id."""
    rows = db.session.execute(select(User.id, User.display_name).where(User.id.in_(set(person_ids))))
    return {row.id: row.display_name for row in rows}


def _report_counts(case_ids: Iterable[int]) -> dict[int, int]:
    counted = select(Report.case_id, func.count()).where(Report.case_id.in_(case_ids)).group_by(Report.case_id)
    return {row[0]: row[1] for row in db.session.execute(counted)}


def facts_of(row: Case) -> CaseFacts:
    """The facts the rules decide on."""
    reporters = db.session.scalars(select(Report.reporter_id).where(Report.case_id == row.id))
    return CaseFacts(
        about_id=row.about_id,
        reporter_ids=frozenset(reporters),
        claimed_by_id=row.claimed_by_id,
        claimed_until=row.claimed_until,
        target_kind=TargetKind(row.target_kind),
        post_state=_post_state(row),
    )


def _post_state(row: Case) -> str | None:
    if row.target_kind != TargetKind.POST:
        return None
    return db.session.scalar(select(Post.state).where(Post.id == row.target_id))


def loaded(condition: ColumnElement[bool]) -> Case:
    """The case row meeting ``condition``; raises :class:`NotFound` when there is none."""
    row = db.session.scalars(select(Case).where(condition)).one_or_none()
    if row is None:
        raise NotFound
    return row


def waiting_for(*which: ColumnElement[bool]) -> bool:
    """Whether a case meeting these conditions waits to be decided."""
    return db.session.scalar(select(Case.id).where(Case.state == "open", *which).limit(1)) is not None


def case_view(actor: Identity, public_id: str, *, now: datetime) -> CaseView:
    """One case with its evidence; raises :class:`NotFound` for everyone but moderators, and for one about oneself."""
    row = loaded(Case.public_id == public_id)
    facts = facts_of(row)
    authorise(actor, SEE_CASE, facts)
    held_by = holder(facts, now)
    names = names_of([held_by] if held_by else [])
    return CaseView(
        id=row.id,
        public_id=row.public_id,
        target_kind=facts.target_kind,
        target_id=row.target_id,
        cause=row.cause,
        harm=row.harm,
        state=row.state,
        opened_at=row.opened_at,
        holder=names.get(held_by or 0),
        held_until=row.claimed_until if held_by else None,
        mine=held_by == actor.person_id,
        reported_by_me=has_reported(facts, actor.person_id),
        actions=actions_for(facts.target_kind, facts.post_state),
        reports=_reports(row.id),
        decision=decision_of(row.id),
        history=_history(row),
    )


def _reports(case_id: int) -> tuple[ReportLine, ...]:
    rows = db.session.execute(
        select(User.display_name, Report.reason, Report.words, Report.created_at)
        .join(User, User.id == Report.reporter_id)
        .where(Report.case_id == case_id)
        .order_by(Report.created_at, Report.id)
    )
    return tuple(ReportLine(*row) for row in rows)


def decision_of(case_id: int) -> DecisionView | None:
    """The decision of a case, or None while it waits or when it was closed without one."""
    row = db.session.execute(
        select(Decision.action, Decision.rule, Decision.reason, User.display_name, Decision.decided_at)
        .join(User, User.id == Decision.moderator_id)
        .where(Decision.case_id == case_id)
    ).one_or_none()
    return None if row is None else DecisionView(*row)


def _history(row: Case) -> PersonHistory:
    person = db.session.get_one(User, row.about_id)
    here = row.target_id if row.target_kind == TargetKind.POST else 0
    return PersonHistory(
        person.display_name, person.public_id, person.trust, person.created_at,
        posts=_past_posts(person.id, except_id=here), decisions=_past_decisions(person.id),
    )  # fmt: skip


def _past_posts(author_id: int, *, except_id: int) -> tuple[PastPost, ...]:
    rows = db.session.execute(
        select(Post.public_id, Post.kind, Post.state, Post.note, Post.created_at)
        .where(Post.author_id == author_id, Post.id != except_id, Post.state != "draft")
        .order_by(Post.created_at.desc())
        .limit(10)
    )
    return tuple(PastPost(*row) for row in rows)


def _past_decisions(about_id: int) -> tuple[PastDecision, ...]:
    rows = db.session.execute(
        select(Case.target_kind, Decision.action, Decision.rule, Decision.reason, Decision.decided_at)
        .join(Case, Case.id == Decision.case_id)
        .where(Case.about_id == about_id)
        .order_by(Decision.decided_at.desc())
        .limit(20)
    )
    return tuple(PastDecision(*row) for row in rows)
