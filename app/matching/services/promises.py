"""
What a donor's choice and its meeting mean for everybody else: a place taken, milk on its way, a promise that lapsed.

Meetings are made in a capability above this one; it says here what it agreed, what came of it, and what fell through.
"""

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import Update

from app.infra.transaction import transaction
from app.kernel.quantities import Millilitres
from app.matching.models import Booking, Interest, Proposal
from app.matching.queries.pairs import open_yeses
from app.matching.queries.standing import chosen_at
from app.matching.rules.life import InterestState, Origin
from app.matching.rules.proposals import ProposalState
from app.matching.services.notices import tell_next_best_later, tell_next_in_line
from app.matching.services.touching import touch
from app.posts.queries import post


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


def fall_through(handoff: str, *, offer_id: int, request_id: int, now: datetime) -> bool:
    """
    An agreed meeting will not be held, and return whether there was one.

    The milk is free: the next in line stands at the head by itself and the donor is told; a micro-round looks for
    others at once, for the offer and for the family that goes without.
    """
    with transaction() as session:
        gone = session.execute(delete(Booking).where(Booking.handoff == handoff, Booking.received.is_(False)))
        if not gone.rowcount:  # type: ignore[attr-defined]
            return False
        others = select(Booking.id).where(Booking.offer_id == offer_id, Booking.request_id == request_id)
        if session.scalars(others.limit(1)).first() is None:
            session.execute(_accepted(offer_id, request_id).values(fell_through_at=now))
            free_place(offer_id, now=now)
        touch([offer_id, request_id], at_once=True, now=now)
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
            free_place(row.offer_id, now=now)
            touch([row.offer_id], now=now)
        return len(rows)


def free_place(offer_id: int, *, now: datetime) -> None:
    """Tell the donor that the next in line waits for her word, when there is one."""
    if open_yeses(offer_id):
        tell_next_in_line(post(offer_id), now=now)


def _booking(session: Session, handoff: str) -> Booking | None:
    return session.scalars(select(Booking).where(Booking.handoff == handoff).with_for_update()).one_or_none()


def _accepted(offer_id: int, request_id: int) -> Update:
    return update(Interest).where(
        Interest.offer_id == offer_id, Interest.request_id == request_id, Interest.state == InterestState.ACCEPTED
    )
