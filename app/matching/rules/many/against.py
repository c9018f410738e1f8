"""
One post held against thousands of the other kind, in plain numpy: a page never waits for a compiler.

Either side may stand once, then it meets everybody of the other. Every figure is worked out in the order in which
``score`` does it, so that even the last bit agrees.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.matching.rules.feasible import SMALLEST_MOVE
from app.matching.rules.many.answers import (
    AGED,
    ASK,
    ASK_CODE,
    BEFORE,
    CONFLICT,
    CONFLICTS_CODE,
    MEETS_CODE,
    USES,
    USES_PARTLY,
    answers,
)
from app.matching.rules.many.columns import (
    BANDS_OF_AGE,
    KEY_AT,
    UNSAID,
    Bools,
    Float64,
    Int8,
    Int16,
    Int64,
    OfferColumns,
    RequestColumns,
    level_number,
)
from app.matching.rules.many.ready import OffersReady, RequestsReady, offers_ready, requests_ready, scale
from app.matching.rules.preferences import _YOUNG, PREFERENCE_POINTS
from app.matching.rules.score import COVERED_DAYS, DAILY_NEED_DAYS, Weights
from app.matching.rules.sides import Preference, Wish

_DAYS_IN_WEEK: Final = 7
_SPLIT: Final = 134217729.0  # 2^27 + 1, which cuts a float into two halves whose products are exact.


@dataclass(frozen=True, slots=True, kw_only=True)
class Against:
    """
    What the rules say of each pair, by the position of the other post.

    ``feasible``, ``only_distance``, ``only_diet`` and ``only_asking`` are what a verdict tells; of the last two those
    beyond reach are none. ``points`` are hundredths, as if the family had never been fed here, and ``fed`` as if it had
    been; both mean nothing where more than the distance stands against the pair. ``conflicts`` and ``asks`` are the
    keys' bits of wishes answered so, ``must_asks`` and ``must_conflicts`` those of musts among them.
    """

    feasible: Bools
    only_distance: Bools
    only_diet: Bools
    only_asking: Bools
    points: Int64
    fed: Int64
    moved: Int64
    conflicts: Int64
    asks: Int64
    must_asks: Int64


def against(
    offers: OfferColumns, requests: RequestColumns, *, band: Int8, reached: Bools, now: datetime, weights: Weights
) -> Against:
    """
    Hold one offer against many requests, or many offers against one request.

    ``band`` is the order of each pair's band, ``reached`` whether both radii together reach.
    """
    giving = offers_ready(offers, today=now.date(), weights=weights)
    asking = requests_ready(requests, now=now, weights=weights)
    told = _answered(giving, asking)
    accepts = asking.accepts | (told.must_asks == 0)
    calm = told.must_conflicts == 0
    moved = np.minimum(_milk(giving, asking), asking.whole)
    enough = (moved >= giving.smallest) & ((moved >= SMALLEST_MOVE) | giving.after_loss)
    willing = giving.open & asking.open & (giving.author != asking.author) & enough
    all_met = told.musts & (told.must_asks == 0) & calm
    points, fed = _points(giving, asking, band, all_met, weights)
    return Against(
        feasible=willing & calm & accepts & reached,
        only_distance=willing & calm & accepts & ~reached,
        only_diet=willing & ~calm & accepts & reached,
        only_asking=willing & calm & ~accepts & reached,
        points=points,
        fed=fed,
        moved=moved,
        conflicts=told.conflicts,
        asks=told.asks,
        must_asks=told.must_asks,
    )


def own_hundredths(
    hundredths: Int64, offers: OfferColumns, requests: RequestColumns, *, moved: Int64, band: Int8,
    preference: Preference, weights: Weights,
) -> Int64:  # fmt: skip
    """What orders the donor's own list, in hundredths: as ``own_points``, for one offer and many requests."""
    if preference is Preference.NONE:
        return hundredths
    share = np.zeros(len(requests))
    if preference is Preference.FEWEST_HANDOFFS and offers.volume[0] > 0:
        share = np.minimum(1.0, moved / offers.volume)
    elif preference is Preference.NEAREST:
        share = _near(offers.travel + requests.travel, scale(weights).middle[band])
    elif preference is Preference.YOUNGEST:
        share = np.array([_YOUNG[each] for each in BANDS_OF_AGE])[requests.age_band]
    return rounded(hundredths / 100 + PREFERENCE_POINTS * share)


def meets(offers: OfferColumns, wish: Wish, *, today: date) -> Bools:
    """Whether each offer meets this wish."""
    met: Bools = answered(offers, [wish], today=today)[:, 0] == MEETS_CODE
    return met


def answered(offers: OfferColumns, wishes: Sequence[Wish], *, today: date) -> Int16:
    """
    The answer of each offer, row by row, to each wish, as its code.

    Of what no donor can state it is to ask.
    """
    said, codes = answers(offers, today=today), np.full((len(offers), len(wishes)), ASK_CODE, np.int16)
    for at, wish in enumerate(wishes):
        key = KEY_AT.get(wish.attribute)
        if key is not None:
            level, days = np.int8(level_number(key, wish.level)), np.int16(wish.avoid_days or 0)
            codes[:, at] = _codes(said.limit[:, key], said.beyond[:, key], days, level)
    return codes


