"""The graph of a round: candidate pairs as columns of numbers, and what already stands at each end."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Candidates:
    """
    Pairs that may be proposed, one row each, in any order.

    ``offer`` and ``request`` are positions among the snapshot's offers and requests, ``points`` hundredths of a point.
    A pair stands in it once.
    """

    offer: NDArray[np.int32]
    request: NDArray[np.int32]
    points: NDArray[np.int32]

    def __len__(self) -> int:
        """How many pairs there are."""
        return len(self.offer)

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> Self:
        """The pairs of these rows, in that order."""
        return type(self)(self.offer[rows], self.request[rows], self.points[rows])


@dataclass(frozen=True, slots=True)
class Held:
    """How many pairs already stand, by position: families before each offer, offers on each page."""

    at_offer: NDArray[np.int32]
    on_page: NDArray[np.int32]

    @classmethod
    def nothing(cls, offers: int, requests: int) -> Self:
        """Nothing stands yet at so many offers and requests."""
        return cls(np.zeros(offers, np.int32), np.zeros(requests, np.int32))


@dataclass(frozen=True, slots=True)
class Room:
    """How many more pairs each may take, by position; 0 is none (a paused offer, a request that went quiet)."""

    at_offer: NDArray[np.int32]
    on_page: NDArray[np.int32]

    @classmethod
    def plenty(cls, offers: int, requests: int) -> Self:
        """Nothing but the caps of the rules limits anybody."""
        most = np.iinfo(np.int32).max
        return cls(np.full(offers, most, np.int32), np.full(requests, most, np.int32))
