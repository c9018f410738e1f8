"""
The candidate pairs of a round: every post's best feasible partners, by points; ties go to the smaller public id.

Few posts are judged one pair at a time, many by the compiled loops of :mod:`app.matching.rules.many`, which give the
same pairs: a loop takes seconds to load and is worth it only then.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial
from itertools import chain
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.infra.areas.storage import load_catalogue
from app.matching.queries.snapshot import Snapshot
from app.matching.rules.feasible import judge
from app.matching.rules.fit import fit
from app.matching.rules.rounds.edges import Candidates
from app.matching.rules.score import score
from app.matching.rules.sides import Meeting
from app.matching.rules.weights import Weights

WORTH_COMPILED: Final = 5_000
"""From so many pairs within reach on, the compiled loops are quicker, loading them included."""

Edge = tuple[int, int, int]
"""Positions of an offer and a request, and the pair's points in hundredths."""

Positions = NDArray[np.intp]


def best_pairs(
    snap: Snapshot, *, now: datetime, weights: Weights, keep: int, touched: frozenset[int] | None = None
) -> Candidates:
    """
    The union of each request's best ``keep`` feasible offers and each offer's best ``keep`` feasible requests.

    With ``touched``, the best partners of the posts with these ids alone. Posts without room are left out.
    """
    near: list[tuple[int, Positions]] = []
    pairs = 0
    for request, offers in _within_reach(snap, touched):
        near.append((request, offers))
        pairs += len(offers)
        if pairs >= WORTH_COMPILED:
            return _compiled(snap, now=now, weights=weights, keep=keep, touched=touched)
    edges = list(_feasible(snap, near, now=now, weights=weights))
    giving, asking = _touched(snap, touched)
    of_offers = (edge for edge in _best(edges, 0, keep) if giving[edge[0]])
    return _columns(chain(of_offers, (edge for edge in _best(edges, 1, keep) if asking[edge[1]])))


def _columns(edges: Iterable[Edge]) -> Candidates:
    """These pairs, each once, in ascending order."""
    columns = np.array(sorted(set(edges)), dtype=np.int32).reshape(-1, 3)
    return Candidates(columns[:, 0].copy(), columns[:, 1].copy(), columns[:, 2].copy())


def _within_reach(snap: Snapshot, touched: frozenset[int] | None) -> Iterator[tuple[int, Positions]]:
    """For each request with room, the offers with room that both could meet at."""
    catalogue = load_catalogue()
    areas = np.array([row.area_id for row in snap.offer_rows], dtype=np.int32)
    different, place = np.unique(areas, return_inverse=True)
    travel = np.array([side.travel for side in snap.offers])
    free, hit = snap.room.at_offer > 0, _touched(snap, touched)[0]
    for at in np.flatnonzero(snap.room.on_page > 0).tolist():
        row = snap.request_rows[at]
        lengths = catalogue.distances_from(row.area_id, different)[place]
        near = free & (lengths <= travel + snap.requests[at].travel)
        yield at, np.flatnonzero(near if touched is None or row.id in touched else near & hit)


def _touched(snap: Snapshot, touched: frozenset[int] | None) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which offers and which requests of the snapshot were touched; all of them in a full round."""
    return tuple(  # type: ignore[return-value]
        np.array([touched is None or row.id in touched for row in rows], dtype=bool)
        for rows in (snap.offer_rows, snap.request_rows)
    )


def _feasible(snap: Snapshot, near: list[tuple[int, Positions]], *, now: datetime, weights: Weights) -> Iterator[Edge]:
    catalogue, today, banned = load_catalogue(), now.date(), frozenset(snap.banned)
    for at, offers in near:
        asking, area = snap.requests[at], snap.request_rows[at].area_id
        for offer in offers.tolist():
            if (offer, at) in banned:
                continue
            giving, other = snap.offers[offer], snap.offer_rows[offer].area_id
            meeting = Meeting(catalogue.distance(other, area), catalogue.band(other, area))
            answers = fit(giving.milk, asking.wishes, today=today)
            if judge(giving, asking, meeting, answers, today=today).feasible:
                points = score(giving, asking, meeting, answers, now=now, weights=weights)
                yield offer, at, round(points.total * 100)


def _best(edges: list[Edge], side: int, keep: int) -> Iterator[Edge]:
    by_end: dict[int, list[Edge]] = {}
    for edge in edges:
        by_end.setdefault(edge[side], []).append(edge)
    for some in by_end.values():
        yield from sorted(some, key=lambda edge: (-edge[2], edge[0], edge[1]))[:keep]


def _compiled(
    snap: Snapshot, *, now: datetime, weights: Weights, keep: int, touched: frozenset[int] | None
) -> Candidates:
    giving, asking = np.flatnonzero(snap.room.at_offer > 0), np.flatnonzero(snap.room.on_page > 0)
    joined = partial(_joined, snap, now=now, weights=weights, keep=keep)
    if touched is None:
        return joined(giving, asking)
    offers, requests = _touched(snap, touched)
    of_offers = _best(_edges(joined(giving[offers[giving]], asking)), 0, keep)
    return _columns(chain(of_offers, _best(_edges(joined(giving, asking[requests[asking]])), 1, keep)))


def _joined(
    snap: Snapshot, giving: Positions, asking: Positions, *, now: datetime, weights: Weights, keep: int
) -> Candidates:
    """The best partners among these offers and requests, by the compiled loops."""
    from app.matching.rules.many import offer_columns, request_columns
    from app.matching.rules.many.partners import best_partners

    found = best_partners(
        offer_columns([snap.offers[at] for at in giving], [snap.offer_rows[at].area_id for at in giving]),
        request_columns([snap.requests[at] for at in asking], [snap.request_rows[at].area_id for at in asking]),
        areas=load_catalogue(), now=now, weights=weights, keep=keep, banned=_among(snap, giving, asking),
    )  # fmt: skip
    return Candidates(giving[found.offer].astype(np.int32), asking[found.request].astype(np.int32), found.points)


def _edges(pairs: Candidates) -> list[Edge]:
    return list(zip(pairs.offer.tolist(), pairs.request.tolist(), pairs.points.tolist(), strict=True))


def _among(snap: Snapshot, giving: Positions, asking: Positions) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The banned pairs as positions among those that have room."""
    offer_at = {at: place for place, at in enumerate(giving.tolist())}
    request_at = {at: place for place, at in enumerate(asking.tolist())}
    pairs = [
        (offer_at[one], request_at[other]) for one, other in snap.banned if one in offer_at and other in request_at
    ]
    columns = np.array(pairs, dtype=np.int32).reshape(-1, 2)
    return columns[:, 0].copy(), columns[:, 1].copy()
