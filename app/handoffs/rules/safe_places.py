"""
Public places where two may meet: their kinds, and how a list of them is read from a file or from OpenStreetMap.

Places stand in ten-thousandths of a degree, about eleven metres: enough to find a library, and for public places
alone. Each line that cannot be used is named with its reason, and the others go on.
"""

import csv
import io
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePath
from typing import Any, Final

from app.kernel.text import one_line

PER_DEGREE: Final = 10_000
"""Places stand in such parts of a degree."""
STRIP_E4: Final = 500
"""Places are found by strips of so many ten-thousandths of a degree of latitude: a twentieth, about 5.5 km."""
LONGEST_NAME: Final = 120
LONGEST_REF: Final = 100
_POLE: Final = 90
_HALF_TURN: Final = 180
_POSITION: Final = 2
"""A GeoJSON position begins with longitude and latitude."""


class Kind(StrEnum):
    """What a place is: public, with people about by day. A home is none of them."""

    POLICE = "police"
    FIRE_STATION = "fire_station"
    LIBRARY = "library"
    HOSPITAL = "hospital"
    CLINIC = "clinic"
    PHARMACY = "pharmacy"
    MILK_DEPOT = "milk_depot"
    COMMUNITY_CENTRE = "community_centre"
    TOWN_HALL = "town_hall"


AMENITIES: Final = {
    "police": Kind.POLICE,
    "fire_station": Kind.FIRE_STATION,
    "library": Kind.LIBRARY,
    "hospital": Kind.HOSPITAL,
    "clinic": Kind.CLINIC,
    "pharmacy": Kind.PHARMACY,
    "community_centre": Kind.COMMUNITY_CENTRE,
    "townhall": Kind.TOWN_HALL,
}
"""What OpenStreetMap calls them (key ``amenity``, wiki.openstreetmap.org/wiki/Key:amenity); it has no word for a milk
depot, so those come from a file.
"""

_CLOSED_TO_ALL: Final = frozenset({"private", "no"})


@dataclass(frozen=True, slots=True)
class PlaceDraft:
    """
    One place as it was read. ``ref`` is what makes it the same place in the next list: ``osm:node/123``, or the
    source's name with the file's own reference.
    """

    ref: str
    name: str
    kind: Kind
    latitude_e4: int
    longitude_e4: int


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line of a file, or the number of an entry, that was left out, and why; English, for the operator."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Reading:
    """All of a list: the places, and what was left out."""

    places: tuple[PlaceDraft, ...]
    bad: tuple[BadLine, ...] = ()


def strip_of(latitude_e4: int) -> int:
    """The strip in which a latitude lies; its own southern edge belongs to it."""
    return latitude_e4 // STRIP_E4


class _CannotBeUsed(ValueError):  # noqa: N818 - reads as what is told.
    """Why an entry is left out."""


def read_list(name: str, text: str, *, source: str) -> Reading:
    """
    Read a file by the end of its name: ``.csv``, ``.geojson`` or ``.json``, or ``.jsonl`` (one object a line).

    Fields are ``name``, ``kind``, ``lat``, ``lon`` and, if known, ``osm_id`` (``node/123``) or ``ref``. ``source``
    begins the reference of a place that is not in OpenStreetMap. Raises ValueError for another kind of file.
    """
    readers = {
        ".csv": _csv_rows,
        ".geojson": _features,
        ".json": _features,
        ".jsonl": _json_lines,
        ".ndjson": _json_lines,
    }
    rows = readers.get(PurePath(name).suffix.lower())
    if rows is None:
        raise ValueError(f"the file must end in one of {', '.join(readers)}")
    return _reading(rows(text), source)


def read_elements(elements: Iterable[Mapping[str, Any]]) -> Reading:
    """What Overpass answered; unnamed places and those closed to the public are left out without a word."""
    rows = ((number, _of_element(element)) for number, element in enumerate(elements, start=1))
    return _reading(((number, row) for number, row in rows if row is not None), "osm")


_Row = Mapping[str, Any] | _CannotBeUsed


def _csv_rows(text: str) -> Iterator[tuple[int, _Row]]:
    lines = csv.DictReader(io.StringIO(text), skipinitialspace=True)
    for row in lines:
        yield lines.line_num, {str(key).strip().lower(): value for key, value in row.items()}


