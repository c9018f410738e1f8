"""
The read side of handoffs: what the plan depends on, one handoff as its two people see it, lists of them.

Somebody else's handoff or conversation is never found. Offers, people and conversations are joined here and nowhere
else in this capability.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import aliased

from app.accounts.models import User
from app.handoffs.models import Handoff, HandoffChange, OfferBalance
from app.handoffs.permissions import PLAN, SEE
from app.handoffs.rules.amounts import Condition, Entries, may_end_unmet, may_enter, may_report_missed
from app.handoffs.rules.balance import Balance
from app.handoffs.rules.local_time import zone_named
from app.handoffs.rules.plan import WHOLE, may_still_meet, period_of
from app.handoffs.rules.states import OPEN, HandoffState, Side, other_of, side_of
from app.handoffs.rules.steps import Standing, Step, next_step
from app.infra.transaction import session
from app.kernel.access import Identity, authorise
from app.kernel.errors import NotFound
from app.kernel.quantities import Millilitres
from app.messaging.models import Conversation
from app.posts.models import Offer, Post
from app.posts.rules.states import FINDABLE, PostState

Donor = aliased(User, name="donor")
Family = aliased(User, name="family")
OfferPost = aliased(Post, name="offer_post")
RequestPost = aliased(Post, name="request_post")


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


def plan_of(conversation_id: int) -> Plan:
    """What a handoff in that conversation depends on; raises :class:`NotFound` when there is no such conversation."""
    return _plan(Conversation.id == conversation_id)


def plan_for(actor: Identity, conversation_public_id: str) -> Plan:
    """The same for one of the two people; :class:`NotFound` for everybody else."""
    plan = _plan(Conversation.public_id == conversation_public_id)
    authorise(actor, PLAN, plan)
    return plan


def _plan(condition: ColumnElement[bool]) -> Plan:
    found = (
        session()
        .execute(
            select(Conversation, OfferPost, Offer, RequestPost.state, Donor, Family.display_name)
            .join(OfferPost, OfferPost.id == Conversation.offer_id)
            .join(Offer, Offer.post_id == OfferPost.id)
            .join(RequestPost, RequestPost.id == Conversation.request_id)
            .join(Donor, Donor.id == Conversation.donor_id)
            .join(Family, Family.id == Conversation.family_id)
            .where(condition)
        )
        .one_or_none()
    )
    if found is None:
        raise NotFound
    conversation, post, offer, request_state, donor, family_name = found
    return Plan(
        conversation_id=conversation.id,
        conversation_public_id=conversation.public_id,
        donor_id=conversation.donor_id,
        family_id=conversation.family_id,
        donor_name=donor.display_name,
        family_name=family_name,
        offer_id=conversation.offer_id,
        request_id=conversation.request_id,
        is_weekly=offer.supply == "weekly",
        volume_ml=Millilitres(offer.weekly_ml or offer.volume_ml or 0),
        smallest_ml=None if offer.smallest_handoff_ml is None else Millilitres(offer.smallest_handoff_ml),
        donor_zone=zone_named(donor.timezone),
        is_open=conversation.closed_at is None and {post.state, request_state} <= FINDABLE,
        offer_state=PostState(post.state),
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


@dataclass(frozen=True, slots=True)
class HandoffView:
    """A handoff as one of its two people sees it; ``place_note`` is empty unless it is agreed and still to come."""

    public_id: str
    conversation_public_id: str
    offer_public_id: str
    request_public_id: str
    donor_id: int
    family_id: int
    proposed_by_id: int
    other_name: str
    side: Side
    state: HandoffState
    period: str
    volume_ml: Millilitres
    free_ml: Millilitres
    window_start: datetime
    window_end: datetime
    place_note: str
    entries: Entries
    condition: Condition | None
    confirmed_at: datetime | None
    end_reason: str | None
    step: Step
    can_agree: bool
    can_end: bool
    can_enter: bool
    can_report_missed: bool

    @property
    def is_weekly(self) -> bool:
        """Whether the milk comes from a weekly offer."""
        return self.period != WHOLE

    @property
    def is_over(self) -> bool:
        """Whether it can no longer happen."""
        return self.state not in OPEN

    @property
    def my_amount(self) -> Millilitres | None:
        """What the reader has entered."""
        return self.entries.of(self.side)

    @property
    def other_amount(self) -> Millilitres | None:
        """What the other has entered."""
        return self.entries.of(Side.FAMILY if self.side is Side.DONOR else Side.DONOR)


def _handoffs() -> Select[Any]:
    reason = (
        select(HandoffChange.reason)
        .where(HandoffChange.handoff_id == Handoff.id)
        .order_by(HandoffChange.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(
            Handoff, Conversation.public_id, OfferPost.public_id, RequestPost.public_id, Donor.display_name,
            Family.display_name, Offer, OfferBalance, reason,
        )
        .join(Conversation, Conversation.id == Handoff.conversation_id)
        .join(OfferPost, OfferPost.id == Handoff.offer_id)
        .join(Offer, Offer.post_id == Handoff.offer_id)
        .join(RequestPost, RequestPost.id == Handoff.request_id)
        .join(Donor, Donor.id == Handoff.donor_id)
        .join(Family, Family.id == Handoff.family_id)
        .outerjoin(
            OfferBalance, (OfferBalance.offer_id == Handoff.offer_id) & (OfferBalance.period == Handoff.period)
        )
        .execution_options(populate_existing=True)
    )  # fmt: skip


def _entries(row: Handoff) -> Entries:
    given, received = row.donor_given_ml, row.family_received_ml
    return Entries(None if given is None else Millilitres(given), None if received is None else Millilitres(received))


def _free(offer: Offer, balance: OfferBalance | None) -> Millilitres:
    reserved, given = (balance.reserved_ml, balance.given_ml) if balance else (0, 0)
    total = Millilitres(offer.weekly_ml or offer.volume_ml or 0)
    return Balance(total, Millilitres(reserved), Millilitres(given)).free_ml


def _view(found: Any, reader_id: int, *, now: datetime) -> HandoffView:  # noqa: ANN401 - a row of _handoffs().
    row, conversation, offer_public, request_public, donor_name, family_name, offer, balance, reason = found
    state, entries, side = HandoffState(row.state), _entries(row), side_of(row, reader_id)
    standing = Standing(state, side_of(row, row.proposed_by_id), row.window_start, entries, row.confirmed_at)
    step = next_step(standing, side, now=now)
    return HandoffView(
        public_id=row.public_id,
        conversation_public_id=conversation,
        offer_public_id=offer_public,
        request_public_id=request_public,
        donor_id=row.donor_id,
        family_id=row.family_id,
        proposed_by_id=row.proposed_by_id,
        other_name=family_name if other_of(row, reader_id) == row.family_id else donor_name,
        side=side,
        state=state,
        period=row.period,
        volume_ml=Millilitres(row.volume_ml),
        free_ml=_free(offer, balance),
        window_start=row.window_start,
        window_end=row.window_end,
        place_note=row.place_note if state is HandoffState.AGREED else "",
        entries=entries,
        condition=None if row.condition is None else Condition(row.condition),
        confirmed_at=row.confirmed_at,
        end_reason=reason,
        step=step,
        can_agree=step is Step.ANSWER and may_still_meet(row.window_end, now=now),
        can_end=state in OPEN and may_end_unmet(entries),
        can_enter=may_enter(state, entries, row.confirmed_at, now=now),
        can_report_missed=state is HandoffState.AGREED and may_report_missed(row.window_end, entries, now=now),
    )


def handoff_for(actor: Identity, public_id: str, *, now: datetime) -> HandoffView:
    """The handoff as ``actor`` sees it; :class:`NotFound` for anyone but the two."""
    found = session().execute(_handoffs().where(Handoff.public_id == public_id)).one_or_none()
    if found is None:
        raise NotFound
    authorise(actor, SEE, found[0])
    return _view(found, actor.person_id, now=now)


def card(public_id: str, actor: Identity, *, now: datetime) -> HandoffView | None:
    """The handoff of one card, or None where the reader may not see it: a thread never breaks on a card."""
    return cards(actor, [public_id], now=now).get(public_id)


def cards(actor: Identity, public_ids: Sequence[str], *, now: datetime) -> dict[str, HandoffView]:
    """The handoffs of a thread's cards by public id, in one read; those that are not the reader's are left out."""
    found = session().execute(_handoffs().where(Handoff.public_id.in_(public_ids), _mine(actor))).all()
    views = [_view(row, actor.person_id, now=now) for row in found]
    return {view.public_id: view for view in views}


def _mine(actor: Identity) -> ColumnElement[bool]:
    return (Handoff.donor_id == actor.person_id) | (Handoff.family_id == actor.person_id)


def handoffs_of(actor: Identity, *, now: datetime, limit: int = 100) -> tuple[HandoffView, ...]:
    """The newest ``limit`` handoffs of a person: those still open first, each group by its window."""
    found = session().execute(_handoffs().where(_mine(actor)).order_by(Handoff.id.desc()).limit(limit)).all()
    views = [_view(row, actor.person_id, now=now) for row in found]
    views.sort(key=lambda view: (view.is_over, _soonest_or_latest(view)))
    return tuple(views)


def _soonest_or_latest(view: HandoffView) -> float:
    moment = view.window_start.timestamp()
    return -moment if view.is_over else moment


def handoffs_in(actor: Identity, conversation_public_id: str, *, now: datetime) -> tuple[HandoffView, ...]:
    """The handoffs of a conversation that may still happen, in the order in which they were proposed."""
    wanted = Conversation.public_id == conversation_public_id
    still_open = Handoff.state.in_([state.value for state in OPEN])
    found = session().execute(_handoffs().where(_mine(actor), wanted, still_open).order_by(Handoff.id)).all()
    return tuple(_view(row, actor.person_id, now=now) for row in found)


def pushed_to(handoff_id: int) -> tuple[str, str]:
    """The public ids of a handoff and of its conversation, for the push that says its card changed."""
    found = (
        session()
        .execute(
            select(Handoff.public_id, Conversation.public_id)
            .join(Conversation, Conversation.id == Handoff.conversation_id)
            .where(Handoff.id == handoff_id)
        )
        .one()
    )
    return found[0], found[1]


def proposed_for_post(post_id: int) -> Sequence[str]:
    """Public ids of the proposals that wait for an answer and need this post."""
    of_post = (Handoff.offer_id == post_id) | (Handoff.request_id == post_id)
    return session().scalars(select(Handoff.public_id).where(of_post, Handoff.state == HandoffState.PROPOSED)).all()


def over_since(state: HandoffState, wait: timedelta, *, now: datetime, limit: int = 500) -> Sequence[str]:
    """Public ids of handoffs in ``state`` whose window ended at least ``wait`` ago, oldest first."""
    due = select(Handoff.public_id).where(Handoff.state == state.value, Handoff.window_end <= now - wait)
    return session().scalars(due.order_by(Handoff.window_end).limit(limit)).all()
