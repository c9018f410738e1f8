"""One whole build of a version: public data in, tables out, with the figures that tell what it costs and hides."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.geo.areas import AreaCatalogue, TownTable
from app.geo.building import BuiltAreas, build
from app.geo.measures import TradeOff, trade_off
from app.geo.spread import Layout, lay_out, own_population
from app.infra.areas.population import name_tables, read_towns, town_table
from app.infra.areas.storage import NameTables, save


@dataclass(frozen=True, slots=True)
class MeasuredRegion:
    """A public place and the kilometres around it for which the figures are printed."""

    name: str
    latitude: float
    longitude: float
    radius_km: float


REGIONS: Final = (
    MeasuredRegion("metro: Sacramento, CA", 38.58, -121.49, 40),
    MeasuredRegion("mixed: Madison, WI", 43.07, -89.40, 60),
    MeasuredRegion("rural: Adams and Taylor counties, IA", 40.85, -94.60, 60),
)


@dataclass(frozen=True, slots=True)
class AreaBuild:
    """Everything one build made; nothing is written yet."""

    version: int
    built: BuiltAreas
    towns: TownTable
    names: NameTables
    catalogue: AreaCatalogue
    layout: Layout

    def figures(self) -> list[tuple[str, TradeOff]]:
        """What the areas cost and hide in each measured region where anybody was laid out."""
        measured = [
            (region.name, trade_off(self.catalogue, self.layout, region.latitude, region.longitude, region.radius_km))
            for region in REGIONS
        ]
        return [(name, figures) for name, figures in measured if figures is not None]

    def write(self, path: Path) -> None:
        """Write the version's file. Raises FileExistsError: a version is never rewritten, its ids are in use."""
        if path.exists():
            raise FileExistsError(path)
        save(path, self.version, self.built, self.towns, self.names)


def build_version(version: int, countries: frozenset[str] = frozenset()) -> AreaBuild:
    """Build from the installed public data; ``countries`` (ISO 3166 alpha-2) limits it, none means the whole world."""
    public = read_towns(countries)
    places = public.places()
    built = build(places)
    towns = town_table(public, built)
    catalogue = AreaCatalogue(version, built, towns)
    names = name_tables(public, catalogue, with_zip=not countries or "US" in countries)
    return AreaBuild(version, built, towns, names, catalogue, lay_out(places, own_population(places)))
