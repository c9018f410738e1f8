"""Answering: the donor chooses or declines a family, a family accepts or declines an invitation, the speaker takes
back.
"""

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from app.accounts.queries import are_blocked
from app.infra import event_bus
from app.infra.transaction import transaction
from app.kernel.access import Identity
from app.kernel.errors import Conflict, NotFound
from app.kernel.words import N_
from app.matching.events import InterestAccepted, InterestClosed, InterestDeclined
from app.matching.models import Interest
from app.matching.permissions import ANSWER, TAKE_BACK
from app.matching.rules.life import InterestState, Origin
from app.matching.services.notices import tell_accepted, tell_declined
from app.matching.services.promises import settle_choice
from app.matching.services.rows import load, move
from app.matching.services.silence import note_heard
from app.milk.queries import giving_rests
from app.milk.rules.withdrawals import GivesNothingNow
from app.posts.queries import post
from app.posts.rules import PostState

_ENDED: Final = N_("This has ended in the meantime, so there is nothing to answer any more.")
_TALKING_POSTS: Final = frozenset({PostState.LIVE, PostState.PAUSED, PostState.MATCHED})


def accept(actor: Identity, interest_public_id: str, *, now: datetime) -> int:
    """
    Choose a family that said yes, or accept an invitation; return the interest's id.

    The conversation opens in the same transaction. Accepting twice changes nothing. Raises :class:`NotFound` for
    anybody but the one who was asked, :class:`Conflict` when it was answered otherwise, a post has ended or the
    donor's giving rests.
    """
    with transaction() as session:
        row = load(session, actor, interest_public_id, ANSWER)
        accept_row(session, row, actor, now=now)
        return row.id


def accept_row(session: Session, row: Interest, actor: Identity, *, now: datetime) -> None:
    """Accept a loaded interest; only this capability's use-cases pass rows."""
    if are_blocked(row.donor_id, row.family_id):
        raise NotFound
    if row.state == InterestState.OPEN and not _both_stand(row):
        raise Conflict(_ENDED, code="ended")
    if row.state == InterestState.OPEN and giving_rests(row.donor_id):
        raise GivesNothingNow
    if not move(session, row, InterestState.ACCEPTED, actor_id=actor.person_id, now=now):
        return
    event_bus.record(
        InterestAccepted(
            at=now, interest_id=row.id, offer_id=row.offer_id, request_id=row.request_id, donor_id=row.donor_id,
            family_id=row.family_id,
        )
    )  # fmt: skip
    tell_accepted(row, now=now)
    if actor.person_id == row.donor_id:
        note_heard(session, row.offer_id, now=now)
    settle_choice(session, row, now=now)


def _both_stand(row: Interest) -> bool:
    return all(post(each).state in _TALKING_POSTS for each in (row.offer_id, row.request_id))


def decline(actor: Identity, interest_public_id: str, *, now: datetime) -> int:
    """
    Say no, without having to say why; return the interest's id.

    The pair is never proposed again. The other side is told kindly, a family together with its next best.
    """
    with transaction() as session:
        row = load(session, actor, interest_public_id, ANSWER)
        if move(session, row, InterestState.DECLINED, actor_id=actor.person_id, now=now):
            event_bus.record(
                InterestDeclined(
                    at=now, interest_id=row.id, offer_id=row.offer_id, request_id=row.request_id,
                    donor_id=row.donor_id, family_id=row.family_id,
                )
            )  # fmt: skip
            tell_declined(row, now=now)
            if row.origin == Origin.YES:
                note_heard(session, row.offer_id, now=now)
        return row.id


def take_back(actor: Identity, interest_public_id: str, *, now: datetime) -> int:
    """Take back one's own open yes or invitation; the others in line move up, nobody is blamed."""
    with transaction() as session:
        row = load(session, actor, interest_public_id, TAKE_BACK)
        if move(session, row, InterestState.WITHDRAWN, actor_id=actor.person_id, now=now):
            record_closed(row, now=now)
        return row.id


def record_closed(row: Interest, *, now: datetime) -> None:
    """Say that an open interest ended without an answer."""
    event_bus.record(
        InterestClosed(
            at=now, interest_id=row.id, offer_id=row.offer_id, request_id=row.request_id, donor_id=row.donor_id,
            family_id=row.family_id,
        )
    )  # fmt: skip
