"""Shared by the use-cases of interests: loading and locking rows, and changing a state with its history."""

from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.infra.lifecycle import LifeCycle
from app.kernel.access import Identity, Permission, authorise
from app.kernel.errors import NotFound
from app.matching.models import Interest, InterestChange
from app.matching.rules.life import LIFE, InterestState
from app.posts.models import Post


def lock_pair(session: Session, offer_public_id: str, request_public_id: str) -> None:
    """
    Make everybody who wants into the same line, or speaks for the same family, wait for this transaction.

    SQLite has locked the whole file already; on PostgreSQL the caps are counted under these row locks: the posts by
    id, then the family. Whatever decides is to be read after this call.
    """
    pair = select(Post.author_id, Post.public_id).where(Post.public_id.in_([offer_public_id, request_public_id]))
    authors = {row[1]: row[0] for row in session.execute(pair.order_by(Post.id).with_for_update(key_share=True))}
    family = select(User.id).where(User.id == authors.get(request_public_id))
    session.execute(family.with_for_update(key_share=True))


def load(session: Session, actor: Identity, public_id: str, permission: Permission) -> Interest:
    """The interest, locked, when ``actor`` has ``permission`` for it; raises :class:`NotFound` otherwise."""
    wanted = select(Interest).where(Interest.public_id == public_id).with_for_update()
    row = session.scalars(wanted).one_or_none()
    if row is None:
        raise NotFound
    authorise(actor, permission, row)
    return row


def _answered(row: Interest, _wanted: InterestState, now: datetime) -> None:
    row.answered_at = now


_INTERESTS: Final = LifeCycle(InterestState, LIFE, InterestChange, "interest_id", _answered)
note_change, move = _INTERESTS.note, _INTERESTS.move
