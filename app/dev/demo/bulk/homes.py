"""
Where the members of a large invented community live.

Half of them within 60 km of eight towns, the others anywhere in North America between 25° and 49° north, both by the
households of the published areas.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from app.geo.areas import AreaId, Box
from app.infra.areas.storage import load_catalogue
from app.infra.gazetteer import find_places
from app.kernel.quantities import Kilometres

TOWNS: Final = (
    "Sacramento, CA", "Madison, WI", "Toronto, ON", "Lincoln, NE", "Houston, TX", "Atlanta, GA", "Denver, CO",
    "Seattle, WA",
)  # fmt: skip
AROUND: Final = Kilometres(60)
_ANYWHERE: Final = Box(25, -124, 49, -67)
_IN_THE_OPEN: Final = 0.5

Areas = npt.NDArray[np.int64]


def homes(many: int, seed: int) -> list[AreaId]:
    """Where so many people live; the same seed gives the same areas."""
    draw = np.random.default_rng(seed)
    catalogue = load_catalogue()
    places = [catalogue.areas_between(_ANYWHERE)]
    places += [catalogue.areas_within(find_places(town).exact[0].area, AROUND) for town in TOWNS]
    open_country = draw.random(many) < _IN_THE_OPEN
    chosen = np.where(open_country, 0, draw.integers(1, len(places), size=many))
    lived_in = np.zeros(many, dtype=np.int64)
    for number, areas in enumerate(places):
        here = np.flatnonzero(chosen == number)
        lived_in[here] = _by_households(draw, np.asarray(areas, dtype=np.int64), len(here))
    return [AreaId(area) for area in lived_in.tolist()]


def _by_households(draw: np.random.Generator, areas: Areas, many: int) -> Areas:
    households = load_catalogue().households[areas - 1].astype(np.float64)
    return draw.choice(areas, size=many, p=households / households.sum())
