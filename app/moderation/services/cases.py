"""
Use-cases around one case: it is opened for review, claimed, given back, decided, or closed because it lost its point.

The first decision stands: a case is decided by one conditional UPDATE, and the decisions' unique case id backs it up.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from app.accounts import services as accounts
from app.infra import event_bus
from app.infra.transaction import transaction
from app.kernel.access import Identity, authorise
from app.messaging import services as messaging
from app.milk.services import rests
from app.moderation import rules
from app.moderation.events import CaseDecided
from app.moderation.models import Case, Decision, Report
from app.moderation.permissions import DECIDE, SEE_CASE
from app.moderation.queries.cases import decision_of, facts_of, loaded, names_of
from app.moderation.rules import Action, AlreadyDecided, CaseFacts, Cause, HeldByAnother, Rule, TargetKind
from app.moderation.services.opening import open_or_join
from app.notifications.services import notify
from app.posts import services as posts

GONE: Final = frozenset({"withdrawn", "expired"})
"""States of a post after which nobody has to look at it before others do."""


def open_review(post_id: int, author_id: int, *, now: datetime) -> None:
    """Let a post that was handed in for review wait for a moderator; one that was sent back before waits as edited."""
    with transaction() as session:
        sent_back = select(Case.id).where(
            Case.target_kind == TargetKind.POST, Case.target_id == post_id, Case.state == "decided"
        )
        cause = Cause.EDITED if session.scalars(sent_back.limit(1)).first() else Cause.FIRST_POST
        open_or_join(
            session, kind=TargetKind.POST, target_id=post_id, about_id=author_id, cause=cause,
            harm=rules.FIRST_LOOK, now=now,
        )  # fmt: skip


def open_held(held_id: int, writer_id: int, *, now: datetime) -> None:
    """Let a message that the screen held wait for a moderator, before the first looks: somebody waits for it."""
    with transaction() as session:
        open_or_join(
            session, kind=TargetKind.HELD, target_id=held_id, about_id=writer_id, cause=Cause.SCREEN,
            harm=rules.HELD_BACK, now=now,
        )  # fmt: skip


def open_giving(rest_id: int, donor_id: int, *, now: datetime) -> None:
    """Let a donor's offers, resting since something was added to milk of hers, wait for a moderator before all else."""
    with transaction() as session:
        open_or_join(
            session, kind=TargetKind.GIVING, target_id=rest_id, about_id=donor_id, cause=Cause.WITHDRAWAL,
            harm=rules.URGENT, now=now,
        )  # fmt: skip


def close_review(post_id: int, *, post_state: str) -> None:
    """Close the waiting review of a post that its author took back; a reported post's case stays open."""
    if post_state not in GONE:
        return
    with transaction() as session:
        session.execute(
            update(Case)
            .where(
                Case.target_kind == TargetKind.POST,
                Case.target_id == post_id,
                Case.state == "open",
                Case.cause.in_([Cause.FIRST_POST, Cause.EDITED]),
                ~select(Report.id).where(Report.case_id == Case.id).exists(),
            )
            .values(state="closed", claimed_until=None)
        )


def close_held(held_id: int) -> None:
    """Close the case of a held message that its writer took back while it waited; a decision made before stands."""
    with transaction() as session:
        session.execute(
            update(Case)
            .where(Case.target_kind == TargetKind.HELD, Case.target_id == held_id, Case.state == "open")
            .values(state="closed", claimed_until=None)
        )


def claim(actor: Identity, case_public_id: str, *, now: datetime) -> None:
    """
    Take a waiting case for :data:`rules.LEASE`; claiming one's own again makes the lease longer.

    Raises :class:`AlreadyDecided` or :class:`HeldByAnother`, which say who.
    """
    with transaction() as session:
        row, facts = _load(actor, case_public_id)
        authorise(actor, DECIDE, facts)
        taken = session.execute(
            update(Case)
            .where(
                Case.id == row.id,
                Case.state == "open",
                or_(
                    Case.claimed_until.is_(None), Case.claimed_until <= now, Case.claimed_by_id == actor.person_id
                ),
            )
            .values(claimed_by_id=actor.person_id, claimed_until=now + rules.LEASE)
        )  # fmt: skip
        if not taken.rowcount:  # type: ignore[attr-defined]
            _refuse(row, facts, actor, now=now)


def give_back(actor: Identity, case_public_id: str) -> None:
    """End one's own lease early, so that somebody else may take the case; nothing happens when it is not one's own."""
    with transaction() as session:
        row, _ = _load(actor, case_public_id)
        session.execute(
            update(Case).where(Case.id == row.id, Case.claimed_by_id == actor.person_id).values(claimed_until=None)
        )


