"""Places as they stand in a spreadsheet, turned into areas on reading; a coordinate ends here."""

import math
from typing import Final

from app.infra.gazetteer import area_named, area_of_zip, find_places, place_at
from app.kernel.words import N_
from app.matching.plan.problems import CellError, echo

_MISSING: Final = N_("please give a place, or lat and lon")
_TOGETHER: Final = N_("lat and lon go together, each a number such as 43.1")
_NOT_ON_EARTH: Final = N_("these are no degrees on Earth")
_UNKNOWN: Final = N_("we do not know this place%(said)s; try a town with its state or country, or a ZIP code")
_MEANT: Final = N_("we do not know this place%(said)s; did you mean %(places)s?")
_AMBIGUOUS: Final = N_("there are several places of this name; did you mean %(places)s?")
_SUGGESTED: Final = 3


def load_places() -> None:
    """Load the names that places are looked up by."""
    area_of_zip("53703")
    area_named("Madison, WI")


def area_of(place: str, latitude: str, longitude: str) -> int:
    """
    The id of the area of a place name, else of a point.

    Only an exact name counts, and only when one area carries it. No message repeats a figure.
    """
    if place.strip():
        return area_of_zip(place) or area_named(place) or _named(place)
    if not latitude.strip() and not longitude.strip():
        raise CellError(_MISSING, column="place")
    try:
        lat, lon = (float(text.strip().replace(",", ".")) for text in (latitude, longitude))
    except ValueError:
        raise CellError(_TOGETHER, column="lat, lon") from None
    found = place_at(lat, lon) if math.isfinite(lat) and math.isfinite(lon) else None
    if found is None:
        raise CellError(_NOT_ON_EARTH, column="lat, lon")
    return int(found.area)


def _named(place: str) -> int:
    answer = find_places(place)
    areas = {candidate.area for candidate in answer.exact}
    if len(areas) == 1 and not answer.more:
        return int(areas.pop())
    listed = "; ".join(candidate.label for candidate in (answer.exact or answer.suggestions)[:_SUGGESTED])
    if answer.exact:
        raise CellError(_AMBIGUOUS, column="place", places=listed)
    raise CellError(_MEANT if listed else _UNKNOWN, column="place", places=listed, said=echo(place.strip()))
