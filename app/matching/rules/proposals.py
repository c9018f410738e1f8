"""
The life of a proposal: an offer put on a family's page unasked, and how long it stands there.

A pair is free, then shown, then answered by a yes or an invitation. A no is spent and costs nobody anything.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from app.kernel.states import TransitionTable


class ProposalState(StrEnum):
    """Where a proposal stands; only ``shown`` takes a place at the offer and on the page."""

    SHOWN = "shown"
    LAPSED = "lapsed"
    ANSWERED = "answered"
    DECLINED = "declined"
    CLOSED = "closed"


_S = ProposalState

PROPOSAL_LIFE: Final = TransitionTable(
    {
        _S.SHOWN: frozenset({_S.LAPSED, _S.ANSWERED, _S.DECLINED, _S.CLOSED}),
        _S.LAPSED: frozenset({_S.SHOWN, _S.ANSWERED, _S.DECLINED}),
        _S.CLOSED: frozenset({_S.SHOWN, _S.ANSWERED, _S.DECLINED}),
        _S.ANSWERED: frozenset({_S.SHOWN, _S.DECLINED}),
        _S.DECLINED: frozenset({_S.ANSWERED}),
    }
)
"""
What lapsed or was closed is free again. What was declined comes back only when the one who passed speaks first.
"""

LOOKED_AT: Final = timedelta(hours=72)
"""How long a proposal stays on the page after the family opened it without a word."""

REST_UNSEEN: Final = timedelta(hours=6)
"""A pair nobody looked at rests for one round, so that others are asked before it is shown again."""

REST_SEEN: Final = timedelta(days=14)
"""A pair that was looked at and left alone rests longer: silence after reading is half a no."""

BRIDGE: Final = timedelta(days=3)
"""With milk for less than this a family cannot wait for the next collection of changes."""


def has_left_page(*, shown: datetime, seen: datetime | None, unseen: timedelta, now: datetime) -> bool:
    """Whether a proposal's time on the page is over: ``unseen`` after it was shown, :data:`LOOKED_AT` after it was
    seen; the very moment counts as over.
    """
    return now - shown >= unseen if seen is None else now - seen >= LOOKED_AT


def is_resting(*, ended: datetime, seen: datetime | None, now: datetime) -> bool:
    """Whether a lapsed pair is left alone for now."""
    return now - ended < (REST_UNSEEN if seen is None else REST_SEEN)


def joins_open_map(*, published: datetime | None, booked: bool, after: timedelta, now: datetime) -> bool:
    """
    Whether an offer is shown to everybody who searches: published ``after`` ago or earlier, and not ``booked``, which
    says that a meeting is to come or that too little is left for one.
    """
    return published is not None and not booked and now - published >= after
