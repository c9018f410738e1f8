"""
What lists know of live posts, as rows of numbers kept in memory from one list to the next (see ``shelf``).

Whoever is near is known by where each stands alone; what the rules read of a post is read with the first list that
holds it against another.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import BigInteger, bindparam, select

from app.geo.index import first_strip
from app.infra.reading import Narrowable, Statement, read
from app.matching.queries.crowd import Crowd, Near
from app.matching.queries.shelf import STAND, Rows, Shelf
from app.matching.queries.sides import offer_side, request_side
from app.matching.rules.many import Asked, Facts, OfferColumns, RequestColumns, offer_columns, request_columns
from app.matching.rules.many.columns import KEY_AT, KEYS, Float64, Int64
from app.posts.models import PostIndex
from app.posts.queries import WholePost, whole_offers, whole_requests

PART: Final = 200
"""Posts learned at once: some ten milliseconds, because under gevent nobody is answered meanwhile."""

_AT_ONCE: Final = 500
_ABOVE_ALL: Final = 1 << 62
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


OFFERS: Final = Shelf(_OFFER)
REQUESTS: Final = Shelf(_REQUEST)

_INDEX: Final = PostIndex.__table__.c
_STANDING: Final = Narrowable.by(
    _INDEX.post_id, select(_INDEX.post_id, _INDEX.edition, *(_INDEX[name] for name in STAND.names or ()))
)

_NEWEST: Final[Statement] = (
    select(_INDEX.post_id, _INDEX.edition, _INDEX.strip)
    .where(_INDEX.post_id < bindparam("before", type_=BigInteger))
    .order_by(_INDEX.post_id.desc())
    .limit(bindparam("most"))
)


def standing(kind: str, posts: Int64, editions: Int64) -> tuple[Crowd, Float64]:
    """
    Where these live posts of one kind stand, given by ids and editions, and the Earth-centred place of each.

    Only what is not known is read. One that changed meanwhile stands where it does now; one that is gone is left out.
    """
    shelf = OFFERS if kind == "offer" else REQUESTS
    places, stand, known = shelf.find(posts.tolist(), editions)
    if not known.all():
        editions, missing = editions.copy(), np.flatnonzero(~known)
        now = {row[0]: row[1:] for row in _STANDING.rows(posts[missing].tolist())}
        there = np.array([at for at in missing.tolist() if int(posts[at]) in now], np.int64)
        rows = [now[post] for post in posts[there].tolist()]
        editions[there] = [row[0] for row in rows]
        stand[there] = np.fromiter((tuple(row[1:]) for row in rows), STAND, len(rows))
        places[there] = shelf.stand(posts[there].tolist(), editions[there], stand[there])
        known[there] = True
        posts, editions, places, stand = posts[known], editions[known], places[known], stand[known]
    return Crowd.of(posts, editions, places, stand), np.stack([stand[axis] for axis in "xyz"], axis=1)


def learn(before: int | None = None) -> int | None:
    """
    Read a few hundred live posts into memory, the newest of those with ids below ``before`` (None: of all).

    Returns what to go on with, None after the last or when memory is full. A process that serves does so when it
    begins, so that nobody's first list waits for thousands of posts to be read.
    """
    rows = read(_NEWEST, before=before or _ABOVE_ALL, most=PART)
    posts, editions, strips = (np.array([row[at] for row in rows], np.int64) for at in range(3))
    asking = strips >= first_strip("request")
    _known(OFFERS, standing("offer", posts[~asking], editions[~asking])[0], whole_offers, _offer_rows)
    _known(REQUESTS, standing("request", posts[asking], editions[asking])[0], whole_requests, _request_rows)
    return rows[-1][0] if len(rows) == PART and not (OFFERS.is_full or REQUESTS.is_full) else None


def offers_near(near: Crowd, *, today: date, about: Iterable[str] = KEYS) -> tuple[Crowd, OfferColumns]:
    """
    These live offers as the rules read them; those that are gone by now are left out.

    Of the facts only those ``about`` some attributes are there: most lists ask about one or two.
    """
    stand, rows = _known(OFFERS, near, whole_offers, _offer_rows)
    keys = np.array(sorted(KEY_AT[each] for each in set(about) & KEY_AT.keys()), np.intp)
    owner, place = np.nonzero(rows["stated"][:, keys])
    key = keys[place]
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
    whole_of: Callable[[Sequence[Near]], Mapping[int, WholePost]],
    encode: Callable[[Sequence[WholePost]], Rows],
) -> tuple[Crowd, Rows]:
    rows, known = shelf.rows(near.place, near.post, near.edition)
    for some in _parts(np.flatnonzero(~known)):
        whole = whole_of(near.take(some).posts())
        there = [at for at, post in zip(some.tolist(), near.post[some].tolist(), strict=True) if post in whole]
        if there:
            posts = [whole[post] for post in near.post[there].tolist()]
            rows[there], known[there] = encode(posts), True
            # The edition is that of what was read: when somebody changed the post meanwhile nothing is kept.
            editions = np.array([each.edition for each in posts], np.int64)
            shelf.keep(near.place[there], near.post[there], editions, rows[there])
    return (near, rows) if known.all() else (near.take(known), rows.take(np.flatnonzero(known)))


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
