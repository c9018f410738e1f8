"""The gazetteer with geopy's interface, and an operator's online geocoder."""

from typing import Any

import pytest
from geopy.exc import GeocoderTimedOut
from geopy.location import Location

from app.infra import geocoding
from app.infra.gazetteer import find_places
from app.infra.geocoding import OfflineGeocoder, install, online_areas


class Online:
    """Stands in for a service on the network."""

    def __init__(self, *answers: tuple[float, float], fails: Exception | None = None) -> None:
        self.answers, self.fails = answers, fails
        self.asked: list[str] = []

    def geocode(self, query: str, **_options: Any) -> list[Location] | None:
        self.asked.append(query)
        if self.fails:
            raise self.fails
        return [Location("An address", point, {}) for point in self.answers] or None


def test_the_gazetteer_is_a_geopy_geocoder() -> None:
    found = OfflineGeocoder().geocode("Fitchburg, WI")
    assert found.address == "Fitchburg, WI, United States"
    assert found.raw == {"area": int(find_places("Fitchburg, WI").exact[0].area)}
    assert (round(found.latitude, 2), round(found.longitude, 2)) == (found.latitude, found.longitude)


def test_it_lists_every_exact_place_when_asked() -> None:
    assert len(OfflineGeocoder().geocode("Springfield", exactly_one=False, limit=3)) == 3


@pytest.mark.parametrize("exactly_one", [True, False])
def test_it_never_guesses(exactly_one: bool) -> None:
    assert OfflineGeocoder().geocode("Sacremento", exactly_one=exactly_one) is None


def test_a_point_is_answered_by_the_centre_of_its_area() -> None:
    found = OfflineGeocoder().reverse("42.961234, -89.469834")
    assert found.address == "Fitchburg, WI, United States"
    assert "1234" not in repr(found.point)
    assert OfflineGeocoder().reverse((42.9612, -89.4698), exactly_one=False) == [found]


def test_of_an_online_answer_only_the_area_remains() -> None:
    service = Online((42.961234, -89.469834), (42.960345, -89.469345))
    assert online_areas(service, pause=0)("some street 5") == [find_places("Fitchburg, WI").exact[0].area]


@pytest.mark.parametrize(
    "service", [Online(), Online(fails=GeocoderTimedOut("slow")), Online(fails=ValueError("not on Earth"))]
)
def test_a_service_that_knows_nothing_or_fails_gives_nothing(service: Online) -> None:
    assert online_areas(service, pause=0)("nowhere") == []


def test_an_unknown_service_is_refused_at_boot() -> None:
    with pytest.raises(ValueError, match="photon, nominatim"):
        install("elsewhere")


def test_the_default_asks_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    handed_over: list[object] = []
    monkeypatch.setattr(geocoding, "use_online", handed_over.append)
    install("")
    install("photon")
    assert handed_over[0] is None
    assert callable(handed_over[1])
