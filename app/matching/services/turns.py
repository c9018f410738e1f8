"""
Second in line: the next family is asked by itself when a promise lapses.

The donor is told who, four hours ahead, and stops it by one press. A turn is a row, and its steps are jobs enqueued
with it: a crash loses none, and a repeated cause, job or press changes nothing.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from app.accounts.queries import blocked_ids, people
from app.infra import jobs
from app.infra.transaction import transaction
from app.kernel.ids import new_public_id
from app.matching.configuration import matching_rules
from app.matching.models import Interest, LineTurn
from app.matching.queries.pairs import judged
from app.matching.queries.standing import chosen_at, promised
from app.matching.queries.turns import turns_of
from app.matching.rules.feasible import Refusal
from app.matching.rules.life import InterestState, Origin, Waiting
from app.matching.rules.stock import is_worth_a_meeting
from app.matching.rules.turns import ANSWER_WITHIN, HEAD_START, LIFE, OPEN, TurnState, order_of_turns
from app.matching.services.notices import is_gentle, line_path, pair_path
from app.notifications.services import notify
from app.posts.models import Post
from app.posts.queries import PostView, post

ASK_TURN: Final = "matching.ask_turn"
PLAN_TURN: Final = "matching.plan_turn"
END_TURN: Final = "matching.end_turn"


def plan_turn(offer_id: int, cause: str, *, news: Collection[str] = (), now: datetime) -> bool:
    """
    Plan to ask the next family of the line because of ``cause``, and return whether there was one.

    Nobody is asked while one is asked for this reason, after the donor stopped it, when no place or too little milk is
    free, and unprompted for a donor after a loss. Repeatable: one cause asks each family once. ``news`` are the items
    of what the donor was told of the cause just now.
    """
    with transaction() as session:
        lock_offer(session, offer_id)
        offer = post(offer_id)
        if is_gentle(offer) or not has_room(offer, now=now):
            return False
        row = _next(session, offer, cause, now=now)
        if row is None:
            return False
        turn = LineTurn(
            public_id=new_public_id(), offer_id=offer_id, interest_id=row.id, cause=cause,
            state=TurnState.PLANNED.value, planned_at=now, asks_at=now + HEAD_START,
        )  # fmt: skip
        session.add(turn)
        session.flush()
        payload = {"turn": turn.public_id}
        jobs.enqueue(ASK_TURN, payload, now=now, unique_key=f"{ASK_TURN}:{turn.public_id}", delay=HEAD_START)
        name = people([row.family_id])[row.family_id].display_name
        tell_donor(offer, "turn_planned", turn, name=name, news=news, now=now)
        return True


def plan_later(ended: LineTurn, *, now: datetime) -> None:
    """Enqueue the planning of the turn after one that has ended."""
    payload = {"offer_id": ended.offer_id, "cause": ended.cause}
    jobs.enqueue(PLAN_TURN, payload, now=now, unique_key=f"{PLAN_TURN}:{ended.public_id}")


def lock_offer(session: Session, offer_id: int) -> None:
    """Let one after the other plan at an offer; SQLite has locked the whole file already."""
    session.execute(select(Post.id).where(Post.id == offer_id).with_for_update(key_share=True))


def has_room(offer: PostView, *, now: datetime) -> bool:
    """Whether a further family can be chosen, and there is milk for it."""
    said = offer.offer
    if said is None or chosen_at([offer.id], now=now).get(offer.id, 0) >= said.max_families:
        return False
    left = said.volume_ml
    return left is None or is_worth_a_meeting(
        left - promised([offer.id]).get(offer.id, 0), smallest=said.smallest_handoff_ml, after_loss=said.after_loss
    )


def _next(session: Session, offer: PostView, cause: str, *, now: datetime) -> Interest | None:
    """The first of the line who may be asked now; each is judged anew, so a block, a pause or a new must counts."""
    waiting = select(Interest).where(
        Interest.offer_id == offer.id, Interest.state == InterestState.OPEN, Interest.origin == Origin.YES
    )
    rows = {row.id: row for row in session.scalars(waiting)}
    apart = blocked_ids(offer.author_id)
    left_out = [row.id for row in rows.values() if row.family_id in apart]
    said = [Waiting(row.id, row.created_at, row.points) for row in rows.values()]
    turns = turns_of(offer.id, cause)
    ordered = order_of_turns(said, turns, apart=left_out, rules=matching_rules().rounds)
    return next((rows[each] for each in ordered if fits(offer, rows[each], now=now)), None)


def fits(offer: PostView, row: Interest, *, now: datetime) -> bool:
    """Whether the two could meet as both stand now: nobody blocked, shut or paused, in reach and against no must."""
    if not people([row.family_id])[row.family_id].active:
        return False
    verdict = judged(offer, post(row.request_id), asked_by=offer.author_id, now=now).verdict
    return not verdict.against_people and Refusal.BLOCKED not in verdict.refusals


def ask_turn(turn: str, *, now: datetime) -> None:
    """Ask the family whose turn was planned; when it no longer can, the next one is planned. Repeatable."""
    with transaction() as session:
        row = load_turn(session, LineTurn.public_id == turn)
        if row is None or row.state != TurnState.PLANNED or now < row.asks_at:
            return
        offer, interest = post(row.offer_id), session.get_one(Interest, row.interest_id)
        if not has_room(offer, now=now):
            enter(session, row, TurnState.ENDED, now=now)
            return
        if interest.state != InterestState.OPEN or not fits(offer, interest, now=now):
            go_on(session, row, TurnState.ENDED, now=now)
            return
        row.answer_until = now + ANSWER_WITHIN
        enter(session, row, TurnState.ASKED, now=now)
        jobs.enqueue(END_TURN, {"turn": turn}, now=now, unique_key=f"{END_TURN}:{turn}", delay=ANSWER_WITHIN)
        path = pair_path(offer.public_id, post(interest.request_id).public_id)
        notify(interest.family_id, "turn_asked", item=f"turn:{turn}", path=path, mail=True, now=now)


def end_turn(turn: str, *, now: datetime) -> None:
    """The family did not answer in its two days: it keeps its place, and the next one is planned. Repeatable."""
    with transaction() as session:
        row = load_turn(session, LineTurn.public_id == turn)
        if row is not None and row.state == TurnState.ASKED and row.answer_until and now >= row.answer_until:
            go_on(session, row, TurnState.LAPSED, now=now)


def go_on(session: Session, row: LineTurn, wanted: TurnState, *, now: datetime) -> None:
    """End a turn, and plan the next one of the same cause."""
    enter(session, row, wanted, now=now)
    plan_turn(row.offer_id, row.cause, now=now)


def enter(session: Session, row: LineTurn, wanted: TurnState, *, now: datetime) -> None:
    """Bring a turn into ``wanted``."""
    if LIFE.require(TurnState(row.state), wanted):
        row.state = wanted.value
        row.ended_at = None if wanted in OPEN else now
        session.flush()


def load_turn(session: Session, condition: ColumnElement[bool]) -> LineTurn | None:
    """The turn, after its offer is locked as by everybody who plans there, so that no two wait for each other."""
    offer_id = session.scalar(select(LineTurn.offer_id).where(condition))
    if offer_id is None:
        return None
    lock_offer(session, offer_id)
    wanted = select(LineTurn).where(condition).with_for_update()
    return session.scalars(wanted.execution_options(populate_existing=True)).one_or_none()


def open_turns(session: Session, condition: ColumnElement[bool]) -> list[LineTurn]:
    """The open turns meeting ``condition``, locked."""
    rows = select(LineTurn).where(condition, LineTurn.state.in_(OPEN)).order_by(LineTurn.id).with_for_update()
    return list(session.scalars(rows.execution_options(populate_existing=True)))


def tell_donor(
    offer: PostView, kind: str, turn: LineTurn, *, name: str, path: str | None = None, news: Collection[str] = (),
    now: datetime,
) -> None:  # fmt: skip
    """Tell the donor of a turn, by the name of its family; ``news`` as in :func:`plan_turn`."""
    item = f"{kind}:{turn.public_id}"
    notify(
        offer.author_id, kind, item=item, path=path or line_path(offer), params={"name": name},
        mail=not is_gentle(offer), joins=news, now=now,
    )  # fmt: skip
