"""Invented communities: who posts what, where, how often; nothing of it is taken from a person."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np

from app.kernel.quantities import Kilometres, Millilitres
from app.matching.rules.feasible import STORAGE_DAYS
from app.matching.rules.sides import (
    FactState,
    MilkFact,
    MilkFacts,
    OfferSide,
    RequestSide,
    Strength,
    Supply,
    Wish,
    Wishes,
)
from app.matching.rules.simulation.community import Community, Donor, Family

START: Final = datetime(2026, 3, 2, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Setting:
    """
    What kind of community: posts a day, a square of ``across`` kilometres with so many towns, how far people travel.

    Amounts are the same everywhere: a one-time offer's middle is 2.9 litres (98 oz), one in five donors gives 2.1
    litres a week instead; a family needs 150 to 800 ml a day for two weeks to two months.
    """

    name: str
    offers_a_day: float
    requests_a_day: float
    across: float
    towns: int
    travel: tuple[int, ...]


SETTINGS: Final = (
    Setting("scarce", 5, 7.5, 60, 8, (10, 15, 25, 40)),
    Setting("balanced", 6, 4, 60, 8, (10, 15, 25, 40)),
    Setting("rural", 1.5, 1.5, 200, 12, (25, 40, 60, 80)),
)
"""
Scarce: three families for two donors, and far less milk than is needed, as on most walls. Balanced: three donors for
two families. Rural: a tenth of the people for each square kilometre, and long ways.
"""

_MEDIAN_ML, _SPREAD = 2_900, 1.0
_SMALLEST_ML, _LARGEST_ML = 500, 44_000
"""
Nearly half of the donors on nine Facebook pages offered 100 oz (3 litres) or more (Perrin and others 2014, PubMed
24490980), so the middle lies just below; amounts in parents' accounts go from 24 to 1,500 oz, mostly 100 to 600.
"""
_WEEKLY, _WEEKLY_ML = 0.2, 2_100
"""Regular givers tell of 10 to 35 oz a day too much; the least of it is two litres a week."""
_PATIENCE_DAYS, _PATIENCE_SPREAD = 18, 0.5
"""A donor who hears of nobody gives up: the freezer is needed, she moves, she pours it out. Half do within 18 days."""
_TURNS_AWAY_DAYS = 14
"""A baby drinks today: half of the families that nobody promised milk look elsewhere within 14 days."""
_VISITS_SPREAD = 1.1
"""Visits a day are spread widely around one: a few watch the page all day, many come every third day."""
_LEFT_OUT = {"dairy": (0.15, 0.45), "soy": (0.08, 0.4), "egg": (0.06, 0.4), "nicotine": (0.75, 0.02)}
"""How many donors leave a thing out or take it; the rest do not say."""
_ASKED = {"dairy": 0.3, "soy": 0.12, "egg": 0.06, "nicotine": 0.5}
_ACCEPTS_ASKS = 0.7
_BANDS: Final = {"0_3": 0.4, "3_6": 0.3, "6_12": 0.25, "12_plus": 0.05}
_STORAGES: Final = {"deep_freezer": 0.35, "freezer": 0.3, "freezer_unknown": 0.3, "fridge": 0.05}


def invent(setting: Setting, *, seed: int, days: int = 90) -> Community:
    """A community of this kind; the same seed gives the same people."""
    dice = np.random.default_rng(seed)
    towns = dice.random((setting.towns, 2)) * setting.across
    people = np.sort(dice.random(setting.towns))[::-1] ** 2 + 0.05
    counts = (round(setting.offers_a_day * days), round(setting.requests_a_day * days))
    homes = [_homes(dice, towns, people, count) for count in counts]
    donors = tuple(_donor(dice, setting, number, days) for number in range(counts[0]))
    families = tuple(_family(dice, setting, counts[0] + number, days) for number in range(counts[1]))
    apart = np.linalg.norm(homes[0][:, None] - homes[1][None], axis=2)
    return Community(donors, families, apart, START, days)


def _homes(dice: np.random.Generator, towns: np.ndarray, people: np.ndarray, count: int) -> np.ndarray:
    """Around towns of different sizes, a few kilometres from their middle."""
    town = dice.choice(len(towns), size=count, p=people / people.sum())
    homes: np.ndarray = towns[town] + dice.normal(0, 4, (count, 2))
    return homes


def _donor(dice: np.random.Generator, setting: Setting, number: int, days: int) -> Donor:
    comes = float(dice.random() * days * 24)
    day = (START + timedelta(hours=comes)).date()
    weekly = bool(dice.random() < _WEEKLY)
    storage = "fresh" if weekly else _picked(dice, _STORAGES)
    last = day - timedelta(days=int(dice.integers(0, 3 if storage == "fridge" else 60)))
    amount = _WEEKLY_ML if weekly else np.clip(_MEDIAN_ML * np.exp(_SPREAD * dice.normal()), _SMALLEST_ML, _LARGEST_ML)
    patience = float(_PATIENCE_DAYS * np.exp(_PATIENCE_SPREAD * dice.normal()))
    kept = STORAGE_DAYS.get(storage)
    usable = (last - day).days + kept if kept is not None else patience
    side = OfferSide(
        id=number,
        author_id=number,
        live=True,
        travel=Kilometres(float(dice.choice(setting.travel))),
        supply=Supply.WEEKLY if weekly else Supply.ONCE,
        volume=Millilitres(round(float(amount))),
        milk=MilkFacts(
            _stated(dice),
            pumped_from=day if weekly else last - timedelta(days=int(dice.integers(5, 90))),
            pumped_to=None if weekly else last,
            storage=storage,
        ),
        baby_age_months=int(dice.integers(1, 14)),
    )
    return Donor(side, comes, comes + max(1.0, min(patience * (3 if weekly else 1), usable)) * 24)


def _family(dice: np.random.Generator, setting: Setting, number: int, days: int) -> Family:
    comes = float(dice.random() * days * 24)
    need = int(dice.integers(150, 801))
    wanted = int(dice.choice((14, 30, 60)))
    asked = tuple(
        Wish(key, Strength.MUST, avoid_days=None if key == "nicotine" else 14)
        for key, share in _ASKED.items()
        if dice.random() < share
    )
    side = RequestSide(
        id=number,
        author_id=number,
        live=True,
        travel=Kilometres(float(dice.choice(setting.travel))),
        need_per_day=Millilitres(need),
        days=wanted,
        stock=Millilitres(int(need * dice.integers(0, 5))),
        baby_age_band=_picked(dice, _BANDS),
        term_and_healthy="yes",
        wishes=Wishes(asked, accepts_asks=bool(dice.random() < _ACCEPTS_ASKS)),
        published_at=START + timedelta(hours=comes),
    )
    waits = float(_TURNS_AWAY_DAYS * np.exp(_PATIENCE_SPREAD * dice.normal()))
    visits = float(np.exp(_VISITS_SPREAD * dice.normal()))
    return Family(side, comes, comes + wanted * 24.0, comes + min(waits, wanted) * 24.0, visits)


def _stated(dice: np.random.Generator) -> dict[str, MilkFact]:
    stated = {}
    for key, (avoids, uses) in _LEFT_OUT.items():
        drawn, since = dice.random(), START.date() - timedelta(days=int(dice.integers(10, 400)))
        if drawn < avoids:
            stated[key] = MilkFact(FactState.AVOIDS, since)
        elif drawn < avoids + uses:
            stated[key] = MilkFact(FactState.USES)
    return stated


def _picked(dice: np.random.Generator, shares: dict[str, float]) -> str:
    """One of the names by its share."""
    return str(dice.choice(list(shares), p=list(shares.values())))
