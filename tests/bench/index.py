"""
The best 20 of so many live posts: ours on both databases beside PostGIS, trees in memory and comparing everybody.

Each question is asked three times and its median counts, by the clock and by the time that processors worked for it.
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

from app.geo.areas import AreaId
from app.geo.index import place_of, strip_of
from app.infra.areas.storage import load_catalogue
from app.infra.database import db
from app.infra.transaction import transaction
from app.matching.queries.nearby import nearest
from app.posts.models import PostIndex
from tests.bench import rivals
from tests.bench.exactness import COUNT, applications
from tests.bench.figures import in_turn, load, percentiles, table
from tests.bench.world import COLUMNS, Question, World, draw_world, questions, vacuum
from tests.bench.world import load as fill

SIZES: Final = (10_000, 100_000, 1_000_000)
ASKED: Final = 500
PASSES: Final = 3
WARM: Final = 40
SLOW: Final = {"everybody compared": 40, "PostGIS, as one would write it": 8}
"""Questions asked of what is slow, once each."""
COMPARED: Final = 40
AS_NEAR_KM: Final = 0.001
"""Answers are the same when their distances are, to the metre; who of those in one area comes first is up to each."""
TRAVELLERS: Final = 500
TURNS: Final = 9
WRITTEN: Final = 300
Answer = Callable[[Question], list[int]]
Rows = list[list[str | float]]


def ours(question: Question) -> list[int]:
    """The search as the pages run it, in the current application."""
    hidden = frozenset({question.seeker})
    found = nearest("offer", question.area, question.radius, count=COUNT, filters=question.filters, hidden=hidden)
    return [near.post_id for near in found]


def _server() -> int | None:
    """The process of the database that works for the current application."""
    if db.engine.dialect.name == "sqlite":
        return None
    driver: Any = db.session.connection().connection.driver_connection
    return int(driver.info.backend_pid)


class _Contest:
    """The same questions for everybody, in a world of one size."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.asked = questions(world, ASKED, seed=len(world) + 1)
        self.true = rivals.everybody(world)
        self._chords = [self._chords_of(each, self.true(each)) for each in self.asked[:COMPARED]]
        self.rows: dict[str, tuple[list[float], list[float], int]] = {}

    def measure(self, name: str, answer: Answer, server: int | None = None) -> None:
        """Some questions to warm up, then all of them; how many answers are not as near as can be stands last."""
        some = self.asked[: SLOW.get(name, ASKED)]
        for each in some[:WARM]:
            answer(each)
        clock, worked, found = in_turn([partial(answer, each) for each in some], 1 if name in SLOW else PASSES, server)
        wrong = sum(
            not self._as_near(each, ids, chords) for each, ids, chords in zip(some, found, self._chords, strict=False)
        )
        self.rows[name] = [*percentiles(clock)], [*percentiles(worked)], wrong

    def _as_near(self, question: Question, ids: list[int], chords: np.ndarray) -> bool:
        found = self._chords_of(question, ids)
        return len(found) == len(chords) and bool(np.all(abs(found - chords) <= AS_NEAR_KM))

    def _chords_of(self, question: Question, ids: list[int]) -> np.ndarray:
        here = place_of(*load_catalogue().area(AreaId(question.area)).centre)
        at = np.array(ids, dtype=np.int64) - 1
        squared = sum((self.world.of(axis)[at] - value) ** 2 for axis, value in zip("xyz", here, strict=True))
        return np.sort(np.sqrt(squared))

    def table(self) -> None:
        """Print everybody's figures; PostGIS at its best over ours says how many times faster ours is."""
        best = self.rows["PostGIS at its best"][0][2]
        rows = [
            [name, *clock, *worked, best / clock[2], str(wrong)] for name, (clock, worked, wrong) in self.rows.items()
        ]
        heads = ("", "p50", "p95", "p99", "p50 worked", "p95", "p99", "PostGIS p99 ÷ this", "differ")
        title = f"Best {COUNT} of {len(self.world):,} within both radii by diet, ms by the clock and of processors"
        table(f"{title} ({load()})", heads, rows)


