"""Which handoffs time, a closed post or a push is about; these name no person and are asked by nobody's page."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import exists, not_, select

from app.handoffs.models import Handoff, HandoffLot, HandoffWindow
from app.handoffs.queries.after_all import claimed_since
from app.handoffs.rules.states import HELD, UNMET, HandoffState
from app.infra.transaction import session
from app.kernel.quantities import Millilitres
from app.messaging.models import Conversation

_NAMES_LOTS: Final = exists().where(HandoffLot.handoff_id == Handoff.id)


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


def promised_by(handoff_id: int) -> tuple[Millilitres, datetime]:
    """How much milk a handoff moves, and when its window ends."""
    found = session().execute(select(Handoff.volume_ml, Handoff.window_end).where(Handoff.id == handoff_id)).one()
    return Millilitres(found[0]), found[1]


def proposed_for_post(post_id: int) -> Sequence[str]:
    """Public ids of the proposals that wait for an answer and need this post."""
    of_post = (Handoff.offer_id == post_id) | (Handoff.request_id == post_id)
    return session().scalars(select(Handoff.public_id).where(of_post, Handoff.state == HandoffState.PROPOSED)).all()


def unanswerable(*, now: datetime, limit: int = 500) -> Sequence[str]:
    """Public ids of proposals of which every window has ended, oldest first."""
    later = exists().where(HandoffWindow.handoff_id == Handoff.id, HandoffWindow.window_end > now)
    due = select(Handoff.public_id).where(
        Handoff.state == HandoffState.PROPOSED, Handoff.window_end <= now, not_(later)
    )  # fmt: skip
    return session().scalars(due.order_by(Handoff.window_end).limit(limit)).all()


def settleable(wait: timedelta, *, now: datetime, limit: int = 500) -> Sequence[str]:
    """
    Public ids of agreed handoffs whose window ended at least ``wait`` ago and which time may end, oldest first: those
    of which nobody said that the two met, and those of which somebody knows which milk it was. One that was missed and
    then held after all waits as long from that word on.
    """
    unmet = Handoff.state.in_(UNMET) & Handoff.donor_given_ml.is_(None) & Handoff.family_received_ml.is_(None)
    due = select(Handoff.public_id).where(Handoff.state.in_(HELD), Handoff.window_end <= now - wait)
    due = due.where(unmet | _NAMES_LOTS, not_(claimed_since(now - wait))).order_by(Handoff.window_end)
    return session().scalars(due.limit(limit)).all()


def untraced(wait: timedelta, *, now: datetime, limit: int = 500) -> Sequence[str]:
    """Public ids of handoffs that were met, whose window ended at least ``wait`` ago, and of which nobody has said
    which milk it was; the latest first.
    """
    due = select(Handoff.public_id).where(
        Handoff.state == HandoffState.MET, Handoff.window_end <= now - wait, not_(_NAMES_LOTS)
    )
    return session().scalars(due.order_by(Handoff.window_end.desc()).limit(limit)).all()


def held_since(wait: timedelta, *, now: datetime, limit: int = 500) -> Sequence[str]:
    """Public ids of agreed handoffs whose window ended at least ``wait`` ago and which are not over, oldest first."""
    due = select(Handoff.public_id).where(Handoff.state.in_(HELD), Handoff.window_end <= now - wait)
    return session().scalars(due.order_by(Handoff.window_end).limit(limit)).all()
