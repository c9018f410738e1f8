"""What a family has at home, corrected in one press, and the bridge it asks for when that is nearly nothing."""

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from app.accounts.queries import person
from app.infra import event_bus
from app.infra.transaction import transaction
from app.kernel.access import Identity
from app.kernel.errors import Conflict, Invalid
from app.kernel.quantities import Millilitres
from app.kernel.words import N_
from app.posts.events import PostEdited
from app.posts.models import Post, Request
from app.posts.rules import PostState
from app.posts.rules.checks import MOST_ONCE_ML, NEGATIVE, STOCK_TOO_MUCH
from app.posts.services.index import keep_index
from app.posts.services.life import renew, reopen, resume
from app.posts.services.rows import load_own, today_of

_ENDED: Final = frozenset({PostState.DRAFT, PostState.WITHDRAWN, PostState.DECLINED})
_NO_REQUEST: Final = N_("This can only be said of a request that still stands.")
_WAITS: Final = N_("A moderator looks at this request first. It is looked for as soon as it is live.")


def restock(actor: Identity, public_id: str, stock_ml: Millilitres, *, now: datetime) -> None:
    """
    Say how much milk one has at home now; it counts from now on and falls by the stated need.

    Raises :class:`Invalid` at ``amount`` for less than nothing or more than 60 litres, :class:`Conflict` for a post
    that is no request or has ended, :class:`NotFound` for another's.
    """
    with transaction() as session:
        row, request = _own_request(session, actor, public_id)
        _restock(session, row, request, stock_ml, now=now)


def raise_bridge(actor: Identity, public_id: str, stock_ml: Millilitres, *, now: datetime) -> PostState:
    """
    Ask for milk for the next days: the request says what is left now, and is live, so that it is looked for at once.

    A paused request is resumed, an expired one renewed, one that is all promised is open again. Pressing twice is
    asking once. Nothing else of the request changes: no reach, no wish. Raises as :func:`restock` does, and
    :class:`Conflict` while a moderator looks at it.
    """
    with transaction() as session:
        row, request = _own_request(session, actor, public_id)
        if row.state in {PostState.IN_REVIEW, PostState.EDIT_ASKED, PostState.FULFILLED}:
            raise Conflict(_WAITS if row.state != PostState.FULFILLED else _NO_REQUEST, code="not_open")
        _restock(session, row, request, stock_ml, now=now)
        if row.ends_on is not None and row.ends_on < today_of(person(actor.person_id), now):
            renew(actor, public_id, now=now)
        if row.state == PostState.PAUSED:
            resume(actor, public_id, now=now)
        elif row.state == PostState.MATCHED:
            reopen(row.id, now=now)
        return PostState(row.state)


def _own_request(session: Session, actor: Identity, public_id: str) -> tuple[Post, Request]:
    row = load_own(session, actor, public_id)
    if row.request is None or row.state in _ENDED:
        raise Conflict(_NO_REQUEST, code="no_request")
    return row, row.request


def _restock(session: Session, row: Post, request: Request, stock_ml: Millilitres, *, now: datetime) -> None:
    if not 0 <= stock_ml <= MOST_ONCE_ML:
        raise Invalid({"amount": [NEGATIVE if stock_ml < 0 else STOCK_TOO_MUCH]})
    request.stock_ml, request.stock_said_at = stock_ml, now
    row.updated_at = now
    row.version += 1
    keep_index(session, row)
    if row.state == PostState.LIVE:
        event_bus.record(PostEdited(at=now, post_id=row.id, author_id=row.author_id, kind=row.kind))
