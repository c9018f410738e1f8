"""The disclosure of one offer and one request: everything stated, what it means for the family's wishes, and why."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from app.accounts.queries import blocked_ids, people
from app.infra.areas.storage import load_catalogue
from app.infra.database import db
from app.kernel.access import Identity, authorise
from app.kernel.errors import NotFound
from app.matching.configuration import matching_rules
from app.matching.models import Interest, Proposal
from app.matching.permissions import SEE_PAIR
from app.matching.queries.cards import Card, card_of
from app.matching.queries.interest import InterestView, view_of
from app.matching.queries.openness import has_room_for_yes
from app.matching.queries.sides import Pair, fed_before, pair_of
from app.matching.rules.feasible import Refusal
from app.matching.rules.fit import Fit
from app.matching.rules.life import InterestState, Origin
from app.matching.rules.reasons import TELLABLE, Reason, reasons
from app.posts.queries import PostView, post_by_public_id
from app.posts.rules import Fact, PostState


@dataclass(frozen=True, slots=True)
class TwoPeople:
    """Who stands on which side of a pair."""

    donor_id: int
    family_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PairView:
    """
    One offer and one request as one of the two people sees them.

    ``mine`` is ``donor`` or ``family``. ``facts`` are all the donor states; a family that cannot have the milk, and
    never agreed with the donor, sees only those a card may name. ``refusals`` stand against the pair even when both
    want it. ``full`` says that the offer has its most open yeses, ``family_full`` that the family has.
    """

    offer: PostView
    request: PostView
    mine: str
    other_name: str
    other: Card
    own_place: str
    facts: tuple[Fact, ...]
    fit: Fit
    reasons: tuple[Reason, ...]
    refusals: tuple[Refusal, ...]
    interest: InterestView | None
    full: bool
    family_full: bool


def posts_of_pair(offer_public_id: str, request_public_id: str) -> tuple[PostView, PostView]:
    """The two posts of a pair; raises :class:`NotFound` unless they are an offer and a request."""
    offer, request = post_by_public_id(offer_public_id), post_by_public_id(request_public_id)
    if offer.offer is None or request.request is None:
        raise NotFound
    return offer, request


def judged(offer: PostView, request: PostView, *, asked_by: int, now: datetime) -> Pair:
    """
    Everything the rules say about the two posts and their people, one of whom asks.

    A pair the other one quietly passed on is spent; one's own no may be taken back. Raises :class:`NotFound` for an
    unfinished draft.
    """
    pair = pair_of(
        offer,
        request,
        now=now,
        fed=bool(fed_before([request.author_id])),
        blocked=request.author_id in blocked_ids(offer.author_id),
        spent=_passed_by_other(offer, request, asked_by),
    )
    if pair is None:
        raise NotFound
    return pair


def _passed_by_other(offer: PostView, request: PostView, person_id: int) -> bool:
    passed = select(Proposal.passed_by_id).where(Proposal.offer_id == offer.id, Proposal.request_id == request.id)
    return db.session.scalars(passed).one_or_none() not in {None, person_id}


def interest_between(offer: PostView, request: PostView) -> InterestView | None:
    """The one interest there may ever be between two posts, or None."""
    row = db.session.scalars(
        select(Interest).where(Interest.offer_id == offer.id, Interest.request_id == request.id)
    ).one_or_none()
    return None if row is None else view_of(row)


def open_yeses(offer_id: int) -> int:
    """How many families wait at an offer."""
    waiting = select(func.count()).where(
        Interest.offer_id == offer_id, Interest.state == InterestState.OPEN, Interest.origin == Origin.YES
    )
    return db.session.scalar(waiting) or 0


def pair(actor: Identity, offer_public_id: str, request_public_id: str, *, now: datetime) -> PairView:
    """
    The disclosure for one of the two people.

    Raises :class:`NotFound` for anybody else, when the two blocked each other, and when the other post was never met
    and is not live.
    """
    offer, request = posts_of_pair(offer_public_id, request_public_id)
    authorise(actor, SEE_PAIR, TwoPeople(offer.author_id, request.author_id))
    both = judged(offer, request, asked_by=actor.person_id, now=now)
    interest = interest_between(offer, request)
    mine, other = ("donor", request) if actor.person_id == offer.author_id else ("family", offer)
    _require_visible(both, other, interest)
    own = offer if mine == "donor" else request
    refusals = both.verdict.against_people
    return PairView(
        offer=offer,
        request=request,
        mine=mine,
        other_name=people([other.author_id])[other.author_id].display_name,
        other=card_of(other, own.area_id),
        own_place=load_catalogue().area(own.area_id).name,
        facts=offer.facts if mine == "donor" or not refusals or _agreed(interest) else _on_a_card(offer.facts),
        fit=both.fit,
        reasons=reasons(both.offer, both.request, both.meeting, both.fit, both.points),
        refusals=refusals,
        interest=interest,
        full=open_yeses(offer.id) >= matching_rules().rounds.families_at_offer,
        family_full=mine == "family" and not has_room_for_yes(request.author_id),
    )


def _agreed(interest: InterestView | None) -> bool:
    return interest is not None and interest.state == InterestState.ACCEPTED


def _on_a_card(facts: tuple[Fact, ...]) -> tuple[Fact, ...]:
    return tuple(fact for fact in facts if fact.attribute in TELLABLE)


def _require_visible(both: Pair, other: PostView, interest: InterestView | None) -> None:
    hidden = Refusal.BLOCKED in both.verdict.refusals or Refusal.OWN_POST in both.verdict.refusals
    if hidden or (other.state is not PostState.LIVE and interest is None):
        raise NotFound
