"""One interest as other capabilities and pages read it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.infra.database import db
from app.kernel.access import Identity, authorise
from app.kernel.errors import NotFound
from app.matching.models import Interest
from app.matching.permissions import SEE_PAIR
from app.matching.queries.sides import pair_of
from app.posts.queries import post


@dataclass(frozen=True, slots=True)
class InterestView:
    """
    A family's yes or a donor's invitation.

    ``asks`` are the catalogue keys of what the donor has not said about the family's wishes, to be turned into ready
    questions; it is filled only by :func:`interest` and :func:`interest_by_public_id`.
    """

    id: int
    public_id: str
    offer_id: int
    request_id: int
    donor_id: int
    family_id: int
    origin: str
    state: str
    note: str
    created_at: datetime
    answered_at: datetime | None
    asks: tuple[str, ...] = ()


def view_of(row: Interest, asks: tuple[str, ...] = ()) -> InterestView:
    """The view of a loaded row; only this capability passes rows."""
    return InterestView(
        row.id, row.public_id, row.offer_id, row.request_id, row.donor_id, row.family_id, row.origin, row.state,
        row.note, row.created_at, row.answered_at, asks,
    )  # fmt: skip


def interest(interest_id: int) -> InterestView:
    """The interest of this id with its asks; raises :class:`NotFound`. The caller decides who may read it."""
    row = db.session.get(Interest, interest_id)
    if row is None:
        raise NotFound
    return view_of(row, _asks(row))


def interest_by_public_id(actor: Identity, public_id: str) -> InterestView:
    """The interest with its asks for one of its two people; :class:`NotFound` for anybody else."""
    row = db.session.scalars(select(Interest).where(Interest.public_id == public_id)).one_or_none()
    if row is None:
        raise NotFound
    authorise(actor, SEE_PAIR, row)
    return view_of(row, _asks(row))


def _asks(row: Interest) -> tuple[str, ...]:
    pair = pair_of(post(row.offer_id), post(row.request_id), now=row.answered_at or row.created_at)
    return tuple(item.wish.attribute for item in pair.fit.asks) if pair is not None else ()
