"""
Posts as plain rows of numbers, for the innermost loops.

One post is one row of one or two cache lines. A compiled loop that is handed thirty columns one by one spends more time
on handing them over than on the pair.
"""

from typing import Final, NamedTuple

import numpy as np

from app.matching.rules.feasible import SMALLEST_MOVE
from app.matching.rules.many.answers import ASK, BEFORE, CONFLICT, NEVER, USES
from app.matching.rules.many.columns import UNSAID, Bools, Float64, Int8, Int16, Int32, Int64
from app.matching.rules.many.ready import OffersReady, RequestsReady, Scale
from app.matching.rules.score import COVERED_DAYS, DAILY_NEED_DAYS

TRAVEL: Final = 0
"""Kilometres, in the rows of both sides."""

VOLUME: Final = 1
WEEKLY: Final = 2
LEAST: Final = 3
SOON: Final = 4
YOUNGEST: Final = 5
OLDEST: Final = 6
MOST: Final = 7
"""
Of an offer: millilitres, whether each week, the least that may change hands, the points it brings by itself, the ages
of the donor's baby, and the most points that only it decides.
"""

WHOLE: Final = 1
WEEKS: Final = 2
MISSING: Final = 3
AGE_FROM: Final = 4
AGE_TO: Final = 5
DAILY: Final = 6
FIRST: Final = 7
NEEDED: Final = 8
EMPTY: Final = 9
WAITED: Final = 10
OWN: Final = 11
"""Of a request: all it misses, its weeks begun, what it misses of the next days, its ages, whether its need is a daily
one, and its own points, ground by ground and together.
"""

NEAR: Final = 0
NEXT_DAYS: Final = 1
MUSTS: Final = 2
ONE_HANDOFF: Final = 3
WEEKLY_POINTS: Final = 4
LIKE_AGE: Final = 5
"""The places of the weights in :func:`weight_row`."""

_DAYS_IN_WEEK: Final = 7


class OfferRows(NamedTuple):
    """Offers row by row, with their answers to every wish (see :mod:`.answers`)."""

    number: Float64
    author: Int64
    rank: Int32
    limit: Int16
    beyond: Int8
    against: Int64
    unmet: Int64


class RequestRows(NamedTuple):
    """
    Requests row by row; the musts of a request are the rows from ``start[at]`` to before ``start[at + 1]``.

    ``plain`` are bits of the attributes that must be as the family hopes, without a level up to which it does not
    mind. Where an offer's ``against`` has such a bit too, the pair does not fit; where its ``unmet`` has one, that must
    is not met, whatever days are asked for.
    """

    number: Float64
    author: Int64
    rank: Int32
    accepts: Bools
    plain: Int64
    start: Int64
    key: Int8
    asked_days: Int16
    level: Int8


def offer_rows(offers: OffersReady, order: Int32, most: Float64) -> OfferRows:
    """The offers at these positions, in this order; ``most`` stands at their positions."""
    least = np.maximum(offers.smallest, np.where(offers.after_loss, 0, SMALLEST_MOVE))
    number = np.stack([
        offers.travel, offers.volume, offers.weekly, least, offers.soon, offers.youngest, offers.oldest,
        most,
    ], axis=1)[order].astype(np.float64)  # fmt: skip
    limit, beyond = offers.limit[order], offers.beyond[order]
    never = limit == NEVER
    against = never & ((beyond == CONFLICT) | (beyond == BEFORE) | (beyond >= USES))
    unmet = against | (never & (beyond == ASK))
    return OfferRows(
        number, offers.author[order], offers.rank[order], limit, beyond, _bits(against), _bits(unmet)
    )  # fmt: skip


def _bits(attributes: Bools) -> Int64:
    """Each row's attributes as the bits of one number."""
    bits: Int64 = attributes.astype(np.int64) @ (1 << np.arange(attributes.shape[1], dtype=np.int64))
    return bits


def request_rows(requests: RequestsReady, order: Int32) -> RequestRows:
    """The requests at these positions, in this order, with their musts alone: what is preferred decides nothing."""
    own = requests.first_milk + requests.needed + requests.empty + requests.waited
    number = np.stack([
        requests.travel, requests.whole, -(-requests.days // _DAYS_IN_WEEK),
        requests.need * np.minimum(COVERED_DAYS, requests.days) - requests.stock, requests.youngest, requests.oldest,
        requests.days >= DAILY_NEED_DAYS, requests.first_milk, requests.needed, requests.empty, requests.waited, own,
    ], axis=1)[order].astype(np.float64)  # fmt: skip
    start, rows = _musts(requests, order)
    key, level = requests.key[rows], requests.level[rows]
    plain = np.zeros(len(order), np.int64)
    owner = np.repeat(np.arange(len(order)), np.diff(start))
    np.bitwise_or.at(plain, owner, np.where(level == UNSAID, np.int64(1) << key.astype(np.int64), 0))
    return RequestRows(
        number, requests.author[order], requests.rank[order], requests.accepts[order], plain, start, key,
        requests.asked_days[rows], level,
    )  # fmt: skip


def _musts(requests: RequestsReady, order: Int32) -> tuple[Int64, Int64]:
    """Where the musts of each post in the order begin, and at which rows of all wishes they stand."""
    before = np.concatenate((np.zeros(1, np.int64), np.cumsum(requests.must, dtype=np.int64)))
    musts = np.flatnonzero(requests.must).astype(np.int64)
    first: Int64 = before[requests.start[:-1]][order]
    counts: Int64 = before[requests.start[1:]][order] - first
    start: Int64 = np.concatenate((np.zeros(1, np.int64), np.cumsum(counts)))
    rows: Int64 = musts[np.arange(int(start[-1])) + np.repeat(first - start[:-1], counts)]
    return start, rows


def weight_row(most: Scale) -> Float64:
    """The weights that a pair's points are made of, in the order of the names above."""
    return np.array([most.near, most.next_days, most.musts, most.one_handoff, most.weekly, most.like_age], np.float64)
