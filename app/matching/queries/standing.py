"""
What already stands between posts: open yeses, invitations, proposals, pairs that are spent, requests that need nothing.

Everything is read in plain rows for many posts at once, for the rounds.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, bindparam, case, exists, func, or_, select
from sqlalchemy.orm import aliased

from app.accounts.models import Block, User
from app.infra.database import db
from app.infra.reading import Narrowable, PlainRow, Statement, read
from app.kernel.quantities import Millilitres
from app.matching.configuration import matching_rules
from app.matching.models import Booking, Interest, LineTurn, Proposal
from app.matching.rules.life import FIRST_CONTACTS_OF_A_NEWCOMER, InterestState, Origin
from app.matching.rules.proposals import ProposalState, is_resting
from app.matching.rules.stock import Arrival, is_worth_a_meeting
from app.posts.models import Offer

Pairs = set[tuple[int, int]]
Counts = Mapping[int, int]

TALK_HOLDS: Final = timedelta(days=7)
"""A family chosen without a meeting agreed holds its place at the offer for so long."""

_A_DAY: Final = timedelta(days=1)

_PROPOSAL: Final = Proposal.__table__.c
_BOOKING: Final = Booking.__table__.c
_PASSED: Final[Statement] = select(_PROPOSAL.offer_id, _PROPOSAL.request_id).where(
    or_(_PROPOSAL.offer_id == bindparam("post"), _PROPOSAL.request_id == bindparam("post")),
    _PROPOSAL.state == ProposalState.DECLINED.value,
)
_OFFER: Final = Offer.__table__.c
_OF_DONOR: Final = (_OFFER.volume_ml, _OFFER.smallest_handoff_ml, _OFFER.after_loss)
_BOOKED: Final = Narrowable.by(
    _BOOKING.offer_id,
    select(
        _BOOKING.offer_id,
        func.count(case((_BOOKING.received.is_(False), 1))).label("to_come"),
        func.sum(_BOOKING.volume_ml).label("promised"),
        *_OF_DONOR,
    )
    .join(Offer.__table__, _OFFER.post_id == _BOOKING.offer_id)
    .group_by(_BOOKING.offer_id, *_OF_DONOR),
)
_INTEREST: Final = Interest.__table__.c
_PERSON: Final = User.__table__.c
_BLOCK: Final = Block.__table__.c
_SAID: Final[Statement] = select(_INTEREST.offer_id, _INTEREST.request_id, _INTEREST.state)
_PROPOSED: Final[Statement] = select(
    _PROPOSAL.offer_id, _PROPOSAL.request_id, _PROPOSAL.state, _PROPOSAL.ended_at, _PROPOSAL.seen_at
)
_SAID_AT: Final = tuple(Narrowable.by(side, _SAID) for side in (_INTEREST.offer_id, _INTEREST.request_id))
_PROPOSED_AT: Final = tuple(Narrowable.by(side, _PROPOSED) for side in (_PROPOSAL.offer_id, _PROPOSAL.request_id))
_HOLDS: Final = or_(
    _INTEREST.answered_at > bindparam("since"),
    select(_BOOKING.id)
    .where(_BOOKING.offer_id == _INTEREST.offer_id, _BOOKING.request_id == _INTEREST.request_id)
    .correlate(Interest.__table__)
    .exists(),
)
_CHOSEN: Final = Narrowable.by(
    _INTEREST.offer_id,
    select(_INTEREST.offer_id, func.count())
    .where(_INTEREST.state == InterestState.ACCEPTED.value, _INTEREST.fell_through_at.is_(None), _HOLDS)
    .group_by(_INTEREST.offer_id),
)
_YES: Final = _INTEREST.origin == Origin.YES.value
_MANY_YESES: Final[Statement] = (
    select(_INTEREST.family_id)
    .where(_INTEREST.state == InterestState.OPEN.value, _YES)
    .group_by(_INTEREST.family_id)
    .having(func.count() >= bindparam("most"))
)
_MANY_WORDS: Final[Statement] = (
    select(_INTEREST.family_id)
    .join(User.__table__, _PERSON.id == _INTEREST.family_id)
    .where(_YES, _INTEREST.created_at > bindparam("since"), _PERSON.trust == 0)
    .group_by(_INTEREST.family_id)
    .having(func.count() >= FIRST_CONTACTS_OF_A_NEWCOMER)
)
_BLOCKS: Final[Statement] = select(_BLOCK.blocker_id, _BLOCK.blocked_id)
_ARRIVALS: Final = Narrowable.by(
    _BOOKING.request_id, select(_BOOKING.request_id, _BOOKING.at, _BOOKING.volume_ml, _BOOKING.received)
)
_PROMISED: Final = Narrowable.by(
    _BOOKING.offer_id, select(_BOOKING.offer_id, func.sum(_BOOKING.volume_ml)).group_by(_BOOKING.offer_id)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """
    What stands at some posts.

    ``taken`` are pairs (offer, request) that may not be proposed: spoken, shown, spent, passed on, resting.
    ``at_offer`` and ``on_page`` count open words and proposals; ``chosen`` counts the families an offer's donor chose
    and that still hold their place. ``full`` are people who may not say another yes now.
    """

    taken: Pairs = field(default_factory=set)
    at_offer: Counts = field(default_factory=dict)
    on_page: Counts = field(default_factory=dict)
    chosen: Counts = field(default_factory=dict)
    full: frozenset[int] = frozenset()


def standing(post_ids: Collection[int] | None, *, now: datetime) -> Standing:
    """What stands at these posts, or at all with None."""
    at_offer, on_page = Counter[int](), Counter[int]()
    taken: Pairs = set()
    for offer_id, request_id, state in _of(post_ids, _SAID_AT):
        if state == InterestState.OPEN:
            at_offer[offer_id] += 1
            on_page[request_id] += 1
        if state != InterestState.CLOSED:
            taken.add((offer_id, request_id))
    for offer_id, request_id, state, ended, seen in _of(post_ids, _PROPOSED_AT):
        if state == ProposalState.SHOWN:
            at_offer[offer_id] += 1
            on_page[request_id] += 1
        if _is_taken(state, ended, seen, now):
            taken.add((offer_id, request_id))
    return Standing(
        taken=taken, at_offer=at_offer, on_page=on_page, chosen=chosen_at(post_ids, now=now), full=_full_people(now)
    )


def _is_taken(state: str, ended: datetime | None, seen: datetime | None, now: datetime) -> bool:
    if state in {ProposalState.SHOWN, ProposalState.DECLINED}:
        return True
    return state == ProposalState.LAPSED and ended is not None and is_resting(ended=ended, seen=seen, now=now)


def _of(post_ids: Collection[int] | None, sides: tuple[Narrowable, ...]) -> Iterable[PlainRow]:
    """Rows of a table of pairs that touch one of the posts by either of its sides, each once."""
    if post_ids is None:
        return sides[0].rows(None)
    return {(row[0], row[1]): row for side in sides for row in side.rows(post_ids)}.values()


def chosen_at(offer_ids: Collection[int] | None, *, now: datetime) -> Counts:
    """
    How many chosen families hold their place at each offer.

    A place is held by a booking, or by a talk of less than :data:`TALK_HOLDS`; not once the promise fell through.
    """
    return {row[0]: row[1] for row in _CHOSEN.rows(offer_ids, since=now - TALK_HOLDS)}


def _full_people(now: datetime) -> frozenset[int]:
    """Families with their most open yeses, and newcomers who have written first to enough people in the last day."""
    many = read(_MANY_YESES, most=matching_rules().rounds.offers_on_page)
    return frozenset(row[0] for row in (*many, *read(_MANY_WORDS, since=now - _A_DAY)))


def blocks() -> Pairs:
    """Every two people of whom one blocked the other, both ways round."""
    rows = read(_BLOCKS)
    return {(row[0], row[1]) for row in rows} | {(row[1], row[0]) for row in rows}


def arrivals(request_ids: Collection[int] | None) -> dict[int, list[Arrival]]:
    """The milk booked for or brought to each of these requests, or to all with None."""
    found: dict[int, list[Arrival]] = {}
    for request_id, at, volume, received in _ARRIVALS.rows(request_ids):
        found.setdefault(request_id, []).append(Arrival(at, Millilitres(volume), received))
    return found


def promised(offer_ids: Collection[int] | None) -> Mapping[int, int]:
    """Millilitres promised or handed over from each of these offers, or from all with None."""
    return {row[0]: int(row[1]) for row in _PROMISED.rows(offer_ids)}


def spoken_for(offer_ids: Collection[int]) -> frozenset[int]:
    """
    Those of these offers with a meeting still to come, or with too little left for another one.

    Once a meeting was held, the rest of milk given once is free again; milk of each week comes again.
    """
    return frozenset(row.offer_id for row in _BOOKED.rows(offer_ids) if not _is_free_again(row))


def _is_free_again(row: PlainRow) -> bool:
    if row.to_come:
        return False
    weekly = row.volume_ml is None
    left = Millilitres(0 if weekly else row.volume_ml - int(row.promised))
    return weekly or is_worth_a_meeting(left, smallest=row.smallest_handoff_ml, after_loss=row.after_loss)


def passed_with(post_id: int) -> frozenset[int]:
    """The other posts of pairs somebody passed on: they are listed to neither of the two again."""
    rows = read(_PASSED, post=post_id)
    return frozenset(request_id if offer_id == post_id else offer_id for offer_id, request_id in rows)


def held_offers(*, now: datetime) -> ColumnElement[bool]:
    """
    The condition of a yes whose offer has all the families its donor wanted, so that the line rests meanwhile.

    A place is held by a talk of less than :data:`TALK_HOLDS`, by a meeting to come, or for the family whose turn it is.
    While the line rests nobody waits for a word of the donor's.
    """
    chosen, own = aliased(Interest), aliased(Offer)
    to_come = exists().where(
        Booking.offer_id == chosen.offer_id, Booking.request_id == chosen.request_id, Booking.received.is_(False)
    )
    count = (
        select(func.count())
        .where(
            chosen.offer_id == Interest.offer_id,
            chosen.state == InterestState.ACCEPTED.value,
            chosen.fell_through_at.is_(None),
            or_(chosen.answered_at > now - TALK_HOLDS, to_come),
        )
        .correlate(Interest)
        .scalar_subquery()
    )
    most = select(own.max_families).where(own.post_id == Interest.offer_id).correlate(Interest).scalar_subquery()
    asked = exists().where(LineTurn.offer_id == Interest.offer_id, LineTurn.ended_at.is_(None)).correlate(Interest)
    return (Interest.origin == Origin.YES.value) & or_(count >= most, asked)


def freed_at(offer_ids: Collection[int]) -> Mapping[int, datetime]:
    """When the line of each of these offers last began to wait again: a promise lapsed, a meeting or turn ended."""
    lapsed = (
        select(Interest.offer_id, func.max(Interest.fell_through_at))
        .where(Interest.offer_id.in_(offer_ids), Interest.fell_through_at.is_not(None))
        .group_by(Interest.offer_id)
    )
    held = (
        select(Booking.offer_id, func.max(Booking.at))
        .where(Booking.offer_id.in_(offer_ids), Booking.received.is_(True))
        .group_by(Booking.offer_id)
    )
    asked = (
        select(LineTurn.offer_id, func.max(LineTurn.ended_at))
        .where(LineTurn.offer_id.in_(offer_ids), LineTurn.ended_at.is_not(None))
        .group_by(LineTurn.offer_id)
    )
    found: dict[int, datetime] = {}
    for offer_id, moment in (row for each in (lapsed, held, asked) for row in db.session.execute(each)):
        if moment is not None:
            found[offer_id] = max(moment, found.get(offer_id, moment))
    return found
