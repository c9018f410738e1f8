"""How long search and matches take among so many live posts, beside reading everybody."""

from collections.abc import Callable
from functools import partial
from random import Random
from typing import Final

from flask import Flask
from sqlalchemy import select

from app.infra.areas.storage import load_catalogue
from app.infra.database import db
from app.kernel.access import Identity
from app.matching import queries
from app.matching.queries.sides import pair_of
from app.matching.rules.sides import Strength, Wish
from app.posts.models import Post
from app.posts.queries import live_posts, posts_by_id
from tests.bench.community import NOW, add_posts, homes
from tests.bench.figures import milliseconds, milliseconds_of_cpu, percentiles, table

SIZES: Final = (1_000, 5_000, 20_000)
QUESTIONS: Final = 60
BRUTE_QUESTIONS: Final = 3
RADII: Final = (10, 25, 40, 60)
WISHES: Final = (Wish("dairy", Strength.MUST, 14), Wish("soy", Strength.MUST, 7))
NOBODY: Final = 10**6
Calls = list[Callable[[], object]]


def _searches(wishes: tuple[Wish, ...]) -> Calls:
    dice = Random(3)
    return [
        partial(
            queries.search_nearby, Identity(NOBODY), area, float(dice.choice(RADII)), "offer", wishes=wishes, now=NOW
        )
        for area in homes(QUESTIONS, seed=2)
    ]


def _lists(kind: str) -> Calls:
    rows = db.session.execute(select(Post.author_id, Post.public_id).where(Post.kind == kind).limit(QUESTIONS)).all()
    return [partial(queries.matches_for, Identity(author), post, now=NOW) for author, post in rows]


def _everybody() -> Calls:
    """One request's matches by judging every live offer there is: what the index saves."""

    def brute(own_id: int) -> object:
        own = posts_by_id([own_id])[own_id]
        offers = db.session.scalars(select(Post.id).where(Post.kind == "offer", Post.state == "live")).all()
        catalogue, found = load_catalogue(), []
        for start in range(0, len(offers), 500):
            for offer in live_posts(offers[start : start + 500]).values():
                reach = own.travel_km + offer.travel_km
                pair = pair_of(offer, own, now=NOW) if catalogue.within(own.area_id, offer.area_id, reach) else None
                if pair is not None and pair.verdict.feasible:
                    found.append((-pair.points.total, offer.id))
        return sorted(found)[:25]

    requests = db.session.scalars(select(Post.id).where(Post.kind == "request").limit(BRUTE_QUESTIONS)).all()
    return [partial(brute, own) for own in requests]


def _measured(calls: Calls) -> tuple[float, ...]:
    """
    Each question once to warm what is kept of areas and posts, then for the figures, on a session of its own: p50, p95
    and p99, and the same of processor time alone.
    """
    for call in calls:
        call()
        db.session.remove()
    taken, cpu = [], []
    for call in calls:
        cpu += milliseconds_of_cpu([lambda call=call: taken.extend(milliseconds([call]))])
        db.session.remove()
    return (*percentiles(taken), *percentiles(cpu))


def run(app: Flask) -> None:
    """Grow the community step by step and print a row for each kind of question."""
    rows: list[list[str | float]] = []
    done = 0
    for size in SIZES:
        with app.app_context():
            add_posts(size - done, seed=size)
            done = size
            brute = _measured(_everybody())
            rows.append([f"{size:>6} everybody read", *brute, 1.0])
            for name, calls in (
                ("search", _searches(())),
                ("search, two musts", _searches(WISHES)),
                ("matches of a request", _lists("request")),
                ("matches of an offer", _lists("offer")),
            ):
                figures = _measured(calls)
                rows.append([f"{size:>6} {name}", *figures, brute[0] / figures[0]])
    table(
        "Questions among live posts, ms",
        ("live posts", "p50", "p95", "p99", "cpu p50", "cpu p95", "cpu p99", "times faster"),
        rows,
    )
