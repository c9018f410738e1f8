"""Health facts are kept under their author's consent only, and leave with it."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.queries import active_consent
from app.accounts.rules.consents import Purpose
from app.infra import event_bus
from app.infra.transaction import transaction
from app.kernel.access import Identity
from app.kernel.errors import Invalid
from app.milk.services import note_statement
from app.posts.events import PostEdited
from app.posts.models import Post
from app.posts.rules import (
    AGREE_FIELD,
    NAMED_SINCE,
    NOT_AGREED,
    NOT_NAMED,
    Draft,
    PostState,
    named_since,
    tells_health,
    without_health,
    without_newer,
)
from app.posts.services.change import move
from app.posts.services.index import keep_index, keep_index_of


def require_agreed(actor: Identity, draft: Draft) -> None:
    """
    Raise :class:`Invalid` when ``draft`` holds health facts and ``actor`` has not agreed that they are kept.

    An agreement to older words covers what those named, and no more.
    """
    if not tells_health(draft):
        return
    if not may_keep_health(actor):
        raise Invalid({AGREE_FIELD: [NOT_AGREED]})
    if (since := named_since(draft)) is not None and not _agreed_since(actor, since):
        raise Invalid({AGREE_FIELD: [NOT_NAMED]})


def may_keep_health(actor: Identity) -> bool:
    """Whether ``actor`` agreed, and still agrees, that health facts are kept."""
    return active_consent(actor.person_id, Purpose.HEALTH_COLLECT)


def _agreed_since(actor: Identity, version: str) -> bool:
    return active_consent(actor.person_id, Purpose.HEALTH_COLLECT, since=version)


def as_agreed(actor: Identity, typed: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """A form as typed, less the answers about health that ``actor`` has not agreed to have kept."""
    if not may_keep_health(actor):
        return without_health(typed)
    return dict(typed) if _agreed_since(actor, max(NAMED_SINCE.values())) else without_newer(typed)


def forget_health(person_id: int, *, now: datetime) -> None:
    """
    Remove every health fact from everything this person ever posted or began.

    A live request that told of an immediate allergy is paused: without that answer donors would be proposed again.
    """
    with transaction() as session:
        for row in session.scalars(select(Post).where(Post.author_id == person_id).with_for_update(of=Post)).unique():
            _forget(session, row, now=now)


def follow_sharing(person_id: int) -> None:
    """Where a person begins or ends to share health facts, the index knows from then on what others may know."""
    with transaction() as session:
        keep_index_of(session, person_id)


def _forget(session: Session, row: Post, *, now: datetime) -> None:
    told_of_allergy = row.request is not None and row.request.immediate_allergy
    if row.typed is not None:
        row.typed = without_health(row.typed)
    if row.request is not None:
        row.request.term_and_healthy = "unsaid"
        row.request.immediate_allergy = False
    row.facts.clear()
    note_statement(row.author_id, (), now=now)
    row.updated_at = now
    row.version += 1
    if row.state != PostState.LIVE:
        return
    keep_index(session, row)
    if told_of_allergy:
        move(session, row, PostState.PAUSED, actor_id=row.author_id, now=now)
        return
    event_bus.record(PostEdited(at=now, post_id=row.id, author_id=row.author_id, kind=row.kind))
