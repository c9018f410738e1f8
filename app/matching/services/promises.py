"""
What a donor's choice and its meeting mean for everybody else: a place taken, milk on its way, a promise that lapsed.

Meetings are made in a capability above this one; it says here what it agreed, what came of it, and what fell through.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import Update

from app.accounts.queries import blocked_ids
from app.infra.transaction import transaction
from app.kernel.quantities import Millilitres
from app.matching.configuration import matching_rules
from app.matching.models import Booking, Interest, Proposal
from app.matching.queries.standing import TALK_HOLDS, chosen_at
from app.matching.rules.life import InterestState, Origin, Waiting, line
from app.matching.rules.proposals import ProposalState
from app.matching.services.notices import tell_next_best_later, tell_next_in_line, tell_you_are_next
from app.matching.services.touching import touch
from app.matching.services.turns import plan_turn
from app.posts.queries import PostView, post
from app.posts.rules import PostState

_AT_ONCE: Final = 500
_STANDS: Final = frozenset({PostState.LIVE, PostState.PAUSED, PostState.MATCHED})
"""States of an offer in which a line still means something."""


def settle_choice(session: Session, chosen: Interest, *, now: datetime) -> None:
    """
    After a choice at an offer whose donor wanted no more families than she has now.

    Those who wait keep their places and are told kindly, with their next best; the offer leaves the pages of those who
    had not spoken, and each of them has room for another.
    """
    offer = post(chosen.offer_id)
    if offer.offer is None or chosen_at([offer.id], now=now).get(offer.id, 0) < offer.offer.max_families:
        return
    waiting = select(Interest).where(
        Interest.offer_id == offer.id, Interest.state == InterestState.OPEN, Interest.origin == Origin.YES
    )
    for row in session.scalars(waiting.order_by(Interest.id)):
        tell_next_best_later(row, "chosen_other", now=now)
    shown = (Proposal.offer_id == offer.id) & (Proposal.state == ProposalState.SHOWN)
    pages = session.scalars(select(Proposal.request_id).where(shown).order_by(Proposal.request_id)).all()
    if pages:
        closed = update(Proposal).where(shown).values(state=ProposalState.CLOSED, ended_at=now)
        session.execute(closed.execution_options(synchronize_session=False))
        touch(pages, now=now)


def book(handoff: str, *, offer_id: int, request_id: int, volume: Millilitres, at: datetime) -> None:
    """A meeting is agreed: so much milk is on its way to this request until ``at``. Repeatable."""
    with transaction() as session:
        row = _booking(session, handoff)
        if row is None:
            row = Booking(handoff=handoff, offer_id=offer_id, request_id=request_id)
            session.add(row)
        row.volume_ml, row.at, row.received = volume, at, False
        session.execute(_accepted(offer_id, request_id).values(fell_through_at=None))
        session.flush()


def receive(handoff: str, *, volume: Millilitres, now: datetime) -> None:
    """The milk of a meeting has come. A meeting nobody booked here changes nothing."""
    with transaction() as session:
        row = _booking(session, handoff)
        if row is not None:
            row.volume_ml, row.at, row.received = volume, now, True
            session.flush()


def fall_through(
    handoff: str, *, offer_id: int, request_id: int, asks_next: bool = False, news: Collection[str] = (), now: datetime
) -> bool:
    """
    An agreed meeting will not be held, and return whether there was one.

    The milk is free: the next in line stands at the head by itself and the donor is told; with ``asks_next`` (the
    family let it lapse) that next one is asked by itself. A micro-round looks for others at once, for the offer and for
    the family that goes without. ``news`` are the items of notices in which the donor heard of it just now: who is next
    is said in the same one.
    """
    with transaction() as session:
        gone = session.execute(delete(Booking).where(Booking.handoff == handoff, Booking.received.is_(False)))
        if not gone.rowcount:  # type: ignore[attr-defined]
            return False
        others = select(Booking.id).where(Booking.offer_id == offer_id, Booking.request_id == request_id)
        if session.scalars(others.limit(1)).first() is None:
            session.execute(_accepted(offer_id, request_id).values(fell_through_at=now))
            free_place(offer_id, cause=f"handoff:{handoff}" if asks_next else None, news=news, now=now)
        touch([offer_id, request_id], at_once=True, now=now)
        return True


def let_pass(handoff: str, *, offer_id: int, request_id: int, news: Collection[str] = (), now: datetime) -> bool:
    """
    A family left a proposed meeting without an answer until its time was over, and return whether its place is free.

    Nothing changes while another meeting of the two stands, or the place was free before. ``news`` as in
    :func:`fall_through`.
    """
    with transaction() as session:
        stands = select(Booking.id).where(Booking.offer_id == offer_id, Booking.request_id == request_id)
        if session.scalars(stands.limit(1)).first() is not None:
            return False
        held = _accepted(offer_id, request_id).where(Interest.fell_through_at.is_(None))
        if not session.execute(held.values(fell_through_at=now)).rowcount:  # type: ignore[attr-defined]
            return False
        free_place(offer_id, cause=f"handoff:{handoff}", news=news, now=now)
        touch([offer_id, request_id], now=now)
        return True


def release_choices(request_id: int, *, now: datetime) -> int:
    """The need of a request is over: where its family was chosen and no milk came of it, the place is free again."""
    came = select(Booking.id).where(Booking.offer_id == Interest.offer_id, Booking.request_id == request_id)
    held = select(Interest).where(
        Interest.request_id == request_id,
        Interest.state == InterestState.ACCEPTED,
        Interest.fell_through_at.is_(None),
        ~came.exists(),
    )
    with transaction() as session:
        rows = session.scalars(held.order_by(Interest.id).with_for_update()).all()
        for row in rows:
            row.fell_through_at = now
            session.flush()
            free_place(row.offer_id, cause=f"need:{row.public_id}:{int(now.timestamp())}", now=now)
            touch([row.offer_id], now=now)
        return len(rows)


def rest_quiet_talks(*, now: datetime) -> int:
    """
    A talk that led to no meeting within a week holds no place any more, and return how many there were.

    Both may go on talking and agree on a meeting, which takes the place again; meanwhile the next in line is asked.
    """
    booked = select(Booking.id).where(Booking.offer_id == Interest.offer_id, Booking.request_id == Interest.request_id)
    quiet = select(Interest).where(
        Interest.state == InterestState.ACCEPTED,
        Interest.fell_through_at.is_(None),
        Interest.answered_at <= now - TALK_HOLDS,
        ~booked.exists(),
    )
    with transaction() as session:
        rows = session.scalars(quiet.order_by(Interest.id).limit(_AT_ONCE).with_for_update()).all()
        for row in rows:
            row.fell_through_at = now
            session.flush()
            cause = f"talk:{row.public_id}:{int(now.timestamp())}"
            free_place(row.offer_id, kind="talk_rests", cause=cause, now=now)
            touch([row.offer_id, row.request_id], now=now)
        return len(rows)


def free_place(
    offer_id: int, *, kind: str = "next_in_line", cause: str | None = None, news: Collection[str] = (), now: datetime
) -> None:  # fmt: skip
    """
    Plan to ask the next in line because of ``cause``.

    Without a cause, or where nobody may be asked by itself: tell the donor who is next in line and waits for her word,
    and that family that it is; nobody when none waits.
    """
    if cause is not None and plan_turn(offer_id, cause, news=news, now=now):
        return
    offer = post(offer_id)
    first = _first_in_line(offer)
    if first is None or offer.state not in _STANDS:
        return
    tell_next_in_line(offer, first, kind, news=news, now=now)
    tell_you_are_next(offer, first, now=now)


def _first_in_line(offer: PostView) -> Interest | None:
    """The open yes at the head of the line, people who blocked each other left out."""
    apart = blocked_ids(offer.author_id)
    waiting = select(Interest).where(
        Interest.offer_id == offer.id, Interest.state == InterestState.OPEN, Interest.origin == Origin.YES
    )
    with transaction() as session:
        rows = {row.id: row for row in session.scalars(waiting) if row.family_id not in apart}
    said = (Waiting(row.id, row.created_at, row.points) for row in rows.values())
    ordered = line(said, rules=matching_rules().rounds)
    return rows[ordered[0].interest_id] if ordered else None


def _booking(session: Session, handoff: str) -> Booking | None:
    return session.scalars(select(Booking).where(Booking.handoff == handoff).with_for_update()).one_or_none()


def _accepted(offer_id: int, request_id: int) -> Update:
    return update(Interest).where(
        Interest.offer_id == offer_id, Interest.request_id == request_id, Interest.state == InterestState.ACCEPTED
    )
