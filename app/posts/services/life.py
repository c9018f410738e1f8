"""The life of a post after it was handed in: its author's steps, the handoff's, and time's."""

from datetime import date, datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from app.accounts.queries import person
from app.infra import event_bus
from app.infra.transaction import transaction
from app.kernel.access import Identity
from app.kernel.errors import Conflict, Invalid
from app.kernel.words import N_
from app.posts.events import PostEdited
from app.posts.models import Post
from app.posts.rules import DEFAULT_LIFE, ENDING_SOON, PostState, check_end
from app.posts.services.change import move
from app.posts.services.index import keep_index
from app.posts.services.notices import tell_ending
from app.posts.services.rows import load, load_own, stand_where_author_is, today_of

_RENEWABLE = frozenset({PostState.LIVE, PostState.PAUSED, PostState.EXPIRED})
_NOT_RENEWABLE = N_("This post can no longer be renewed. You can start a new one.")
_ENDS_SOONER = N_("This post's last day is over. Renew it first.")
_EXPIRING = (PostState.IN_REVIEW, PostState.EDIT_ASKED, PostState.LIVE, PostState.PAUSED)
_MOVING = (PostState.DRAFT, *_EXPIRING, PostState.MATCHED)
_REMINDED = frozenset({PostState.LIVE, PostState.PAUSED})


def pause(actor: Identity, public_id: str, *, now: datetime) -> PostState:
    """Take one's live post out of sight for a while; pausing a paused post changes nothing."""
    return _own_step(actor, public_id, PostState.PAUSED, now=now)


def resume(actor: Identity, public_id: str, *, now: datetime) -> PostState:
    """
    Bring one's paused post back; resuming a live post changes nothing.

    Raises :class:`Conflict` when its last day is over, or when it is not paused.
    """
    with transaction() as session:
        row = load_own(session, actor, public_id)
        if row.state not in {PostState.PAUSED, PostState.LIVE}:
            raise Conflict(code=f"{row.state}_cannot_become_live")
        who = person(actor.person_id)
        if row.ends_on is not None and row.ends_on < today_of(who, now):
            raise Conflict(_ENDS_SOONER, code="over")
        stand_where_author_is(row, who)
        move(session, row, PostState.LIVE, actor_id=actor.person_id, now=now)
        return PostState(row.state)


def renew(actor: Identity, public_id: str, *, ends_on: date | None = None, now: datetime) -> PostState:
    """
    Give one's live, paused or expired post a new last day (default: the usual life from today).

    An expired post is live again. Raises :class:`Invalid` for a day that is over or more than a year away.
    """
    with transaction() as session:
        row = load_own(session, actor, public_id)
        who = person(actor.person_id)
        today = today_of(who, now)
        if PostState(row.state) not in _RENEWABLE:
            raise Conflict(_NOT_RENEWABLE, code=f"{row.state}_not_renewable")
        reasons = check_end(ends_on, today=today)
        if reasons:
            raise Invalid({"ends_on": reasons})
        row.ends_on = ends_on or today + DEFAULT_LIFE
        row.updated_at = now
        if row.state == PostState.EXPIRED:
            stand_where_author_is(row, who)
            move(session, row, PostState.LIVE, actor_id=actor.person_id, now=now)
        return PostState(row.state)


def rest(post_id: int, *, now: datetime) -> None:
    """Take a live post out of sight because its author is silent; she resumes it by one press. Repeatable."""
    _step(post_id, PostState.PAUSED, now=now)


def withdraw(actor: Identity, public_id: str, *, now: datetime) -> PostState:
    """Take one's post back for good; withdrawing twice changes nothing."""
    return _own_step(actor, public_id, PostState.WITHDRAWN, now=now)


def mark_matched(post_id: int, *, now: datetime) -> None:
    """All the milk of an offer, or all the need of a request, is promised: nobody else finds it."""
    _step(post_id, PostState.MATCHED, now=now)


