"""Writing a post: the unfinished draft, the complete one, handing it in, and editing it."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.queries import PersonView, person
from app.infra import event_bus
from app.infra.transaction import attempt, transaction, violated
from app.kernel.access import Identity, authorise
from app.kernel.errors import Conflict, Invalid
from app.kernel.ids import new_public_id
from app.kernel.text import plain_text
from app.kernel.words import N_
from app.posts.events import PostEdited, PostSubmitted
from app.posts.models import Post
from app.posts.permissions import WRITE_POSTS
from app.posts.rules import Draft, PostState, needs_review, state_after_edit
from app.posts.services.change import STALE, last_day, move, note_change
from app.posts.services.health import as_agreed, require_agreed
from app.posts.services.index import keep_index
from app.posts.services.rows import fill, load_own, require_sound, stand_where_author_is, today_of

NO_PLACE = N_("Please choose where you are first: a town or a post code is enough.")
NOT_FINISHED = N_("This draft is not finished yet.")
_SUBMIT_UNIQUE = ("uq_posts_author_submit", "posts.author_id, posts.submit_token")

Typed = Mapping[str, list[str]]


def save_typed(actor: Identity, kind: str, typed: Typed, *, submit_token: str, now: datetime) -> str:
    """
    Keep an unfinished form as it stands, and return the post's public id.

    Nothing is checked: it is the author's own scratch paper. Answers about health are left out without the author's
    consent. Repeating it with the same token updates the same draft; a
    token whose post is already handed in changes nothing.
    """
    with transaction() as session:
        row = _begun(session, actor, kind, submit_token=submit_token, now=now)
        if row.state == PostState.DRAFT:
            row.typed = {name: list(values) for name, values in as_agreed(actor, typed).items()}
            row.updated_at = now
        return row.public_id


def save_draft(actor: Identity, draft: Draft, *, submit_token: str, now: datetime) -> str:
    """
    Keep a complete draft without handing it in, and return its public id.

    Raises :class:`Invalid` with reasons per field; use :func:`save_typed` for what is not complete.
    """
    with transaction() as session:
        who = person(actor.person_id)
        require_sound(draft, today=today_of(who, now))
        require_agreed(actor, draft)
        row = _begun(session, actor, draft.kind, submit_token=submit_token, now=now)
        if row.state == PostState.DRAFT:
            fill(session, row, draft, now=now)
        return row.public_id


def submit_new(actor: Identity, draft: Draft, *, submit_token: str, now: datetime) -> str:
    """
    Hand a post in at once, and return its public id.

    The same token again, in a double click or a repeated request, is the same post: nothing is written twice. Raises
    :class:`Invalid` with reasons per field, and :class:`Conflict` ``no_place`` when no area is chosen.
    """
    with transaction() as session:
        who = person(actor.person_id)
        require_sound(draft, today=today_of(who, now))
        require_agreed(actor, draft)
        row = _begun(session, actor, draft.kind, submit_token=submit_token, now=now)
        if row.state == PostState.DRAFT:
            fill(session, row, draft, now=now)
            _hand_in(session, row, who, now=now)
        return row.public_id


def submit(actor: Identity, public_id: str, *, now: datetime) -> PostState:
    """
    Hand in a complete draft, and return where it stands: live, or waiting for a moderator.

    Handing in again what is already handed in changes nothing. Raises :class:`Invalid` for an unfinished draft.
    """
    with transaction() as session:
        row = load_own(session, actor, public_id)
        if row.state == PostState.DRAFT:
            if row.typed is not None or (row.offer is None and row.request is None):
                raise Invalid({}, NOT_FINISHED)
            _hand_in(session, row, person(actor.person_id), now=now)
        return PostState(row.state)


def edit(actor: Identity, public_id: str, draft: Draft, *, version: int, now: datetime) -> PostState:
    """
    Replace what a post says, and return where it stands now.

    ``version`` is the one the author had before them: when another edit came first, :class:`Conflict` ``stale``. What a
    moderator sent back goes to the moderator again; so does a newcomer's live post whose words changed.
    """
    with transaction() as session:
        row = load_own(session, actor, public_id)
        who = person(actor.person_id)
        if row.version != version:
            raise Conflict(STALE, code="stale")
        if row.kind != draft.kind:
            raise Conflict(code="other_kind")
        old = PostState(row.state)
        note = plain_text(draft.note)
        wanted = state_after_edit(old, trust=who.trust, note=note, words_changed=note != row.note)
        require_sound(draft, today=today_of(who, now))
        require_agreed(actor, draft)
        fill(session, row, draft, now=now)
        stand_where_author_is(row, who)
        _settle_edit(session, row, old, wanted, who, now=now)
        return wanted


def _settle_edit(
    session: Session, row: Post, old: PostState, wanted: PostState, who: PersonView, *, now: datetime
) -> None:
    if old is not PostState.DRAFT:
        row.ends_on = last_day(row, today_of(who, now))
    if wanted is not old:
        move(session, row, wanted, actor_id=who.id, now=now)
        return
    row.version += 1
    session.flush()
    keep_index(session, row)
    if wanted is PostState.LIVE:
        event_bus.record(PostEdited(at=now, post_id=row.id, author_id=row.author_id, kind=row.kind))


def _begun(session: Session, actor: Identity, kind: str, *, submit_token: str, now: datetime) -> Post:
    """The post begun under this token, or a new empty draft; two requests at once find the same one."""
    authorise(actor, WRITE_POSTS)
    found = _under_token(session, actor, submit_token)
    if found is not None:
        return _of_kind(found, kind)
    area_id = person(actor.person_id).area_id
    if area_id is None:
        raise Conflict(NO_PLACE, code="no_place")
    row = Post(
        public_id=new_public_id(), author_id=actor.person_id, kind=kind, state=PostState.DRAFT, area_id=area_id,
        travel_km=0, created_at=now, updated_at=now, submit_token=submit_token, version=1,
    )  # fmt: skip
    try:
        with attempt(session):
            session.add(row)
    except IntegrityError as error:
        found = _under_token(session, actor, submit_token)
        if found is None or not any(violated(error, name) for name in _SUBMIT_UNIQUE):
            raise
        return _of_kind(found, kind)
    note_change(session, row, None, actor_id=actor.person_id, now=now)
    return row


def _under_token(session: Session, actor: Identity, submit_token: str) -> Post | None:
    mine = select(Post).where(Post.author_id == actor.person_id, Post.submit_token == submit_token)
    return session.scalars(mine.with_for_update(of=Post)).unique().one_or_none()


def _of_kind(row: Post, kind: str) -> Post:
    if row.kind != kind:
        raise Conflict(code="other_kind")
    return row


def _hand_in(session: Session, row: Post, who: PersonView, *, now: datetime) -> None:
    if who.area_id is None:
        raise Conflict(NO_PLACE, code="no_place")
    stand_where_author_is(row, who)
    row.ends_on = last_day(row, today_of(who, now))
    if needs_review(who.trust, row.note):
        move(session, row, PostState.IN_REVIEW, actor_id=who.id, now=now)
        return
    event_bus.record(PostSubmitted(at=now, post_id=row.id, author_id=row.author_id, kind=row.kind, needs_review=False))
    move(session, row, PostState.LIVE, actor_id=who.id, now=now)
