"""Who is near: live posts within both radii, from the index of posts; only areas are ever compared."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, or_, select

from app.accounts.models import User
from app.geo.areas import AreaId
from app.geo.distance import DistanceBand
from app.geo.index import Window, windows
from app.infra.areas.storage import load_catalogue
from app.infra.database import db
from app.kernel.quantities import Kilometres
from app.posts.models import PostIndex


@dataclass(frozen=True, slots=True)
class Near:
    """A live post close enough to look at; ``length`` is between the centres of the two areas and is never shown."""

    post_id: int
    area_id: AreaId
    travel: Kilometres
    length: Kilometres
    band: DistanceBand


def posts_near(kind: str, area: AreaId, radius: Kilometres, *, hidden: frozenset[int] = frozenset()) -> list[Near]:
    """
    Live posts of ``kind`` whose area is at most ``radius`` plus their own travel radius from ``area``.

    Posts by the people in ``hidden`` and by closed accounts are left out. Nearest band first, then by id. Raises
    UnknownArea.
    """
    catalogue = load_catalogue()
    latitude, longitude = catalogue.area(area).centre
    ranges = or_(*(_in(window) for window in windows(latitude, longitude, radius)))
    rows = db.session.execute(
        select(PostIndex.post_id, PostIndex.area_id, PostIndex.travel_km, PostIndex.author_id)
        .join(User, User.id == PostIndex.author_id)
        .where(PostIndex.kind == kind, ranges, User.active.is_(True))
    ).all()
    seen = [row for row in rows if row.author_id not in hidden]
    lengths = catalogue.distances_from(area, [AreaId(row.area_id) for row in seen]).tolist()
    found = [
        Near(row.post_id, AreaId(row.area_id), Kilometres(row.travel_km), length, catalogue.band(area, row.area_id))
        for row, length in zip(seen, lengths, strict=True)
        if length <= radius + row.travel_km
    ]
    return sorted(found, key=lambda near: (near.band.order, near.post_id))


def _in(window: Window) -> ColumnElement[bool]:
    return and_(
        PostIndex.radius_class == window.radius_class,
        PostIndex.band == window.band,
        PostIndex.longitude.between(window.west, window.east),
    )