def reopen(post_id: int, *, now: datetime) -> None:
    """
    A promise fell through: a matched post is live again; a live one stays so.

    One whose last day is over expires instead.
    """
    with transaction() as session:
        row = load(session, post_id)
        if row.state not in {PostState.MATCHED, PostState.LIVE}:
            raise Conflict(code=f"{row.state}_cannot_become_live")
        move(session, row, PostState.LIVE, actor_id=None, now=now)
        if row.ends_on is not None and row.ends_on < today_of(person(row.author_id), now):
            move(session, row, PostState.EXPIRED, actor_id=None, now=now)


def fulfil(post_id: int, *, now: datetime) -> None:
    """The milk is given, or the need is met: the post ends well."""
    _step(post_id, PostState.FULFILLED, now=now)


def expire_due(*, now: datetime) -> int:
    """
    End every post whose last day is over where its author lives, and return how many ended.

    Repeatable: what has ended is not looked at again.
    """
    with transaction() as session:
        due = [row for row in _ending(session, now.date()) if row.ends_on is not None and _is_over(row, now)]
        for row in due:
            move(session, row, PostState.EXPIRED, actor_id=None, now=now)
        return len(due)


def remind_ending(*, now: datetime) -> int:
    """
    Remind the authors of live and paused posts whose last day is near, and return how many posts that were.

    Repeatable: one last day is told about once.
    """
    with transaction() as session:
        soon = [row for row in _ending(session, now.date() + ENDING_SOON) if row.state in _REMINDED]
        for row in soon:
            tell_ending(row, now=now)
        return len(soon)


def hide_posts_of(person_id: int, *, now: datetime) -> None:
    """Take everything live of somebody whose account is shut out of sight; who waits there is told as at any pause."""
    _pause_live(person_id, now=now)


def _pause_live(person_id: int, *which: ColumnElement[bool], now: datetime) -> None:
    with transaction() as session:
        live = select(Post).where(Post.author_id == person_id, Post.state == PostState.LIVE, *which)
        for row in session.scalars(live.order_by(Post.id).with_for_update(of=Post)).unique().all():
            move(session, row, PostState.PAUSED, actor_id=None, now=now)


def rest_offers_of(person_id: int, *, now: datetime) -> None:
    """Take the live offers of a donor whose giving rests out of sight; who waits there is told as at any pause."""
    _pause_live(person_id, Post.kind == "offer", now=now)


def follow_author(person_id: int, *, now: datetime) -> None:
    """
    Put every post that has not ended into its author's area of now, as if each had been edited.

    Where an author moves, live posts are found anew and others learn it as an edit.
    """
    who = person(person_id)
    with transaction() as session:
        own = select(Post).where(Post.author_id == person_id, Post.state.in_(_MOVING)).order_by(Post.id)
        for row in session.scalars(own.with_for_update(of=Post)).unique():
            stand_where_author_is(row, who)
            row.version += 1
            row.updated_at = now
            keep_index(session, row)
            if row.state == PostState.LIVE:
                event_bus.record(PostEdited(at=now, post_id=row.id, author_id=row.author_id, kind=row.kind))


def _is_over(row: Post, now: datetime) -> bool:
    return row.ends_on is not None and row.ends_on < today_of(person(row.author_id), now)


def _ending(session: Session, day: date) -> list[Post]:
    # West of Greenwich the day ends later than in UTC and east of it earlier, so that day's are looked at as well.
    ending = (
        select(Post)
        .where(Post.state.in_(_EXPIRING), Post.ends_on <= day)
        .order_by(Post.ends_on, Post.id)
        .with_for_update(of=Post)
    )
    return list(session.scalars(ending).unique())


def _own_step(actor: Identity, public_id: str, wanted: PostState, *, now: datetime) -> PostState:
    with transaction() as session:
        row = load_own(session, actor, public_id)
        move(session, row, wanted, actor_id=actor.person_id, now=now)
        return PostState(row.state)


def _step(post_id: int, wanted: PostState, *, now: datetime) -> None:
    with transaction() as session:
        move(session, load(session, post_id), wanted, actor_id=None, now=now)
