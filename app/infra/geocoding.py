"""The gazetteer as a geopy geocoder, and an operator's online geocoder beside it.

Offline is the default: no address leaves the machine. An operator may name a service that geopy knows (``photon``,
``nominatim``); it is then asked when the gazetteer knows no exact place, at most once a second, and of its answer
only the area id is kept.
"""

from collections.abc import Callable
from threading import Lock
from typing import Final

from geopy.exc import GeopyError
from geopy.extra.rate_limiter import RateLimiter
from geopy.geocoders import get_geocoder_for_service
from geopy.geocoders.base import Geocoder
from geopy.location import Location
from geopy.point import Point

from app.geo.areas import AreaId
from app.infra.areas.storage import load_catalogue
from app.infra.gazetteer import PlaceCandidate, find_places, use_online

SERVICES: Final = ("photon", "nominatim")
"""Online services an operator may choose."""
_TIMEOUT_SECONDS: Final = 3
_PAUSE_SECONDS: Final = 1.0
_MOST_ANSWERS: Final = 3


class OfflineGeocoder(Geocoder):  # type: ignore[misc]  # geopy ships no types.
    """The built-in gazetteer with geopy's interface. A ``Location`` is the centre of an area, its ``raw`` holds the
    area id.
    """

    def geocode(self, query: str, *, exactly_one: bool = True, limit: int = 6) -> Location | list[Location] | None:
        """Exact places for a text, most people first; None when there is none. Never a guess."""
        found = [_location(candidate) for candidate in find_places(query, limit=limit).exact]
        if exactly_one:
            return found[0] if found else None
        return found or None

    def reverse(self, query: object, *, exactly_one: bool = True) -> Location | list[Location]:
        """The area around a point in any form geopy reads. Raises ValueError for what is no point on Earth."""
        point = Point(query)
        area = load_catalogue().area(load_catalogue().snap(point.latitude, point.longitude))
        found = Location(area.label, area.centre, {"area": int(area.id)})
        return found if exactly_one else [found]


def _location(candidate: PlaceCandidate) -> Location:
    area = load_catalogue().area(candidate.area)
    return Location(candidate.label, area.centre, {"area": int(area.id)})


def online_areas(geocoder: Geocoder, *, pause: float = _PAUSE_SECONDS) -> Callable[[str], list[AreaId]]:
    """A function from a text to at most three areas, asking a geocoder; a service that fails or is slow gives none."""
    ask = RateLimiter(geocoder.geocode, min_delay_seconds=pause, max_retries=0, swallow_exceptions=False)
    one_at_a_time = Lock()

    def areas(query: str) -> list[AreaId]:
        try:
            with one_at_a_time:
                found = ask(query, exactly_one=False, timeout=_TIMEOUT_SECONDS) or []
            snapped = [load_catalogue().snap(place.latitude, place.longitude) for place in found[:_MOST_ANSWERS]]
        # geopy raises ValueError for a service's coordinate that is not on Earth.
        except (GeopyError, ValueError):
            return []
        return list(dict.fromkeys(snapped))

    return areas


def install(service: str) -> None:
    """Use an online service beside the gazetteer, or none for an empty name. Raises ValueError for one that is not
    offered.
    """
    if not service:
        use_online(None)
        return
    if service not in SERVICES:
        raise ValueError(f"the geocoder must be empty or one of {', '.join(SERVICES)}")
    use_online(online_areas(get_geocoder_for_service(service)(user_agent="milkbridge")))
