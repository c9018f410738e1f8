"""One interface before the exact and the quick way to choose the pairs of a round."""

from enum import StrEnum
from importlib.util import find_spec
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.matching.rules.rounds.components import components
from app.matching.rules.rounds.costs import HUNDREDTHS, Ends, both_ends, gains
from app.matching.rules.rounds.edges import Candidates, Held, Room
from app.matching.rules.rounds.flow import choose_exactly
from app.matching.rules.rounds.greedy import choose_greedily
from app.matching.rules.weights import RoundRules

LARGEST_EXACT: Final = 2_000_000
"""A connected part of more pairs is chosen greedily: the flow's time grows faster than the graph (benchmarks)."""


class Solver(StrEnum):
    """How to choose: the best total, or within one per cent of it in a small part of the time."""

    EXACT = "exact"
    GREEDY = "greedy"


def choose(
    candidates: Candidates,
    held: Held,
    room: Room,
    *,
    tie: NDArray[np.uint64],
    rules: RoundRules,
    solver: Solver = Solver.EXACT,
) -> NDArray[np.bool_]:
    """
    A mask over ``candidates``: the pairs to propose now, of the greatest total of points less the base.

    The k-th family at an offer and the k-th offer on a page cost the rules' steps, k counted from what is ``held``;
    what stands is never taken away, so a micro-round is the same call with the touched posts' pairs. Neither the caps
    nor ``room`` are ever exceeded. The order of the rows and the numbering of the posts change nothing; ``tie``
    (:func:`.tie_hashes`) settles what is equal. Without OR-tools, and in parts of more than
    :data:`LARGEST_EXACT` pairs, :data:`Solver.EXACT` chooses as :data:`Solver.GREEDY` does. ValueError when a pair
    stands in the candidates twice or the columns differ in length.
    """
    _check(candidates, tie)
    offers, pages = both_ends(held, room, rules)
    gain = gains(candidates, offers, pages, rules)
    able = np.flatnonzero(gain > 0)
    chosen = np.zeros(len(candidates), np.bool_)
    kept, gain, tie = candidates.take(able), gain[able], tie[able]
    if solver is Solver.EXACT and find_spec("ortools") is not None:
        worth = kept.points.astype(np.int64) - round(rules.base * HUNDREDTHS)
        chosen[able] = _by_parts(kept, gain, worth, tie, offers, pages)
    else:
        chosen[able] = choose_greedily(kept, gain, tie, offers, pages)
    return chosen


def _check(candidates: Candidates, tie: NDArray[np.uint64]) -> None:
    if not len(candidates.offer) == len(candidates.request) == len(candidates.points) == len(tie):
        raise ValueError("offer, request, points and tie must be of one length")
    key = (candidates.offer.astype(np.int64) << 32) | candidates.request
    if not (key[1:] > key[:-1]).all():
        key.sort()
    if (key[1:] == key[:-1]).any():
        raise ValueError("a pair stands in the candidates twice")


def _by_parts(
    candidates: Candidates,
    gain: NDArray[np.int64],
    worth: NDArray[np.int64],
    tie: NDArray[np.uint64],
    offers: Ends,
    pages: Ends,
) -> NDArray[np.bool_]:
    """Each connected part by itself, its rows in the order of their hashes."""
    part = components(candidates.offer, candidates.request, len(offers.held), len(pages.held))
    order = np.lexsort((candidates.request, candidates.offer, tie, part))
    starts = np.flatnonzero(np.diff(part[order], prepend=-1))
    chosen = np.zeros(len(order), np.bool_)
    for rows in np.split(order, starts[1:]):
        few = candidates.take(rows)
        if len(rows) == 1:
            chosen[rows] = True  # Its gain is above zero and nothing competes with it.
        elif len(rows) > LARGEST_EXACT:
            chosen[rows] = choose_greedily(few, gain[rows], tie[rows], offers, pages)
        else:
            chosen[rows] = choose_exactly(few, worth[rows], tie[rows], offers, pages)
    return chosen
