"""Reading and writing the versioned file of published areas and gazetteer names.

One compressed NumPy archive a version, ``areas-v1.npz``, committed with the code. It holds areas, towns with the id of
their area, and US ZIP codes with the id of theirs: coordinates of area centres only, two decimals. Names and
populations are from GeoNames (CC BY 4.0).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, overload

import numpy as np
import numpy.typing as npt

from app.geo.areas import AreaCatalogue, TownTable

if TYPE_CHECKING:
    from app.geo.building import BuiltAreas

Line = TypeVar("Line")

CURRENT_VERSION: Final = 1
DATA_FOLDER: Final = Path(__file__).parent / "data"
DEFAULT_FILE: Final = DATA_FOLDER / f"areas-v{CURRENT_VERSION}.npz"

_LOADING: Final = Lock()
"""Held while reading, so that threads which reach a cold process together read the file once."""

_CELL_FIELDS: Final = ("cells", "cell_area")
_ROW_FIELDS: Final = ("latitude", "longitude", "households", "town", "wider")
_AREA_FIELDS: Final = (*_CELL_FIELDS, *_ROW_FIELDS)
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


def save(path: Path, version: int, built: "BuiltAreas", towns: TownTable, names: NameTables) -> None:
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


class _Lines(Sequence[Line], Generic[Line]):
    """Lines of a file that few ask for, read when somebody does."""

    def __init__(self, path: Path, name: str, read: Callable[[str], Line]) -> None:
        self._path, self._name, self._read_one = path, name, read

    @cached_property
    def _all(self) -> list[Line]:
        with np.load(self._path, allow_pickle=False) as file:
            return list(map(self._read_one, _lines(file, self._name)))

    @overload
    def __getitem__(self, at: int) -> Line: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Line]: ...
    def __getitem__(self, at: int | slice) -> Line | Sequence[Line]:
        """As a list."""
        return self._all[at]

    def __len__(self) -> int:
        """As a list."""
        return len(self._all)


class _Stored:
    """The areas of a file, each column read when it is asked for: a name's area is found without any of them."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @cached_property
    def latitude(self) -> npt.NDArray[np.int16]:
        """As in BuiltAreas, like all of these."""
        return self._read("latitude")

    @cached_property
    def longitude(self) -> npt.NDArray[np.int16]:
        return self._read("longitude")

    @cached_property
    def households(self) -> npt.NDArray[np.int32]:
        return self._read("households")

    @cached_property
    def town(self) -> npt.NDArray[np.int32]:
        return self._read("town")

    @cached_property
    def wider(self) -> npt.NDArray[np.int32]:
        return self._read("wider")

    @cached_property
    def cells(self) -> npt.NDArray[np.uint64]:
        return self._read("cells")

    @cached_property
    def cell_area(self) -> npt.NDArray[np.int32]:
        return self._read("cell_area")

    def _read(self, name: str) -> npt.NDArray[Any]:
        with np.load(self._path, allow_pickle=False) as file:
            found: npt.NDArray[Any] = file[name]
            return found


@lru_cache(maxsize=4)
def _catalogue(path: Path) -> AreaCatalogue:
    with np.load(path, allow_pickle=False) as file:
        towns = TownTable(
            names=_Lines(path, "town_names", str),
            divisions=_Lines(path, "divisions", _pair),
            countries=[_pair(line) for line in _lines(file, "countries")],
            **{name: file[f"town_{name}"] for name in _TOWN_FIELDS},
        )
        return AreaCatalogue(int(file["version"]), _Stored(path), towns)


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
            zip_labels=_Lines(path, "zip_labels", str),
        )
