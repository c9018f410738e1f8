"""A large community straight in the tables: for measuring, not for showing.

Half of the people live within 60 km of eight towns, the others anywhere in North America between 25° and 49° north,
both by households. Two posts in five are requests. Offers state three to nine things, requests wish for one to four;
one donor in twenty does not share health facts.
"""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any, Final

import numpy as np
from sqlalchemy import insert

from app.accounts.models import Consent, User
from app.accounts.rules.consents import Purpose
from app.geo.areas import AreaId, Box
from app.geo.index import index_key
from app.infra.areas.storage import load_catalogue
from app.infra.gazetteer import find_places
from app.infra.transaction import transaction
from app.posts.models import Offer, Post, PostFact, PostIndex, PostWish, Request

NOW: Final = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)
TOWNS: Final = (
    "Sacramento, CA", "Madison, WI", "Toronto, ON", "Lincoln, NE", "Houston, TX", "Atlanta, GA", "Denver, CO",
    "Seattle, WA",
)  # fmt: skip
FOODS: Final = ("dairy", "soy", "egg", "gluten", "peanut", "tree_nut", "fish", "vegan")
OTHER: Final = ("alcohol", "nicotine", "caffeine", "cannabis", "medicines")
TRAVEL: Final = (0, 5, 10, 15, 25, 40, 60, 80, 120)
TRAVEL_SHARES: Final = (1, 2, 5, 10, 12, 6, 3, 2, 1)
AROUND_KM: Final = 60
_ROWS_AT_ONCE: Final = 5000


def _by_households(areas: list[int]) -> tuple[np.ndarray, np.ndarray]:
    some = np.asarray(areas)
    households = load_catalogue().households[some - 1].astype(float)
    return some, households / households.sum()


def homes(many: int, seed: int) -> list[AreaId]:
    """Where so many people live; the same seed gives the same areas."""
    catalogue = load_catalogue()
    draw = np.random.default_rng(seed)
    around = [_by_households(catalogue.areas_within(find_places(town).exact[0].area, AROUND_KM)) for town in TOWNS]
    anywhere = _by_households(catalogue.areas_between(Box(25, -124, 49, -67)))
    places = [anywhere if draw.random() < 0.5 else around[draw.integers(len(around))] for _ in range(many)]
    return [AreaId(int(draw.choice(some, p=shares))) for some, shares in places] if many < 100 else _many(places, draw)


def _many(places: list[tuple[np.ndarray, np.ndarray]], draw: np.random.Generator) -> list[AreaId]:
    """Draw all people of one place together."""
    found = [AreaId(0)] * len(places)
    for some, shares in {id(place): place for place in places}.values():
        at = [row for row, place in enumerate(places) if place[0] is some]
        for row, area in zip(at, draw.choice(some, size=len(at), p=shares), strict=True):
            found[row] = AreaId(int(area))
    return found


def _offer(dice: random.Random, post_id: int) -> dict[str, Any]:
    last = NOW.date() - timedelta(days=dice.randrange(120))
    weekly = dice.random() < 0.3
    volume = dice.randrange(200, 12_000, 50)
    return {
        "post_id": post_id, "supply": "weekly" if weekly else "once", "volume_ml": None if weekly else volume,
        "weekly_ml": volume // 8 + 100 if weekly else None, "pumped_to": None if weekly else last,
        "pumped_from": None if weekly else last - timedelta(days=dice.randrange(60)),
        "storage": dice.choice(["deep_freezer", "freezer", "freezer_unknown", "fridge"]),
        "lipase": dice.choice(["not_noticed", "soapy_after_days", "scalded_before_freezing", "unknown"]),
        "baby_age_months": dice.choice([None, *range(14)]), "max_families": dice.choice([1, 1, 1, 3]),
        "smallest_handoff_ml": dice.choice([None, None, 300, 1500]), "after_loss": dice.random() < 0.05,
    }  # fmt: skip


