"""What came of it: a handful of numbers, none of which can be traced to a person."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass

import numpy as np

from app.kernel.quantities import Millilitres

WITHIN_DAYS = 7


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    ``fed``: the share of families with their first milk within seven days, of those watched that long.
    ``messages_p50`` and ``messages_p95``: families that wrote to a donor. ``kilometres``: the median way of a kept
    handoff. ``waste``: milk whose donor gave up or whose days ran out, of all that was given or lost. ``gini``: of the
    millilitres each of those families got, 0 when all got the same. ``meetings``: kept handoffs of a donor who gave, in
    the mean.
    """

    fed: float
    messages_p50: float
    messages_p95: float
    kilometres: float
    waste: float
    gini: float
    meetings: float = 0.0


def average(outcomes: Sequence[Outcome]) -> Outcome:
    """The mean of several runs, number by number."""
    return Outcome(*(float(mean) for mean in np.mean([astuple(one) for one in outcomes], axis=0)))


def gini(amounts: Sequence[float]) -> float:
    """The Gini coefficient of amounts that are not below zero; 0 when there are none or all are zero."""
    ordered = np.sort(np.asarray(amounts, np.float64))
    whole = ordered.sum()
    if not whole:
        return 0.0
    ranks = np.arange(1, len(ordered) + 1)
    return float((2 * ranks - len(ordered) - 1) @ ordered / (len(ordered) * whole))


def measured(
    *,
    first_milk: Sequence[float | None],
    received: Sequence[float],
    messages: Sequence[int],
    givers: int,
    ways: Sequence[float],
    given: Millilitres | float,
    wasted: Millilitres | float,
) -> Outcome:
    """
    The numbers of one run.

    ``first_milk`` is hours from coming to the first milk of each family that counts, None without; the shares of
    nothing are 0.
    """
    soon = [hours is not None and hours <= WITHIN_DAYS * 24 for hours in first_milk]
    p50, p95 = np.percentile(messages, [50, 95]) if messages else (0, 0)
    return Outcome(
        fed=sum(soon) / len(soon) if soon else 0.0,
        messages_p50=float(p50),
        messages_p95=float(p95),
        kilometres=float(np.median(ways)) if ways else 0.0,
        waste=float(wasted / (given + wasted)) if given + wasted else 0.0,
        gini=gini(received),
        meetings=len(ways) / givers if givers else 0.0,
    )