def _json_lines(text: str) -> Iterator[tuple[int, _Row]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            yield number, _object(line)


def _object(text: str) -> _Row:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return _CannotBeUsed("this is not JSON")
    return found if isinstance(found, dict) else _CannotBeUsed("this is no JSON object")


def _features(text: str) -> Iterator[tuple[int, _Row]]:
    whole = _object(text)
    if isinstance(whole, _CannotBeUsed):
        yield 1, whole
        return
    features = whole.get("features")
    if not isinstance(features, list):
        yield 1, _CannotBeUsed("a GeoJSON file needs a list of features")
        return
    for number, feature in enumerate(features, start=1):
        yield number, _of_feature(feature)


def _of_feature(feature: object) -> _Row:
    held = feature if isinstance(feature, dict) else {}
    geometry, properties = held.get("geometry"), held.get("properties")
    if not isinstance(geometry, dict) or not isinstance(properties, dict) or geometry.get("type") != "Point":
        return _CannotBeUsed("a feature needs properties and a Point")
    at = geometry.get("coordinates")
    if not isinstance(at, list) or len(at) < _POSITION:
        return _CannotBeUsed("a Point needs a longitude and a latitude")
    return {**properties, "lon": at[0], "lat": at[1]}


def _of_element(element: Mapping[str, Any]) -> _Row | None:
    tags = element.get("tags") or {}
    if not tags.get("name") or tags.get("access") in _CLOSED_TO_ALL or tags.get("amenity") not in AMENITIES:
        return None
    at = element.get("center") or element
    return {
        "name": tags["name"],
        "kind": AMENITIES[tags["amenity"]].value,
        "lat": at.get("lat"),
        "lon": at.get("lon"),
        "osm_id": f"{element.get('type')}/{element.get('id')}",
    }


def _reading(rows: Iterable[tuple[int, _Row]], source: str) -> Reading:
    places: dict[str, PlaceDraft] = {}
    lines: dict[str, int] = {}
    bad: list[BadLine] = []
    for number, row in rows:
        try:
            place = _place(row, source)
            _is_new(place, lines)
        except _CannotBeUsed as reason:
            bad.append(BadLine(number, str(reason)))
        else:
            places[place.ref], lines[place.ref] = place, number
    return Reading(tuple(places.values()), tuple(bad))


def _is_new(place: PlaceDraft, lines: Mapping[str, int]) -> None:
    if place.ref in lines:
        raise _CannotBeUsed(f"the same place stands on line {lines[place.ref]} already")


def _place(row: _Row, source: str) -> PlaceDraft:
    if isinstance(row, _CannotBeUsed):
        raise row
    name = _words(row, "name", LONGEST_NAME)
    if not name:
        raise _CannotBeUsed("a place needs a name")
    latitude, longitude = _degrees(row, "lat", _POLE), _degrees(row, "lon", _HALF_TURN)
    # The antimeridian has one name, so that a search never has to look for two.
    east = longitude - 2 * _HALF_TURN * PER_DEGREE if longitude == _HALF_TURN * PER_DEGREE else longitude
    return PlaceDraft(_ref(row, source, f"{name}@{latitude},{east}"), name, _kind(row), latitude, east)


def _kind(row: Mapping[str, Any]) -> Kind:
    said = _words(row, "kind", LONGEST_NAME).lower()
    try:
        return Kind(said)
    except ValueError:
        raise _CannotBeUsed(f"the kind must be one of {', '.join(Kind)}, not {said or 'nothing'!r}") from None


def _ref(row: Mapping[str, Any], source: str, otherwise: str) -> str:
    osm = _words(row, "osm_id", LONGEST_REF)
    if osm:
        what, _, number = osm.partition("/")
        if what not in {"node", "way", "relation"} or not number.isascii() or not number.isdigit():
            raise _CannotBeUsed(f"an osm_id looks like node/123, not {osm!r}")
    own = _words(row, "ref", LONGEST_REF)
    ref = f"osm:{osm}" if osm else f"{source}:{own or otherwise}"
    return ref[:LONGEST_REF] if not (osm or own) else _not_longer("ref", ref, LONGEST_REF)


def _words(row: Mapping[str, Any], field: str, most: int) -> str:
    value = row.get(field)
    return _not_longer(field, one_line(str(value)) if value is not None else "", most)


def _not_longer(field: str, text: str, most: int) -> str:
    if len(text) > most:
        raise _CannotBeUsed(f"the {field} is longer than {most} letters")
    return text


def _degrees(row: Mapping[str, Any], field: str, most: int) -> int:
    try:
        value = float(row[field])
    except (KeyError, TypeError, ValueError):
        raise _CannotBeUsed(f"{field} must be a number of degrees") from None
    if not math.isfinite(value) or abs(value) > most:
        raise _CannotBeUsed(f"{field} must lie between -{most} and {most} degrees")
    return round(value * PER_DEGREE)
