"""One round over invented people: how long choosing takes, and how near the greedy choice comes to the best."""

from time import perf_counter

import numpy as np
from scipy.spatial import cKDTree

from app.matching.rules.rounds import Candidates, Held, Room, Solver, choose, tie_hashes
from app.matching.rules.weights import RoundRules
from tests.bench.figures import table

SIZES = (1_000, 10_000, 100_000)
LARGEST = 1_000_000
_RULES = RoundRules()
_WARM = 120_000


def run(*, largest: bool = False) -> None:
    """Print the table; with ``largest`` a million posts too, greedily (a minute, most of it to invent the graph)."""
    _measured(_WARM, (Solver.GREEDY,))  # Compiles the loops, or loads what was compiled before.
    rows = [row for posts in SIZES for row in _measured(posts, tuple(Solver))]
    if largest:
        rows += _measured(LARGEST, (Solver.GREEDY,))
    heads = ["posts", "pairs", "solver", "seconds", "chosen", "points", "of exact"]
    table("One round: choosing among every post's best 25 partners", heads, rows)


def _measured(posts: int, solvers: tuple[Solver, ...]) -> list[list[str | float]]:
    half = posts // 2
    graph = _graph(half)
    names = [str(number) for number in range(half)]
    tie = tie_hashes("2026-W47", names, names, graph)
    rows: list[list[str | float]] = []
    best = None
    for solver in solvers:
        start = perf_counter()
        mask = choose(graph, Held.nothing(half, half), Room.plenty(half, half), tie=tie, rules=_RULES, solver=solver)
        seconds = perf_counter() - start
        points = _points(graph, mask, half)
        best = points if solver is Solver.EXACT else best
        share = f"{points / best:.2%}" if best else "–"
        rows.append([f"{posts:,}", f"{len(graph):,}", str(solver), seconds, f"{mask.sum():,}", f"{points:,.0f}", share])
    return rows


def _graph(half: int) -> Candidates:
    """As many offers as requests over a plain that grows with them, about one of either on eight square kilometres."""
    dice = np.random.default_rng(half)
    offers, requests = dice.random((2, half, 2)) * np.sqrt(half) * 8
    need = dice.random(half) * 40
    partners = cKDTree(offers).query(requests, k=25)[1], cKDTree(requests).query(offers, k=25)[1]
    each = np.repeat(np.arange(half), 25)
    key = np.unique(np.concatenate([partners[0].ravel() * half + each, each * half + partners[1].ravel()]))
    offer, request = key // half, key % half
    apart = np.linalg.norm(offers[offer] - requests[request], axis=1)
    points = 25 * (1 - np.minimum(1, apart / 50)) + need[request] + dice.random(len(key)) * 20
    return Candidates(offer.astype(np.int32), request.astype(np.int32), np.rint(points * 100).astype(np.int32))


def _points(graph: Candidates, mask: np.ndarray, half: int) -> float:
    """The worth of a choice: each pair over the base, less the steps at both its ends."""
    steps = [np.cumsum([0, *steps]) for steps in (_RULES.offer_steps, _RULES.page_steps)]
    at = [np.bincount(column[mask], minlength=half) for column in (graph.offer, graph.request)]
    paid = sum(float(prices[counts].sum()) for prices, counts in zip(steps, at))
    return float((graph.points[mask] / 100 - _RULES.base).sum()) - paid


if __name__ == "__main__":
    run(largest=True)
