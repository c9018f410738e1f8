"""One change of a post's state, the only way there is: the table is asked, the trail written, the index kept, the event
recorded.
"""

from datetime import date, datetime
from typing import Final

from sqlalchemy.orm import Session

from app.infra import event_bus
from app.infra.lifecycle import LifeCycle
from app.kernel.words import N_
from app.milk.queries import giving_rests
from app.posts.events import PostClosed, PostPublished, PostSubmitted
from app.posts.models import Post, PostChange
from app.posts.rules import CHANGES, DEFAULT_LIFE, FINDABLE, GIVEN_UP, WAITING, GivingRests, PostState
from app.posts.services.index import keep_index

STALE = N_(
    "This post was changed in another window or on another phone in the meantime. Nothing was overwritten. "
    "What you typed is still below: send it again if it should replace the newer version."
)


def _enters(row: Post, wanted: PostState, now: datetime) -> None:
    row.updated_at = now
    row.version += 1
    if wanted is PostState.LIVE:
        row.published_at = row.published_at or now


_POSTS: Final = LifeCycle(PostState, CHANGES, PostChange, "post_id", _enters)
note_change = _POSTS.note


def move(
    session: Session,
    row: Post,
    wanted: PostState,
    *,
    actor_id: int | None,
    now: datetime,
    reason: str | None = None,
) -> bool:
    """
    Bring the post into ``wanted``.

    Returns False when it stood there already, raises :class:`Conflict` when it cannot go there. An offer whose donor's
    giving rests is not shown: what falls back to her stays paused, and anything else is :class:`GivingRests`.
    """
    if wanted is PostState.LIVE and row.state != PostState.LIVE and _rests(row):
        if row.state != PostState.MATCHED:
            raise GivingRests
        wanted = PostState.PAUSED
    old = _POSTS.move(session, row, wanted, actor_id=actor_id, reason=reason, now=now)
    if old is None:
        return False
    keep_index(session, row)
    _announce(row, old, now)
    return True


def _rests(row: Post) -> bool:
    return row.kind == "offer" and giving_rests(row.author_id)


def _announce(row: Post, old: PostState, now: datetime) -> None:
    state = PostState(row.state)
    if state is PostState.LIVE:
        event_bus.record(PostPublished(at=now, post_id=row.id, author_id=row.author_id, kind=row.kind))
        return
    if old in FINDABLE or (old in WAITING and state in GIVEN_UP):
        event_bus.record(PostClosed(at=now, post_id=row.id, author_id=row.author_id, kind=row.kind, state=state))
    if state is PostState.IN_REVIEW:
        event_bus.record(
            PostSubmitted(at=now, post_id=row.id, author_id=row.author_id, kind=row.kind, needs_review=True)
        )


def last_day(row: Post, today: date) -> date:
    """The post's last day: the one its author named, or the usual life from today."""
    return row.ends_on if row.ends_on is not None and row.ends_on >= today else today + DEFAULT_LIFE
