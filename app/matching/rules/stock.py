"""How much milk a family has: what it said, what came since, less what the baby drank, and what is booked ahead."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.kernel.quantities import Millilitres
from app.matching.rules.feasible import SMALLEST_MOVE

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Arrival:
    """Milk of one handoff: ``received`` at that moment, or still to come then."""

    at: datetime
    volume: Millilitres
    received: bool


def milk_left(
    stated: Millilitres, *, said: datetime, need_per_day: Millilitres, arrivals: Sequence[Arrival], now: datetime
) -> float:
    """
    Millilitres at home and on their way at ``now``.

    The stock stated at ``said`` falls by the need of each day and never below zero; milk received since adds to it
    from its moment on, and milk received before is part of what was stated. Booked milk counts whole until its meeting
    is settled.
    """
    came = sorted((one for one in arrivals if one.received and said < one.at <= now), key=lambda one: one.at)
    left, at = float(stated), said
    for one in came:
        left = _after(left, need_per_day, one.at - at) + one.volume
        at = one.at
    ahead = sum(one.volume for one in arrivals if not one.received)
    return _after(left, need_per_day, max(now - at, timedelta())) + ahead


def _after(left: float, need_per_day: Millilitres, gone: timedelta) -> float:
    return max(0.0, left - need_per_day * (gone / _DAY))


def days_left(left: float, need_per_day: Millilitres) -> float:
    """For how many days ``left`` millilitres last."""
    return left / need_per_day


def is_quiet(left: float, need_per_day: Millilitres, *, quiet_days: float) -> bool:
    """Whether a request needs no proposals for now; it wakes by itself as the stock falls."""
    return days_left(left, need_per_day) >= quiet_days


def is_worth_a_meeting(left: float, *, smallest: int | None, after_loss: bool) -> bool:
    """
    Whether ``left`` millilitres of an offer are worth another meeting.

    That is 295 ml, and what the donor said she moves for; after a loss any amount is.
    """
    return left >= max(1 if after_loss else SMALLEST_MOVE, smallest or 0)