def rounded(points: Float64) -> Int64:
    """Points in hundredths, rounded as ``round(points, 2)`` rounds: by the number's exact value, halves to even."""
    product = points * 100.0
    cut = points * _SPLIT
    high = cut - (cut - points)
    error = (high * 100.0 - product) + (points - high) * 100.0
    whole = np.floor(product)
    rest = product - whole
    at_half = (rest == 0.5) & ((error > 0.0) | ((error == 0.0) & (whole % 2 == 1)))  # noqa: PLR2004
    found: Int64 = (whole + ((rest > 0.5) | at_half)).astype(np.int64)  # noqa: PLR2004
    return found


@dataclass(frozen=True, slots=True)
class _Told:
    """Bits of the keys by the answer to a wish about them, one row a pair; ``musts``: whether there is a must."""

    conflicts: Int64
    must_conflicts: Int64
    asks: Int64
    must_asks: Int64
    musts: Bools


def _answered(giving: OffersReady, asking: RequestsReady) -> _Told:
    bit, must = np.left_shift(np.int64(1), asking.key.astype(np.int64)), asking.must
    count = np.diff(asking.start)
    if len(count) == 1:
        code = _codes(giving.limit[:, asking.key], giving.beyond[:, asking.key], asking.asked_days, asking.level)
        conflicts, asks = (code == CONFLICTS_CODE) * bit, (code == ASK_CODE) * bit
        musts = np.broadcast_to(must.any(), len(code))
        return _Told(
            conflicts.sum(axis=1), (conflicts * must).sum(axis=1), asks.sum(axis=1), (asks * must).sum(axis=1), musts
        )
    row = np.repeat(np.arange(len(count)), count)
    code = _codes(giving.limit[0, asking.key], giving.beyond[0, asking.key], asking.asked_days, asking.level)
    conflicts, asks = (code == CONFLICTS_CODE) * bit, (code == ASK_CODE) * bit
    together = partial(_summed, row, count=len(count))
    musts = np.bincount(row[must], minlength=len(count)) > 0
    return _Told(together(conflicts), together(conflicts * must), together(asks), together(asks * must), musts)


def _summed(row: NDArray[np.intp], bits: Int64, count: int) -> Int64:
    """The bits of each row's wishes together: a post names an attribute once, so that none is added twice."""
    found = np.zeros(count, np.int64)
    np.add.at(found, row, bits)
    return found


def _codes(limit: Int16, beyond: Int8, days: Int16 | np.int16, level: Int8 | np.int8) -> Int16:
    """The answer to each wish; see ``answer`` among the compiled loops."""
    code, said = beyond.astype(np.int16), np.not_equal(level, UNSAID)
    partly = code >= USES_PARTLY
    stated = code - np.where(partly, USES_PARTLY, USES) - 1
    within = np.where(partly, ASK_CODE, MEETS_CODE)
    use = np.where(stated == UNSAID, ASK_CODE, np.where(stated > level, CONFLICTS_CODE, within))
    aged = (code - AGED) // 3 ** np.maximum(level, 0).astype(np.int16) % 3
    found = np.where(code < USES, np.where(said, aged, ASK_CODE), np.where(said, use, CONFLICTS_CODE))
    found = np.where(code == BEFORE, np.where(said, ASK_CODE, CONFLICTS_CODE), found)
    found = np.where(code == CONFLICT, CONFLICTS_CODE, np.where(code == ASK, ASK_CODE, found))
    return np.where(days <= limit, MEETS_CODE, found).astype(np.int16)


def _milk(giving: OffersReady, asking: RequestsReady) -> Int64:
    weeks = (asking.days + _DAYS_IN_WEEK - 1) // _DAYS_IN_WEEK
    return np.where(giving.weekly, giving.volume * weeks, giving.volume)


def _near(reach: Float64, middle: Float64) -> Float64:
    shares = np.clip(1 - middle / np.where(reach > 0, reach, 1.0), 0.0, 1.0)
    return np.where(reach > 0, shares, 0.0)


def _points(
    giving: OffersReady, asking: RequestsReady, band: Int8, all_met: Bools, weights: Weights
) -> tuple[Int64, Int64]:
    most = scale(weights)
    missing = asking.need * np.minimum(COVERED_DAYS, asking.days) - asking.stock
    lacking = missing > 0
    covers = np.where(lacking, np.clip(_milk(giving, asking) / np.where(lacking, missing, 1), 0.0, 1.0), 1.0)
    alike = (giving.youngest <= asking.oldest) & (giving.oldest >= asking.youngest)
    lasting = giving.weekly & (asking.days >= DAILY_NEED_DAYS)
    parts = (
        asking.needed,
        most.near * _near(giving.travel + asking.travel, most.middle[band]),
        most.short_trip[band],
        most.next_days * covers,
        asking.empty,
        np.where(all_met, most.musts, 0.0),
        np.where(~giving.weekly & (giving.volume <= asking.whole), most.one_handoff, 0.0),
        asking.waited,
        giving.soon,
        np.where(lasting, most.weekly, 0.0),
        np.where(alike, most.like_age, 0.0),
    )
    # Added one after the other, as ``score`` adds: another order may round the last bit differently.
    first, fed = np.full(len(band), float(weights.first_milk)), np.zeros(len(band))
    for part in parts:
        first, fed = first + part, fed + part
    return rounded(first), rounded(fed)
