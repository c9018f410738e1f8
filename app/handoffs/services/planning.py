"""Propose, propose another time, agree, decline, cancel, and say where to meet."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.queries import are_blocked
from app.handoffs import queries
from app.handoffs.events import HandoffAgreed, HandoffProposed, HandoffUpdated
from app.handoffs.models import Handoff, HandoffWindow
from app.handoffs.permissions import ANSWER
from app.handoffs.queries import Plan, entries_of
from app.handoffs.rules.amounts import may_end_unmet
from app.handoffs.rules.plan import (
    MOST_OPEN_PROPOSALS,
    MOST_OTHERS,
    HandoffDraft,
    Problems,
    at_window,
    fit_to_free,
    may_still_meet,
    volume_problems,
    window_problems,
)
from app.handoffs.rules.states import LIFE, UNMET, CancelReason, EndReason, HandoffState, Side
from app.handoffs.services import balances
from app.handoffs.services.after_all import take_back_met, was_missed
from app.handoffs.services.changes import (
    end,
    happened,
    load_for,
    move,
    note_change,
    reflect_in_offer,
    tell_other,
)
from app.handoffs.services.choosing import wish_with
from app.handoffs.services.lots import promise_lots
from app.handoffs.services.reminding import remind_later
from app.handoffs.services.sides import forget_windows, side_row
from app.infra import event_bus
from app.infra.transaction import attempt, transaction, violated
from app.kernel.access import Identity, authorise
from app.kernel.errors import Conflict, Invalid, LimitReached
from app.kernel.ids import new_public_id
from app.kernel.quantities import Millilitres
from app.kernel.text import one_line
from app.kernel.words import N_
from app.messaging.services import post_card
from app.milk.services import require_giving

LONGEST_PLACE: Final = 300
"""Code points a place note may have."""

_ONCE: Final = ("uq_handoffs_proposer_submit", "handoffs.proposed_by_id, handoffs.submit_token")
"""The constraint as PostgreSQL and as SQLite name it."""


def propose(
    actor: Identity,
    conversation_public_id: str,
    draft: HandoffDraft,
    *,
    submit_token: str | None = None,
    now: datetime,
) -> str:
    """
    Propose a window and a volume to the other one of a conversation, and return the handoff's public id.

    Nothing is reserved before the other agrees; bags that the donor names are a wish. The same ``submit_token`` sent
    twice is one proposal. Raises :class:`Invalid` with the fields of the form, :class:`Conflict` when the conversation
    or a post is closed, and :class:`NotFound` for bags that are not the donor's own.
    """
    with transaction() as session:
        plan = queries.plan_for(actor, conversation_public_id)
        token = submit_token or new_public_id()
        return _earlier(session, actor, token) or _propose(session, actor, plan, draft, token, now=now)


def counter_propose(
    actor: Identity, handoff_public_id: str, draft: HandoffDraft, *, submit_token: str | None = None, now: datetime
) -> str:
    """Propose another time or volume in place of one that waits for an answer, and return the new public id; either of
    the two may, and the first one ends.
    """
    with transaction() as session:
        row = load_for(session, actor, handoff_public_id)
        token = submit_token or new_public_id()
        if earlier := _earlier(session, actor, token):
            return earlier
        wanted = HandoffState.CANCELLED if row.proposed_by_id == actor.person_id else HandoffState.DECLINED
        if row.state != HandoffState.PROPOSED:
            raise Conflict
        end(session, row, wanted, actor_id=actor.person_id, reason=EndReason.OTHER_TIME, now=now)
        return _propose(session, actor, queries.plan_of(row.conversation_id), draft, token, now=now)


def _earlier(session: Session, actor: Identity, token: str) -> str | None:
    same = select(Handoff.public_id).where(Handoff.proposed_by_id == actor.person_id, Handoff.submit_token == token)
    return session.scalar(same)


def _propose(session: Session, actor: Identity, plan: Plan, draft: HandoffDraft, token: str, *, now: datetime) -> str:
    _require_open(plan)
    if queries.unanswered_in(plan.conversation_id) >= MOST_OPEN_PROPOSALS:
        raise LimitReached(N_("Some proposals still wait for an answer. Please let them be answered first."))
    draft = _checked(actor, plan, draft, now=now)
    row = _new_row(actor, plan, draft, token, now=now)
    try:
        with attempt(session):
            session.add(row)
    except IntegrityError as error:
        return _the_same_sent_twice(session, actor, token, error)
    for number, (begin, until) in enumerate(draft.windows[1:], start=1):
        session.add(HandoffWindow(handoff_id=row.id, number=number, window_start=begin, window_end=until))
    wish_with(session, actor, row, draft, now=now)
    note_change(session, row, None, actor_id=actor.person_id, reason=None, now=now)
    post_card(plan.conversation_id, actor.person_id, {"handoff": row.public_id}, now=now)
    event_bus.record(happened(HandoffProposed, row, actor_id=actor.person_id, now=now))
    tell_other(row, actor, "handoff_proposed", now=now, mail=True)
    return row.public_id


def _the_same_sent_twice(session: Session, actor: Identity, token: str, error: IntegrityError) -> str:
    earlier = _earlier(session, actor, token) if any(violated(error, name) for name in _ONCE) else None
    if earlier is None:
        raise error
    return earlier


def _require_open(plan: Plan) -> None:
    if not plan.is_open or are_blocked(plan.donor_id, plan.family_id):
        raise Conflict(N_("This conversation or its post is closed, so nothing new can be planned."), code="closed")
    require_giving(plan.donor_id)


def _checked(actor: Identity, plan: Plan, draft: HandoffDraft, *, now: datetime) -> HandoffDraft:
    free = queries.free_volume(plan, at=draft.window_start)
    volume = fit_to_free(draft.volume_ml, free)
    smallest = None if actor.person_id == plan.donor_id else plan.smallest_ml
    problems = volume_problems(volume, free=free, smallest=smallest)
    for number, (begin, until) in enumerate(draft.windows):
        found = window_problems(begin, until, now=now) or _too_much(plan, volume, begin, number)
        problems |= at_window(number, found)
    if problems or len(draft.windows) > 1 + MOST_OTHERS:
        raise Invalid(problems)
    return replace(draft, volume_ml=volume)


def _too_much(plan: Plan, volume: Millilitres, start: datetime, number: int) -> Problems:
    """Why another window of a weekly offer will not do: its week holds less; the first stands at the amount."""
    if not number or volume <= queries.free_volume(plan, at=start):
        return {}
    return {"day": [N_("Less milk is free in that week. Please pick another day.")]}


def _new_row(actor: Identity, plan: Plan, draft: HandoffDraft, token: str, *, now: datetime) -> Handoff:
    return Handoff(
        public_id=new_public_id(),
        conversation_id=plan.conversation_id,
        offer_id=plan.offer_id,
        request_id=plan.request_id,
        donor_id=plan.donor_id,
        family_id=plan.family_id,
        proposed_by_id=actor.person_id,
        period=plan.period(draft.window_start),
        volume_ml=draft.volume_ml,
        window_start=draft.window_start,
        window_end=draft.window_end,
        state=HandoffState.PROPOSED,
        submit_token=token,
        created_at=now,
    )


def agree(actor: Identity, handoff_public_id: str, *, window: int = 0, now: datetime) -> None:
    """
    Agree to the other's proposal in one of its windows (0 is the first) and reserve its milk; twice is once.

    Raises :class:`~app.handoffs.rules.balance.MilkTaken` when another family was first, :class:`Conflict` when the
    window is over or something is closed.
    """
    with transaction() as session:
        row = load_for(session, actor, handoff_public_id)
        authorise(actor, ANSWER, row)
        if not LIFE.require(HandoffState(row.state), HandoffState.AGREED):
            return
        plan = queries.plan_of(row.conversation_id)
        _require_open(plan)
        _choose(session, row, plan, window)
        if not may_still_meet(row.window_end, now=now):
            raise Conflict(N_("That time has passed. Please propose another."), code="window_over")
        balances.align(session, row.offer_id, row.period, plan.volume_ml)
        balances.reserve(session, row.offer_id, row.period, Millilitres(row.volume_ml))
        move(session, row, HandoffState.AGREED, actor_id=actor.person_id, reason=None, now=now)
        promise_lots(session, row, now=now)
        # Asked again with her lots locked: whoever lets her giving rest in this moment locks them first.
        require_giving(row.donor_id)
        reflect_in_offer(session, row, now=now)
        for side in Side:
            side_row(session, row, side)
        remind_later(row, now=now)
        event_bus.record(happened(HandoffAgreed, row, actor_id=actor.person_id, now=now))
        tell_other(row, actor, "handoff_agreed", now=now, mail=True)


def _choose(session: Session, row: Handoff, plan: Plan, number: int) -> None:
    """Let the handoff be in the chosen window, and with it of that window's milk."""
    chosen = session.get(HandoffWindow, (row.id, number)) if number else None
    if number and chosen is None:
        raise Conflict(N_("Please choose one of the times."), code="no_such_window")
    if chosen is not None:
        row.window_start, row.window_end = chosen.window_start, chosen.window_end
        row.period = plan.period(chosen.window_start)
        session.expunge(chosen)
    forget_windows(session, row)


