"""
A world of live posts as columns, and how it comes into the index: for measuring the index alone.

Only ``post_index`` is filled, because a search reads nothing else; people and posts behind it would take twenty times
as long. Places, radii and what is stated are drawn as in ``flask demo seed --offers N --requests N``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from time import sleep
from typing import Any, Final

import numpy as np
from sqlalchemy.schema import CreateIndex

from app.dev.demo.bulk import draws, homes
from app.dev.demo.bulk.draws import TRAVEL_SHARES, Dice
from app.geo.distance import TRAVEL_KM
from app.geo.index import place_of, strip_of
from app.infra.areas.storage import load_catalogue
from app.infra.database import db
from app.matching.queries.nearby import Filters
from app.matching.rules.sides import Strength, Wish
from app.posts.models import PostIndex
from app.posts.rules import Fact
from app.posts.rules.index_bits import offer_bits
from app.posts.services.index import NEVER_REACHED
from tests.bench.community import NOW

COLUMNS: Final = (
    "post_id", "strip", "longitude", "bits", "x", "y", "z", "travel_km", "volume_ml", "pumped_from", "pumped_to",
    "published", "author_id", "area_id",
)  # fmt: skip
OFFERS: Final = 0.6
_POOL: Final = 4000
_ROWS_AT_ONCE: Final = 50_000
TODAY: Final = NOW.date()


@dataclass(frozen=True, slots=True)
class World:
    """Columns of all posts, those of the table and ``latitude`` and ``is_offer``; ids run from 1."""

    columns: dict[str, np.ndarray]

    def __len__(self) -> int:
        return len(self.columns["post_id"])

    def of(self, name: str) -> np.ndarray:
        return self.columns[name]

    def rows(self, first: int = 0, after: int | None = None) -> Iterator[tuple[Any, ...]]:
        """Rows as the table holds them."""
        edges = [*range(first, after or len(self), _ROWS_AT_ONCE), after or len(self)]
        for start, stop in pairwise(edges):
            yield from zip(*(self.columns[name][start:stop].tolist() for name in COLUMNS), strict=True)


@dataclass(frozen=True, slots=True)
class Question:
    """A family's search: where it lives, how far it goes, what it asks."""

    area: int
    radius: float
    filters: Filters
    seeker: int


def draw_world(many: int, seed: int, *, anywhere: bool = False) -> World:
    """``many`` posts, three in five of them offers; with ``anywhere`` spread over the whole Earth."""
    draw = np.random.default_rng(seed)
    catalogue = load_catalogue()
    areas = draw.integers(1, len(catalogue), many) if anywhere else np.asarray(homes(many, seed), dtype=np.int64)
    travel = draw.choice(np.asarray(TRAVEL_KM, dtype=float), many, p=np.array(TRAVEL_SHARES) / sum(TRAVEL_SHARES))
    is_offer = draw.random(many) < OFFERS
    latitude, longitude = catalogue.latitude[areas - 1], catalogue.longitude[areas - 1]
    different, at = np.unique(areas, return_inverse=True)
    centres = zip(catalogue.latitude[different - 1].tolist(), catalogue.longitude[different - 1].tolist(), strict=True)
    places = np.array([place_of(*centre) for centre in centres])[at]
    said = np.array(_said(seed), dtype=np.int64)[draw.integers(0, _POOL, many)]
    said[~is_offer, 0] = 0
    return World({
        "post_id": np.arange(1, many + 1), "strip": _strips(is_offer, latitude, travel), "longitude": longitude,
        "latitude": latitude, "bits": said[:, 0], "x": places[:, 0], "y": places[:, 1], "z": places[:, 2],
        "travel_km": travel, "volume_ml": said[:, 1], "pumped_from": said[:, 2], "pumped_to": said[:, 3],
        "published": NOW.timestamp() - draw.integers(0, 30 * 86400, many), "author_id": np.arange(1, many + 1),
        "area_id": areas, "is_offer": is_offer,
    })  # fmt: skip


def _strips(is_offer: np.ndarray, latitude: np.ndarray, travel: np.ndarray) -> np.ndarray:
    known: dict[tuple[bool, float, float], int] = {}
    found = []
    for key in zip(is_offer.tolist(), latitude.tolist(), travel.tolist(), strict=True):
        if key not in known:
            known[key] = strip_of("offer" if key[0] else "request", key[1], key[2])
        found.append(known[key])
    return np.array(found, dtype=np.int64)


