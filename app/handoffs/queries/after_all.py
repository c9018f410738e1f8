"""Missed meetings that one of the two says were held after all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, select

from app.handoffs.models import Handoff, HandoffChange, OfferBalance
from app.handoffs.permissions import SEE
from app.handoffs.queries.plans import offer_terms
from app.handoffs.queries.views import entries_of
from app.handoffs.rules.after_all import may_deny, may_say, say_until
from app.handoffs.rules.plan import ROUNDING
from app.handoffs.rules.states import HandoffState, Side, side_of
from app.infra.transaction import session
from app.kernel.access import Identity, authorise
from app.kernel.errors import NotFound
from app.kernel.quantities import Millilitres


@dataclass(frozen=True, slots=True)
class AfterAllView:
    """
    What the reader may say of a missed meeting, and what was said.

    ``until`` is when it can no longer be said. ``is_claimed`` that it stands as met because one of them said so.
    ``over_ml`` is what the donor has promised and given beyond what her offer says, zero for the family.
    """

    may_say: bool
    until: datetime
    is_claimed: bool
    may_deny: bool
    over_ml: Millilitres


def after_all_of(actor: Identity, public_id: str, *, now: datetime) -> AfterAllView:
    """The same for one of its two people; :class:`NotFound` for everybody else."""
    row = session().scalars(select(Handoff).where(Handoff.public_id == public_id)).one_or_none()
    if row is None:
        raise NotFound
    authorise(actor, SEE, row)
    side, said = side_of(row, actor.person_id), sides_who_said(row)
    stands = bool(said) and row.state in {HandoffState.MET, HandoffState.CONFIRMED}
    return AfterAllView(
        may_say=may_say(HandoffState(row.state), row.window_end, said, side, now=now),
        until=say_until(row.window_end),
        is_claimed=stands,
        may_deny=may_deny(HandoffState(row.state), entries_of(row), said, side),
        over_ml=_over(row) if stands and side is Side.DONOR else Millilitres(0),
    )


def sides_who_said(row: Handoff) -> tuple[Side, ...]:
    """Who of the two said so, the last one last; nobody for a meeting that was never missed."""
    said = select(HandoffChange.actor_id).where(HandoffChange.handoff_id == row.id, _IS_CLAIM)
    return tuple(side_of(row, who or 0) for who in session().scalars(said.order_by(HandoffChange.id)))


def claims_of(public_ids: Sequence[str]) -> Mapping[str, Sequence[int | None]]:
    """Who said so of each of these handoffs, the last one last, in one statement; where nobody did, nothing."""
    said = (
        select(Handoff.public_id, HandoffChange.actor_id)
        .join(HandoffChange, HandoffChange.handoff_id == Handoff.id)
        .where(Handoff.public_id.in_(public_ids), _IS_CLAIM)
        .order_by(HandoffChange.id)
    )
    found: dict[str, list[int | None]] = {}
    for public_id, who in session().execute(said):
        found.setdefault(public_id, []).append(who)
    return found


def _over(row: Handoff) -> Millilitres:
    balance, terms = session().get(OfferBalance, (row.offer_id, row.period)), offer_terms(row.offer_id)
    over = balance.reserved_ml + balance.given_ml - terms[1] if balance and terms else 0
    return Millilitres(over if over > ROUNDING else 0)


_IS_CLAIM = (HandoffChange.old_state == HandoffState.MISSED.value) & (HandoffChange.new_state == HandoffState.MET.value)


def claimed_since(moment: datetime) -> ColumnElement[bool]:
    """For a query of handoffs: whether somebody said after this moment that the two met after all."""
    return exists().where(HandoffChange.handoff_id == Handoff.id, _IS_CLAIM, HandoffChange.changed_at > moment)


def unfounded(wait: timedelta, *, now: datetime, limit: int = 500) -> Sequence[str]:
    """Public ids of missed meetings said to be held at least ``wait`` ago, of which nobody entered an amount since."""
    claimed = exists().where(HandoffChange.handoff_id == Handoff.id, _IS_CLAIM)
    due = select(Handoff.public_id).where(Handoff.state == HandoffState.MET, claimed, ~claimed_since(now - wait))
    due = due.where(Handoff.donor_given_ml.is_(None), Handoff.family_received_ml.is_(None))
    return session().scalars(due.order_by(Handoff.id).limit(limit)).all()
