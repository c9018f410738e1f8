"""The candidates of a round are the same whether pairs are judged one at a time or by the compiled loops."""

import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app.matching.queries import partners
from app.matching.queries.snapshot import LivePost, Snapshot
from app.matching.rules.rounds.edges import Held, Room
from app.matching.rules.weights import DEFAULT
from tests.matching.sides import NOW
from tests.matching.test_many import Community

KEEP = 3
"""Small, so that the best partners of a post are a choice among many."""


def invented(seed: int) -> tuple[Snapshot, frozenset[int]]:
    """Some dozens of posts in a few areas, with rooms, bans and touched posts of any kind."""
    dice = random.Random(seed)  # noqa: S311 - a repeatable community, no secret.
    made = Community(seed)
    many, several = dice.randrange(1, 40), dice.randrange(1, 40)
    offers = [replace(each, id=place) for place, each in enumerate(made.offers[:many])]
    requests = [replace(each, id=place) for place, each in enumerate(made.requests[:several])]
    areas = [made.offer_areas[:many], made.request_areas[:several]]
    rows = [
        tuple(
            LivePost(first + place, f"{first}-{place:04}", one.author_id, area)
            for place, (one, area) in enumerate(zip(side, some, strict=True))
        )
        for first, side, some in zip((1, 1000), (offers, requests), areas, strict=True)
    ]
    banned = {(dice.randrange(len(offers)), dice.randrange(len(requests))) for _ in range(dice.randrange(30))}
    room = [np.array([dice.choice((0, 8, 8)) for _ in side], dtype=np.int32) for side in (offers, requests)]
    snap = Snapshot(
        offers=tuple(offers), requests=tuple(requests), offer_rows=rows[0], request_rows=rows[1],
        banned=tuple(sorted(banned)), held=Held.nothing(len(offers), len(requests)), room=Room(*room),
    )  # fmt: skip
    ids = [row.id for side in rows for row in side]
    return snap, frozenset(dice.sample(ids, dice.randrange(min(6, len(ids)))))


def candidates(snap: Snapshot, touched: frozenset[int] | None) -> list[tuple[int, int, int]]:
    found = partners.best_pairs(snap, now=NOW, weights=DEFAULT.weights, keep=KEEP, touched=touched)
    return sorted(zip(found.offer.tolist(), found.request.tolist(), found.points.tolist(), strict=True))


@pytest.fixture
def both_ways(monkeypatch):
    def count(snap: Snapshot, touched: frozenset[int] | None) -> list[list[tuple[int, int, int]]]:
        found = []
        for limit in (10**9, 0):
            monkeypatch.setattr(partners, "WORTH_COMPILED", limit)
            found.append(candidates(snap, touched))
        return found

    return count


@given(st.integers(0, 2**32))
@example(1)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_both_ways_find_the_same_pairs_for_a_full_round_and_a_micro_round(both_ways, seed):
    snap, touched = invented(seed)
    for some in (None, touched):
        one_by_one, compiled = both_ways(snap, some)
        assert one_by_one == compiled


def test_the_invented_communities_have_pairs_to_find(both_ways):
    sizes = [len(both_ways(invented(seed)[0], None)[1]) for seed in range(12)]
    assert sum(size > 3 for size in sizes) >= 6


def test_no_post_has_more_than_its_best_and_a_micro_round_looks_at_the_touched_alone(both_ways):
    for seed in range(12):
        snap, touched = invented(seed)
        found = both_ways(snap, touched)[0]
        assert len(found) <= KEEP * len(touched)
        for offer, request, _ in found:
            assert {snap.offer_rows[offer].id, snap.request_rows[request].id} & touched
            assert (offer, request) not in snap.banned
            assert snap.room.at_offer[offer] > 0
            assert snap.room.on_page[request] > 0