def _request(dice: random.Random, post_id: int) -> dict[str, Any]:
    return {
        "post_id": post_id, "need_ml_per_day": dice.randrange(50, 900, 10), "days": dice.randrange(1, 90),
        "stock_ml": dice.choice([0, 0, 500, 2000]), "baby_age_band": dice.choice(["0_3", "3_6", "6_12", "12_plus"]),
        "term_and_healthy": dice.choice(["yes", "no", "unsaid"]), "immediate_allergy": dice.random() < 0.04,
        "accepts_asks": dice.random() < 0.8,
    }  # fmt: skip


def _since(dice: random.Random) -> date | None:
    return None if dice.random() < 0.15 else NOW.date() - timedelta(days=dice.randrange(400))


def _facts(dice: random.Random, post_id: int) -> Iterator[dict[str, Any]]:
    for attribute in dice.sample(FOODS + OTHER, dice.randrange(3, 10)):
        state = dice.choices(["avoids", "uses", "unknown"], [6, 3, 1])[0]
        since = _since(dice) if state == "avoids" else None
        yield {"post_id": post_id, "attribute": attribute, "state": state, "since": since, "level": None}


def _wishes(dice: random.Random, post_id: int) -> Iterator[dict[str, Any]]:
    for attribute in dice.sample(FOODS + OTHER, dice.randrange(1, 5)):
        days = dice.choice([None, 7, 14, 21]) if attribute in FOODS else None
        strength = dice.choices(["must", "prefer"], [3, 1])[0]
        yield {"post_id": post_id, "attribute": attribute, "strength": strength, "avoid_days": days, "level": None}


def add_posts(many: int, *, seed: int = 1, first: int = 1, areas: list[AreaId] | None = None) -> None:
    """
    Add ``many`` live posts, each by a member of its own, in one transaction.

    Ids of members and posts run from ``first``, so that a later call can go on; ``areas`` replaces :func:`homes`.
    """
    dice = random.Random(seed)
    rows: dict[Any, list[dict[str, Any]]] = {
        table: [] for table in (User, Consent, Post, Offer, Request, PostFact, PostWish, PostIndex)
    }
    for number, area in zip(count(first), areas or homes(many, seed)):
        _add(dice, rows, number, area)
    with transaction() as session:
        for table, some in rows.items():
            for start in range(0, len(some), _ROWS_AT_ONCE):
                session.execute(insert(table), some[start : start + _ROWS_AT_ONCE])


def _add(dice: random.Random, rows: dict[Any, list[dict[str, Any]]], number: int, area: AreaId) -> None:
    kind = "request" if dice.random() < 0.4 else "offer"
    travel = float(dice.choices(TRAVEL, TRAVEL_SHARES)[0])
    centre = load_catalogue().area(area)
    key = index_key(centre.latitude, travel)
    published = NOW - timedelta(minutes=dice.randrange(60 * 24 * 30))
    rows[User].append({
        "id": number, "public_id": f"u{number}", "email": f"p{number}@example.org", "display_name": f"P{number}",
        "created_at": NOW, "trust": 1, "area_id": area, "active": dice.random() > 0.01,
    })  # fmt: skip
    rows[Post].append({
        "id": number, "public_id": f"p{number}", "author_id": number, "kind": kind, "state": "live", "area_id": area,
        "travel_km": travel, "note": "Flat bags." * dice.randrange(9), "replace_bags": "unsaid",
        "created_at": published, "updated_at": published, "published_at": published,
        "submit_token": f"t{number}", "version": 1,
    })  # fmt: skip
    if dice.random() < 0.95:
        rows[Consent].append({
            "user_id": number, "purpose": Purpose.HEALTH_SHARE, "text_version": "1", "text_hash": "", "language": "en",
            "given_at": NOW,
        })  # fmt: skip
    rows[PostIndex].append({
        "post_id": number, "kind": kind, "radius_class": key.radius_class, "band": key.band, "author_id": number,
        "longitude": centre.longitude, "latitude": centre.latitude, "area_id": area, "travel_km": travel,
        "published": published.timestamp(),
    })  # fmt: skip
    if kind == "offer":
        rows[Offer].append(_offer(dice, number))
        rows[PostFact].extend(_facts(dice, number))
    else:
        rows[Request].append(_request(dice, number))
        rows[PostWish].extend(_wishes(dice, number))
