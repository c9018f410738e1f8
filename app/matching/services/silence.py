"""
A donor who leaves families without an answer is asked whether she still has milk; without a word her offer is paused.

Whatever she does at the offer is a word: an answer, an invitation, an edit, or the one press of "still there".
"""

from datetime import datetime
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.infra.transaction import transaction
from app.kernel.access import Identity
from app.kernel.errors import NotFound
from app.matching.configuration import matching_rules
from app.matching.models import Interest, MilkQuestion
from app.matching.rules.life import InterestState, Origin
from app.matching.services.notices import is_gentle, matches_path
from app.milk.queries import giving_rests
from app.notifications.services import notify, settle
from app.posts.queries import PostView, own_post, post
from app.posts.rules import PostState
from app.posts.services import rest, resume, withdraw

STILL_MILK: Final = "still_milk"
_ENDED: Final = (InterestState.ACCEPTED, InterestState.DECLINED, InterestState.LAPSED)


def still_there(actor: Identity, offer_public_id: str, *, now: datetime) -> None:
    """
    Say that there is still milk: an offer that was paused in the meantime goes on, unless her giving rests. Another's:
    NotFound.

    Answering without having been asked changes nothing else.
    """
    own = own_offer(actor, offer_public_id)
    with transaction() as session:
        note_heard(session, own.id, now=now)
        if own.state is PostState.PAUSED and not giving_rests(actor.person_id):
            resume(actor, own.public_id, now=now)


def milk_is_gone(actor: Identity, offer_public_id: str, *, now: datetime) -> None:
    """
    Say that there is no more milk: the offer ends, and those who wait are told kindly. Another's: NotFound.

    Raises :class:`~app.kernel.errors.Conflict` for an offer that has ended otherwise.
    """
    withdraw(actor, own_offer(actor, offer_public_id).public_id, now=now)


def own_offer(actor: Identity, public_id: str) -> PostView:
    """One's own offer; raises :class:`NotFound` for anything else."""
    own = own_post(actor, public_id)
    if own.offer is None:
        raise NotFound
    return own


def note_heard(session: Session, offer_id: int, *, now: datetime) -> None:
    """The donor gave a sign of life at this offer, or it is over: what she was asked is answered."""
    asked = update(MilkQuestion).where(MilkQuestion.offer_id == offer_id, MilkQuestion.answered_at.is_(None))
    if session.execute(asked.values(answered_at=now)).rowcount:  # type: ignore[attr-defined]
        offer = post(offer_id)
        settle(offer.author_id, STILL_MILK, matches_path(offer), now=now)


def close_question(post_id: int, *, now: datetime) -> None:
    """Nobody can meet this post now, so nobody needs to know whether there is milk."""
    with transaction() as session:
        note_heard(session, post_id, now=now)


def ask_if_silent(session: Session, offer_id: int, *, now: datetime) -> bool:
    """Ask the donor when the last yeses at her offer lapsed one after the other, and return whether she was asked."""
    row = session.get(MilkQuestion, offer_id, populate_existing=True, with_for_update=True)
    if row is not None and row.answered_at is None:
        return False
    offer = post(offer_id)
    heard = row.answered_at if row is not None else None
    if offer.state is not PostState.LIVE or not _left_unanswered(session, offer_id, since=heard):
        return False
    if row is None:
        row = MilkQuestion(offer_id=offer_id)
        session.add(row)
    row.asked_at, row.answered_at = now, None
    session.flush()
    _tell(offer, STILL_MILK, matches_path(offer), now=now)
    return True


def _left_unanswered(session: Session, offer_id: int, *, since: datetime | None) -> bool:
    """Whether the last few yeses that ended here all lapsed, later than the donor was last heard."""
    wanted = matching_rules().rounds.silences
    last = (
        select(Interest.state)
        .where(Interest.offer_id == offer_id, Interest.origin == Origin.YES, Interest.state.in_(_ENDED))
        .order_by(Interest.answered_at.desc(), Interest.id.desc())
        .limit(wanted)
    )
    if since is not None:
        last = last.where(Interest.answered_at > since)
    ended = session.scalars(last).all()
    return len(ended) == wanted and all(state == InterestState.LAPSED for state in ended)


def pause_unanswered(*, now: datetime) -> int:
    """Pause the offers whose donors left the question open for two days, tell them, and return how many."""
    due = select(MilkQuestion).where(
        MilkQuestion.answered_at.is_(None), MilkQuestion.asked_at <= now - matching_rules().rounds.pause_after
    )
    with transaction() as session:
        paused = 0
        for row in session.scalars(due.order_by(MilkQuestion.offer_id).with_for_update()).all():
            offer = post(row.offer_id)
            silent = offer.state is PostState.LIVE and offer.updated_at <= row.asked_at
            note_heard(session, offer.id, now=now)
            if silent:
                rest(offer.id, now=now)
                _tell(offer, "offer_paused", f"/posts/{offer.public_id}", now=now)
                paused += 1
        return paused


def _tell(offer: PostView, kind: str, path: str, *, now: datetime) -> None:
    """By mail as well, except to a donor after a loss, whom the site does not write to of itself."""
    item = f"{kind}:{offer.public_id}:{int(now.timestamp())}"
    notify(offer.author_id, kind, item=item, path=path, mail=not is_gentle(offer), now=now)
