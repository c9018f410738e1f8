"""What published areas cost and what they hide: the figures of the decision record, for anyone to measure again."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from app.geo.areas import AreaCatalogue
from app.geo.points import EARTH_RADIUS_KM, Floats, unit_vectors
from app.geo.spread import Layout

MEDIAN: Final = 50.0
MOST: Final = 95.0
FEWEST: Final = 5.0
PAIRS: Final = 400_000
SEED: Final = 1
USUAL_KM: Final = (5, 10, 15, 25)
"""The travel radii most people choose; wider ones hide the error."""


@dataclass(frozen=True, slots=True)
class TradeOff:
    """One region: kilometres from a person to the centre of their area, and households that person hides among.

    ``dropped`` is the share of pairs of people truly within both radii together whose areas are not, ``added`` the
    share of pairs whose areas are within while the people are not.
    """

    areas: int
    people: int
    median_km: float
    p95_km: float
    median_households: int
    p5_households: int
    dropped: float
    added: float


def trade_off(
    catalogue: AreaCatalogue, layout: Layout, latitude: float, longitude: float, radius_km: float
) -> TradeOff | None:
    """The figures for everybody laid out within ``radius_km`` of a public place, each person weighing the same; None
    without anybody.
    """
    centre = unit_vectors(latitude, longitude)
    near = unit_vectors(layout.latitude, layout.longitude) @ centre >= np.cos(radius_km / EARTH_RADIUS_KM)
    if not near.any():
        return None
    lat, lon, people = layout.latitude[near], layout.longitude[near], layout.people[near]
    area = np.array([catalogue.snap(a, b) for a, b in zip(lat.tolist(), lon.tolist(), strict=True)], dtype=np.int64)
    own = unit_vectors(catalogue.latitude[area - 1], catalogue.longitude[area - 1])
    away = np.arccos(np.clip(np.sum(unit_vectors(lat, lon) * own, axis=1), -1, 1)) * EARTH_RADIUS_KM
    dropped, added = _errors(unit_vectors(lat, lon), own, people)
    households = catalogue.households[area - 1].astype(np.float64)
    return TradeOff(
        areas=len(np.unique(area)),
        people=round(float(people.sum())),
        median_km=_weighted(away, people, MEDIAN),
        p95_km=_weighted(away, people, MOST),
        median_households=round(_weighted(households, people, MEDIAN)),
        p5_households=round(_weighted(households, people, FEWEST)),
        dropped=dropped,
        added=added,
    )


def _errors(homes: Floats, centres: Floats, people: Floats) -> tuple[float, float]:
    """Shares of pairs wrongly dropped and added when centres stand for homes, over pairs and radii drawn with a fixed
    seed.
    """
    draw = np.random.default_rng(SEED)
    one, other = draw.choice(len(people), size=(2, PAIRS), p=people / people.sum())
    reach = draw.choice(USUAL_KM, size=(2, PAIRS)).sum(axis=0)
    true = np.arccos(np.clip(np.sum(homes[one] * homes[other], axis=1), -1, 1)) * EARTH_RADIUS_KM <= reach
    said = np.arccos(np.clip(np.sum(centres[one] * centres[other], axis=1), -1, 1)) * EARTH_RADIUS_KM <= reach
    return float((true & ~said).sum() / max(true.sum(), 1)), float((said & ~true).sum() / max(said.sum(), 1))


def _weighted(values: Floats, weights: Floats, percent: float) -> float:
    """The value below which ``percent`` of the weight lies."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(reached, reached[-1] * percent / 100)])
