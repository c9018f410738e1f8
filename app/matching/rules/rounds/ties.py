"""
Equal pairs are told apart by chance that everybody can repeat: a hash of (ISO week, offer, request).

It does not depend on the order in which posts were read nor on the machine, and nobody is always the one who loses a
tie, since it changes every week.
"""

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from app.matching.rules.rounds.edges import Candidates

_CHUNK = 1 << 20


def tie_hashes(
    week: str, offer_ids: Sequence[str], request_ids: Sequence[str], candidates: Candidates
) -> NDArray[np.uint64]:
    """One hash a pair; ``week`` is an ISO week such as ``2026-W47``, the ids stand at the snapshot's positions."""
    offers, requests = _hash_all(f"{week}|offer|", offer_ids), _hash_all(f"{week}|request|", request_ids)
    found = np.empty(len(candidates), np.uint64)
    for start in range(0, len(found), _CHUNK):
        part = slice(start, start + _CHUNK)
        found[part] = _mixed(offers[candidates.offer[part]] ^ _mixed(requests[candidates.request[part]]))
    return found


def _hash_all(prefix: str, ids: Sequence[str]) -> NDArray[np.uint64]:
    digests = b"".join(blake2b((prefix + one).encode(), digest_size=8).digest() for one in ids)
    return np.frombuffer(digests, dtype="<u8").astype(np.uint64)


def _mixed(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Every bit of the number moves every bit of the answer (the finisher of splitmix64)."""
    mixed = numbers + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
