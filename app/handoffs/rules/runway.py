"""
How long a family's milk lasts: what it said it has, less what the baby drinks, and what is agreed to come.

A figure and a band about it, never a promise: the need is the family's own estimate, and a meeting can fall through.
Milk of a weekly offer counts from the agreement on, week by week, as any other; weeks not agreed on are not counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from app.kernel.quantities import Millilitres
from app.matching.rules.proposals import BRIDGE
from app.matching.rules.stock import Arrival, milk_left

NEED_VARIES: Final = 0.2
"""
How far the real need may be from the stated one, either way: a fifth.

Our own estimate. Babies who grow normally drink 450 to 1,200 ml a day, which is about 40 percent to either side of the
middle of 735 ml, but that is the spread between babies; a family knows its own baby, so half of it is taken.
"""

FARTHEST: Final = timedelta(days=366)
"""Nothing is said about a day further away; milk in a freezer is best used within a year anyway."""

_DAY: Final = timedelta(days=1)


class Standing(StrEnum):
    """Where a delivery stands."""

    RECEIVED = "received"
    AGREED = "agreed"
    LATE = "late"
    """Its window is over and nobody has said that it happened, or that it did not."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """Milk of one handoff: when it came, or when it is to be there at the latest."""

    at: datetime
    volume: Millilitres
    standing: Standing


@dataclass(frozen=True, slots=True)
class Stock:
    """What a family said it had at ``said``, and what its baby drinks a day (more than zero)."""

    stated: Millilitres
    said: datetime
    need_per_day: Millilitres


@dataclass(frozen=True, slots=True)
class Runway:
    """
    When the milk runs out, as of ``now``: ``runs_out`` most likely, between ``earliest`` and ``latest``.

    None of them is before ``now`` nor further than :data:`FARTHEST`. ``left`` is what is at home now; ``without`` is
    when it runs out if none of the milk still to come does come, None when none is to come.
    """

    now: datetime
    left: Millilitres
    runs_out: datetime
    earliest: datetime
    latest: datetime
    without: datetime | None

    @property
    def is_short(self) -> bool:
        """Whether it lasts for less than three days, so that a bridge is offered."""
        return self.runs_out - self.now < BRIDGE

    @property
    def is_out(self) -> bool:
        """Whether nothing is left now, and nothing has just come."""
        return self.runs_out <= self.now

    @property
    def is_far(self) -> bool:
        """Whether it lasts longer than anything can be said about."""
        return self.runs_out - self.now >= FARTHEST


def standing_of(window_end: datetime, *, now: datetime) -> Standing:
    """Where milk stands that is agreed and not confirmed: ahead until its window is over, late from then on."""
    return Standing.AGREED if now < window_end else Standing.LATE


def runway(stock: Stock, deliveries: Sequence[Delivery], *, now: datetime) -> Runway:
    """
    Reckon when the milk runs out.

    The middle takes the stated need and every delivery at its moment, one that is late as coming now. The early end
    takes the higher need and leaves out what is late; the late end takes the lower need. A gap before the next
    delivery is running out: the milk of Friday feeds nobody on Wednesday.
    """
    sure = [one for one in deliveries if one.standing is not Standing.LATE]
    came = [one for one in deliveries if one.standing is Standing.RECEIVED]
    lower, higher = _band(stock.need_per_day)
    left = _at_home(stock, stock.need_per_day, came, now=now)
    return Runway(
        now=now,
        left=Millilitres(round(left)),
        runs_out=_empty_at(stock, stock.need_per_day, deliveries, now=now),
        earliest=_empty_at(stock, higher, sure, now=now),
        latest=_empty_at(stock, lower, deliveries, now=now),
        without=None if len(came) == len(deliveries) else _empty_at(stock, stock.need_per_day, came, now=now),
    )


def _band(need: Millilitres) -> tuple[Millilitres, Millilitres]:
    lower, higher = need * (1 - NEED_VARIES), need * (1 + NEED_VARIES)
    return Millilitres(max(1, int(lower))), Millilitres(round(higher + 0.5))


def _at_home(stock: Stock, need: Millilitres, deliveries: Sequence[Delivery], *, now: datetime) -> float:
    came = [Arrival(one.at, one.volume, received=True) for one in deliveries if one.standing is Standing.RECEIVED]
    return milk_left(stock.stated, said=stock.said, need_per_day=need, arrivals=came, now=now)


def _empty_at(stock: Stock, need: Millilitres, deliveries: Sequence[Delivery], *, now: datetime) -> datetime:
    level, at = _at_home(stock, need, deliveries, now=now), now
    ahead = [(max(one.at, now), one.volume) for one in deliveries if one.standing is not Standing.RECEIVED]
    for moment, volume in sorted(ahead):
        drunk = need * ((moment - at) / _DAY)
        if level < drunk:
            break
        level, at = level - drunk + volume, moment
    lasts = min(level / need, FARTHEST / _DAY)
    return min(at + timedelta(days=lasts), now + FARTHEST)
