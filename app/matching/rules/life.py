"""
The life of an interest, the caps that keep donors from being flooded, and the line that keeps families from being
forgotten. The numbers are the site's own (``RoundRules``); only a newcomer's cap and a note's length stand here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from app.kernel.errors import Conflict, LimitReached
from app.kernel.states import TransitionTable
from app.kernel.words import N_
from app.matching.rules.weights import RoundRules


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

FIRST_CONTACTS_OF_A_NEWCOMER: Final = 3
"""A newcomer (trust 0) may write first to so many people in a day."""

NOTE_LENGTH: Final = 500

_OFFER_FULL: Final = N_(
    "As many families as can wait for this milk have already said yes, so it takes no more for now. Your request keeps "
    "looking: we tell you as soon as other milk within your reach fits."
)
_FAMILY_FULL: Final = N_("You have the most open yeses that fit at one time. Take one back, or wait for an answer.")
_INVITED_ENOUGH: Final = N_(
    "As many families as can be invited at once have your invitation. Wait for an answer or take one back first."
)
_NEWCOMER_FULL: Final = N_(
    "You are new here, so you can write first to three people in a day. Tomorrow you can write to more."
)
_SPENT: Final = N_("This has been answered before. Have a look at the others that fit.")


def round_of(moment: datetime, *, rules: RoundRules) -> int:
    """The number of the round a moment falls into, counted in UTC from the epoch; rounds follow without a gap."""
    return int(moment.astimezone(UTC).timestamp() // rules.every.total_seconds())


def round_ends(moment: datetime, *, rules: RoundRules) -> datetime:
    """When the round of ``moment`` ends: from then on its places in a line are fixed."""
    return datetime.fromtimestamp((round_of(moment, rules=rules) + 1) * rules.every.total_seconds(), UTC)


@dataclass(frozen=True, slots=True)
class Waiting:
    """An open yes in an offer's line: when it came and the points it had at that moment, in hundredths."""

    interest_id: int
    came: datetime
    points: int


def line(waiting: Iterable[Waiting], *, rules: RoundRules) -> tuple[Waiting, ...]:
    """
    The order in which a donor meets the families.

    Rounds follow each other, score orders only inside a round, ties go by who came first and then by id. So once a
    round is over nobody can be put in front of somebody from it.
    """

    def place(one: Waiting) -> tuple[int, int, datetime, int]:
        return round_of(one.came, rules=rules), -one.points, one.came, one.interest_id

    return tuple(sorted(waiting, key=place))


def room_for_yes(*, at_offer: int, of_family: int, rules: RoundRules) -> None:
    """Raise :class:`LimitReached` when the offer or the family holds its most open yeses already."""
    if at_offer >= rules.families_at_offer:
        raise LimitReached(_OFFER_FULL, code="offer_full")
    if of_family >= rules.offers_on_page:
        raise LimitReached(_FAMILY_FULL, code="family_full")


def room_for_invitation(*, at_offer: int, rules: RoundRules) -> None:
    """Raise :class:`LimitReached` when the offer has its most open invitations already."""
    if at_offer >= rules.invitations_of_offer:
        raise LimitReached(_INVITED_ENOUGH, code="invited_enough")


def room_for_first_contact(*, trust: int, today: int) -> None:
    """Raise :class:`LimitReached` when a newcomer has written first to enough people in the last day."""
    if trust == 0 and today >= FIRST_CONTACTS_OF_A_NEWCOMER:
        raise LimitReached(_NEWCOMER_FULL, code="newcomer_full")


def reopen(state: InterestState) -> None:
    """Raise :class:`Conflict` unless a pair in ``state`` may speak again."""
    if not LIFE.allows(state, InterestState.OPEN):
        raise Conflict(_SPENT, code="spent")


def has_lapsed(*, came: datetime, last_answer: datetime | None, now: datetime, rules: RoundRules) -> bool:
    """
    Whether silence has gone on for ``rules.silence``; the very moment counts.

    Silence is counted from the interest or from the last answer the same person gave at this post, so that families
    further back in line do not lapse while the donor works her way to them.
    """
    heard = came if last_answer is None else max(came, last_answer)
    return now - heard >= rules.silence
