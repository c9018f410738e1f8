"""What a new handoff depends on: the two people, whether anything is closed, and the offer's milk and its terms."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final

from sqlalchemy import ColumnElement, func, select

from app.handoffs.models import Handoff, OfferBalance
from app.handoffs.permissions import PLAN
from app.handoffs.queries.joined import Donor, Family, OfferPost, RequestPost
from app.handoffs.rules.balance import Balance
from app.handoffs.rules.local_time import zone_named
from app.handoffs.rules.plan import period_of
from app.handoffs.rules.states import HandoffState
from app.infra.transaction import session
from app.kernel.access import Identity, authorise
from app.kernel.errors import NotFound
from app.kernel.quantities import Millilitres
from app.matching.queries import Share, share_for
from app.messaging.models import Conversation
from app.posts.models import Offer
from app.posts.rules.states import FINDABLE, PostState


@dataclass(frozen=True, slots=True)
class Plan:
    """What a new handoff depends on: the two people, and the offer's milk and its terms."""

    conversation_id: int
    conversation_public_id: str
    donor_id: int
    family_id: int
    donor_name: str
    family_name: str
    offer_id: int
    request_id: int
    is_weekly: bool
    volume_ml: Millilitres
    smallest_ml: Millilitres | None
    donor_zone: tzinfo
    is_open: bool
    offer_state: PostState

    def period(self, window_start: datetime) -> str:
        """Which milk a handoff in that window takes."""
        return period_of(weekly=self.is_weekly, window_start=window_start, zone=self.donor_zone)

    def other_name(self, person_id: int) -> str:
        """The display name of the other one of the two."""
        return self.family_name if person_id == self.donor_id else self.donor_name


_PLAN: Final = (
    select(
        Conversation.id, Conversation.public_id, Conversation.donor_id, Conversation.family_id, Conversation.offer_id,
        Conversation.request_id, Conversation.closed_at, Donor.display_name.label("donor_name"), Donor.timezone,
        Family.display_name.label("family_name"), OfferPost.state.label("offer_state"),
        RequestPost.state.label("request_state"), Offer.supply, Offer.weekly_ml, Offer.volume_ml,
        Offer.smallest_handoff_ml,
    )
    .join(OfferPost, OfferPost.id == Conversation.offer_id)
    .join(Offer, Offer.post_id == OfferPost.id)
    .join(RequestPost, RequestPost.id == Conversation.request_id)
    .join(Donor, Donor.id == Conversation.donor_id)
    .join(Family, Family.id == Conversation.family_id)
)  # fmt: skip


def plan_of(conversation_id: int) -> Plan:
    """What a handoff in that conversation depends on; raises :class:`NotFound` when there is no such conversation."""
    return _plan(Conversation.id == conversation_id)


def plan_for(actor: Identity, conversation_public_id: str) -> Plan:
    """The same for one of the two people; :class:`NotFound` for everybody else."""
    plan = _plan(Conversation.public_id == conversation_public_id)
    authorise(actor, PLAN, plan)
    return plan


def _plan(condition: ColumnElement[bool]) -> Plan:
    row = session().execute(_PLAN.where(condition)).one_or_none()
    if row is None:
        raise NotFound
    return Plan(
        conversation_id=row.id,
        conversation_public_id=row.public_id,
        donor_id=row.donor_id,
        family_id=row.family_id,
        donor_name=row.donor_name,
        family_name=row.family_name,
        offer_id=row.offer_id,
        request_id=row.request_id,
        is_weekly=row.supply == "weekly",
        volume_ml=Millilitres(row.weekly_ml or row.volume_ml or 0),
        smallest_ml=None if row.smallest_handoff_ml is None else Millilitres(row.smallest_handoff_ml),
        donor_zone=zone_named(row.timezone),
        is_open=row.closed_at is None and {row.offer_state, row.request_state} <= FINDABLE,
        offer_state=PostState(row.offer_state),
    )


def balance_of(offer_id: int, period: str, total: Millilitres) -> Balance:
    """The milk of one period of an offer that holds ``total`` in it; nothing is promised before the first handoff."""
    row = (
        session()
        .execute(
            select(OfferBalance.reserved_ml, OfferBalance.given_ml).where(
                OfferBalance.offer_id == offer_id, OfferBalance.period == period
            )
        )
        .one_or_none()
    )
    reserved, given = row or (0, 0)
    return Balance(total, Millilitres(reserved), Millilitres(given))


def free_volume(plan: Plan, *, at: datetime) -> Millilitres:
    """What is free for a handoff whose window begins ``at`` that moment."""
    return balance_of(plan.offer_id, plan.period(at), plan.volume_ml).free_ml


def suggestion(plan: Plan, *, now: datetime) -> Share:
    """How much to suggest to the two for the milk that is free now."""
    return share_for(plan.offer_id, plan.request_id, free=free_volume(plan, at=now), now=now)


def offer_terms(offer_id: int) -> tuple[bool, Millilitres] | None:
    """Whether the offer is weekly, and its volume (a week's, if so); None when there is no such offer."""
    offer = session().get(Offer, offer_id)
    if offer is None:
        return None
    return offer.supply == "weekly", Millilitres(offer.weekly_ml or offer.volume_ml or 0)


def unanswered_in(conversation_id: int) -> int:
    """How many proposals of a conversation wait for an answer."""
    counted = select(func.count()).where(
        Handoff.conversation_id == conversation_id, Handoff.state == HandoffState.PROPOSED.value
    )
    return int(session().scalar(counted) or 0)
