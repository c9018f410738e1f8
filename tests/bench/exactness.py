"""
Whether the nearest by the index are the nearest by comparing everybody: prints counts and differences, which must be 0.

``python -m tests.bench.exactness`` asks 2,000 random questions among 10,000 and 100,000 posts and 200 among a million,
on SQLite and on PostgreSQL. The comparison looks at every post: the chord orders, and within a hundredth of the limit
the geodesic on WGS84 decides.
"""

import logging
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np
from flask import Flask
from flask_migrate import upgrade

from app.factory import create_app
from app.geo.distance import geodesics
from app.geo.index import place_of
from app.infra.areas.storage import load_catalogue
from app.infra.database import db
from app.matching.queries.nearby import nearest, posts_near
from config import Settings
from tests.bench.figures import table
from tests.bench.world import Question, World, draw_world, load, questions
from tests.cluster import cluster_of_this_run

COUNT: Final = 20
ROUNDS: Final = ((10_000, 2000, False), (10_000, 2000, True), (100_000, 2000, False), (1_000_000, 200, False))
"""Posts, questions, and whether the posts are spread over the whole Earth."""
_NEAR_THE_LIMIT: Final = 0.01


class Everybody:
    """Compares a question with every offer of a world."""

    def __init__(self, world: World) -> None:
        offers = world.of("is_offer")
        self._of = {name: column[offers] for name, column in world.columns.items()}

    def within(self, question: Question) -> tuple[np.ndarray, np.ndarray]:
        """Ids and squared chords of all whom the family can meet and whom its filters let through, nearest first."""
        of = self._of
        latitude, longitude = load_catalogue().area(question.area).centre
        x, y, z = place_of(latitude, longitude)
        squared = (of["x"] - x) * (of["x"] - x) + (of["y"] - y) * (of["y"] - y) + (of["z"] - z) * (of["z"] - z)
        reach = question.radius + of["travel_km"]
        chord = np.sqrt(squared)
        met = (chord <= reach * (1 - _NEAR_THE_LIMIT)) & (chord < 300)
        unsure = np.flatnonzero(~met & (chord <= reach * (1 + _NEAR_THE_LIMIT) + 0.01))
        exact = geodesics((latitude, longitude), of["latitude"][unsure], of["longitude"][unsure])
        met[unsure] = exact <= reach[unsure]
        found = np.flatnonzero(met & ((of["bits"] & question.filters.mask) == 0) & (of["post_id"] != question.seeker))
        ordered = found[np.lexsort((of["post_id"][found], squared[found]))]
        return of["post_id"][ordered], squared[ordered]


def differing(world: World, asked: list[Question]) -> tuple[int, int]:
    """In how many questions the nearest differ, and in how many of a tenth of them the whole list does."""
    everybody = Everybody(world)
    nearest_differ = lists_differ = 0
    for number, each in enumerate(asked):
        true = everybody.within(each)[0].tolist()
        hidden = frozenset({each.seeker})
        found = nearest("offer", each.area, each.radius, count=COUNT, filters=each.filters, hidden=hidden)
        nearest_differ += [near.post_id for near in found] != true[:COUNT]
        if number % 10 == 0:
            all_found = posts_near("offer", each.area, each.radius, filters=each.filters, hidden=hidden)
            lists_differ += sorted(near.post_id for near in all_found) != sorted(true)
    return nearest_differ, lists_differ


@contextmanager
def applications() -> Iterator[dict[str, Flask]]:
    """The application on an empty SQLite file and on an empty PostgreSQL database."""
    with tempfile.TemporaryDirectory() as folder:
        cluster = cluster_of_this_run()
        cluster.create("bench_index")
        made = {}
        for name, address in (("SQLite", None), ("PostgreSQL", cluster.url("bench_index"))):
            settings = {"instance_path": Path(folder) / name, "testing": True, "rate_limits": False}
            if address is not None:
                settings["database_url"] = address
            made[name] = create_app(Settings(mail_backend="locmem", **settings))
            with made[name].app_context():
                upgrade()
        yield made
        for app in made.values():
            with app.app_context():
                db.session.remove()
                db.engine.dispose()
        cluster.drop("bench_index")


def main() -> int:
    """Print a row for each world and database; 1 when anything differs."""
    logging.disable(logging.ERROR)
    rows: list[list[str | float]] = []
    with applications() as apps:
        for many, asked, anywhere in ROUNDS:
            world = draw_world(many, seed=many, anywhere=anywhere)
            for name, app in apps.items():
                with app.app_context():
                    load(world)
                    nearest_differ, lists_differ = differing(world, questions(world, asked, seed=many + 1))
                place = "the whole Earth" if anywhere else "North America"
                rows.append([f"{many:>9,} {place}, {name}", str(asked), str(nearest_differ), str(lists_differ)])
                print(*rows[-1], flush=True)
    table("Index against everybody", ("posts", "questions", "best 20 that differ", "whole lists that differ"), rows)
    return int(any(row[2:] != ["0", "0"] for row in rows))


if __name__ == "__main__":
    sys.exit(main())
