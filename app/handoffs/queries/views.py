"""
Handoffs as their two people see them: one, the cards of a thread, a person's list.

Somebody else's handoff is never found.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, select

from app.handoffs.models import Handoff, HandoffChange, HandoffSide, HandoffWindow, OfferBalance
from app.handoffs.permissions import SEE
from app.handoffs.queries.joined import Donor, DonorSide, Family, FamilySide, OfferPost, RequestPost
from app.handoffs.rules.amounts import Condition, Entries, may_end_unmet, may_enter, may_report_missed
from app.handoffs.rules.balance import Balance
from app.handoffs.rules.cooler import MOST_TRIES
from app.handoffs.rules.meeting import is_near
from app.handoffs.rules.plan import may_still_meet
from app.handoffs.rules.states import HELD, OPEN, UNMET, HandoffState, Side, other_of, side_of
from app.handoffs.rules.steps import Standing, Step, next_step
from app.infra.transaction import session
from app.kernel.access import Identity, authorise
from app.kernel.errors import NotFound
from app.kernel.quantities import Millilitres
from app.messaging.models import Conversation
from app.posts.models import Offer


@dataclass(frozen=True, slots=True)
class WindowView:
    """One window of a proposal; ``number`` is what is answered when it is chosen."""

    number: int
    window_start: datetime
    window_end: datetime
    is_ahead: bool


@dataclass(frozen=True, slots=True)
class SideView:
    """What one of the two has for the meeting; ``code`` is empty for the other's, which the reader must not see."""

    code: str = ""
    tries_left: int = MOST_TRIES
    delegate_name: str | None = None
    left_at: datetime | None = None
    late_minutes: int | None = None


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
    windows: tuple[WindowView, ...]
    mine: SideView
    other: SideView
    is_near: bool
    can_agree: bool
    can_end: bool
    can_enter: bool
    can_report_missed: bool

    @property
    def is_agreed(self) -> bool:
        """Whether the milk is kept for it: from the agreement until it is done or off."""
        return self.state in HELD

    @property
    def is_unmet(self) -> bool:
        """Whether a meeting is agreed and still to come."""
        return self.state in UNMET

    @property
    def is_over(self) -> bool:
        """Whether it can no longer happen."""
        return self.state not in OPEN

    @property
    def asks_amount(self) -> bool:
        """Whether the reader's amount is what it waits for, or both may look at their amounts again."""
        return self.step in {Step.ENTER, Step.COMPARE}

    @property
    def is_close(self) -> bool:
        """Whether the two meet about now: the code is wanted before anything else."""
        return self.is_unmet and (self.is_near or self.asks_amount)

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
            Family.display_name, Offer, OfferBalance, reason, DonorSide, FamilySide,
        )
        .join(Conversation, Conversation.id == Handoff.conversation_id)
        .join(OfferPost, OfferPost.id == Handoff.offer_id)
        .join(Offer, Offer.post_id == Handoff.offer_id)
        .join(RequestPost, RequestPost.id == Handoff.request_id)
        .join(Donor, Donor.id == Handoff.donor_id)
        .join(Family, Family.id == Handoff.family_id)
        .outerjoin(DonorSide, (DonorSide.handoff_id == Handoff.id) & (DonorSide.side == Side.DONOR))
        .outerjoin(FamilySide, (FamilySide.handoff_id == Handoff.id) & (FamilySide.side == Side.FAMILY))
        .outerjoin(
            OfferBalance, (OfferBalance.offer_id == Handoff.offer_id) & (OfferBalance.period == Handoff.period)
        )
        .execution_options(populate_existing=True)
    )  # fmt: skip


def entries_of(row: Handoff) -> Entries:
    """What the two sides have said was given."""
    given, received = row.donor_given_ml, row.family_received_ml
    return Entries(None if given is None else Millilitres(given), None if received is None else Millilitres(received))


def _free(offer: Offer, balance: OfferBalance | None) -> Millilitres:
    reserved, given = (balance.reserved_ml, balance.given_ml) if balance else (0, 0)
    total = Millilitres(offer.weekly_ml or offer.volume_ml or 0)
    return Balance(total, Millilitres(reserved), Millilitres(given)).free_ml


_Others = Mapping[int, Sequence[HandoffWindow]]
"""The other windows of proposals, by the handoff."""


def _other_windows(found: Iterable[Any]) -> _Others:
    proposed = [row[0].id for row in found if row[0].state == HandoffState.PROPOSED]
    wanted = select(HandoffWindow).where(HandoffWindow.handoff_id.in_(proposed)).order_by(HandoffWindow.number)
    others: dict[int, list[HandoffWindow]] = {}
    for window in session().scalars(wanted) if proposed else ():
        others.setdefault(window.handoff_id, []).append(window)
    return others


