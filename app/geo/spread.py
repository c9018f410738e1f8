"""Public population spread over the ground: the first half of building the published areas.

GeoNames puts a whole city on one point. Here each place's people are laid out evenly over a disc of 2,000 people a
square kilometre (radius at least one kilometre), by a fixed spiral, so that the same input gives the same layout on
every run.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from app.geo.points import EARTH_RADIUS_KM, FULL_TURN, HALF_TURN, POLE, Floats, unit_vectors

PEOPLE_PER_KM2: Final = 2000.0
"""Assumed density of a town, people a square kilometre (places.md, point 2)."""
MIN_RADIUS_KM: Final = 1.0
"""A place is never laid out over a disc smaller than this, kilometres."""
SAMPLES_PER_KM2: Final = 4
"""How finely a disc is sampled: about twenty samples fall into one resolution-7 cell."""
_MIN_SAMPLES: Final = 19
_GOLDEN_ANGLE: Final = float(np.pi * (3.0 - np.sqrt(5.0)))
_KM_PER_DEGREE: Final = EARTH_RADIUS_KM * np.pi / 180.0
_SLACK: Final = 1.001

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Places:
    """Public places, one row each: degrees, GeoNames population (people), and a number that stands for the country."""

    latitude: Floats
    longitude: Floats
    population: Ints
    country: Ints

    def __len__(self) -> int:
        """How many places there are."""
        return len(self.population)


@dataclass(frozen=True, slots=True)
class Layout:
    """People laid on the ground, one row a sample: which place they come from, where they are (degrees), and how many
    they are.
    """

    place: Ints
    latitude: Floats
    longitude: Floats
    people: Floats


def radius_km(population: npt.ArrayLike) -> Floats:
    """Radius in kilometres of the disc over which a place's people are spread."""
    people = np.asarray(population, dtype=np.float64)
    return np.maximum(MIN_RADIUS_KM, np.sqrt(people / PEOPLE_PER_KM2 / np.pi))


def own_population(places: Places) -> Floats:
    """People of each place that no smaller place inside its disc already holds, never below zero.

    GeoNames lists New York and its boroughs, Lyon and its arrondissements. Counting both would claim more neighbours
    than there are, so what the smaller places of the same country inside a place's disc hold is taken off it. Where
    those are suburbs and not parts, this counts too few people: the error is always on the side of larger areas.
    """
    order = np.argsort(places.latitude, kind="stable")
    lat, lon = places.latitude[order], places.longitude[order]
    country, people = places.country[order], places.population[order]
    own = people.astype(np.float64)
    vectors, radii = unit_vectors(lat, lon), radius_km(people)
    reach = radii / _KM_PER_DEGREE * _SLACK
    low, high = np.searchsorted(lat, lat - reach, "left"), np.searchsorted(lat, lat + reach, "right")
    cosines = np.cos(radii / EARTH_RADIUS_KM)
    for i in np.lexsort((order, people)):
        near = slice(low[i], high[i])
        inside = (vectors[near] @ vectors[i] >= cosines[i]) & (people[near] < people[i]) & (country[near] == country[i])
        own[i] = max(0.0, own[i] - float(own[near][inside].sum()))
    result = np.empty_like(own)
    result[order] = own
    return result


def lay_out(places: Places, own: Floats) -> Layout:
    """Each place's own people as evenly weighted samples on a spiral over its disc; places without people give none."""
    peopled = np.flatnonzero(own > 0)
    radii = radius_km(places.population[peopled])
    counts = np.maximum(_MIN_SAMPLES, np.ceil(np.pi * radii**2 * SAMPLES_PER_KM2)).astype(np.int64)
    place = np.repeat(peopled, counts)
    rank = np.arange(len(place)) - np.repeat(np.cumsum(counts) - counts, counts)
    spread = np.repeat(counts, counts)
    away = np.repeat(radii, counts) * np.sqrt((rank + 0.5) / spread) / _KM_PER_DEGREE
    latitude = np.clip(places.latitude[place] + away * np.cos(rank * _GOLDEN_ANGLE), -POLE, POLE)
    shrink = np.maximum(np.cos(np.radians(places.latitude[place])), 0.01)
    longitude = places.longitude[place] + away * np.sin(rank * _GOLDEN_ANGLE) / shrink
    return Layout(place, latitude, (longitude + HALF_TURN) % FULL_TURN - HALF_TURN, own[place] / spread)