def decide(actor: Identity, case_public_id: str, action: str, rule: str, reason: str, *, now: datetime) -> None:
    """
    Decide a case, act on its target, and tell the person concerned and everyone who reported it.

    ``action``, ``rule`` and ``reason`` are as typed. Raises :class:`Invalid` naming the field, :class:`AlreadyDecided`
    when somebody was first, :class:`HeldByAnother` while somebody else looks at it, and 403 for one's own report.
    """
    with transaction() as session:
        row, facts = _load(actor, case_public_id)
        authorise(actor, DECIDE, facts)
        _refuse(row, facts, actor, now=now)
        chosen = rules.chosen_action(action, rules.actions_for(facts.target_kind, facts.post_state))
        named, why = rules.chosen_rule(chosen, rule), rules.written_reason(chosen, reason)
        _decide_once(session, row, actor, chosen, named, why, now=now)
        _act(row, actor, chosen, why, now=now)
        _count_strike(row, facts, chosen, now=now)
        _tell(row, facts, chosen, now=now)
        event_bus.record(CaseDecided(at=now, case_id=row.id, about_id=row.about_id, action=chosen))


def _load(actor: Identity, case_public_id: str) -> tuple[Case, CaseFacts]:
    row = loaded(Case.public_id == case_public_id)
    facts = facts_of(row)
    authorise(actor, SEE_CASE, facts)
    return row, facts


def _refuse(row: Case, facts: CaseFacts, actor: Identity, *, now: datetime) -> None:
    if row.state != "open":
        raise _first_decision(row)
    if rules.held_by_another(facts, actor.person_id, now) and facts.claimed_by_id and facts.claimed_until:
        raise HeldByAnother(names_of([facts.claimed_by_id])[facts.claimed_by_id], facts.claimed_until)


def _first_decision(row: Case) -> AlreadyDecided:
    first = decision_of(row.id)
    return AlreadyDecided(first.moderator if first else "", first.action if first else row.state)


def _decide_once(
    session: Session, row: Case, actor: Identity, action: Action, rule: Rule, reason: str, *, now: datetime
) -> None:
    won = session.execute(
        update(Case)
        .where(Case.id == row.id, Case.state == "open")
        .values(state="decided", decided_at=now, claimed_until=None)
    )
    if not won.rowcount:  # type: ignore[attr-defined]
        raise _first_decision(row)
    session.add(
        Decision(
            case_id=row.id, moderator_id=actor.person_id, action=action, rule=rule, reason=reason, decided_at=now
        )
    )  # fmt: skip
    session.flush()


_TOLD_HERE: Final = frozenset({TargetKind.HELD, TargetKind.GIVING})
"""What is told by moderation when it is declined."""

PostAction = Callable[[int, Identity, str, datetime], None]

_ON_POST: Final[dict[Action, PostAction]] = {
    Action.APPROVE: lambda post_id, actor, _why, now: posts.approve(post_id, actor.person_id, now=now),
    Action.ASK_EDIT: lambda post_id, actor, why, now: posts.ask_edit(post_id, actor.person_id, why, now=now),
    Action.DECLINE: lambda post_id, actor, why, now: posts.decline(post_id, actor.person_id, why, now=now),
    Action.HIDE: lambda post_id, actor, why, now: posts.decline(post_id, actor.person_id, why, now=now),
}


def _act(row: Case, actor: Identity, action: Action, reason: str, *, now: datetime) -> None:
    if row.target_kind == TargetKind.POST and action in _ON_POST:
        _ON_POST[action](row.target_id, actor, reason, now)
    if row.target_kind == TargetKind.HELD and action is Action.APPROVE:
        messaging.release_held(row.target_id, now=now)
    if row.target_kind == TargetKind.HELD and action is Action.DECLINE:
        messaging.refuse_held(row.target_id, now=now)
    if row.target_kind == TargetKind.GIVING and action is Action.APPROVE:
        rests.lift(row.target_id, actor.person_id, now=now)


def _count_strike(row: Case, facts: CaseFacts, action: Action, *, now: datetime) -> None:
    """An upheld report puts the person back among the newcomers, whose posts are looked at first."""
    if facts.reporter_ids and action in rules.ADVERSE:
        accounts.lower_trust(row.about_id, now=now)


def _tell(row: Case, facts: CaseFacts, action: Action, *, now: datetime) -> None:
    """Tell the reporters, and the person warned; a decision that moves a post is told by the posts themselves."""
    if action is Action.WARN or (action is Action.DECLINE and facts.target_kind in _TOLD_HERE):
        notify(row.about_id, "rules_told", item=f"case:{row.id}", path=f"/reviews/{row.public_id}", mail=True, now=now)
    for reporter_id in sorted(facts.reporter_ids):
        notify(reporter_id, "report_decided", item=f"case-reported:{row.id}", path="/reports", mail=True, now=now)
