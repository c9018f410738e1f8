"""
The best 20 of so many live posts: ours on both databases beside PostGIS, trees in memory and comparing everybody.

``python -m tests.bench.index [posts …]`` prints the tables alone.
"""

import logging
import sys
from collections.abc import Callable, Sequence
from functools import partial
from time import perf_counter
from typing import Any, Final

import numpy as np
import psycopg
from flask import Flask
from sqlalchemy import delete, insert, text

from app.geo.index import strip_of
from app.infra.database import db
from app.infra.transaction import transaction
from app.matching.queries.nearby import nearest
from app.posts.models import PostIndex
from tests.bench import rivals
from tests.bench.exactness import COUNT, applications
from tests.bench.figures import milliseconds, percentiles, table
from tests.bench.world import COLUMNS, Question, World, draw_world, load, questions

SIZES: Final = (10_000, 100_000, 1_000_000)
ASKED: Final = 500
SLOW_ASKED: Final = {"everybody compared": 20, "PostGIS, as one would write it": 5}
TRAVELLERS: Final = 500
WRITTEN: Final = 300
Answer = Callable[[Question], list[int]]


def ours(question: Question) -> list[int]:
    """The search as the pages run it, in the current application."""
    hidden = frozenset({question.seeker})
    found = nearest("offer", question.area, question.radius, count=COUNT, filters=question.filters, hidden=hidden)
    return [near.post_id for near in found]


def _timed(answer: Answer, asked: Sequence[Question]) -> tuple[float, float, float]:
    """Some questions to warm up, then each once, after the connection is open."""
    for each in asked[:40]:
        answer(each)
    return percentiles(milliseconds(partial(answer, each) for each in asked))


def _of_size(
    apps: dict[str, Flask], address: str, many: int
) -> tuple[list[list[str | float]], list[list[str | float]]]:
    world = draw_world(many, seed=many)
    asked = questions(world, ASKED, seed=many + 1)
    taken, written = {}, []
    true = rivals.everybody(world)
    wrong: dict[str, int] = {}

    def measure(name: str, answer: Answer) -> None:
        some = asked[: SLOW_ASKED.get(name, ASKED)]
        taken[name] = _timed(answer, some)
        wrong[name] = sum(answer(each) != true(each) for each in some[:20])

    for name, app in apps.items():
        with app.app_context():
            load(world)
            measure(f"ours, {name}", ours)
            written.append([f"{many:>9,} ours, {name}", *_writing(world)])
            if many == SIZES[-1]:
                written[-1][0] = f"{written[-1][0]}"
                _with_travellers(name, world, asked)
    with psycopg.connect(address, autocommit=True) as connection:
        rivals.fill_postgis(connection, world)
        measure("PostGIS at its best", rivals.postgis_best(connection))
        measure("PostGIS, as one would write it", rivals.postgis_naive(connection))
    measure("scipy trees in memory", rivals.Trees(world).answer)
    measure("everybody compared", true)
    base = taken["ours, SQLite"]
    rows = [
        [f"{many:>9,} {name}", *figures, figures[0] / base[0], figures[2] / base[2], str(wrong[name])]
        for name, figures in taken.items()
    ]
    return rows, written


def _writing(world: World) -> tuple[float, float, float]:
    """Microseconds to take a post out of the index and to put one in, and the bytes of a post."""
    draw = np.random.default_rng(1)
    chosen = draw.choice(len(world), WRITTEN, replace=False)
    rows = [dict(zip(COLUMNS, (world.of(name)[at].item() for name in COLUMNS), strict=True)) for at in chosen]
    with transaction() as session:
        if session.get_bind().dialect.name == "sqlite":
            session.execute(text("PRAGMA defer_foreign_keys=ON"))
        start = perf_counter()
        for row in rows:
            session.execute(delete(PostIndex).where(PostIndex.post_id == row["post_id"]))
        removed = perf_counter()
        for row in rows:
            session.execute(insert(PostIndex), [row])
        added = perf_counter()
        session.rollback()
    return (removed - start) / WRITTEN * 1e6, (added - removed) / WRITTEN * 1e6, _bytes() / len(world)


def _bytes() -> float:
    if db.engine.dialect.name == "sqlite":
        size = "SELECT sum(pgsize) FROM dbstat WHERE name IN ('post_index', 'ix_post_index_reach')"
    else:
        size = "SELECT pg_total_relation_size('post_index')"
    found = float(db.session.scalar(text(size)) or 0)
    db.session.rollback()
    return found


def _with_travellers(name: str, world: World, asked: Sequence[Question]) -> None:
    """How much slower everybody else's questions become among so many who travel 500 km."""
    before = [_timed(ours, asked) for _ in range(2)][1]
    draw = np.random.default_rng(2)
    rows = []
    for number, at in enumerate(draw.choice(len(world), TRAVELLERS, replace=False), len(world) + 1):
        row: dict[str, Any] = {key: world.of(key)[at].item() for key in COLUMNS}
        strip = strip_of("offer", float(world.of("latitude")[at]), 500.0)
        rows.append(row | {"post_id": number, "travel_km": 500.0, "strip": strip, "author_id": number})
    held = db.engine.raw_connection()
    driver: Any = held.driver_connection
    if name == "SQLite":
        driver.execute("PRAGMA foreign_keys=OFF")
    mark = "?" if name == "SQLite" else "%s"
    statement = f"INSERT INTO post_index ({', '.join(COLUMNS)}) VALUES ({', '.join([mark] * len(COLUMNS))})"  # noqa: S608
    driver.cursor().executemany(statement, [tuple(row[key] for key in COLUMNS) for row in rows])
    held.commit()
    held.invalidate()
    after = _timed(ours, asked)
    table(
        f"{TRAVELLERS} who travel 500 km among {len(world):,} posts, {name}, ms",
        ("", "p50", "p95", "p99"),
        [["without them", *before], ["with them", *after],
         ["ratio", *(late / early for early, late in zip(before, after, strict=True))]],
    )  # fmt: skip


def run(sizes: Sequence[int] = SIZES) -> None:
    """Print latency beside the others', the cost of a change, and what travellers cost."""
    rows: list[list[str | float]] = []
    written: list[list[str | float]] = []
    with applications() as apps:
        with apps["PostgreSQL"].app_context():
            address = db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        for many in sizes:
            some, changes = _of_size(apps, address, many)
            rows += some
            written += changes
    heads = ("live posts", "p50", "p95", "p99", "p50 × SQLite", "p99 × SQLite", "of 20 differ")
    table(f"Best {COUNT} within both radii by diet, ms", heads, rows)
    table("A post in the index", ("live posts", "remove, µs", "add, µs", "bytes"), written)


if __name__ == "__main__":
    logging.disable(logging.ERROR)
    run([int(size) for size in sys.argv[1:]] or SIZES)
