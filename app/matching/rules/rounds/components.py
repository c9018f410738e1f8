"""Connected parts of the graph: what happens in one of them can change nothing in another."""

import numpy as np
from numpy.typing import NDArray

from app.matching.rules.rounds.compiled import WORTH_COMPILING, loop


def components(offer: NDArray[np.int32], request: NDArray[np.int32], offers: int, requests: int) -> NDArray[np.int32]:
    """
    The number of its connected part for each pair.

    Parts are numbered from 0 in the order in which the pairs first name them, so the numbers follow the order of the
    pairs and not the positions of the posts.
    """
    parent = np.arange(offers + requests, dtype=np.int32)
    number, part = np.full(len(parent), -1, np.int32), np.empty(len(offer), np.int32)
    loop(_label, len(offer))(offer, request, offers, parent, number, part)
    return part


def load() -> None:
    """Load the compiled loop, for whoever knows that many pairs will come."""
    nothing = np.empty(0, np.int32)
    loop(_label, WORTH_COMPILING)(nothing, nothing, 0, nothing, nothing, nothing)


def _label(
    offer: NDArray[np.int32],
    request: NDArray[np.int32],
    offers: int,
    parent: NDArray[np.int32],
    number: NDArray[np.int32],
    part: NDArray[np.int32],
) -> None:
    """Union by halved paths, then one pass that numbers the roots as they are met."""
    for row in range(len(offer)):
        one, other = offer[row], request[row] + offers
        while parent[one] != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        while parent[other] != other:
            parent[other] = parent[parent[other]]
            other = parent[other]
        if one < other:
            parent[other] = one
        elif other < one:
            parent[one] = other
    found = 0
    for row in range(len(offer)):
        root = offer[row]
        while parent[root] != root:
            root = parent[root]
        if number[root] < 0:
            number[root] = found
            found += 1
        part[row] = number[root]
