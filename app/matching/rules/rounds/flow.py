"""
The best choice, exactly: a flow of least cost through one connected part of the graph.

Each pair is an arc that one unit may pass. What the k-th pair at an end costs is a row of parallel arcs, dearer from
one to the next, so a flow of least cost uses them in order; what is not worth its cost goes round by a free arc.
"""

import numpy as np
from numpy.typing import NDArray

from app.matching.rules.rounds.costs import Ends
from app.matching.rules.rounds.edges import Candidates

_FINER = 1 << 20
"""A hundredth of a point in the units of the flow: 2⁶³ holds it for two million pairs and 1,000 points."""

_TIE_BITS = 10
"""Ties lie between 1 and 2 to this power: a thousand pairs together stay under a hundredth of a point."""


def choose_exactly(
    candidates: Candidates, worth: NDArray[np.int64], tie: NDArray[np.uint64], offers: Ends, pages: Ends
) -> NDArray[np.bool_]:
    """
    A mask of the chosen pairs of one connected part.

    ``worth`` is each pair's value at ends where nothing stands. Of two best choices the one of smaller hashes is
    taken, and a pair that would add nothing is left out. The same rows in the same order give the same choice,
    whatever the numbers of their posts are.
    """
    from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

    offer, offer_of = _as_met(candidates.offer)
    request, request_of = _as_met(candidates.request)
    flow = SimpleMinCostFlow()
    cost = (tie >> np.uint64(64 - _TIE_BITS)).astype(np.int64) + 1 - worth * _FINER
    pairs = flow.add_arcs_with_capacity_and_unit_cost(offer_of, request_of + len(offer), np.ones_like(cost), cost)
    source, sink = len(offer) + len(request), len(offer) + len(request) + 1
    node, price = _steps(offers, offer, offer_of)
    out = len(node)
    flow.add_arcs_with_capacity_and_unit_cost(np.full(out, source), node, np.ones(out, np.int64), price)
    node, price = _steps(pages, request, request_of)
    into = len(node)
    flow.add_arcs_with_capacity_and_unit_cost(node + len(offer), np.full(into, sink), np.ones(into, np.int64), price)
    units = min(out, into)
    flow.add_arc_with_capacity_and_unit_cost(source, sink, units, 0)
    flow.set_nodes_supplies([source, sink], [units, -units])
    if flow.solve() != flow.OPTIMAL:  # pragma: no cover, the free arc makes every graph solvable
        raise ArithmeticError("a flow that may always go round has no solution")
    return np.asarray(flow.flows(pairs)) > 0


def _as_met(positions: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.intp]]:
    """The different positions in the order in which the rows name them, and for each row its place in that order."""
    rows, most = len(positions), int(positions.max(initial=-1)) + 1
    # Written from the last row to the first, so that the first row stays.
    first = np.full(most, rows)
    first[positions[::-1]] = np.arange(rows)[::-1]
    found = np.flatnonzero(first < rows)
    met = found[np.argsort(first[found])]
    place = np.empty(most, np.intp)
    place[met] = np.arange(len(met))
    return met.astype(positions.dtype), place[positions]


def _steps(
    side: Ends, positions: NDArray[np.int32], place: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """For each end a unit arc for each pair it may still take, no more than it has: (end, price)."""
    units = np.minimum(side.free[positions], np.bincount(place))
    node = np.repeat(np.arange(len(positions)), units)
    nth = np.arange(len(node)) - np.repeat(np.cumsum(units) - units, units)
    return node, side.steps[side.held[positions][node] + nth] * _FINER