def decline(actor: Identity, handoff_public_id: str, *, now: datetime) -> None:
    """Decline the other's proposal; nobody has to say why, and the other is told kindly."""
    with transaction() as session:
        row = load_for(session, actor, handoff_public_id)
        authorise(actor, ANSWER, row)
        if end(session, row, HandoffState.DECLINED, actor_id=actor.person_id, reason=None, now=now):
            tell_other(row, actor, "handoff_declined", now=now, mail=True)


def cancel(actor: Identity, handoff_public_id: str, *, reason: CancelReason, now: datetime) -> None:
    """
    Call off a handoff that was proposed or agreed: either of the two may, its milk is free again at once.

    One that was called missed before is missed again. Raises :class:`Conflict` once somebody has entered what was
    given, and after the window of a meeting that did not happen: how it was is then said by both.
    """
    with transaction() as session:
        row = load_for(session, actor, handoff_public_id)
        _require_unmet(row)
        if row.state in UNMET and now >= row.window_end:
            raise Conflict(N_("The time is over. Please say how it was instead."), code="window_over")
        if row.state == HandoffState.MET and was_missed(row):
            take_back_met(session, row, actor, now=now)
            return
        end(
            session, row, HandoffState.CANCELLED, actor_id=actor.person_id, reason=reason, now=now,
            tells=lambda: tell_other(row, actor, "handoff_cancelled", now=now, mail=True),
        )  # fmt: skip


def _require_unmet(row: Handoff) -> None:
    if not may_end_unmet(entries_of(row)):
        raise Conflict(N_("One of you entered what was given. Correct the number instead."), code="already_met")


def set_place_note(actor: Identity, handoff_public_id: str, note: str, *, now: datetime) -> None:
    """
    Say where exactly to meet, for the eyes of the two alone: at most :data:`LONGEST_PLACE` characters, plain text, only
    while the handoff is agreed.
    """
    with transaction() as session:
        row = load_for(session, actor, handoff_public_id)
        if row.state not in UNMET:
            raise Conflict(N_("The place is agreed on after both said yes, and before you meet."), code="not_agreed")
        plain = one_line(note)
        if len(plain) > LONGEST_PLACE:
            raise Invalid({"place": [N_("That is too long. Please keep it under 300 characters.")]})
        if plain == row.place_note:
            return
        row.place_note = plain
        session.flush()
        event_bus.record(happened(HandoffUpdated, row, actor_id=actor.person_id, now=now))
