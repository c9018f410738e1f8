"""Public places for the demo community: made up, around the middles of real areas, and labelled as demo wherever shown."""

from datetime import datetime
from typing import Final

from app.handoffs.rules.safe_places import PER_DEGREE, Kind, PlaceDraft
from app.handoffs.services.safe_places import Edition, import_places
from app.infra.areas.storage import load_catalogue
from app.infra.gazetteer import find_places

EDITION: Final = Edition("demo", "Milkbridge demo, made up", is_demo=True)

TOWNS: Final = (
    "Sacramento, CA", "Davis, CA", "Woodland, CA", "Elk Grove, CA", "Roseville, CA", "Folsom, CA", "Madison, WI",
    "Fitchburg, WI", "Sun Prairie, WI", "Middleton, WI", "Mount Horeb, WI", "Valentine, NE", "Ainsworth, NE",
    "Toronto, Ontario", "Vaughan, Ontario", "Mississauga, Ontario", "Lyon, France", "Villeurbanne, France",
)  # fmt: skip

AROUND: Final = (
    ("%s library", Kind.LIBRARY, 60, -40),
    ("%s police station, front lot", Kind.POLICE, -30, 70),
    ("%s fire station", Kind.FIRE_STATION, 110, 90),
    ("%s health centre", Kind.CLINIC, -90, -80),
    ("%s pharmacy", Kind.PHARMACY, 20, 30),
)
"""Each place's name, kind, and ten-thousandths of a degree north and east of the middle of its area."""


def seed(*, now: datetime) -> None:
    """Put the made-up places on the list; a second time changes nothing."""
    import_places([place for town in TOWNS for place in _places_of(town)], EDITION, now=now)


def _places_of(town: str) -> list[PlaceDraft]:
    latitude, longitude = load_catalogue().area(find_places(town).exact[0].area).centre
    name = town.split(",", maxsplit=1)[0]
    return [
        PlaceDraft(
            f"demo:{words % town}",
            words % name,
            kind,
            round(latitude * PER_DEGREE) + north,
            round(longitude * PER_DEGREE) + east,
        )
        for words, kind, north, east in AROUND
    ]
