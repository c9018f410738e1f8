"""Reading and writing the versioned file of published areas and gazetteer names.

One compressed NumPy archive a version, ``areas-v1.npz``, committed with the code. It holds areas, towns with the id of
their area, and US ZIP codes with the id of theirs: coordinates of area centres only, two decimals. Names and
populations are from GeoNames (CC BY 4.0).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from app.geo.areas import AreaCatalogue, TownTable
from app.geo.building import BuiltAreas

CURRENT_VERSION: Final = 1
DATA_FOLDER: Final = Path(__file__).parent / "data"
DEFAULT_FILE: Final = DATA_FOLDER / f"areas-v{CURRENT_VERSION}.npz"

_LOADING: Final = Lock()
"""Held while reading, so that threads which reach a cold process together read the file once."""

_AREA_FIELDS: Final = ("cells", "cell_area", "latitude", "longitude", "households", "town", "wider")
_TOWN_FIELDS: Final = ("division", "country", "population", "area")


@dataclass(frozen=True, slots=True)
class NameTables:
    """What the gazetteer looks names up in.

    ``keys`` are folded town names in sorted order and ``key_town`` the town each belongs to; ``county`` is a town's
    second division and ``division_names`` all accepted spellings of a division, folded, by row; ``country_names``
    likewise. ZIP codes are sorted numbers with the area and the label's town ("Sacramento, CA").
    """

    keys: Sequence[str]
    key_town: npt.NDArray[np.int32]
    county: npt.NDArray[np.int32]
    division_names: Sequence[str]
    country_names: Sequence[str]
    zip_code: npt.NDArray[np.int32]
    zip_area: npt.NDArray[np.int32]
    zip_label: npt.NDArray[np.int32]
    zip_labels: Sequence[str]


def load_catalogue(path: Path = DEFAULT_FILE) -> AreaCatalogue:
    """The areas of one version, read once for each process. Raises FileNotFoundError, and ValueError for a file of
    another make.
    """
    with _LOADING:
        return _catalogue(path)


def load_names(path: Path = DEFAULT_FILE) -> NameTables:
    """The names of one version, read once for each process. Raises FileNotFoundError."""
    with _LOADING:
        return _names(path)


def save(path: Path, version: int, built: BuiltAreas, towns: TownTable, names: NameTables) -> None:
    """Write one version; the same tables give the same bytes. The folder must exist."""
    arrays: dict[str, Any] = {name: getattr(built, name) for name in _AREA_FIELDS}
    arrays |= {f"town_{name}": getattr(towns, name) for name in _TOWN_FIELDS}
    arrays |= {name: getattr(names, name) for name in ("key_town", "zip_code", "zip_area", "zip_label")}
    texts = {
        "town_names": towns.names,
        "divisions": ["\t".join(pair) for pair in towns.divisions],
        "countries": ["\t".join(pair) for pair in towns.countries],
        "keys": names.keys,
        "division_names": names.division_names,
        "country_names": names.country_names,
        "zip_labels": names.zip_labels,
    }
    arrays |= {name: np.frombuffer("\n".join(lines).encode(), dtype=np.uint8) for name, lines in texts.items()}
    np.savez_compressed(path, version=np.array(version), town_county=names.county, **arrays)


def _lines(file: Mapping[str, npt.NDArray[Any]], name: str) -> list[str]:
    return str(file[name].tobytes().decode()).split("\n")


def _pair(line: str) -> tuple[str, str]:
    first, _, second = line.partition("\t")
    return first, second


@lru_cache(maxsize=4)
def _catalogue(path: Path) -> AreaCatalogue:
    with np.load(path, allow_pickle=False) as file:
        built = BuiltAreas(**{name: file[name] for name in _AREA_FIELDS})
        towns = TownTable(
            names=_lines(file, "town_names"),
            divisions=[_pair(line) for line in _lines(file, "divisions")],
            countries=[_pair(line) for line in _lines(file, "countries")],
            **{name: file[f"town_{name}"] for name in _TOWN_FIELDS},
        )
        return AreaCatalogue(int(file["version"]), built, towns)


@lru_cache(maxsize=4)
def _names(path: Path) -> NameTables:
    with np.load(path, allow_pickle=False) as file:
        return NameTables(
            keys=_lines(file, "keys"),
            key_town=file["key_town"],
            county=file["town_county"],
            division_names=_lines(file, "division_names"),
            country_names=_lines(file, "country_names"),
            zip_code=file["zip_code"],
            zip_area=file["zip_area"],
            zip_label=file["zip_label"],
            zip_labels=_lines(file, "zip_labels"),
        )
