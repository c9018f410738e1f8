"""Whether a pair stands twice among millions, without sorting them."""

import numpy as np
from numpy.typing import NDArray

from app.matching.rules.rounds.compiled import WORTH_COMPILING, loop
from app.matching.rules.rounds.edges import Candidates


def any_twice(candidates: Candidates) -> bool:
    """Whether two rows name the same offer and the same request."""
    offer, request = candidates.offer, candidates.request
    if len(offer) < WORTH_COMPILING:
        key = (offer.astype(np.int64) << 32) | request
        key.sort()
        return bool((key[1:] == key[:-1]).any())
    begin = np.concatenate((np.zeros(1, np.int64), np.cumsum(np.bincount(request))))
    seen, found = np.full(int(offer.max()) + 1, -1, np.int32), np.zeros(1, np.bool_)
    loop(_look, len(offer))(offer, request, begin, begin.copy(), np.empty(len(offer), np.int32), seen, found)
    return bool(found[0])


def _look(
    offer: NDArray[np.int32],
    request: NDArray[np.int32],
    begin: NDArray[np.int64],
    place: NDArray[np.int64],
    laid: NDArray[np.int32],
    seen: NDArray[np.int32],
    found: NDArray[np.bool_],
) -> None:
    """Lay the offers out by request, then ask of each request whether it has seen one of its offers before."""
    for row in range(len(offer)):
        laid[place[request[row]]] = offer[row]
        place[request[row]] += 1
    for one in range(len(begin) - 1):
        for at in range(begin[one], begin[one + 1]):
            if seen[laid[at]] == one:
                found[0] = True
            seen[laid[at]] = one
