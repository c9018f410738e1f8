"""The line at an offer, and a family's own yeses and invitations."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import ColumnElement, or_, select

from app.accounts.queries import blocked_ids, people
from app.infra.database import db
from app.kernel.access import Identity, authorise
from app.matching.configuration import matching_rules
from app.matching.models import Interest, Proposal
from app.matching.permissions import SEE_MATCHES
from app.matching.queries.cards import Card, Match, card_of
from app.matching.queries.interest import InterestView, view_of
from app.matching.queries.matches import untold_matches
from app.matching.queries.sides import fed_before, pair_of
from app.matching.rules.life import InterestState, Origin, Waiting, line, round_ends, round_of
from app.matching.rules.proposals import ProposalState
from app.matching.rules.reasons import asks_on_card, reasons, tellable
from app.posts.models import Request
from app.posts.queries import PostView, own_post, posts_by_id


@dataclass(frozen=True, slots=True)
class LineEntry:
    """A family a donor may choose: what it said, what it needs, and what speaks for it."""

    interest: InterestView
    family_name: str
    match: Match


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferLine:
    """
    Who waits at one's own offer.

    ``shown`` are the first three of the line; ``others`` counts those behind them. ``suggested`` is filled when nobody
    waits. ``talking`` are those already chosen, ``invited`` the open invitations.
    """

    offer: PostView
    shown: tuple[LineEntry, ...]
    others: int
    invited: tuple[LineEntry, ...]
    talking: tuple[LineEntry, ...]
    suggested: tuple[Match, ...]


@dataclass(frozen=True, slots=True)
class MyInterest:
    """
    A family's yes, or an invitation it received.

    ``before`` is how many families stand before it in the line, None for an invitation or once answered. ``fixed_at``
    is when its round ends and the place in line is fixed, None when it is fixed already.
    """

    interest: InterestView
    offer: Card
    offer_public_id: str
    request_public_id: str
    donor_name: str
    before: int | None
    fixed_at: datetime | None


@dataclass(frozen=True, slots=True)
class MyInterests:
    """Everything a family said or was asked, open ones first, newest first."""

    yeses: tuple[MyInterest, ...]
    invitations: tuple[MyInterest, ...]
    answered: tuple[MyInterest, ...]


def _rows(*conditions: ColumnElement[bool]) -> list[Interest]:
    return list(db.session.scalars(select(Interest).where(*conditions).order_by(Interest.id)))


def _waiting(rows: Iterable[Interest]) -> list[int]:
    """Ids of the open yeses among ``rows`` in the order of the line."""
    yeses = (row for row in rows if row.state == InterestState.OPEN and row.origin == Origin.YES)
    waiting = (Waiting(row.id, row.created_at, row.points) for row in yeses)
    return [one.interest_id for one in line(waiting, rules=matching_rules().rounds)]


def interests_for_offer(actor: Identity, offer_public_id: str, *, now: datetime) -> OfferLine:
    """The line at one's own offer; raises :class:`NotFound` for somebody else's. Blocked families are left out."""
    authorise(actor, SEE_MATCHES)
    offer = own_post(actor, offer_public_id)
    blocked = blocked_ids(actor.person_id)
    rows = [row for row in _rows(Interest.offer_id == offer.id) if row.family_id not in blocked]
    ordered, shown = _waiting(rows), matching_rules().rounds.shown_to_donor
    by_id = {row.id: row for row in rows}
    entries = _entries(offer, rows, now=now)
    open_rows = [row for row in rows if row.state == InterestState.OPEN]
    return OfferLine(
        offer=offer,
        shown=tuple(entries[key] for key in ordered[:shown] if key in entries),
        others=max(0, len(ordered) - shown),
        invited=tuple(entries[row.id] for row in open_rows if row.origin == Origin.INVITATION and row.id in entries),
        talking=tuple(entry for key, entry in entries.items() if by_id[key].state == InterestState.ACCEPTED),
        suggested=() if open_rows else _suggested(offer, now=now),
    )


def _suggested(offer: PostView, *, now: datetime) -> tuple[Match, ...]:
    """Families to invite while nobody waits; one that sees only what it looks for is never put forward unasked."""
    most = matching_rules().rounds.suggestions_to_donor
    return untold_matches(offer, most, left_alone=partial(_left_alone, offer.id), now=now)


def _left_alone(offer_id: int, request_ids: Sequence[int]) -> frozenset[int]:
    """Those of these requests that no round would propose, or that somebody passed on at this offer."""
    passed = select(Proposal.id).where(
        Proposal.offer_id == offer_id, Proposal.request_id == Request.post_id, Proposal.state == ProposalState.DECLINED
    )
    fragile = or_(Request.term_and_healthy == "no", Request.immediate_allergy.is_(True))
    rows = select(Request.post_id).where(Request.post_id.in_(request_ids), or_(fragile, passed.exists()))
    return frozenset(db.session.scalars(rows))


def _entries(offer: PostView, rows: list[Interest], *, now: datetime) -> dict[int, LineEntry]:
    requests = posts_by_id(row.request_id for row in rows)
    names = people(row.family_id for row in rows)
    fed = fed_before(row.family_id for row in rows)
    return {
        row.id: LineEntry(
            view_of(row), names[row.family_id].display_name, _match(offer, requests[row.request_id], fed, now)
        )
        for row in rows
    }


def _match(offer: PostView, request: PostView, fed: frozenset[int], now: datetime) -> Match:
    card = card_of(request, offer.area_id)
    pair = pair_of(offer, request, now=now, fed=request.author_id in fed)
    if pair is None:
        return Match(card=card)
    return Match(
        card=card,
        reasons=reasons(pair.offer, pair.request, pair.meeting, pair.fit, pair.points),
        meets=tellable(pair.fit.meets),
        asks=asks_on_card(pair.fit),
    )


def my_interests(actor: Identity, *, now: datetime) -> MyInterests:
    """What a family said and was asked, with its honest place in each line."""
    authorise(actor, SEE_MATCHES)
    blocked = blocked_ids(actor.person_id)
    rows = [row for row in _rows(Interest.family_id == actor.person_id) if row.donor_id not in blocked]
    rows.sort(key=lambda row: (row.created_at, row.id), reverse=True)
    mine = _my_interests(rows, now=now)
    waiting = [one for one in mine if one.interest.state == InterestState.OPEN]
    return MyInterests(
        yeses=tuple(one for one in waiting if one.interest.origin == Origin.YES),
        invitations=tuple(one for one in waiting if one.interest.origin == Origin.INVITATION),
        answered=tuple(one for one in mine if one.interest.state != InterestState.OPEN),
    )


def _my_interests(rows: list[Interest], *, now: datetime) -> list[MyInterest]:
    offers = posts_by_id(row.offer_id for row in rows)
    requests = posts_by_id(row.request_id for row in rows)
    names = people(row.donor_id for row in rows)
    places = _places(row.offer_id for row in rows)
    return [
        MyInterest(
            interest=view_of(row),
            offer=card_of(offers[row.offer_id], requests[row.request_id].area_id),
            offer_public_id=offers[row.offer_id].public_id,
            request_public_id=requests[row.request_id].public_id,
            donor_name=names[row.donor_id].display_name,
            before=places.get(row.id),
            fixed_at=_fixed_at(row.created_at, now),
        )
        for row in rows
    ]


def _fixed_at(came: datetime, now: datetime) -> datetime | None:
    """When the place in line stops moving; None when it has."""
    rules = matching_rules().rounds
    return round_ends(came, rules=rules) if round_of(came, rules=rules) == round_of(now, rules=rules) else None


def _places(offer_ids: Iterable[int]) -> dict[int, int]:
    """How many stand before each open yes at these offers, by interest id."""
    at_offer: dict[int, list[Interest]] = {}
    for row in _rows(Interest.offer_id.in_(set(offer_ids)), Interest.state == InterestState.OPEN):
        at_offer.setdefault(row.offer_id, []).append(row)
    return {key: place for rows in at_offer.values() for place, key in enumerate(_waiting(rows))}
