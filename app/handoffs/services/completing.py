"""After the meeting: what was really given, or that it did not happen."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.accounts.services import raise_trust
from app.handoffs.events import HandoffConfirmed, HandoffUpdated
from app.handoffs.models import Handoff
from app.handoffs.queries import entries_of
from app.handoffs.rules.amounts import (
    Condition,
    amount_problems,
    may_enter,
    settled_amount,
)
from app.handoffs.rules.balance import MilkTaken
from app.handoffs.rules.lots import NewLot
from app.handoffs.rules.states import UNMET, HandoffState, MetBy, Side, side_of
from app.handoffs.services import balances
from app.handoffs.services.after_all import count, was_missed
from app.handoffs.services.again import names_the_same, says_the_same
from app.handoffs.services.changes import (
    about,
    forget_meeting,
    happened,
    held_of,
    load_for,
    move,
    reflect_in_offer,
    tell_both,
    tell_other,
)
from app.handoffs.services.elsewhere import give_others, take_from_others
from app.handoffs.services.lots import hand_over, mark_met, say_given
from app.infra import event_bus
from app.infra.transaction import transaction
from app.kernel.access import Identity
from app.kernel.errors import Conflict, Invalid
from app.kernel.quantities import Millilitres
from app.kernel.words import N_
from app.milk.rules.choosing import Chosen, together


def confirm(
    actor: Identity,
    handoff_public_id: str,
    *,
    amount_ml: Millilitres,
    condition: Condition | None,
    bags: Chosen | None = None,
    from_others: Chosen | None = None,
    lot: NewLot | None = None,
    now: datetime,
) -> bool:
    """
    Enter what was really given or received; the family also says how it arrived, the donor which milk it was.

    ``bags`` are those the donor gave, None when those promised (as far as they can have held so much) are meant;
    ``from_others`` are those besides that were promised to other meetings of hers (with them, None is none); ``lot`` is
    written down for what they lack, and asked for when there are none. The family's are ignored.

    When both have, the handoff is confirmed. When their numbers differ either may correct its own for
    :data:`~app.handoffs.rules.amounts.CORRECTION`; then both stand. Entering the same again changes nothing, also once
    the handoff is done, and is answered by False. Raises :class:`Invalid` for an impossible amount, also for more than
    the offer holds.
    """
    with transaction() as session:
        row = load_for(session, actor, handoff_public_id)
        side = side_of(row, actor.person_id)
        if problems := amount_problems(amount_ml, condition, side):
            raise Invalid(problems)
        if says_the_same(row, side, amount_ml, condition) and (
            side is Side.FAMILY or names_the_same(row, actor, bags=bags, from_others=from_others, lot=lot)
        ):
            return False
        if not may_enter(HandoffState(row.state), entries_of(row), row.confirmed_at, now=now):
            raise Conflict
        meet(session, row, MetBy.AMOUNT, actor_id=actor.person_id, now=now)
        _enter(session, row, side, amount_ml, condition, now=now)
        if side is Side.DONOR:
            lost = take_from_others(session, row, bags or {}, from_others or {}, now=now)
            named = together(bags or {}, from_others) if from_others else bags
            say_given(session, row, actor, amount_ml, bags=named, lot=lot, now=now)
            give_others(session, lost, now=now)
            if row.state == HandoffState.CONFIRMED:
                hand_over(session, row, now=now)
        if row.state == HandoffState.MET and entries_of(row).are_both_there:
            complete(session, row, actor_id=actor.person_id, reason=None, now=now)
            tell_both(row, "handoff_confirmed", now=now)
            return True
        event_bus.record(happened(HandoffUpdated, row, actor_id=actor.person_id, now=now))
        tell_other(row, actor, "handoff_amount", now=now)
        return True


def _enter(
    session: Session, row: Handoff, side: Side, amount: Millilitres, condition: Condition | None, *, now: datetime
) -> None:
    if side is Side.FAMILY:
        row.family_received_ml, row.condition = amount, condition
    else:
        _enter_given(session, row, amount, now=now)
    session.flush()


def _enter_given(session: Session, row: Handoff, amount: Millilitres, *, now: datetime) -> None:
    """
    The donor's number moves the milk at once: what she kept back is free again, what she gave on top must be there.

    Of a meeting that was called missed first, the milk may be another's by now; what was given is counted all the same.
    """
    more = amount - held_of(row)
    moved = {"given" if row.state == HandoffState.CONFIRMED else "reserved": more}
    try:
        if was_missed(row):
            count(session, row, **moved, now=now)
        else:
            balances.change(session, row.offer_id, row.period, **moved)
    except MilkTaken:
        words = N_("That is more than this offer still holds. Please enter at most what is left of it.")
        raise Invalid({"amount": [words]}) from None
    row.donor_given_ml = amount
    session.flush()
    reflect_in_offer(session, row, now=now)


def meet(session: Session, row: Handoff, by: MetBy, *, actor_id: int | None, now: datetime) -> None:
    """The two have met, as somebody's code or amount says; nothing happens when that is known already."""
    if row.state in UNMET:
        balances.lock(session, row.offer_id, row.period)
        mark_met(session, row, now=now)
        move(session, row, HandoffState.MET, actor_id=actor_id, reason=by, now=now)


def complete(session: Session, row: Handoff, *, actor_id: int | None, reason: str | None, now: datetime) -> None:
    """
    Move the milk from promised to given, lots and all, confirm, and close the offer when all of it is given.

    Every handoff that is done comes through here. Raises :class:`~app.handoffs.rules.lots.NoLotNamed` when no milk is
    promised to it.
    """
    held = held_of(row)
    given = settled_amount(entries_of(row), held)
    balances.change(session, row.offer_id, row.period, reserved=-held, given=given)
    meet(session, row, MetBy.AMOUNT, actor_id=actor_id, now=now)
    if row.donor_given_ml is None:
        say_given(session, row, None, given, bags=None, lot=None, now=now)
    hand_over(session, row, now=now)
    move(session, row, HandoffState.CONFIRMED, actor_id=actor_id, reason=reason, now=now)
    event_bus.record(HandoffConfirmed(**about(row, actor_id=actor_id, now=now), given_ml=given))
    if entries_of(row).are_both_there:
        for person_id in (row.donor_id, row.family_id):
            raise_trust(person_id, 1, now=now)
    forget_meeting(session, row, now=now)
    reflect_in_offer(session, row, now=now)
