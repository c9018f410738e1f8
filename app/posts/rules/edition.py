"""
A number that stands for everything the matcher may read of a post, so that what was read once is read again only when
it changed. Pure.
"""

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Final, NamedTuple

from app.posts.rules.attributes import SOUGHT

_READ: Final = frozenset(each.key for each in SOUGHT)


class Standing(NamedTuple):
    """Whose a live post is, its area, how far its author travels in km, and since when in seconds since 1970."""

    author_id: int
    area_id: int
    travel_km: float
    published: float


def edition_of(standing: Standing, detail: Sequence[object], said: Iterable[Sequence[object]]) -> int:
    """
    The edition of a post, 62 bits: of where it stands, the columns of its offer or request, and of what is said about
    each attribute.

    ``said`` are the facts that others may know, or the wishes, each beginning with its attribute, in any order; what no
    rule reads counts for nothing. Equal content gives an equal number on every machine.
    """
    parts = sorted((tuple(each) for each in said if each[0] in _READ), key=lambda each: str(each[0]))
    text = repr((tuple(standing), tuple(detail), parts)).encode()
    return int.from_bytes(blake2b(text, digest_size=8).digest()) >> 2
