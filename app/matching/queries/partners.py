"""The candidate pairs of a round: every post's best feasible partners, by points; ties go to the smaller public id."""

from collections.abc import Iterator
from datetime import datetime

import numpy as np

from app.infra.areas.storage import load_catalogue
from app.matching.queries.snapshot import Snapshot
from app.matching.rules.feasible import judge
from app.matching.rules.fit import fit
from app.matching.rules.rounds.edges import Candidates
from app.matching.rules.score import score
from app.matching.rules.sides import Meeting
from app.matching.rules.weights import Weights

Edge = tuple[int, int, int]
"""Positions of an offer and a request, and the pair's points in hundredths."""


def best_pairs(
    snap: Snapshot, *, now: datetime, weights: Weights, keep: int, touched: frozenset[int] | None = None
) -> Candidates:
    """
    The union of each request's best ``keep`` feasible offers and each offer's best ``keep`` feasible requests.

    With ``touched``, only pairs of which one post has its id there. Posts without room are left out.
    """
    edges = list(_feasible(snap, now, weights, touched))
    kept = sorted(set(_best(edges, 0, keep)) | set(_best(edges, 1, keep)))
    columns = np.array(kept, dtype=np.int32).reshape(-1, 3)
    return Candidates(columns[:, 0].copy(), columns[:, 1].copy(), columns[:, 2].copy())


def _best(edges: list[Edge], side: int, keep: int) -> Iterator[Edge]:
    by_end: dict[int, list[Edge]] = {}
    for edge in edges:
        by_end.setdefault(edge[side], []).append(edge)
    for some in by_end.values():
        yield from sorted(some, key=lambda edge: (-edge[2], edge[0], edge[1]))[:keep]


def _feasible(snap: Snapshot, now: datetime, weights: Weights, touched: frozenset[int] | None) -> Iterator[Edge]:
    catalogue, today, banned = load_catalogue(), now.date(), frozenset(snap.banned)
    areas = np.array([row.area_id for row in snap.offer_rows], dtype=np.int32)
    different, place = np.unique(areas, return_inverse=True)
    travel = np.array([side.travel for side in snap.offers])
    open_offer = snap.room.at_offer > 0
    hit = np.array([touched is None or row.id in touched for row in snap.offer_rows], dtype=bool)
    for at, asking in enumerate(snap.requests):
        if snap.room.on_page[at] <= 0 or not len(areas):
            continue
        row = snap.request_rows[at]
        lengths = catalogue.distances_from(row.area_id, different)[place]
        near = open_offer & (lengths <= travel + asking.travel)
        if touched is not None and row.id not in touched:
            near &= hit
        for offer in np.flatnonzero(near).tolist():
            if (offer, at) in banned:
                continue
            giving = snap.offers[offer]
            area = snap.offer_rows[offer].area_id
            meeting = Meeting(catalogue.distance(area, row.area_id), catalogue.band(area, row.area_id))
            answers = fit(giving.milk, asking.wishes, today=today)
            if judge(giving, asking, meeting, answers, today=today).feasible:
                points = score(giving, asking, meeting, answers, now=now, weights=weights)
                yield offer, at, round(points.total * 100)
