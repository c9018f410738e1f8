"""
Remembers that something happened to a post, so that a micro-round looks at it: at once, or with others within minutes.

The memory is a row in the transaction of the cause. A job that comes round by itself reads it, so no alarm can be lost.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from app.infra import jobs
from app.infra.transaction import transaction
from app.matching.models import TouchedPost
from app.matching.queries.standing import arrivals
from app.matching.rules.proposals import BRIDGE
from app.matching.rules.stock import days_left, milk_left
from app.matching.services.rounds import micro_round
from app.posts.queries import post, stock_said_at

MICRO_ROUND: Final = "matching.micro_round"

COLLECT: Final = timedelta(minutes=5)
"""What happens within so long is looked at together, so nothing waits longer than this."""

_INSERTS: Final[dict[str, Any]] = {"sqlite": sqlite_insert, "postgresql": postgresql_insert}


def touch(post_ids: Iterable[int], *, at_once: bool = False, now: datetime) -> None:
    """Have a micro-round look at these posts: when the next :data:`COLLECT` begins, or as soon as a worker can."""
    rows = [{"post_id": post_id, "touched_at": now} for post_id in sorted(set(post_ids))]
    with transaction() as session:
        insert = _INSERTS[session.get_bind().dialect.name]
        session.execute(insert(TouchedPost).values(rows).on_conflict_do_nothing())
        if at_once:
            jobs.enqueue(MICRO_ROUND, {}, now=now)


def is_urgent(post_id: int, *, now: datetime) -> bool:
    """Whether a post is the request of a family with milk for less than three days."""
    own = post(post_id)
    if own.request is None:
        return False
    need = own.request.need_ml_per_day
    came = arrivals([post_id]).get(post_id, ())
    left = milk_left(
        own.request.stock_ml, said=stock_said_at(post_id) or own.updated_at, need_per_day=need, arrivals=came, now=now
    )
    return days_left(left, need) < BRIDGE / timedelta(days=1)


def run_touched(*, now: datetime) -> None:
    """Hold a micro-round for everything touched since the last one; nothing touched, nothing done."""
    with transaction() as session:
        touched = list(session.scalars(select(TouchedPost.post_id).order_by(TouchedPost.post_id).with_for_update()))
        if not touched:
            return
        session.execute(delete(TouchedPost).where(TouchedPost.post_id.in_(touched)))
        micro_round(touched, now=now)
