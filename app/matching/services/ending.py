"""What ends without anybody answering: the milk or the need is gone, or silence has gone on too long."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, not_, or_, select
from sqlalchemy.orm import Session

from app.infra.transaction import transaction
from app.matching.configuration import matching_rules
from app.matching.models import Booking, Interest
from app.matching.queries.standing import freed_at, held_offers
from app.matching.rules.life import InterestState, Origin, has_lapsed
from app.matching.services.answer import record_closed
from app.matching.services.notices import tell_need_over_later, tell_next_best_later
from app.matching.services.rows import move
from app.matching.services.silence import ask_if_silent

_BATCH = 500


def close_open_interests(post_id: int, *, reason: str, now: datetime) -> int:
    """
    End every open interest of a post that is gone, and return how many there were.

    Each family that waited for milk, or was chosen and has no meeting, gets one kind notice with its next best; a donor
    whose invited family needs no more is told so.
    """
    with transaction() as session:
        rows = _open(session, post_id)
        for row in rows:
            move(session, row, InterestState.CLOSED, actor_id=None, now=now, reason=reason)
            record_closed(row, now=now)
            if row.offer_id != post_id and row.origin == Origin.INVITATION:
                tell_need_over_later(row, now=now)
        gone = [row for row in (*rows, *_chosen_in_vain(session, post_id)) if row.offer_id == post_id]
        for row in {row.family_id: row for row in reversed(gone)}.values():
            tell_next_best_later(row, "milk_gone", now=now)
        return len(rows)


def _chosen_in_vain(session: Session, offer_id: int) -> list[Interest]:
    """Families that were chosen at this offer and with whom no meeting was agreed."""
    booked = select(Booking.id).where(Booking.offer_id == Interest.offer_id, Booking.request_id == Interest.request_id)
    chosen = select(Interest).where(
        Interest.offer_id == offer_id,
        Interest.state == InterestState.ACCEPTED,
        Interest.fell_through_at.is_(None),
        ~booked.exists(),
    )
    return list(session.scalars(chosen.order_by(Interest.id)))


def _open(session: Session, post_id: int) -> list[Interest]:
    wanted = (
        select(Interest)
        .where(or_(Interest.offer_id == post_id, Interest.request_id == post_id), Interest.state == InterestState.OPEN)
        .order_by(Interest.id)
        .with_for_update()
    )
    return list(session.scalars(wanted))


def lapse_silent(*, now: datetime) -> int:
    """
    End open interests after ``silence`` of the rules without a word, and return how many; who spoke first is told.

    The silence of a donor ends with every answer she gives at that offer, so a line does not lapse behind her back. It
    does not begin while she has all the families she wanted, nor while somebody of the line is asked by itself.
    """
    long_ago = now - matching_rules().rounds.silence
    with transaction() as session:
        old = select(Interest).where(
            Interest.state == InterestState.OPEN, Interest.created_at <= long_ago, not_(held_offers(now=now))
        )
        rows = list(session.scalars(old.order_by(Interest.id).limit(_BATCH).with_for_update()))
        heard = _last_answers(session, {row.offer_id for row in rows})
        silent = [row for row in rows if _is_silent(row, heard, now)]
        for row in silent:
            move(session, row, InterestState.LAPSED, actor_id=None, now=now, reason="silence")
            record_closed(row, now=now)
            if row.origin == Origin.YES:
                tell_next_best_later(row, "interest_lapsed", now=now)
        for offer_id in sorted({row.offer_id for row in silent if row.origin == Origin.YES}):
            ask_if_silent(session, offer_id, now=now)
        return len(silent)


def _is_silent(row: Interest, heard: dict[int, datetime], now: datetime) -> bool:
    last = heard.get(row.offer_id) if row.origin == Origin.YES else None
    return has_lapsed(came=row.created_at, last_answer=last, now=now, rules=matching_rules().rounds)


def _last_answers(session: Session, offer_ids: Iterable[int]) -> dict[int, datetime]:
    """When the donor last answered a yes at each of these offers, or a place there was free again."""
    answered = (
        select(Interest.offer_id, func.max(Interest.answered_at))
        .where(
            Interest.offer_id.in_(list(offer_ids)),
            Interest.origin == Origin.YES,
            Interest.state.in_([InterestState.ACCEPTED, InterestState.DECLINED]),
        )
        .group_by(Interest.offer_id)
    )
    heard = {row[0]: row[1] for row in session.execute(answered) if row[1] is not None}
    for offer_id, moment in freed_at(list(offer_ids)).items():
        heard[offer_id] = max(moment, heard.get(offer_id, moment))
    return heard
