"""What comes after a handoff, as each of its two people may know it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ScalarSelect, func, select
from sqlalchemy.orm import InstrumentedAttribute

from app.accounts.models import User
from app.handoffs.models import AfterWish, Handoff, HandoffAfter
from app.handoffs.permissions import SEE
from app.handoffs.queries.views import entries_of
from app.handoffs.rules.after import Went, days_fed, may_cheer, typical_days
from app.handoffs.rules.amounts import settled_amount
from app.handoffs.rules.states import HandoffState, Side, side_of
from app.infra.transaction import session
from app.kernel.access import Identity, authorise
from app.kernel.errors import NotFound
from app.kernel.quantities import Millilitres
from app.messaging.models import Conversation
from app.milk.models import CustodyHolding, CustodyLot
from app.posts.models import Offer, Post


@dataclass(frozen=True, slots=True)
class Wishes:
    """What somebody wants of afterwards: to be asked how it went, and to be told of thanks and days at once."""

    questions: bool
    thanks: bool


@dataclass(frozen=True, slots=True)
class AfterView:
    """
    What follows a confirmed handoff, for ``side``.

    A donor's view holds no answer of the family (``went``), no figure it did not share (``days`` is None) and no thanks
    she has not opened (``thanks_wait``). ``amount_ml`` is what the reader entered, where she did; ``typical_days`` says
    how long so much lasts a baby of the studies.
    """

    public_id: str
    conversation_public_id: str
    offer_public_id: str
    other_name: str
    other_public_id: str
    side: Side
    amount_ml: Millilitres
    days: int | None
    typical_days: int
    shares_days: bool
    went: Went | None
    thanks: str
    thanked_at: datetime | None
    thanks_wait: bool
    wishes: Wishes


@dataclass(frozen=True, slots=True)
class GivenInAll:
    """What a donor gave over all her confirmed handoffs; ``typical_days`` as in :class:`AfterView`."""

    volume: Millilitres
    handoffs: int

    @property
    def typical_days(self) -> int:
        """How long all of it lasts a baby in the middle of the studies."""
        return typical_days(self.volume)


def received_in(row: Handoff) -> Millilitres:
    """What came by a handoff, or is to come: what the family says, else the donor, else what they agreed on."""
    if row.family_received_ml is not None:
        return Millilitres(row.family_received_ml)
    return settled_amount(entries_of(row), Millilitres(row.volume_ml))


def after_for(actor: Identity, public_id: str) -> AfterView:
    """What follows a handoff for one of its two; :class:`NotFound` for others, and while it is not confirmed."""
    found = (
        session()
        .execute(
            select(Handoff, HandoffAfter, Conversation.public_id, Post.public_id)
            .join(HandoffAfter, HandoffAfter.handoff_id == Handoff.id)
            .join(Conversation, Conversation.id == Handoff.conversation_id)
            .join(Post, Post.id == Handoff.offer_id)
            .where(Handoff.public_id == public_id)
            .execution_options(populate_existing=True)
        )
        .one_or_none()
    )
    if found is None:
        raise NotFound
    row, after, conversation, offer = found
    authorise(actor, SEE, row)
    return _view(row, after, conversation, offer, actor.person_id)


def after_of(actor: Identity, public_id: str) -> AfterView | None:
    """The same, or None where there is nothing to see: for a page that shows it below something else."""
    try:
        return after_for(actor, public_id)
    except NotFound:
        return None


def _view(row: Handoff, after: HandoffAfter, conversation: str, offer: str, reader_id: int) -> AfterView:
    side = side_of(row, reader_id)
    is_family = side is Side.FAMILY
    other = session().get_one(User, row.donor_id if is_family else row.family_id)
    received, given = received_in(row), settled_amount(entries_of(row), Millilitres(row.volume_ml))
    amount = received if is_family else given
    waits = not is_family and after.thanked_at is not None and after.thanks_told_at is None
    knows_days = is_family or after.shares_days
    return AfterView(
        public_id=row.public_id,
        conversation_public_id=conversation,
        offer_public_id=offer,
        other_name=other.display_name,
        other_public_id=other.public_id,
        side=side,
        amount_ml=amount,
        days=days_fed(received, Millilitres(after.need_ml_per_day)) if knows_days else None,
        typical_days=typical_days(amount),
        shares_days=after.shares_days,
        went=Went(after.went) if is_family and after.went else None,
        thanks="" if waits else after.thanks,
        thanked_at=None if waits else after.thanked_at,
        thanks_wait=waits,
        wishes=wishes_of(reader_id),
    )


def wishes_of(person_id: int) -> Wishes:
    """What somebody wants of afterwards, with what is usual for what she did not choose."""
    row = session().get(AfterWish, person_id, populate_existing=True)
    chosen = row.thanks if row else None
    gives_after_loss = chosen is None and _gives_after_loss(person_id)
    return Wishes(row.questions if row else True, may_cheer(chosen, gives_after_loss=gives_after_loss))


def _gives_after_loss(person_id: int) -> bool:
    """Whether any offer of hers, also one that has ended, is one after a loss."""
    said = select(Offer.post_id).join(Post, Post.id == Offer.post_id)
    return session().scalar(said.where(Post.author_id == person_id, Offer.after_loss).limit(1)) is not None


def given_in_all(person_id: int) -> GivenInAll:
    """What a donor gave over all her confirmed handoffs, by her own amounts: nothing in it is any family's."""
    counted = func.coalesce(Handoff.donor_given_ml, Handoff.family_received_ml, Handoff.volume_ml)
    found = (
        session()
        .execute(
            select(func.coalesce(func.sum(counted), 0), func.count()).where(
                Handoff.donor_id == person_id, Handoff.state == HandoffState.CONFIRMED.value
            )
        )
        .one()
    )
    return GivenInAll(Millilitres(int(found[0])), int(found[1]))


def withdrawn_of(holder: InstrumentedAttribute[str]) -> ScalarSelect[int]:
    """How much of the milk that a handoff brought was withdrawn since, as a column; ``holder`` is the handoff's."""
    held = select(func.coalesce(func.sum(CustodyHolding.received_ml), 0)).join(
        CustodyLot, CustodyLot.id == CustodyHolding.lot_id
    )
    return held.where(CustodyHolding.holder == holder, CustodyLot.withdrawn).scalar_subquery()


def is_withdrawn(handoff_id: int) -> bool:
    """Whether any of the milk that a handoff brought was withdrawn since: its family has heard what matters."""
    wanted = select(withdrawn_of(Handoff.holder)).where(Handoff.id == handoff_id)
    return bool(session().scalar(wanted))


def answers_before(moment: datetime, limit: int = 500) -> Sequence[int]:
    """Ids of handoffs that were confirmed before that moment and still hold an answer of the family."""
    old = select(HandoffAfter.handoff_id).where(HandoffAfter.went.is_not(None), HandoffAfter.came_at < moment)
    return session().scalars(old.order_by(HandoffAfter.handoff_id).limit(limit)).all()


def open_questions(person_id: int) -> Sequence[str]:
    """Where the questions stand that were asked of a family and have no answer."""
    asked = (
        select(Handoff.public_id)
        .join(HandoffAfter, HandoffAfter.handoff_id == Handoff.id)
        .where(Handoff.family_id == person_id, HandoffAfter.asked_at.is_not(None), HandoffAfter.went.is_(None))
    )
    return [f"/handoffs/{public_id}/after" for public_id in session().scalars(asked.order_by(Handoff.id))]
