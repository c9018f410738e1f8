"""Which handoffs time, a closed post or a push is about; these name no person and are asked by nobody's page."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from app.handoffs.models import Handoff
from app.handoffs.rules.states import HandoffState
from app.infra.transaction import session
from app.kernel.quantities import Millilitres
from app.messaging.models import Conversation


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


def over_since(state: HandoffState, wait: timedelta, *, now: datetime, limit: int = 500) -> Sequence[str]:
    """Public ids of handoffs in ``state`` whose window ended at least ``wait`` ago, oldest first."""
    due = select(Handoff.public_id).where(Handoff.state == state.value, Handoff.window_end <= now - wait)
    return session().scalars(due.order_by(Handoff.window_end).limit(limit)).all()
