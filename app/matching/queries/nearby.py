"""Who is near: live posts within both radii, from the index of posts; only areas are ever compared."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Row, and_, or_, select

from app.accounts.models import User
from app.geo.areas import AreaId
from app.geo.distance import DistanceBand, band_of
from app.geo.index import Window, windows
from app.infra.areas.storage import load_catalogue
from app.infra.database import db
from app.kernel.quantities import Kilometres
from app.posts.models import Post, PostIndex

_RANGES_A_STATEMENT: Final = 200


@dataclass(frozen=True, slots=True)
class Near:
    """A live post close enough to look at; ``length`` is between the centres of the two areas and is never shown."""

    post_id: int
    area_id: AreaId
    travel: Kilometres
    length: Kilometres
    band: DistanceBand
    published_at: datetime | None


def posts_near(kind: str, area: AreaId, radius: Kilometres, *, hidden: frozenset[int] = frozenset()) -> list[Near]:
    """
    Live posts of ``kind`` whose area is at most ``radius`` plus their own travel radius from ``area``.

    Posts by the people in ``hidden`` and by closed accounts are left out. Nearest band first, inside it the newest,
    never the nearer. Raises UnknownArea.
    """
    catalogue = load_catalogue()
    seen = [row for row in _in_windows(kind, *catalogue.area(area).centre, radius) if row.author_id not in hidden]
    lengths = catalogue.distances_from(area, [AreaId(row.area_id) for row in seen]).tolist()
    found = [
        Near(
            row.post_id,
            AreaId(row.area_id),
            Kilometres(row.travel_km),
            length,
            band_of(Kilometres(length), same_area=row.area_id == area),
            row.published_at,
        )
        for row, length in zip(seen, lengths, strict=True)
        if length <= radius + row.travel_km
    ]
    return sorted(found, key=_order)


def _order(near: Near) -> tuple[int, float, int]:
    newest = -near.published_at.timestamp() if near.published_at else 0.0
    return near.band.order, newest, near.post_id


def _in_windows(
    kind: str, latitude: float, longitude: float, radius: Kilometres
) -> Iterator[Row[int, int, float, int, datetime | None]]:
    """Rows in the ranges of the index; a far search near a pole has more ranges than one statement may hold."""
    ranges = windows(latitude, longitude, radius)
    for start in range(0, len(ranges), _RANGES_A_STATEMENT):
        some = or_(*(_in(window) for window in ranges[start : start + _RANGES_A_STATEMENT]))
        yield from db.session.execute(
            select(PostIndex.post_id, PostIndex.area_id, PostIndex.travel_km, PostIndex.author_id, Post.published_at)
            .join(User, User.id == PostIndex.author_id)
            .join(Post, Post.id == PostIndex.post_id)
            .where(PostIndex.kind == kind, some, User.active.is_(True))
        )


def _in(window: Window) -> ColumnElement[bool]:
    return and_(
        PostIndex.radius_class == window.radius_class,
        PostIndex.band == window.band,
        PostIndex.longitude.between(window.west, window.east),
    )
