"""
Rounds: what is read and worked out without holding anything, then written whole.

A full round belongs to its six hours and is held once; a micro-round looks only at posts that something happened to,
and only adds.
"""

import hashlib
from collections.abc import Collection
from datetime import datetime
from typing import Final

from app.matching.configuration import matching_rules
from app.matching.queries.nearby import posts_near
from app.matching.queries.partners import best_pairs
from app.matching.queries.snapshot import Snapshot, snapshot
from app.matching.rules.life import round_of
from app.matching.rules.rounds import choose, tie_hashes
from app.matching.services.proposing import Chosen, Plan, RoundResult, carry_out
from app.posts.queries import posts_by_id
from app.posts.rules import PostState

MOST_NEIGHBOURS: Final = 2000
"""So many posts around a touched one, nearest bands first, are looked at in a micro-round."""


def run_round(*, now: datetime) -> RoundResult:
    """
    Hold the full round of the six hours ``now`` falls into, and return what it did.

    Repeatable: a round already held is returned as it was. Killed at any moment it leaves all or nothing.
    """
    return carry_out(plan_round(now=now), now=now)


def micro_round(post_ids: Collection[int], *, now: datetime) -> RoundResult:
    """Look for new proposals for these posts alone and add them; what stands is left as it is."""
    return carry_out(plan_micro(post_ids, now=now), now=now)


def plan_round(*, now: datetime) -> Plan:
    """What a full round would do now; nothing is written and no lock is held."""
    rules = matching_rules().rounds
    return _plan(snapshot(rules, now=now), slot=round_of(now, rules=rules), now=now)


def plan_micro(post_ids: Collection[int], *, now: datetime) -> Plan:
    """What a micro-round for these posts would do now."""
    touched = frozenset(post_ids)
    around = snapshot(matching_rules().rounds, now=now, post_ids=touched | _neighbours(touched))
    return _plan(around, touched=touched, now=now)


def _neighbours(post_ids: frozenset[int]) -> frozenset[int]:
    """The live posts of the other kind within reach of these."""
    found: set[int] = set()
    for post in posts_by_id(post_ids).values():
        if post.state is PostState.LIVE:
            other = "request" if post.kind == "offer" else "offer"
            near = posts_near(other, post.area_id, post.travel_km, hidden=frozenset({post.author_id}))
            found.update(each.post_id for each in near[:MOST_NEIGHBOURS])
    return frozenset(found)


def _plan(snap: Snapshot, *, now: datetime, slot: int | None = None, touched: frozenset[int] | None = None) -> Plan:
    rules = matching_rules()
    pairs = best_pairs(snap, now=now, weights=rules.weights, keep=rules.rounds.candidates, touched=touched)
    year, week, _ = now.isocalendar()
    ties = tie_hashes(
        f"{year}-W{week:02}",
        [row.public_id for row in snap.offer_rows],
        [row.public_id for row in snap.request_rows],
        pairs,
    )
    picked = pairs.take(choose(pairs, snap.held, snap.room, tie=ties, rules=rules.rounds))
    chosen = tuple(
        sorted(
            (
                Chosen(snap.offer_rows[offer], snap.request_rows[request], points)
                for offer, request, points in zip(
                    picked.offer.tolist(), picked.request.tolist(), picked.points.tolist(), strict=True
                )
            ),
            key=lambda one: (one.offer.public_id, one.request.public_id),
        )
    )
    return Plan(
        slot=slot,
        offers=len(snap.offers),
        requests=len(snap.requests),
        candidates=len(pairs),
        chosen=chosen,
        digest=digest(chosen),
    )


def digest(chosen: Collection[Chosen]) -> str:
    """SHA-256 of the chosen pairs in the order of their public ids: two machines may compare their rounds by it."""
    lines = sorted(f"{one.offer.public_id} {one.request.public_id} {one.points}\n" for one in chosen)
    return hashlib.sha256("".join(lines).encode()).hexdigest()