def _said(seed: int) -> list[tuple[int, int, int, int]]:
    """Bits, volume and pumping days of some thousand offers; the world repeats them."""
    dice = Dice(seed)
    found = []
    for _ in range(_POOL):
        offer = draws.offer(dice, 0, TODAY)
        stated = [Fact(each["attribute"], each["state"], each["since"]) for each in draws.facts(dice, 0, TODAY)]
        first, last, weekly = offer["pumped_from"], offer["pumped_to"], offer["supply"] == "weekly"
        bits = offer_bits(
            stated if dice.happens(0.95) else (), lipase=offer["lipase"], storage=offer["storage"], pumped_from=first,
            pumped_to=last, weekly=weekly,
        )  # fmt: skip
        volume = offer["volume_ml"] or offer["weekly_ml"]
        days = [day.toordinal() if day else NEVER_REACHED for day in (first, last)]
        found.append((bits, volume, *days))
    return found


def questions(world: World, many: int, seed: int) -> list[Question]:
    """Searches of families of this world with one to four wishes each, as ``demo seed`` draws them."""
    dice = Dice(seed)
    requests = np.flatnonzero(~world.of("is_offer"))
    found = []
    for _ in range(many):
        row = int(requests[dice.below(len(requests))])
        asked = draws.wishes(dice, 0)
        musts = tuple(Wish(each["attribute"], Strength(each["strength"]), each["avoid_days"]) for each in asked)
        filters = Filters(musts=musts, accepts_asks=dice.happens(0.8))
        found.append(Question(int(world.of("area_id")[row]), float(world.of("travel_km")[row]), filters, row + 1))
    return found


INDEXES: Final = sorted(PostIndex.metadata.tables["post_index"].indexes, key=lambda index: str(index.name))
"""As the application makes them: an index that lacks one column sends every search to the table."""
_TABLE: Final = ", ".join(COLUMNS)


def load(world: World) -> None:
    """Put the world in the place of whatever the index of the current application's database holds."""
    db.session.remove()
    held = db.engine.raw_connection()
    driver: Any = held.driver_connection
    if db.engine.dialect.name == "sqlite":
        _load_sqlite(driver, world)
    else:
        _load_postgresql(driver, world)
    held.invalidate()
    db.engine.dispose()


def _load_sqlite(driver: Any, world: World) -> None:
    for setting in ("foreign_keys=OFF", "synchronous=OFF", "cache_size=-200000"):
        driver.execute(f"PRAGMA {setting}")
    driver.execute("BEGIN")
    for index in INDEXES:
        driver.execute(f"DROP INDEX IF EXISTS {index.name}")
    driver.execute("DELETE FROM post_index")
    marks = ", ".join("?" * len(COLUMNS))
    driver.executemany(f"INSERT INTO post_index ({_TABLE}) VALUES ({marks})", world.rows())  # noqa: S608
    for index in INDEXES:
        driver.execute(str(CreateIndex(index).compile(dialect=db.engine.dialect)))
    driver.execute("COMMIT")
    driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _load_postgresql(driver: Any, world: World) -> None:
    driver.autocommit = True
    driver.execute("ALTER TABLE post_index DROP CONSTRAINT IF EXISTS fk_post_index_post_id_posts")
    for index in INDEXES:
        driver.execute(f"DROP INDEX IF EXISTS {index.name}")
    driver.execute("TRUNCATE post_index")
    with driver.cursor() as cursor, cursor.copy(f"COPY post_index ({_TABLE}) FROM STDIN") as copy:
        for row in world.rows():
            copy.write_row(row)
    for index in INDEXES:
        driver.execute(str(CreateIndex(index).compile(dialect=db.engine.dialect)))
    vacuum(driver)


def vacuum(driver: Any) -> None:
    """Until every page is known to be visible to all; just after a commit that waited for no disk it takes a while."""
    seen = "SELECT relallvisible >= relpages FROM pg_class WHERE relname = 'post_index'"
    driver.autocommit = True
    for _ in range(50):
        driver.execute("VACUUM (ANALYZE, INDEX_CLEANUP ON) post_index")
        if driver.execute(seen).fetchone()[0]:
            return
        sleep(0.2)
    raise RuntimeError("somebody keeps the index from being vacuumed")
