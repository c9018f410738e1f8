"""What somebody received, beside what she stated to need; read by moderators only."""

from datetime import datetime, timedelta

from sqlalchemy import func, select

from app.handoffs.models import Handoff
from app.handoffs.rules.received import SPANS, Received
from app.handoffs.rules.states import HandoffState
from app.infra.transaction import session
from app.kernel.quantities import Millilitres
from app.posts.models import Post, Request
from app.posts.rules import PostState

_OPEN = (PostState.LIVE, PostState.PAUSED, PostState.MATCHED)
_NEVER_STOOD = (PostState.DRAFT, PostState.IN_REVIEW, PostState.EDIT_ASKED, PostState.DECLINED)


def received_by(person_id: int, *, now: datetime) -> tuple[Received, ...]:
    """What came to one person, as a household, in each span of days up to ``now``; whoever asks is authorised above."""
    need = stated_need(person_id)
    return tuple(_within(person_id, days, need, now=now) for days in SPANS)


def _within(person_id: int, days: int, need: Millilitres | None, *, now: datetime) -> Received:
    volume = func.coalesce(Handoff.family_received_ml, Handoff.donor_given_ml, Handoff.volume_ml)
    found = (
        session()
        .execute(
            select(
                func.coalesce(func.sum(volume), 0), func.count(Handoff.id), func.count(func.distinct(Handoff.donor_id))
            ).where(
                Handoff.family_id == person_id,
                Handoff.state == HandoffState.CONFIRMED.value,
                Handoff.confirmed_at > now - timedelta(days=days),
                Handoff.confirmed_at <= now,
            )
        )
        .one()
    )
    return Received(days, Millilitres(int(found[0])), int(found[1]), int(found[2]), need)


def stated_need(person_id: int) -> Millilitres | None:
    """
    What somebody's requests say a day: of all that stand together (a request for each twin, say), else of the last one
    that stood; None where none ever did.
    """
    said = select(Request.need_ml_per_day).join(Post, Post.id == Request.post_id).where(Post.author_id == person_id)
    standing = session().scalars(said.where(Post.state.in_(_OPEN))).all()
    if standing:
        return Millilitres(sum(standing))
    last = said.where(Post.state.not_in(_NEVER_STOOD)).order_by(Post.updated_at.desc(), Post.id.desc()).limit(1)
    found = session().scalar(last)
    return None if found is None else Millilitres(found)
