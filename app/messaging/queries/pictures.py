"""Pictures of conversations, for their two people alone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, select

from app.infra.database import db
from app.kernel.access import Identity
from app.kernel.errors import NotFound
from app.messaging.models import Conversation, Picture
from app.messaging.queries.conversations import between_blocked, mine


@dataclass(frozen=True, slots=True)
class PictureView:
    """A picture as it is drawn: where it is fetched, its size in pixels, and the name of its file in the store."""

    public_id: str
    name: str
    width: int
    height: int


def picture(reader: Identity, public_id: str) -> PictureView:
    """One picture; NotFound for anybody but its two people, once it was deleted, and when they are blocked."""
    found = pictures(reader, [public_id])
    if public_id not in found:
        raise NotFound
    return found[public_id]


def pictures(reader: Identity, public_ids: Sequence[str]) -> dict[str, PictureView]:
    """Those among ``public_ids`` that ``reader`` may see, by public id."""
    if not public_ids:
        return {}
    rows = (
        _columns()
        .join(Conversation, Conversation.id == Picture.conversation_id)
        .where(
            Picture.public_id.in_(public_ids), Picture.ended_at.is_(None), mine(reader.person_id), ~between_blocked()
        )
    )
    return {row.public_id: PictureView(*row) for row in db.session.execute(rows)}


def _columns() -> Select[str, str, int, int]:
    return select(Picture.public_id, Picture.name, Picture.width, Picture.height)


def digest_of_picture(public_id: str) -> str | None:
    """The fingerprint of a stored picture's bytes; None when it was deleted."""
    return db.session.scalar(select(Picture.digest).where(Picture.public_id == public_id))


def bytes_kept(person_id: int) -> int:
    """How many bytes of pictures somebody has in conversations; what is kept as evidence alone is not theirs."""
    theirs = select(func.sum(Picture.size)).where(Picture.owner_id == person_id, Picture.ended_at.is_(None))
    return db.session.scalar(theirs) or 0


def picture_as_evidence(public_id: str) -> PictureView | None:
    """
    A picture whether it is still shown or was deleted after its report; None when it is gone.

    For moderators alone: who may see it is decided by the case.
    """
    row = db.session.execute(_columns().where(Picture.public_id == public_id)).one_or_none()
    return None if row is None else PictureView(*row)


def names_without_row(names: Iterable[str]) -> set[str]:
    """Those among the names of stored files that belong to no picture."""
    asked = set(names)
    return asked - set(db.session.scalars(select(Picture.name).where(Picture.name.in_(asked))))
