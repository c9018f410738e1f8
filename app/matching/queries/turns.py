"""Whose turn it is in a line: what stands at an offer, what a family is asked, what a donor can still stop."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from app.accounts.queries import blocked_ids, person
from app.infra.database import db
from app.kernel.access import Identity
from app.kernel.errors import NotFound
from app.matching.models import Interest, LineTurn
from app.matching.queries.cards import Match
from app.matching.queries.matches import best_matches
from app.matching.rules.turns import OPEN, Turns, TurnState
from app.posts.queries import PostView, post
from app.posts.rules import PostState

NEXT_BEST = 3
"""So many others are named to a family whose wish came to nothing."""


@dataclass(frozen=True, slots=True)
class TurnView:
    """An open turn: whose, until when the donor can stop it before anybody is asked, and until when it can be taken."""

    public_id: str
    interest_public_id: str
    family_name: str
    is_asked: bool
    asks_at: datetime
    answer_until: datetime | None


@dataclass(frozen=True, slots=True)
class Instead:
    """
    What a family reads when the milk it waited for is gone.

    ``others`` are at most :data:`NEXT_BEST`, the best first; ``looking`` says that its request is live, so that rounds
    go on looking for it.
    """

    request: PostView
    others: tuple[Match, ...]
    looking: bool


def turns_of(offer_id: int, cause: str) -> Turns:
    """What turns there were at an offer, as the rules read them."""
    rows = db.session.scalars(select(LineTurn).where(LineTurn.offer_id == offer_id)).all()
    return Turns(
        of_cause={row.interest_id: TurnState(row.state) for row in rows if row.cause == cause},
        open=frozenset(row.interest_id for row in rows if row.state in OPEN),
        silent=frozenset(row.interest_id for row in rows if row.state == TurnState.LAPSED),
    )


def open_turns(offer_id: int) -> tuple[TurnView, ...]:
    """The turns at one's own offer that a donor can still stop; the caller has asked whose offer it is."""
    rows = db.session.execute(
        select(LineTurn, Interest)
        .join(Interest, Interest.id == LineTurn.interest_id)
        .where(LineTurn.offer_id == offer_id, LineTurn.state.in_(OPEN))
        .order_by(LineTurn.id)
    )
    return tuple(_view(turn, interest) for turn, interest in rows)


def asked_turn(actor: Identity, interest_public_id: str, *, now: datetime) -> TurnView | None:
    """The question a family can answer about its own yes; None when it is not asked, or the time for it is over."""
    found = db.session.execute(
        select(LineTurn, Interest)
        .join(Interest, Interest.id == LineTurn.interest_id)
        .where(
            Interest.public_id == interest_public_id, Interest.family_id == actor.person_id,
            LineTurn.state == TurnState.ASKED.value, LineTurn.answer_until > now,
        )
    ).one_or_none()  # fmt: skip
    return None if found is None else _view(found[0], found[1])


def asked_turns(actor: Identity, *, now: datetime) -> tuple[TurnView, ...]:
    """Every question about the actor's own yeses that waits for an answer, the one that ends first before others."""
    rows = db.session.execute(
        select(LineTurn, Interest)
        .join(Interest, Interest.id == LineTurn.interest_id)
        .where(
            Interest.family_id == actor.person_id, LineTurn.state == TurnState.ASKED.value, LineTurn.answer_until > now
        )
        .order_by(LineTurn.answer_until, LineTurn.id)
    )
    return tuple(_view(turn, interest) for turn, interest in rows)


def turns_to_answer(actor: Identity, *, now: datetime) -> int:
    """How many of the actor's yeses ask now whether the milk is still wanted."""
    asked = (
        select(func.count())
        .select_from(LineTurn)
        .join(Interest, Interest.id == LineTurn.interest_id)
        .where(
            Interest.family_id == actor.person_id, LineTurn.state == TurnState.ASKED.value, LineTurn.answer_until > now
        )
    )
    return db.session.scalar(asked) or 0


def _view(turn: LineTurn, interest: Interest) -> TurnView:
    name = person(interest.family_id).display_name
    asked = turn.state == TurnState.ASKED
    return TurnView(turn.public_id, interest.public_id, name, asked, turn.asks_at, turn.answer_until)


def instead_of(actor: Identity, interest_public_id: str, *, now: datetime) -> Instead:
    """What else there is for a family whose wish ended; :class:`NotFound` for anybody else's."""
    row = db.session.scalars(select(Interest).where(Interest.public_id == interest_public_id)).one_or_none()
    if row is None or row.family_id != actor.person_id or row.donor_id in blocked_ids(actor.person_id):
        raise NotFound
    request = post(row.request_id)
    live = request.state is PostState.LIVE
    others = best_matches(request, NEXT_BEST, now=now) if live else ()
    return Instead(request=request, others=others, looking=live)
