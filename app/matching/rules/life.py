"""
The life of an interest, the caps that keep donors from being flooded, and the line that keeps families from being
forgotten.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from app.kernel.errors import Conflict, LimitReached
from app.kernel.states import TransitionTable
from app.kernel.words import N_


class InterestState(StrEnum):
    """Where an interest stands; everything but ``open`` has an answer."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    CLOSED = "closed"


class Origin(StrEnum):
    """Who spoke first: the family by a yes, or the donor by an invitation."""

    YES = "yes"
    INVITATION = "invitation"


LIFE: Final = TransitionTable(
    {
        InterestState.OPEN: frozenset(InterestState) - {InterestState.OPEN},
        InterestState.WITHDRAWN: frozenset({InterestState.OPEN}),
        InterestState.CLOSED: frozenset({InterestState.OPEN}),
    }
)
"""A pair that was declined or left without an answer is spent: it is never proposed again and nobody is asked twice."""

SPENT: Final = frozenset({InterestState.DECLINED, InterestState.LAPSED})

YESES_AN_OFFER_TAKES: Final = 10
OPEN_YESES_OF_A_FAMILY: Final = 8
SHOWN_TO_DONOR: Final = 3
INVITATIONS_OF_AN_OFFER: Final = 3
FIRST_CONTACTS_OF_A_NEWCOMER: Final = 3
"""A newcomer (trust 0) may write first to so many people in a day."""

ROUND: Final = timedelta(hours=6)
"""Yeses of one round are ordered by score; afterwards their places in line are fixed."""

SILENCE: Final = timedelta(hours=96)
"""After so long without an answer an interest lapses and the other side is told."""

NOTE_LENGTH: Final = 500

_OFFER_FULL: Final = N_(
    "Ten families have already said yes to this milk, so it takes no more for now. Your request keeps looking: we tell "
    "you as soon as other milk within your reach fits."
)
_FAMILY_FULL: Final = N_("You have eight open yeses, the most at one time. Take one back, or wait for an answer.")
_INVITED_ENOUGH: Final = N_("Three families have your invitation now. Wait for an answer or take one back first.")
_NEWCOMER_FULL: Final = N_(
    "You are new here, so you can write first to three people in a day. Tomorrow you can write to more."
)
_SPENT: Final = N_("This has been answered before. Have a look at the others that fit.")


def round_of(moment: datetime) -> int:
    """The number of the six-hour round a moment falls into, counted in UTC."""
    return int(moment.astimezone(UTC).timestamp() // ROUND.total_seconds())


def round_ends(moment: datetime) -> datetime:
    """When the line of the round of ``moment`` is fixed."""
    return datetime.fromtimestamp((round_of(moment) + 1) * ROUND.total_seconds(), UTC)


@dataclass(frozen=True, slots=True)
class Waiting:
    """An open yes in an offer's line: when it came and the points it had at that moment, in hundredths."""

    interest_id: int
    came: datetime
    points: int


def line(waiting: Iterable[Waiting]) -> tuple[Waiting, ...]:
    """
    The order in which a donor meets the families.

    Rounds follow each other, score orders only inside a round, ties go by who came first and then by id. So once a
    round is over nobody can be put in front of somebody from it.
    """
    return tuple(sorted(waiting, key=lambda one: (round_of(one.came), -one.points, one.came, one.interest_id)))


def room_for_yes(*, at_offer: int, of_family: int) -> None:
    """Raise :class:`LimitReached` when the offer or the family holds its most open yeses already."""
    if at_offer >= YESES_AN_OFFER_TAKES:
        raise LimitReached(_OFFER_FULL, code="offer_full")
    if of_family >= OPEN_YESES_OF_A_FAMILY:
        raise LimitReached(_FAMILY_FULL, code="family_full")


def room_for_invitation(*, at_offer: int) -> None:
    """Raise :class:`LimitReached` when the offer has its most open invitations already."""
    if at_offer >= INVITATIONS_OF_AN_OFFER:
        raise LimitReached(_INVITED_ENOUGH, code="invited_enough")


def room_for_first_contact(*, trust: int, today: int) -> None:
    """Raise :class:`LimitReached` when a newcomer has written first to enough people in the last day."""
    if trust == 0 and today >= FIRST_CONTACTS_OF_A_NEWCOMER:
        raise LimitReached(_NEWCOMER_FULL, code="newcomer_full")


def reopen(state: InterestState) -> None:
    """Raise :class:`Conflict` unless a pair in ``state`` may speak again."""
    if not LIFE.allows(state, InterestState.OPEN):
        raise Conflict(_SPENT, code="spent")


def has_lapsed(*, came: datetime, last_answer: datetime | None, now: datetime) -> bool:
    """
    Whether silence has gone on for :data:`SILENCE`.

    Silence is counted from the interest or from the last answer the same person gave at this post, so that families
    further back in line do not lapse while the donor works her way to them.
    """
    heard = came if last_answer is None else max(came, last_answer)
    return now - heard >= SILENCE
