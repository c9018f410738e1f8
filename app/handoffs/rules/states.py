"""The life of a handoff, why one may be cancelled, and who answers whom."""

from enum import StrEnum
from typing import Final, Protocol

from app.kernel.states import TransitionTable


class HandoffState(StrEnum):
    """Where a handoff stands; the last four are ends, of which only a missed one may turn out to have been met."""

    PROPOSED = "proposed"
    AGREED = "agreed"
    ON_THE_WAY = "on_the_way"
    MET = "met"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    MISSED = "missed"


LIFE: Final = TransitionTable(
    {
        HandoffState.PROPOSED: frozenset({HandoffState.AGREED, HandoffState.DECLINED, HandoffState.CANCELLED}),
        HandoffState.AGREED: frozenset(
            {HandoffState.ON_THE_WAY, HandoffState.MET, HandoffState.CANCELLED, HandoffState.MISSED}
        ),
        HandoffState.ON_THE_WAY: frozenset({HandoffState.MET, HandoffState.CANCELLED, HandoffState.MISSED}),
        HandoffState.MET: frozenset({HandoffState.CONFIRMED, HandoffState.CANCELLED, HandoffState.MISSED}),
        HandoffState.MISSED: frozenset({HandoffState.MET}),
    }
)
"""
Nobody has to say that she is on the way; nothing is confirmed between two who did not meet. From met to missed goes
back only what was missed before.
"""

UNMET: Final = frozenset({HandoffState.AGREED, HandoffState.ON_THE_WAY})
"""A meeting is agreed and still to come."""

HELD: Final = UNMET | {HandoffState.MET}
"""The balance of the offer keeps milk for the handoff."""

OPEN: Final = HELD | {HandoffState.PROPOSED}
"""A handoff that may still happen."""


class CancelReason(StrEnum):
    """What somebody may say when a handoff will not happen; none of them is a health fact, and nobody has to say
    more.
    """

    UNSAID = "unsaid"
    PLANS_CHANGED = "plans_changed"
    CANNOT_TRAVEL = "cannot_travel"
    CAME_UP = "came_up"
    MILK_KEPT = "milk_kept"
    NOT_NEEDED = "not_needed"
    NOT_A_FIT = "not_a_fit"


class EndReason(StrEnum):
    """Why a handoff ended by itself: its post closed, nobody answered in time, nobody confirmed, nobody counted
    the milk, or another time was proposed instead.
    """

    POST_CLOSED = "post_closed"
    NO_ANSWER = "no_answer"
    NOT_CONFIRMED = "not_confirmed"
    ONE_SIDE_ONLY = "one_side_only"
    NOT_COUNTED = "not_counted"
    OTHER_TIME = "other_time"


class MetBy(StrEnum):
    """How the site knows that the two met: one typed the other's code, entered an amount, or said so after all."""

    CODE = "code"
    AMOUNT = "amount"
    AFTER_ALL = "after_all"


class Side(StrEnum):
    """The two people of a handoff."""

    DONOR = "donor"
    FAMILY = "family"


class Pair(Protocol):
    """Whatever names the two people: a conversation, a handoff, a view of either."""

    @property
    def donor_id(self) -> int:
        """The donating parent."""

    @property
    def family_id(self) -> int:
        """The receiving family."""


class Proposal(Pair, Protocol):
    """A pair of which one proposed."""

    @property
    def proposed_by_id(self) -> int:
        """Who proposed the window and the volume."""


def is_one_of(pair: Pair, person_id: int) -> bool:
    """Whether the person is one of the two."""
    return person_id in (pair.donor_id, pair.family_id)


def may_answer(proposal: Proposal, person_id: int) -> bool:
    """Whether the person may agree or decline: the one of the two who did not propose."""
    return is_one_of(proposal, person_id) and person_id != proposal.proposed_by_id


def side_of(pair: Pair, person_id: int) -> Side:
    """On which side one of the two stands."""
    return Side.DONOR if person_id == pair.donor_id else Side.FAMILY


def other_of(pair: Pair, person_id: int) -> int:
    """The other one of the two."""
    return pair.family_id if person_id == pair.donor_id else pair.donor_id
