"""Answering a turn: the family takes it or passes it on, the donor asks nobody else, other answers end it."""

from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.queries import blocked_ids, people
from app.infra import event_bus
from app.infra.transaction import transaction
from app.kernel.access import Identity
from app.kernel.errors import Conflict, NotFound
from app.kernel.words import N_
from app.matching.events import InterestAccepted, InterestClosed, InterestDeclined
from app.matching.models import Interest, LineTurn
from app.matching.rules.life import InterestState
from app.matching.rules.turns import TurnState
from app.matching.services.answer import record_closed
from app.matching.services.notices import pair_path, talk_path
from app.matching.services.promises import settle_choice
from app.matching.services.rows import move
from app.matching.services.silence import own_offer
from app.matching.services.turns import (
    enter,
    fits,
    has_room,
    load_turn,
    lock_offer,
    open_turns,
    plan_later,
    plan_turn,
    tell_donor,
)
from app.notifications.services import notify
from app.posts.queries import post

_OVER: Final = N_("This was answered in the meantime, or the time for it is over.")


def take_turn(actor: Identity, turn_public_id: str, *, now: datetime) -> str:
    """
    Say that one still wants the milk: both may talk now. Returns the interest's public id; twice is once.

    Raises :class:`NotFound` for anybody but the family asked, :class:`Conflict` when it is over.
    """
    with transaction() as session:
        row, interest = _asked(session, actor, turn_public_id)
        if row.state == TurnState.TAKEN:
            return interest.public_id
        offer = post(row.offer_id)
        in_time = row.answer_until is not None and now < row.answer_until
        if (
            row.state != TurnState.ASKED
            or not in_time
            or not has_room(offer, now=now)
            or not fits(offer, interest, now=now)
        ):
            raise Conflict(_OVER, code="ended")
        enter(session, row, TurnState.TAKEN, now=now)
        move(session, interest, InterestState.ACCEPTED, actor_id=actor.person_id, now=now, reason="turn")
        event_bus.record(
            InterestAccepted(
                at=now, interest_id=interest.id, offer_id=interest.offer_id, request_id=interest.request_id,
                donor_id=interest.donor_id, family_id=interest.family_id,
            )
        )  # fmt: skip
        name = people([interest.family_id])[interest.family_id].display_name
        tell_donor(offer, "turn_taken", row, name=name, path=talk_path(interest), now=now)
        settle_choice(session, interest, now=now)
        return interest.public_id


def pass_turn(actor: Identity, turn_public_id: str, *, now: datetime) -> None:
    """
    Say that one has no need of the milk any more: one's yes is taken back, and the next family is planned.

    Raises as :func:`take_turn` does; twice is once.
    """
    with transaction() as session:
        row, interest = _asked(session, actor, turn_public_id)
        if row.state == TurnState.PASSED:
            return
        if row.state != TurnState.ASKED:
            raise Conflict(_OVER, code="ended")
        # The end of the yes ends the turn as well, as it does wherever a family takes it back.
        if move(session, interest, InterestState.WITHDRAWN, actor_id=actor.person_id, now=now):
            record_closed(interest, now=now)
            plan_turn(row.offer_id, row.cause, now=now)


def ask_nobody(actor: Identity, offer_public_id: str, *, now: datetime) -> int:
    """
    Stop asking families by itself at one's own offer, and return how many turns were stopped; repeatable.

    A family that was asked already is told kindly and keeps its place. The donor chooses as she likes. Another's offer:
    :class:`NotFound`.
    """
    offer = own_offer(actor, offer_public_id)
    with transaction() as session:
        lock_offer(session, offer.id)
        rows = open_turns(session, LineTurn.offer_id == offer.id)
        for row in rows:
            asked = row.state == TurnState.ASKED
            enter(session, row, TurnState.STOPPED, now=now)
            if asked:
                interest = session.get_one(Interest, row.interest_id)
                path = pair_path(offer.public_id, post(interest.request_id).public_id)
                notify(interest.family_id, "turn_stopped", item=f"stopped:{row.public_id}", path=path, now=now)
        return len(rows)


def follow_interest(happened: InterestAccepted | InterestClosed | InterestDeclined) -> None:
    """
    What an answer means for open turns: a choice takes or ends them, an end lets the next one come.

    The yes is locked here and the offer is not: who closes a post locks them the other way round. So the next one is
    planned by a job of its own.
    """
    now = happened.at
    with transaction() as session:
        own = open_turns(session, LineTurn.interest_id == happened.interest_id)
        if isinstance(happened, InterestAccepted):
            for row in own:
                enter(session, row, TurnState.TAKEN, now=now)
            _end_if_full(session, happened.offer_id, now=now)
            return
        for row in own:
            passed = session.get_one(Interest, row.interest_id).state == InterestState.WITHDRAWN
            enter(session, row, TurnState.PASSED if passed else TurnState.ENDED, now=now)
            plan_later(row, now=now)


def _end_if_full(session: Session, offer_id: int, *, now: datetime) -> None:
    if not has_room(post(offer_id), now=now):
        for row in open_turns(session, LineTurn.offer_id == offer_id):
            enter(session, row, TurnState.ENDED, now=now)


def _asked(session: Session, actor: Identity, public_id: str) -> tuple[LineTurn, Interest]:
    """The turn and its yes, locked in the order of whoever closes a post: the offer, the yes, the turn."""
    found = session.execute(
        select(LineTurn.offer_id, LineTurn.interest_id).where(LineTurn.public_id == public_id)
    ).one_or_none()
    if found is None:
        raise NotFound
    lock_offer(session, found.offer_id)
    interest = session.get_one(Interest, found.interest_id, with_for_update=True, populate_existing=True)
    row = load_turn(session, LineTurn.public_id == public_id)
    apart = interest.donor_id in blocked_ids(actor.person_id)
    if row is None or interest.family_id != actor.person_id or row.state == TurnState.PLANNED or apart:
        raise NotFound
    return row, interest
