"""Two who met although their meeting was called missed: it is traced like any other, and its milk counted once."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from app.handoffs import queries
from app.handoffs.events import HandoffMetAfterAll
from app.handoffs.models import Handoff
from app.handoffs.rules.after_all import may_deny, may_say
from app.handoffs.rules.plan import ROUNDING
from app.handoffs.rules.states import EndReason, HandoffState, MetBy, side_of
from app.handoffs.services import balances
from app.handoffs.services.changes import end, happened, held_of, load_for, move, reflect_in_offer, tell, tell_other
from app.infra import event_bus
from app.infra.transaction import transaction
from app.kernel.access import Identity
from app.kernel.errors import Conflict
from app.kernel.words import N_

_NOT_NOW: Final = N_("That can be said of a missed meeting, once, and within 30 days.")
_NOT_SAID: Final = N_("There is nothing to take back here now.")


def say_met(actor: Identity, handoff_public_id: str, *, now: datetime) -> None:
    """
    Say of a missed meeting that the two met after all; both then enter amounts as after any other.

    Its milk counts as promised again, also when another family was promised it meanwhile: then the offer's books grow
    by what lacks, and the donor is told that she promised more than she has. Said twice it is said once. Raises
    :class:`Conflict` for any other meeting, and when it is too late.
    """
    with transaction() as session:
        row = load_for(session, actor, handoff_public_id)
        said, side = queries.sides_who_said(row), side_of(row, actor.person_id)
        if row.state in {HandoffState.MET, HandoffState.CONFIRMED} and said:
            return
        if not may_say(HandoffState(row.state), row.window_end, said, side, now=now):
            raise Conflict(_NOT_NOW, code="not_after_all")
        move(session, row, HandoffState.MET, actor_id=actor.person_id, reason=MetBy.AFTER_ALL, now=now)
        count(session, row, reserved=held_of(row), now=now)
        reflect_in_offer(session, row, now=now)
        event_bus.record(happened(HandoffMetAfterAll, row, actor_id=actor.person_id, now=now))
        tell_other(row, actor, "handoff_after_all", now=now, mail=True)


def count(session: Session, row: Handoff, *, reserved: int = 0, given: int = 0, now: datetime) -> None:
    """Count milk that has changed hands already, whatever is free, and tell the donor when too little was."""
    lacks = balances.write_down(session, row.offer_id, row.period, reserved=reserved, given=given)
    if lacks > ROUNDING:
        tell(row, row.donor_id, "handoff_over", now=now, mail=True)


def say_not_met(actor: Identity, handoff_public_id: str, *, now: datetime) -> None:
    """
    Say that the two did not meet, although the other said so after all: it is missed as before.

    Raises :class:`Conflict` when nobody else said so, or ``actor`` entered an amount herself.
    """
    with transaction() as session:
        row = load_for(session, actor, handoff_public_id)
        said, side = queries.sides_who_said(row), side_of(row, actor.person_id)
        if row.state == HandoffState.MISSED and said:
            return
        if not may_deny(HandoffState(row.state), queries.entries_of(row), said, side):
            raise Conflict(_NOT_SAID, code="not_claimed")
        take_back_met(session, row, actor, now=now)


def take_back_met(session: Session, row: Handoff, actor: Identity, *, now: datetime) -> None:
    """Let it be missed again because one of the two says so, and tell the other."""
    fall_back(session, row, actor_id=actor.person_id, tells=lambda: _tell_not_met(row, actor, now=now), now=now)


def _tell_not_met(row: Handoff, actor: Identity, *, now: datetime) -> None:
    # Both may say it in turn, so that the same person hears of it more than once.
    tell_other(row, actor, "handoff_not_met", said={"at": now.isoformat()}, now=now, mail=True)


def fall_back(
    session: Session, row: Handoff, *, actor_id: int | None, tells: Callable[[], None], now: datetime
) -> None:  # fmt: skip
    """
    Let it be missed again: nothing stays promised, and no amount is left of a meeting that was not held.

    ``tells`` as in :func:`~app.handoffs.services.changes.end`.
    """
    reason = EndReason.NOT_CONFIRMED if actor_id is None else None
    end(session, row, HandoffState.MISSED, actor_id=actor_id, reason=reason, tells=tells, now=now)
    row.donor_given_ml = row.family_received_ml = row.condition = None
    session.flush()


def was_missed(row: Handoff) -> bool:
    """Whether a meeting was called missed before, so that calling it off makes it missed again."""
    return bool(queries.sides_who_said(row))
