"""
How long milk may be on its way as it is packed: a time budget with its source, and what would keep it longer.

Two kinds of time, never mixed up. What an authority states is given as it is stated: the CDC's 24 hours in an
insulated cooler with frozen ice packs, and 4 hours for freshly pumped milk at up to 25 °C. How long frozen milk stays
frozen nobody states for a home cooler; that is an estimate of our own, and every answer says so. Where there is
neither, the answer has no time. Nothing here says that milk is good, and an estimate never exceeds the CDC's 24 hours.

The estimate balances heat (G. Burgess, "Practical thermal resistance and ice requirement calculations for insulating
packages", Packaging Technology and Science 12, 1999): time = heat taken up ÷ (heat passed per degree × degrees between
outside and inside). Physical constants: melting ice takes 334 kJ/kg, dry ice becoming gas at −78.5 °C 571 kJ/kg; that
dry ice shrinks evenly with time is measured by Purandare and Vanapalli (IIR Congress of Refrigeration, 2023). The
assumptions lean to the short side: see the constants below. As a check, the common rule that a foam box loses 2.3 to
4.5 kg of dry ice in 24 hours gives twice our time or more.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.handoffs.rules.checklist import CDC_STORAGE, Line, Moment, Source
from app.kernel.quantities import Millilitres
from app.kernel.words import N_
from app.milk.rules import keeping

FAA_DRY_ICE: Final = Source("FAA: PackSafe, dry ice", "https://www.faa.gov/hazmat/packsafe/dry-ice")
USPS_DRY_ICE: Final = Source("USPS: Publication 52, 743", "https://pe.usps.com/text/pub52/pub52c7_015.htm")

COOLER_MINUTES: Final = 24 * 60
"""CDC: milk in an insulated cooler with frozen ice packs, 24 hours at most."""
ROOM_MINUTES: Final = 4 * 60
"""CDC: freshly pumped milk at room temperature, 4 hours, counted from pumping."""
ROOM_C: Final = 25.0
"""CDC: room temperature means up to 25 °C (77 °F)."""
SMALLEST_BAG: Final = Millilitres(60)
"""CDC: milk is stored in portions of 2 to 4 ounces (60 to 120 ml); who counts bags is taken to have the smaller."""
DRY_ICE_KG: Final = 2.5
"""FAA: what a passenger may carry at most; the estimate supposes so much."""

WARM_C: Final = 35.0
"""What is supposed when nobody says how warm it is: a hot day."""
COLDEST_C, HOTTEST_C = -60.0, 60.0
"""No weather is colder or hotter; who types more meant the other unit."""

_ICE_KJ: Final = 334.0
_MILK_KJ: Final = 0.85 * _ICE_KJ
"""Seven eighths of milk is water; a little less is counted, and neither the cold below 0 °C nor the bags at all."""
_PACKS_KG: Final = 0.5
"""One small frozen pack; most people bring more."""
_MELTED: Final = 0.25
"""Milk of which a quarter could have melted counts as no longer frozen."""
_BAG_ML: Final = 12_000
"""What the bag holds; more milk needs more bags, which let in more heat, so no more is counted."""
_BAG_WATTS: Final = 1.5
"""Heat a soft cooler bag of 12 litres lets in for each degree: twice what 10 mm of foam over 0.32 m² would, because
of its zip and its seams."""
_BOX_WATTS: Final = 0.6
"""The same for a foam box with walls of 30 mm and 0.5 m²: a fifth more, because of its lid."""
_DRY_ICE_KJ: Final = 571.0
_DRY_ICE_C: Final = -78.5
_STEP: Final = 15
"""An estimate is cut down to quarters of an hour: it is no better than that."""


class Kept(StrEnum):
    """How the milk is when it leaves."""

    FROZEN = "frozen"
    FRIDGE = "fridge"
    FRESH = "fresh"


_LEAVES: Final = {keeping.Kept.FRESH: Kept.FRESH, keeping.Kept.FRIDGE: Kept.FRIDGE}
"""How milk leaves the places where it is not frozen; thawed milk is never passed on."""


class Packing(StrEnum):
    """What it travels in: nothing that cools, a cooler with frozen ice packs, or a foam box with dry ice."""

    NONE = "none"
    ICE = "ice"
    DRY_ICE = "dry_ice"


class Basis(StrEnum):
    """What a time rests on."""

    CDC_COOLER = "cdc_cooler"
    CDC_ROOM = "cdc_room"
    ESTIMATE_ICE = "estimate_ice"
    ESTIMATE_DRY_ICE = "estimate_dry_ice"
    NO_FIGURE = "no_figure"


class Advice(StrEnum):
    """How to take it: the least that covers the trip, or not on this trip."""

    ICE = "ice"
    DRY_ICE = "dry_ice"
    DO_NOT = "do_not"


@dataclass(frozen=True, slots=True)
class Trip:
    """
    What somebody typed. ``minutes`` is the whole way from home to home; ``outside_c`` is degrees Celsius around the
    cooler, or None when she left it out.
    """

    kept: Kept
    packing: Packing
    volume_ml: Millilitres
    minutes: int
    outside_c: float | None = None


@dataclass(frozen=True, slots=True)
class Budget:
    """How long as packed, in minutes, and on what that rests; None where nobody states a time and none is estimated."""

    minutes: int | None
    basis: Basis

    @property
    def is_estimate(self) -> bool:
        """Whether it is our own reckoning."""
        return self.basis in {Basis.ESTIMATE_ICE, Basis.ESTIMATE_DRY_ICE}

    @property
    def source(self) -> Source | None:
        """Who states it; None for an estimate and where there is no time."""
        return CDC_STORAGE if self.basis in {Basis.CDC_COOLER, Basis.CDC_ROOM} else None

    def covers(self, minutes: int) -> bool:
        """Whether the trip is no longer than this; without a time nothing is covered."""
        return self.minutes is not None and minutes <= self.minutes


@dataclass(frozen=True, slots=True)
class Answer:
    """The budget of a trip, whether it covers it, and how to take the milk; ``heat_c`` is the heat reckoned with."""

    trip: Trip
    budget: Budget
    advice: Advice
    heat_c: float

    @property
    def is_too_long(self) -> bool:
        """Whether the trip exceeds the budget, or there is none to go by."""
        return not self.budget.covers(self.trip.minutes)

    @property
    def heat_is_supposed(self) -> bool:
        """Whether nobody said how warm it is and it matters here."""
        return self.trip.outside_c is None and self.budget.is_estimate


def packed_as(lots: Iterable[tuple[keeping.Kept, Millilitres]]) -> Kept:
    """How milk leaves of which so much is kept in each place: as most of it is; frozen when no lot is named."""
    volumes: Counter[Kept] = Counter()
    for kept, volume in lots:
        volumes[_LEAVES.get(kept, Kept.FROZEN)] += volume
    return max(volumes, key=lambda kept: volumes[kept], default=Kept.FROZEN)


def volume_of(volume_ml: Millilitres | None, bags: int | None) -> Millilitres | None:
    """The volume that was typed, or else that of so many small bags; None when neither was."""
    return volume_ml or (Millilitres(bags * SMALLEST_BAG) if bags else None)


def celsius(degrees: float, unit: str) -> float:
    """Degrees Celsius of what was typed in ``"C"`` or ``"F"``."""
    return (degrees - 32) * 5 / 9 if unit == "F" else degrees


def budget_of(trip: Trip) -> Budget:
    """How long the milk may be on its way as it is packed."""
    match trip.kept, trip.packing:
        case Kept.FROZEN, Packing.ICE:
            return _estimate(trip, Basis.ESTIMATE_ICE)
        case Kept.FROZEN, Packing.DRY_ICE:
            return _estimate(trip, Basis.ESTIMATE_DRY_ICE)
        case ((Kept.FRIDGE | Kept.FRESH), Packing.ICE):
            return Budget(COOLER_MINUTES, Basis.CDC_COOLER)
        case Kept.FRESH, Packing.NONE if trip.outside_c is not None and trip.outside_c <= ROOM_C:
            return Budget(ROOM_MINUTES, Basis.CDC_ROOM)
    return Budget(None, Basis.NO_FIGURE)


def _estimate(trip: Trip, basis: Basis) -> Budget:
    heat = _heat(trip)
    if basis is Basis.ESTIMATE_ICE:
        kilojoules = _PACKS_KG * _ICE_KJ + _MELTED * min(trip.volume_ml, _BAG_ML) / 1000 * _MILK_KJ
        watts = _BAG_WATTS * heat
    else:
        kilojoules = DRY_ICE_KG * _DRY_ICE_KJ
        watts = _BOX_WATTS * (heat - _DRY_ICE_C)
    # In the frost, or so close to it that the estimate passes a day, the CDC's day is the limit.
    if kilojoules * 1000 >= watts * COOLER_MINUTES * 60:
        return Budget(COOLER_MINUTES, Basis.CDC_COOLER)
    return Budget(int(kilojoules * 1000 / watts / 60) // _STEP * _STEP, basis)


def _heat(trip: Trip) -> float:
    return WARM_C if trip.outside_c is None else trip.outside_c


def advice_for(trip: Trip) -> Advice:
    """The least that covers the trip: a cooler with ice packs always, dry ice for frozen milk alone, or neither."""
    if budget_of(_packed(trip, Packing.ICE)).covers(trip.minutes):
        return Advice.ICE
    # Dry ice freezes whatever lies beside it, so it is for milk that is frozen already.
    if trip.kept is Kept.FROZEN and budget_of(_packed(trip, Packing.DRY_ICE)).covers(trip.minutes):
        return Advice.DRY_ICE
    return Advice.DO_NOT


def _packed(trip: Trip, packing: Packing) -> Trip:
    return Trip(trip.kept, packing, trip.volume_ml, trip.minutes, trip.outside_c)


def answer_for(trip: Trip) -> Answer:
    """What to say to somebody about a trip."""
    return Answer(trip, budget_of(trip), advice_for(trip), _heat(trip))


DRY_ICE_LINES: Final = (
    Line(
        Moment.PACK,
        N_(
            "Dry ice turns into gas: the box must let it out. On a plane a passenger may take at most 2.5 kg (5.5 lb), "
            "if the airline agrees, in a package that is marked."
        ),
        FAA_DRY_ICE,
    ),
    Line(
        Moment.PACK,
        N_("In the US mail by air at most 5 lb may go in a piece; into other countries none at all."),
        USPS_DRY_ICE,
    ),
    Line(
        Moment.PACK,
        N_("In a car leave a window open a little. Touch it with thick gloves only, and keep children away."),
    ),
)
"""What to know where dry ice is advised or typed."""
