"""
What already stands between posts: open yeses, invitations, proposals, pairs that are spent, requests that need nothing.

Everything is read in plain rows for many posts at once, for the rounds.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, bindparam, case, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from app.accounts.models import Block, User
from app.infra.database import db
from app.infra.reading import PlainRow, Statement, among, read
from app.kernel.quantities import Millilitres
from app.matching.configuration import matching_rules
from app.matching.models import Booking, Interest, Proposal
from app.matching.rules.life import FIRST_CONTACTS_OF_A_NEWCOMER, InterestState, Origin
from app.matching.rules.proposals import ProposalState, is_resting
from app.matching.rules.stock import Arrival, is_worth_a_meeting
from app.posts.models import Offer

Pairs = set[tuple[int, int]]
Counts = Mapping[int, int]

TALK_HOLDS: Final = timedelta(days=7)
"""A family chosen without a meeting agreed holds its place at the offer for so long."""

_CHUNK: Final = 5000
_A_DAY: Final = timedelta(days=1)

_PROPOSAL: Final = Proposal.__table__.c
_BOOKING: Final = Booking.__table__.c
_PASSED: Final[Statement] = select(_PROPOSAL.offer_id, _PROPOSAL.request_id).where(
    or_(_PROPOSAL.offer_id == bindparam("post"), _PROPOSAL.request_id == bindparam("post")),
    _PROPOSAL.state == ProposalState.DECLINED.value,
)
_OFFER: Final = Offer.__table__.c
_OF_DONOR: Final = (_OFFER.volume_ml, _OFFER.smallest_handoff_ml, _OFFER.after_loss)
_BOOKED: Final[Statement] = (
    select(
        _BOOKING.offer_id,
        func.count(case((_BOOKING.received.is_(False), 1))).label("to_come"),
        func.sum(_BOOKING.volume_ml).label("promised"),
        *_OF_DONOR,
    )
    .join(Offer.__table__, _OFFER.post_id == _BOOKING.offer_id)
    .where(among(_BOOKING.offer_id))
    .group_by(_BOOKING.offer_id, *_OF_DONOR)
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
    for offer_id, request_id, state in _of(post_ids, Interest, Interest.state):
        if state == InterestState.OPEN:
            at_offer[offer_id] += 1
            on_page[request_id] += 1
        if state != InterestState.CLOSED:
            taken.add((offer_id, request_id))
    for offer_id, request_id, state, ended, seen in _of(
        post_ids, Proposal, Proposal.state, Proposal.ended_at, Proposal.seen_at
    ):
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


def _of(post_ids: Collection[int] | None, table: Any, *columns: Any) -> Iterable[Any]:  # noqa: ANN401 - two tables.
    """Rows of a table of pairs that touch one of the posts, each once."""
    wanted = select(table.offer_id, table.request_id, *columns)
    if post_ids is None:
        return db.session.execute(wanted)
    found = {}
    for side in (table.offer_id, table.request_id):
        found.update({(row[0], row[1]): row for row in narrowed(wanted, side, post_ids)})
    return found.values()


def narrowed(
    statement: Select[*tuple[Any, ...]], column: InstrumentedAttribute[int], ids: Collection[int] | None
) -> Iterator[Any]:
    """The rows of a statement, only those with one of these ids in ``column`` unless None is given, in pieces that one
    statement may hold.
    """
    if ids is None:
        yield from db.session.execute(statement)
        return
    ordered = sorted(ids)
    for start in range(0, len(ordered), _CHUNK):
        yield from db.session.execute(statement.where(column.in_(ordered[start : start + _CHUNK])))


def chosen_at(offer_ids: Collection[int] | None, *, now: datetime) -> Counts:
    """
    How many chosen families hold their place at each offer.

    A place is held by a booking, or by a talk of less than :data:`TALK_HOLDS`; not once the promise fell through.
    """
    booked = select(Booking.id).where(
        Booking.offer_id == Interest.offer_id, Booking.request_id == Interest.request_id
    ).exists()  # fmt: skip
    counted = (
        select(Interest.offer_id, func.count())
        .where(
            Interest.state == InterestState.ACCEPTED,
            Interest.fell_through_at.is_(None),
            or_(Interest.answered_at > now - TALK_HOLDS, booked),
        )
        .group_by(Interest.offer_id)
    )
    return dict(narrowed(counted, Interest.offer_id, offer_ids))


def _full_people(now: datetime) -> frozenset[int]:
    """Families with their most open yeses, and newcomers who have written first to enough people in the last day."""
    open_yes = (Interest.state == InterestState.OPEN) & (Interest.origin == Origin.YES)
    full = select(Interest.family_id).where(open_yes).group_by(Interest.family_id)
    many = db.session.scalars(full.having(func.count() >= matching_rules().rounds.offers_on_page))
    spoke = _spoke_since(now - _A_DAY)
    newcomers = (
        select(Interest.family_id)
        .join(User, User.id == Interest.family_id)
        .where(spoke, User.trust == 0)
        .group_by(Interest.family_id)
        .having(func.count() >= FIRST_CONTACTS_OF_A_NEWCOMER)
    )
    return frozenset(many) | frozenset(db.session.scalars(newcomers))


def _spoke_since(moment: datetime) -> ColumnElement[bool]:
    return (Interest.origin == Origin.YES) & (Interest.created_at > moment)


def blocks() -> Pairs:
    """Every two people of whom one blocked the other, both ways round."""
    rows = db.session.execute(select(Block.blocker_id, Block.blocked_id)).all()
    return {(row[0], row[1]) for row in rows} | {(row[1], row[0]) for row in rows}


def arrivals(request_ids: Collection[int] | None) -> dict[int, list[Arrival]]:
    """The milk booked for or brought to each of these requests, or to all with None."""
    found: dict[int, list[Arrival]] = {}
    rows = select(Booking.request_id, Booking.at, Booking.volume_ml, Booking.received)
    for request_id, at, volume, received in narrowed(rows, Booking.request_id, request_ids):
        found.setdefault(request_id, []).append(Arrival(at, Millilitres(volume), received))
    return found


def promised(offer_ids: Collection[int] | None) -> Mapping[int, int]:
    """Millilitres promised or handed over from each of these offers, or from all with None."""
    counted = select(Booking.offer_id, func.sum(Booking.volume_ml)).group_by(Booking.offer_id)
    return {row[0]: int(row[1]) for row in narrowed(counted, Booking.offer_id, offer_ids)}


def spoken_for(offer_ids: Collection[int]) -> frozenset[int]:
    """
    Those of these offers with a meeting still to come, or with too little left for another one.

    Once a meeting was held, the rest of milk given once is free again; milk of each week comes again.
    """
    ordered = sorted(offer_ids)
    parts = (ordered[start : start + _CHUNK] for start in range(0, len(ordered), _CHUNK))
    return frozenset(row.offer_id for part in parts for row in read(_BOOKED, ids=part) if not _is_free_again(row))


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
