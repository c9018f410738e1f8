"""Makes the ground of a meeting: public places on the list, and where the two of a conversation live and travel."""

from app.geo.areas import Area, AreaId
from app.handoffs.rules.safe_places import PER_DEGREE, Kind, PlaceDraft
from app.handoffs.services.safe_places import Edition, import_places
from app.infra.areas.storage import load_catalogue
from app.infra.gazetteer import find_places
from app.infra.transaction import transaction
from app.posts.models import Post
from tests.conftest import NOW
from tests.handoffs.factories import Talk

OURS = Edition("ours", "The county's list, CC0")
KM_NORTH = 1 / 111.2
"""Degrees of latitude in a kilometre."""


def area(place: str) -> int:
    """The area of a town."""
    return find_places(place).exact[0].area


def centre(place: str) -> tuple[float, float]:
    """The middle of a town's area."""
    return load_catalogue().area(area(place)).centre


def area_at(latitude: float, longitude: float, number: int = 1) -> Area:
    """An area that is on no map, with its middle there."""
    return Area(AreaId(number), "A, B", "A", "B", "US", "United States", latitude, longitude, 2000, AreaId(9))


def place(
    name: str, latitude: float, longitude: float, kind: Kind = Kind.LIBRARY, ref: str | None = None
) -> PlaceDraft:
    """A place as it is read from a list."""
    at = round(latitude * PER_DEGREE), round(longitude * PER_DEGREE)
    return PlaceDraft(ref or f"ours:{name}", name, kind, *at)


def near(town: str, name: str, *, north_km: float = 0.0, kind: Kind = Kind.LIBRARY) -> PlaceDraft:
    """A place so many kilometres north of the middle of a town's area."""
    latitude, longitude = centre(town)
    return place(name, latitude + north_km * KM_NORTH, longitude, kind)


def listed(*places: PlaceDraft, edition: Edition = OURS) -> None:
    """Put these on the list, in place of what stood there."""
    import_places(places, edition, now=NOW)


def live(where: Talk, donor: tuple[str, float], family: tuple[str, float]) -> None:
    """Let the two live in these towns and travel so many kilometres."""
    with transaction() as session:
        for post_id, (town, kilometres) in ((where.offer_id, donor), (where.request_id, family)):
            post = session.get(Post, post_id)
            post.area_id, post.travel_km = area(town), kilometres
