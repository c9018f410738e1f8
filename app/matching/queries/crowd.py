"""Everybody near somebody, as the index tells: one row of numbers a post, so that thousands cost little."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.geo.areas import AreaId
from app.kernel.quantities import Kilometres
from app.matching.rules.many.columns import Bools, Float64, Int8, Int32, Int64

_ROW: Final = np.dtype(
    [
        ("post_id", "i8"), ("place", "i8"), ("area_id", "i4"), ("travel_km", "f8"), ("author_id", "i8"),
        ("published", "f8"), ("edition", "i8"),
    ]
)  # fmt: skip
_A_DAY: Final = 86_400
_FIRST_DAY: Final = date(1970, 1, 1).toordinal()


class Near(NamedTuple):
    """
    A live post close enough to look at, with all that the index knows of it.

    ``band`` is the order of the band its area lies in, ``published`` seconds since 1970, 0 for never, ``edition`` that
    of everything the matcher reads of the post.
    """

    post_id: int
    band: int
    area_id: AreaId
    travel_km: Kilometres
    author_id: int
    published: float
    edition: int = 0


@dataclass(frozen=True, slots=True)
class Crowd:
    """
    Posts near somebody, one row each, with the order of the band that each lies in.

    ``place`` is where the shelf of their kind keeps them: see :mod:`app.matching.queries.shelf`.
    """

    rows: NDArray[Any]
    band: Int8

    @classmethod
    def of(cls, post: Int64, edition: Int64, place: Int64, stand: NDArray[Any]) -> "Crowd":
        """These posts as the shelf knows them, not yet in any band."""
        found = np.empty(len(post), _ROW)
        found["post_id"], found["edition"], found["place"] = post, edition, place
        for name in ("area_id", "travel_km", "author_id", "published"):
            found[name] = stand[name]
        return cls(found, np.zeros(len(found), np.int8))

    def __len__(self) -> int:
        """How many there are."""
        return len(self.rows)

    def take(self, which: NDArray[np.intp] | Bools | slice) -> "Crowd":
        """Some of them, or all in another order."""
        if isinstance(which, slice):
            return Crowd(self.rows[which], self.band[which])
        # An index in brackets would copy the rows field by field, which takes ten times as long.
        chosen = np.flatnonzero(which) if which.dtype == np.bool_ else which
        return Crowd(self.rows.take(chosen), self.band.take(chosen))

    def without(self, others: "Crowd") -> "Crowd":
        """Those who are not among the others."""
        return self.take(~np.isin(self.post, others.post))

    def and_then(self, others: "Crowd") -> "Crowd":
        """These, and after them the others."""
        return Crowd(np.concatenate((self.rows, others.rows)), np.concatenate((self.band, others.band)))

    def posts(self) -> list[Near]:
        """Each as a post of its own, in order."""
        return [
            Near(post, band, AreaId(area), Kilometres(travel), author, published, edition)
            for (post, _, area, travel, author, published, edition), band in zip(
                self.rows.tolist(), self.band.tolist(), strict=True
            )
        ]

    @property
    def post(self) -> Int64:
        """The posts."""
        return self._column("post_id")

    @property
    def author(self) -> Int64:
        """Whose they are."""
        return self._column("author_id")

    @property
    def area(self) -> Int32:
        """Where they stand."""
        return self._column("area_id")

    @property
    def place(self) -> Int64:
        """Where the shelf keeps each."""
        return self._column("place")

    @property
    def travel(self) -> Float64:
        """How far their authors travel, kilometres."""
        return self._column("travel_km")

    @property
    def published(self) -> Float64:
        """Since when, in seconds since 1970; 0 for never."""
        return self._column("published")

    @property
    def edition(self) -> Int64:
        """Which edition of each is in force."""
        return self._column("edition")

    @property
    def posted(self) -> Int32:
        """The day each was published as a number, 0 for never."""
        days = np.floor(self.published / _A_DAY).astype(np.int32) + _FIRST_DAY
        return np.where(self.published > 0, days, 0).astype(np.int32)

    def _column(self, name: str) -> NDArray[Any]:
        return np.ascontiguousarray(self.rows[name])
