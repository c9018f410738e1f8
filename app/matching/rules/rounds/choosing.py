"""One interface before the exact and the quick way to choose the pairs of a round."""

from enum import StrEnum
from importlib.util import find_spec
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.kernel.ordering import stable_order
from app.matching.rules.rounds.components import components
from app.matching.rules.rounds.costs import HUNDREDTHS, Ends, both_ends, gains
from app.matching.rules.rounds.doubles import any_twice
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
    able = gain > 0
    # Millions of pairs are copied only where some of them fall out.
    if not able.all():
        candidates, gain, tie = candidates.take(able), gain[able], tie[able]
    chosen = np.zeros(len(able), np.bool_)
    if solver is Solver.EXACT and find_spec("ortools") is not None:
        chosen[able] = _by_parts(candidates, gain, round(rules.base * HUNDREDTHS), tie, offers, pages)
    else:
        chosen[able] = choose_greedily(candidates, gain, tie, offers, pages)
    return chosen


def _check(candidates: Candidates, tie: NDArray[np.uint64]) -> None:
    if not len(candidates.offer) == len(candidates.request) == len(candidates.points) == len(tie):
        raise ValueError("offer, request, points and tie must be of one length")
    if any_twice(candidates):
        raise ValueError("a pair stands in the candidates twice")


def _by_parts(
    candidates: Candidates,
    gain: NDArray[np.int64],
    base: int,
    tie: NDArray[np.uint64],
    offers: Ends,
    pages: Ends,
) -> NDArray[np.bool_]:
    """Each connected part by itself, its rows in the order of their hashes; the quick way needs no order."""
    part = components(candidates.offer, candidates.request, len(offers.held), len(pages.held))
    large = (np.bincount(part) > LARGEST_EXACT)[part]
    chosen = np.zeros(len(part), np.bool_)
    # No part changes another, so all are walked together: to copy millions of pairs takes longer than to walk the rest.
    if large.any():
        chosen = choose_greedily(candidates, gain, tie, offers, pages) & large
    small = np.flatnonzero(~large)
    order = small[_by_part(candidates.take(small), tie[small], part[small])]
    starts = np.flatnonzero(np.diff(part[order], prepend=-1))
    for rows in np.split(order, starts[1:]):
        if len(rows) == 1:
            chosen[rows] = True  # Its gain is above zero and nothing competes with it.
        elif len(rows):
            few = candidates.take(rows)
            chosen[rows] = choose_exactly(few, few.points.astype(np.int64) - base, tie[rows], offers, pages)
    return chosen


def _by_part(candidates: Candidates, tie: NDArray[np.uint64], part: NDArray[np.int32]) -> NDArray[np.intp]:
    """Rows part by part, in each by hash; where hashes agree, which hardly happens, by the numbers of their posts."""
    by_tie = np.argsort(tie)
    if (np.diff(tie[by_tie]) == 0).any():
        return np.lexsort((candidates.request, candidates.offer, tie, part))
    return by_tie[stable_order(part[by_tie].astype(np.int64))]
