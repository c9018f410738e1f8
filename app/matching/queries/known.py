"""
What lists know of live posts, as rows of numbers kept in memory from one list to the next.

A row belongs to one edition of a post, and the index tells which edition is in force: after an edit, a consent
withdrawn or a pause the old row is never found again. Rows hold what the rules read and nothing else, no words and no
names; they are in this process only, at most :data:`MOST_KEPT` of a kind, and are never written anywhere.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import repeat
from threading import Lock
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from app.matching.queries.crowd import Crowd, Near
from app.matching.queries.sides import offer_side, request_side
from app.matching.rules.many import Asked, Facts, OfferColumns, RequestColumns, offer_columns, request_columns
from app.matching.rules.many.columns import KEYS, Bools, Int64
from app.posts.queries import WholePost, whole_offers, whole_requests

MOST_KEPT: Final = 100_000
"""Rows kept of each kind, about 200 bytes each; the oldest make room."""

_AT_ONCE: Final = 500
_FIRST_ROOM: Final = 1_024
_EACH: Final = (len(KEYS),)
_OFFER: Final = np.dtype(
    [
        ("weekly", "?"), ("volume", "i8"), ("smallest", "i8"), ("after_loss", "?"), ("age", "i2"),
        ("pumped_from", "i4"), ("pumped_to", "i4"), ("lipase", "i1"), ("storage", "i1"),
        ("stated", "?", _EACH), ("state", "i1", _EACH), ("since", "i4", _EACH), ("level", "i1", _EACH),
    ]
)  # fmt: skip
_REQUEST: Final = np.dtype(
    [
        ("need", "i8"), ("days", "i8"), ("stock", "i8"), ("age_band", "i1"), ("term", "i1"), ("accepts_asks", "?"),
        ("immediate", "?"),
        ("asked", "?", _EACH), ("must", "?", _EACH), ("asked_days", "i2", _EACH), ("asked_level", "i1", _EACH),
    ]
)  # fmt: skip
_OFFERS_OWN: Final = ("weekly", "volume", "smallest", "after_loss", "age", "pumped_to", "lipase", "storage")
_REQUESTS_OWN: Final = ("need", "days", "stock", "age_band", "term", "accepts_asks", "immediate")

Rows = NDArray[Any]


class Shelf:
    """Rows of posts of one kind by post and edition; the threads of a process share it."""

    def __init__(self, kind: np.dtype[Any]) -> None:
        """An empty shelf for rows of this kind."""
        self._lock = Lock()
        self._rows = np.zeros(_FIRST_ROOM, kind)
        self._edition = np.zeros(_FIRST_ROOM, np.int64)
        self._post = np.zeros(_FIRST_ROOM, np.int64)
        self._place: dict[int, int] = {}
        self._next = 0

    def find(self, posts: Sequence[int], editions: Int64) -> tuple[Rows, Bools]:
        """A copy of the rows of these posts in these editions, and which of them are known."""
        with self._lock:
            places = np.fromiter(map(self._place.get, posts, repeat(-1)), np.int64, len(posts))
            return self._rows[places], (places >= 0) & (self._edition[places] == editions)

    def keep(self, posts: Iterable[int], editions: Iterable[int], rows: Rows) -> None:
        """Keep these rows."""
        with self._lock:
            for post, edition, row in zip(posts, editions, rows, strict=True):
                place = self._place.get(post)
                if place is None:
                    place = self._room_for(post)
                self._rows[place], self._edition[place] = row, edition

    def forget(self) -> None:
        """Keep nothing any more."""
        with self._lock:
            self._place.clear()
            self._next = 0

    def _room_for(self, post: int) -> int:
        place = self._next % MOST_KEPT
        if place >= len(self._rows):
            room = min(2 * len(self._rows), MOST_KEPT)
            for name in ("_rows", "_edition", "_post"):
                setattr(self, name, np.resize(getattr(self, name), room))
        if self._next >= MOST_KEPT:
            self._place.pop(int(self._post[place]), None)
        self._next += 1
        self._place[post], self._post[place] = place, post
        return place


OFFERS: Final = Shelf(_OFFER)
REQUESTS: Final = Shelf(_REQUEST)


def offers_near(near: Crowd, *, today: date) -> tuple[Crowd, OfferColumns]:
    """These live offers as the rules read them; those that are gone by now are left out."""
    stand, rows = _known(OFFERS, near, whole_offers, _offer_rows)
    owner, key = np.nonzero(rows["stated"])
    facts = Facts(
        start=_starts(owner, len(rows)), key=key.astype(np.int8), state=rows["state"][owner, key],
        since=rows["since"][owner, key], level=rows["level"][owner, key],
    )  # fmt: skip
    undated = rows["weekly"] & (rows["pumped_from"] == 0)
    return stand, OfferColumns(
        rank=np.arange(len(rows), dtype=np.int32), author=stand.author, area=stand.area,
        live=np.ones(len(rows), np.bool_), travel=stand.travel, posted=stand.posted,
        pumped_from=np.where(undated, np.int32(today.toordinal()), rows["pumped_from"]), facts=facts,
        **{name: rows[name] for name in _OFFERS_OWN},
    )  # fmt: skip


def requests_near(near: Crowd) -> tuple[Crowd, RequestColumns]:
    """
    These live requests as the rules read them; those that are gone by now are left out.

    Whether a family was fed before, and what it shares of its need, is not known here and counts as no.
    """
    stand, rows = _known(REQUESTS, near, whole_requests, _request_rows)
    owner, key = np.nonzero(rows["asked"])
    asked = Asked(
        start=_starts(owner, len(rows)), key=key.astype(np.int8), must=rows["must"][owner, key],
        days=rows["asked_days"][owner, key], level=rows["asked_level"][owner, key],
    )  # fmt: skip
    nobody = np.zeros(len(rows), np.bool_)
    never = np.iinfo(np.int64).min
    return stand, RequestColumns(
        rank=np.arange(len(rows), dtype=np.int32), author=stand.author, area=stand.area,
        live=np.ones(len(rows), np.bool_), travel=stand.travel, fed_before=nobody, shares_need=nobody, asked=asked,
        published=np.where(stand.published > 0, np.rint(stand.published * 1e6).astype(np.int64), never),
        **{name: rows[name] for name in _REQUESTS_OWN},
    )  # fmt: skip


def _starts(owner: NDArray[np.intp], count: int) -> Int64:
    return np.searchsorted(owner, np.arange(count + 1)).astype(np.int64)


def _known(
    shelf: Shelf,
    near: Crowd,
    read: Callable[[Sequence[Near]], Mapping[int, WholePost]],
    encode: Callable[[Sequence[WholePost]], Rows],
) -> tuple[Crowd, Rows]:
    rows, known = shelf.find(near.post.tolist(), near.edition)
    for some in _parts(np.flatnonzero(~known)):
        whole = read(near.take(some).posts())
        there = [at for at, post in zip(some.tolist(), near.post[some].tolist(), strict=True) if post in whole]
        if there:
            posts = [whole[post] for post in near.post[there].tolist()]
            rows[there], known[there] = encode(posts), True
            # The edition is that of what was read: when somebody changed the post meanwhile it is found no more.
            shelf.keep((each.post.id for each in posts), (each.edition for each in posts), rows[there])
    return (near, rows) if known.all() else (near.take(known), rows[known])


def _parts(missing: NDArray[np.intp]) -> Iterator[NDArray[np.intp]]:
    for start in range(0, len(missing), _AT_ONCE):
        yield missing[start : start + _AT_ONCE]


def _offer_rows(posts: Sequence[WholePost]) -> Rows:
    some_day = datetime(1970, 1, 1, tzinfo=UTC).date()
    sides = [offer_side(each.post, each.post.offer, today=some_day) for each in posts if each.post.offer is not None]
    columns = offer_columns(sides, [each.post.area_id for each in posts])
    rows = np.zeros(len(columns), _OFFER)
    for name in _OFFERS_OWN:
        rows[name] = getattr(columns, name)
    # Milk still to be pumped is pumped from today on, whichever day that will be: a row outlives it.
    said = (each.post.offer.pumped_from if each.post.offer else None for each in posts)
    rows["pumped_from"] = [day.toordinal() if day else 0 for day in said]
    facts = columns.facts
    at = np.repeat(np.arange(len(rows)), np.diff(facts.start)), facts.key
    rows["stated"][at], rows["state"][at], rows["since"][at], rows["level"][at] = (
        True, facts.state, facts.since, facts.level,
    )  # fmt: skip
    return rows


def _request_rows(posts: Sequence[WholePost]) -> Rows:
    sides = [
        request_side(each.post, each.post.request, fed_before=False) for each in posts if each.post.request is not None
    ]
    columns = request_columns(sides, [each.post.area_id for each in posts])
    rows = np.zeros(len(columns), _REQUEST)
    for name in _REQUESTS_OWN:
        rows[name] = getattr(columns, name)
    asked = columns.asked
    at = np.repeat(np.arange(len(rows)), np.diff(asked.start)), asked.key
    rows["asked"][at], rows["must"][at], rows["asked_days"][at], rows["asked_level"][at] = (
        True, asked.must, asked.days, asked.level,
    )  # fmt: skip
    return rows