def _of_size(apps: dict[str, Flask], address: str, many: int) -> Rows:
    contest = _Contest(draw_world(many, seed=many))
    written: Rows = []
    for name, app in apps.items():
        with app.app_context():
            fill(contest.world)
            contest.measure(f"ours, {name}", ours, _server())
            written.append([f"{many:>9,} ours, {name}", *_writing(contest.world)])
            if many == SIZES[-1]:
                _with_travellers(name, contest)
    with psycopg.connect(address, autocommit=True) as connection:
        rivals.fill_postgis(connection, contest.world)
        server = connection.info.backend_pid
        contest.measure("PostGIS at its best", rivals.postgis_best(connection), server)
        contest.measure("PostGIS, as one would write it", rivals.postgis_naive(connection), server)
    contest.measure("scipy trees in memory", rivals.Trees(contest.world).answer)
    contest.measure("everybody compared", contest.true)
    contest.table()
    return written


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
        size = "SELECT sum(pgsize) FROM dbstat WHERE name LIKE '%post_index%'"
    else:
        size = "SELECT pg_total_relation_size('post_index')"
    found = float(db.session.scalar(text(size)) or 0)
    db.session.rollback()
    return found


def _with_travellers(name: str, contest: _Contest) -> None:
    """
    How much slower everybody else's questions become among so many who travel 500 km: processors' time.

    They come and go by turns, and of each question the least of all turns with them stands beside the least without
    them: a machine that others use is faster and slower by the minute, by more than what is looked for here.
    """
    world = contest.world
    draw = np.random.default_rng(2)
    rows = []
    for number, at in enumerate(draw.choice(len(world), TRAVELLERS, replace=False), len(world) + 1):
        row: dict[str, Any] = {key: world.of(key)[at].item() for key in COLUMNS}
        strip = strip_of("offer", float(world.of("latitude")[at]), 500.0)
        rows.append(row | {"post_id": number, "travel_km": 500.0, "strip": strip, "author_id": number})
    mark = "?" if name == "SQLite" else "%s"
    insertion = f"INSERT INTO post_index ({', '.join(COLUMNS)}) VALUES ({', '.join([mark] * len(COLUMNS))})"  # noqa: S608
    come = insertion, [tuple(row[key] for key in COLUMNS) for row in rows]
    go = f"DELETE FROM post_index WHERE post_id = {mark}", [(row["post_id"],) for row in rows]  # noqa: S608
    calls = [partial(ours, each) for each in contest.asked]
    among, without = [], []
    for _ in range(TURNS):
        for taken, change in ((among, come), (without, go)):
            _change(*change)
            in_turn(calls, 1)
            taken.append(in_turn(calls, 1, _server())[1])
    figures = [_with_mean(np.min(taken, axis=0)) for taken in (without, among)]
    table(
        f"{TRAVELLERS} who travel 500 km among {len(world):,} posts, {name}, ms of processors ({load()})",
        ("", "p50", "p95", "p99", "mean"),
        [["without them", *figures[0]], ["with them", *figures[1]],
         ["ratio", *(late / early for early, late in zip(*figures, strict=True))]],
    )  # fmt: skip


def _with_mean(taken: np.ndarray) -> list[float]:
    return [*percentiles(taken), float(taken.mean())]


def _change(statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """
    Write to the index behind the models, where no post stands behind a row.

    Afterwards no page waits in a log: until then each reading would look there first, which is no cost of the rows.
    """
    db.session.remove()
    held = db.engine.raw_connection()
    driver: Any = held.driver_connection
    if db.engine.dialect.name == "sqlite":
        driver.execute("PRAGMA foreign_keys=OFF")
    driver.cursor().executemany(statement, rows)
    held.commit()
    if db.engine.dialect.name == "postgresql":
        vacuum(driver)
    else:
        driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    held.invalidate()


def run(sizes: Sequence[int] = SIZES) -> None:
    """Print latency beside the others', the cost of a change, and what travellers cost."""
    written: Rows = []
    with applications() as apps:
        with apps["PostgreSQL"].app_context():
            address = db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        for many in sizes:
            written += _of_size(apps, address, many)
    table("A post in the index", ("live posts", "remove, µs", "add, µs", "bytes"), written)


if __name__ == "__main__":
    logging.disable(logging.ERROR)
    run([int(size) for size in sys.argv[1:]] or SIZES)
