"""
What a round put before people: a family's page of at most eight offers, a donor's desk of at most three families.

Everything is judged again when it is read: what no longer fits is not shown, whatever the last round thought.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.accounts.queries import blocked_ids, people
from app.infra.database import db
from app.kernel.access import Identity, authorise
from app.matching.models import MilkQuestion, Proposal, TouchedPost
from app.matching.permissions import SEE_MATCHES
from app.matching.queries.cards import Match, card_of
from app.matching.queries.interests import LineEntry, MyInterest, interests_for_offer, my_interests
from app.matching.queries.sides import Pair, fed_before, pair_of, request_side
from app.matching.rules.feasible import may_be_proposed
from app.matching.rules.proposals import ProposalState
from app.matching.rules.reasons import asks_on_card, reasons, tellable
from app.posts.queries import PostView, live_posts, own_post
from app.posts.rules import PostState


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyPage:
    """
    What was chosen for one request.

    ``shown`` are at most eight offers nobody has answered yet, best first; ``new`` of them were never looked at.
    ``waits`` are the family's own open yeses with this request, each with its place: "n before you". ``proposed`` says
    that rounds look for this request at all, ``looking`` that something happened to it which no round has covered yet.
    """

    own: PostView
    shown: tuple[Match, ...] = ()
    new: int = 0
    waits: tuple[MyInterest, ...] = ()
    proposed: bool = False
    looking: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DonorDesk:
    """
    What waits at one offer.

    ``waiting`` are the first three of the line with their reasons, ``behind`` counts those after them. ``suggestions``
    are at most two families to invite, only while nobody waits. ``asked_still_there`` says that the donor was asked
    whether she still has milk and has not answered.
    """

    own: PostView
    waiting: tuple[LineEntry, ...]
    behind: int
    suggestions: tuple[Match, ...]
    invited: tuple[LineEntry, ...]
    chosen: tuple[LineEntry, ...]
    asked_still_there: bool = False


def page_of_request(actor: Identity, request_public_id: str, *, now: datetime) -> FamilyPage:
    """The page of one's own request; raises :class:`NotFound` for somebody else's. Only a live one is shown offers."""
    authorise(actor, SEE_MATCHES)
    own = own_post(actor, request_public_id)
    waits = tuple(one for one in my_interests(actor, now=now).yeses if one.request_public_id == own.public_id)
    if own.state is not PostState.LIVE:
        return FamilyPage(own=own, waits=waits)
    proposed = _is_proposed(own)
    seen = _shown_to(own)
    fitting = _fitting(actor, own, seen, now=now)
    return FamilyPage(
        own=own,
        shown=tuple(_match(offer, pair, own) for offer, pair in fitting),
        new=sum(not seen[offer.id] for offer, _ in fitting),
        waits=waits,
        proposed=proposed,
        looking=proposed and db.session.get(TouchedPost, own.id, populate_existing=True) is not None,
    )


def _is_proposed(own: PostView) -> bool:
    """Whether rounds look for this request unasked."""
    return own.request is not None and may_be_proposed(request_side(own, own.request, fed_before=False))


def _shown_to(own: PostView) -> dict[int, bool]:
    """The offers on the page of ``own``, and whether each was looked at."""
    rows = db.session.execute(
        select(Proposal.offer_id, Proposal.seen_at).where(
            Proposal.request_id == own.id, Proposal.state == ProposalState.SHOWN
        )
    )
    return {offer_id: seen_at is not None for offer_id, seen_at in rows}


def _fitting(actor: Identity, own: PostView, ids: dict[int, bool], *, now: datetime) -> list[tuple[PostView, Pair]]:
    offers = live_posts(ids)
    hidden = blocked_ids(actor.person_id)
    donors = people(offer.author_id for offer in offers.values())
    fed = bool(fed_before([actor.person_id]))
    met = (offer for offer in offers.values() if offer.author_id not in hidden and donors[offer.author_id].active)
    judged = ((offer, pair_of(offer, own, now=now, fed=fed)) for offer in met)
    fitting = [(offer, pair) for offer, pair in judged if pair is not None and pair.verdict.feasible]
    return sorted(fitting, key=lambda one: (-one[1].points.total, one[0].id))


def _match(offer: PostView, pair: Pair, own: PostView) -> Match:
    return Match(
        card=card_of(offer, own.area_id),
        reasons=reasons(pair.offer, pair.request, pair.meeting, pair.fit, pair.points),
        meets=tellable(pair.fit.meets),
        asks=asks_on_card(pair.fit),
    )


def desk_of_offer(actor: Identity, offer_public_id: str, *, now: datetime) -> DonorDesk:
    """The desk of one's own offer; raises :class:`NotFound` for somebody else's."""
    at_offer = interests_for_offer(actor, offer_public_id, now=now)
    return DonorDesk(
        own=at_offer.offer,
        waiting=at_offer.shown,
        behind=at_offer.others,
        suggestions=() if at_offer.shown else at_offer.suggested,
        invited=at_offer.invited,
        chosen=at_offer.talking,
        asked_still_there=waits_for_answer(at_offer.offer.id),
    )


def waits_for_answer(offer_id: int) -> bool:
    """Whether the donor was asked if she still has milk and has not answered yet."""
    row = db.session.get(MilkQuestion, offer_id)
    return row is not None and row.answered_at is None
