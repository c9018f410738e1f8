"""What the next pair at an offer or on a page costs, and how many more fit, in hundredths of a point."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.matching.rules.rounds.edges import Candidates, Held, Room
from app.matching.rules.weights import RoundRules

HUNDREDTHS = 100


@dataclass(frozen=True, slots=True)
class Ends:
    """
    One side of the graph.

    ``steps[k]`` is what the pair costs that comes after ``k`` others; they never fall, or a flow would take the
    cheaper later step first. ``held`` says how many stand before the round and ``free`` how many may be added.
    """

    steps: NDArray[np.int64]
    held: NDArray[np.int32]
    free: NDArray[np.int32]

    def next_step(self) -> NDArray[np.int64]:
        """What the first added pair costs at each end; meaningless where nothing is free."""
        return self.steps[np.minimum(self.held, len(self.steps) - 1)]


def ends(steps: Sequence[float], cap: int, held: NDArray[np.int32], room: NDArray[np.int32]) -> Ends:
    """
    The ends of one side under ``cap``.

    An end that holds more than its cap (a rule that was tightened) takes nothing and loses nothing. ValueError when
    there are fewer steps than the cap asks for, or a step is cheaper than the one before it.
    """
    scaled = np.rint(np.asarray(steps, np.float64) * HUNDREDTHS).astype(np.int64)
    if len(scaled) < cap or (np.diff(scaled) < 0).any():
        raise ValueError("each of the cap's steps is needed, and none may cost less than the one before it")
    free = np.clip(np.minimum(room, cap - held), 0, None).astype(np.int32)
    return Ends(scaled[:cap] if cap else scaled[:1], held.astype(np.int32), free)


def both_ends(held: Held, room: Room, rules: RoundRules) -> tuple[Ends, Ends]:
    """The offers' side and the pages' side under the rules."""
    return (
        ends(rules.offer_steps, rules.families_at_offer, held.at_offer, room.at_offer),
        ends(rules.page_steps, rules.offers_on_page, held.on_page, room.on_page),
    )


def gains(candidates: Candidates, offers: Ends, pages: Ends, rules: RoundRules) -> NDArray[np.int64]:
    """
    What each pair would add if it were the next one at both its ends.

    Not above zero: it can never be chosen, since steps only rise. Pairs at an end without room gain nothing.
    """
    worth: NDArray[np.int64] = candidates.points.astype(np.int64) - round(rules.base * HUNDREDTHS)
    worth -= offers.next_step()[candidates.offer]
    worth -= pages.next_step()[candidates.request]
    worth[(offers.free[candidates.offer] == 0) | (pages.free[candidates.request] == 0)] = 0
    return worth
