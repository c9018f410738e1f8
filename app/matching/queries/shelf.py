"""
What lists keep of live posts in the memory of this process, in columns: where each stands, and what the rules read.

A row belongs to one edition of a post, and the index tells which edition is in force: after an edit, a consent
withdrawn or a pause the old row is never found again. Nothing here has words or names or is ever written anywhere.
Rows of many fields are picked with ``take``, which copies each as a whole: an index in brackets copies field by field
and takes ten times as long.
"""

from collections.abc import Iterable, Sequence
from itertools import repeat
from threading import Lock
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from app.matching.rules.many.columns import Bools, Int64

MOST_KEPT: Final = 100_000
"""Rows kept of each kind, about 300 bytes each; the oldest make room."""

UNKNOWN: Final = 0
"""The edition of a post whose row in the index was made before there were editions: it is never found here."""

STAND: Final = np.dtype(
    [
        ("author_id", "i8"), ("area_id", "i4"), ("travel_km", "f8"), ("published", "f8"),
        ("x", "f8"), ("y", "f8"), ("z", "f8"),
    ]
)  # fmt: skip
"""Where a post stands and since when, as the index tells it: all of it is part of the edition."""

_FIRST_ROOM: Final = 1_024

Places = NDArray[np.int64]
Rows = NDArray[Any]


class Shelf:
    """Rows of posts of one kind by post and edition; the threads of a process share it."""

    def __init__(self, kind: np.dtype[Any]) -> None:
        """An empty shelf for rows of this kind."""
        self._lock = Lock()
        self._rows = np.zeros(_FIRST_ROOM, kind)
        self._stand = np.zeros(_FIRST_ROOM, STAND)
        self._edition = np.zeros(_FIRST_ROOM, np.int64)
        self._post = np.zeros(_FIRST_ROOM, np.int64)
        self._whole = np.zeros(_FIRST_ROOM, np.bool_)
        self._place: dict[int, int] = {}
        self._next = 0

    def find(self, posts: Sequence[int], editions: Int64) -> tuple[Places, Rows, Bools]:
        """The places of these posts in these editions, a copy of where they stand, and which of them are known."""
        with self._lock:
            places = np.fromiter(map(self._place.get, posts, repeat(-1)), np.int64, len(posts))
            known = (places >= 0) & (self._edition[places] == editions) & (editions != UNKNOWN)
            return places, self._stand.take(places), known

    def rows(self, places: Places, posts: Int64, editions: Int64) -> tuple[Rows, Bools]:
        """A copy of the rows at the places that were found, and which of them are still these posts' and whole."""
        with self._lock:
            same = (self._post[places] == posts) & (self._edition[places] == editions)
            return self._rows.take(places), same & self._whole[places] & (places >= 0)

    def stand(self, posts: Sequence[int], editions: Int64, stand: Rows) -> Places:
        """Keep where these posts stand, without anything else of them; their places."""
        with self._lock:
            places = self._places_of(posts)
            self._edition[places], self._stand[places], self._whole[places] = editions, stand, False
            return places

    def keep(self, places: Places, posts: Int64, editions: Int64, rows: Rows) -> None:
        """Keep the rows of posts that stand at these places, unless another took the place or another edition did."""
        with self._lock:
            same = (self._post[places] == posts) & (self._edition[places] == editions)
            kept = places[same]
            self._rows[kept], self._whole[kept] = rows[same], True

    @property
    def is_full(self) -> bool:
        """Whether another post takes the place of one that is kept."""
        return self._next >= MOST_KEPT

    def forget(self) -> None:
        """Keep nothing any more."""
        with self._lock:
            self._place.clear()
            self._next = 0

    def _places_of(self, posts: Iterable[int]) -> Places:
        return np.array([self._place[post] if post in self._place else self._room_for(post) for post in posts])

    def _room_for(self, post: int) -> int:
        place = self._next % MOST_KEPT
        if place >= len(self._post):
            room = min(2 * len(self._post), MOST_KEPT)
            for name in ("_rows", "_stand", "_edition", "_post", "_whole"):
                setattr(self, name, np.resize(getattr(self, name), room))
        if self._next >= MOST_KEPT:
            self._place.pop(int(self._post[place]), None)
        self._next += 1
        self._place[post], self._post[place] = place, post
        return place