def _windows(row: Handoff, others: Sequence[HandoffWindow], *, now: datetime) -> tuple[WindowView, ...]:
    every = [(0, row.window_start, row.window_end), *((o.number, o.window_start, o.window_end) for o in others)]
    return tuple(WindowView(number, start, end, may_still_meet(end, now=now)) for number, start, end in every)


def _side(row: HandoffSide | None, *, conceals_code: bool = False) -> SideView:
    if row is None:
        return SideView()
    code = "" if conceals_code else row.code
    return SideView(code, max(0, MOST_TRIES - row.wrong_tries), row.delegate_name, row.left_at, row.late_minutes)


def _view(found: Any, reader_id: int, others_of: _Others, *, now: datetime) -> HandoffView:  # noqa: ANN401 - a row of _handoffs().
    row, conversation, offer_public, request_public, donor_name, family_name, offer, balance, reason, *sides = found
    state, entries, side = HandoffState(row.state), entries_of(row), side_of(row, reader_id)
    mine, others = sides if side is Side.DONOR else reversed(sides)
    windows = _windows(row, others_of.get(row.id, ()), now=now)
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
        place_note=row.place_note if state in HELD else "",
        entries=entries,
        condition=None if row.condition is None else Condition(row.condition),
        confirmed_at=row.confirmed_at,
        end_reason=reason,
        step=step,
        windows=windows,
        mine=_side(mine),
        other=_side(others, conceals_code=True),
        is_near=is_near(state, row.window_start, row.window_end, now=now),
        can_agree=step is Step.ANSWER and any(window.is_ahead for window in windows),
        can_end=state in OPEN and may_end_unmet(entries),
        can_enter=may_enter(state, entries, row.confirmed_at, now=now),
        can_report_missed=state in UNMET and may_report_missed(row.window_end, entries, now=now),
    )


def handoff_for(actor: Identity, public_id: str, *, now: datetime) -> HandoffView:
    """The handoff as ``actor`` sees it; :class:`NotFound` for anyone but the two."""
    found = session().execute(_handoffs().where(Handoff.public_id == public_id)).one_or_none()
    if found is None:
        raise NotFound
    authorise(actor, SEE, found[0])
    return _view(found, actor.person_id, _other_windows([found]), now=now)


def card(public_id: str, actor: Identity, *, now: datetime) -> HandoffView | None:
    """The handoff of one card, or None where the reader may not see it: a thread never breaks on a card."""
    return cards(actor, [public_id], now=now).get(public_id)


def cards(actor: Identity, public_ids: Sequence[str], *, now: datetime) -> dict[str, HandoffView]:
    """The handoffs of a thread's cards by public id, in one read; those that are not the reader's are left out."""
    found = session().execute(_handoffs().where(Handoff.public_id.in_(public_ids), _mine(actor))).all()
    others_of = _other_windows(found)
    views = [_view(row, actor.person_id, others_of, now=now) for row in found]
    return {view.public_id: view for view in views}


def _mine(actor: Identity) -> ColumnElement[bool]:
    return (Handoff.donor_id == actor.person_id) | (Handoff.family_id == actor.person_id)


def handoffs_of(actor: Identity, *, now: datetime, limit: int = 100) -> tuple[HandoffView, ...]:
    """The newest ``limit`` handoffs of a person: those still open first, each group by its window."""
    found = session().execute(_handoffs().where(_mine(actor)).order_by(Handoff.id.desc()).limit(limit)).all()
    others_of = _other_windows(found)
    views = [_view(row, actor.person_id, others_of, now=now) for row in found]
    views.sort(key=lambda view: (view.is_over, _soonest_or_latest(view)))
    return tuple(views)


def latest_handoffs(actor: Identity, *, before: str | None, limit: int, now: datetime) -> tuple[HandoffView, ...]:
    """
    The newest ``limit`` handoffs of a person that were proposed before ``before``, the newest first.

    Raises :class:`NotFound` when ``before`` is no handoff of hers.
    """
    wanted = _handoffs().where(_mine(actor)).order_by(Handoff.id.desc()).limit(limit)
    if before is not None:
        place = session().scalar(select(Handoff.id).where(Handoff.public_id == before, _mine(actor)))
        if place is None:
            raise NotFound
        wanted = wanted.where(Handoff.id < place)
    found = session().execute(wanted).all()
    others_of = _other_windows(found)
    return tuple(_view(row, actor.person_id, others_of, now=now) for row in found)


def _soonest_or_latest(view: HandoffView) -> float:
    moment = view.window_start.timestamp()
    return -moment if view.is_over else moment
