"""One change of a post's state, the only way there is: the table is asked, the trail written, the index kept, the event
recorded.
"""

from datetime import date, datetime

from sqlalchemy.orm import Session

from app.infra import event_bus
from app.kernel.words import N_
from app.posts.events import PostClosed, PostPublished, PostSubmitted
from app.posts.models import Post, PostChange
from app.posts.rules import CHANGES, DEFAULT_LIFE, FINDABLE, GIVEN_UP, WAITING, PostState
from app.posts.services.index import keep_index

STALE = N_(
    "This post was changed in another window or on another phone in the meantime. Nothing was overwritten. "
    "What you typed is still below: send it again if it should replace the newer version."
)


def note_change(
    session: Session,
    row: Post,
    old: PostState | None,
    *,
    actor_id: int | None,
    now: datetime,
    reason: str | None = None,
) -> None:
    """Leave a row that says what changed, by whom (None: by time), when and why."""
    session.add(
        PostChange(post_id=row.id, old_state=old, new_state=row.state, actor_id=actor_id, reason=reason, changed_at=now)
    )


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

    Returns False when it stood there already, raises :class:`Conflict` when it cannot go there.
    """
    old = PostState(row.state)
    if not CHANGES.require(old, wanted):
        return False
    row.state = wanted
    row.updated_at = now
    row.version += 1
    if wanted is PostState.LIVE:
        row.published_at = row.published_at or now
    note_change(session, row, old, actor_id=actor_id, now=now, reason=reason)
    session.flush()
    keep_index(session, row)
    _announce(row, old, now)
    return True


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
