"""
What a pair is worth, compiled: the verdict of ``judge``, the answers of ``fit``, the points of ``score``.

Whatever belongs to one side alone is worked out once for all its pairs (:func:`offers_ready`, :func:`requests_ready`);
the compiled part multiplies and adds in the order in which ``score`` does, so that even the last bit agrees.
"""

import math
from datetime import date, datetime
from typing import Final, NamedTuple

import numpy as np

from app.geo.distance import BANDS
from app.kernel.compiling import compiled
from app.matching.rules.feasible import LIKELY_HANDOFF, STORAGE_DAYS, THAWED
from app.matching.rules.many.answers import ASK_CODE, CONFLICTS_CODE, answered, answers
from app.matching.rules.many.columns import (
    BANDS_OF_AGE,
    NO_MOMENT,
    STORED,
    TERMS,
    UNSAID,
    Bools,
    Float64,
    Int8,
    Int16,
    Int32,
    Int64,
    OfferColumns,
    RequestColumns,
    microseconds,
)
from app.matching.rules.score import (
    BAND_MONTHS,
    COVERED_DAYS,
    DAILY_NEED_DAYS,
    DAYS_IN_MONTH,
    EMPTY_IN_DAYS,
    FULL_WAIT_DAYS,
    SECONDS_A_DAY,
    SHORT_TRIP_KM,
    SOON_DAYS,
    UNDER_SIX_MONTHS,
    Ground,
    Weights,
)

GROUNDS: Final = tuple(Ground)
"""The grounds of a score in its own order."""

_DAYS_IN_WEEK: Final = 7
_NO_LIMIT: Final = np.iinfo(np.int32).max
_SPLIT: Final = 134217729.0  # 2^27 + 1, which cuts a float into two halves whose products are exact.


class OffersReady(NamedTuple):
    """Offers as the compiled loops read them."""

    rank: Int32
    author: Int64
    open: Bools
    travel: Float64
    weekly: Bools
    volume: Int64
    smallest: Int64
    after_loss: Bools
    youngest: Float64
    oldest: Float64
    soon: Float64
    limit: Int16
    beyond: Int8


class RequestsReady(NamedTuple):
    """Requests as the compiled loops read them; ``grounds`` are the points that only the request decides."""

    rank: Int32
    author: Int64
    open: Bools
    travel: Float64
    need: Int64
    days: Int64
    stock: Int64
    whole: Int64
    youngest: Int16
    oldest: Int16
    accepts: Bools
    first_milk: Float64
    needed: Float64
    empty: Float64
    waited: Float64
    start: Int64
    key: Int8
    must: Bools
    asked_days: Int16
    level: Int8


class Scale(NamedTuple):
    """The points that the rest can give: by band, and each ground's most."""

    middle: Float64
    short_trip: Float64
    near: float
    next_days: float
    musts: float
    one_handoff: float
    weekly: float
    like_age: float
    soon: float


def scale(weights: Weights) -> Scale:
    """The weights with the bands' middles."""
    middles = [band.middle for band in BANDS]
    short = [weights.short_trip * math.exp(-middle / SHORT_TRIP_KM) for middle in middles]
    return Scale(
        np.array(middles, np.float64), np.array(short, np.float64), float(weights.near), float(weights.next_days),
        float(weights.musts_stated), float(weights.one_handoff), float(weights.weekly), float(weights.like_age),
        float(weights.use_soon),
    )  # fmt: skip


def offers_ready(offers: OfferColumns, *, today: date, weights: Weights) -> OffersReady:
    """Everything about offers that no request changes: what keeps until a likely handoff day, what is used soon."""
    keeps = np.array([STORAGE_DAYS.get(word, _NO_LIMIT) for word in STORED], np.int64)[offers.storage]
    known = (keeps < _NO_LIMIT) & (offers.pumped_to > 0)
    last = np.where(known, offers.pumped_to + keeps, _NO_LIMIT)
    spoiled = ~offers.weekly & (last < (today + LIKELY_HANDOFF).toordinal())
    share = np.clip(1 - (last - today.toordinal()) / SOON_DAYS, 0.0, 1.0)
    ready = answers(offers, today=today)
    fit_to_give = offers.live & ~spoiled & (offers.storage != STORED.index(THAWED))
    youngest, oldest = _ages(offers, today.toordinal())
    return OffersReady(
        offers.rank, offers.author, fit_to_give, offers.travel, offers.weekly, offers.volume, offers.smallest,
        offers.after_loss, youngest, oldest, weights.use_soon * np.where(known, share, 0.0), ready.limit, ready.beyond,
    )  # fmt: skip


def _ages(offers: OfferColumns, today: int) -> tuple[Float64, Float64]:
    """The youngest and the oldest the donor's baby was while she pumped, months; not a number when unsaid."""
    posted = np.where(offers.posted == 0, today, offers.posted)
    first = np.where(offers.pumped_from == 0, posted, offers.pumped_from)
    last = np.maximum(first, np.where(offers.pumped_to == 0, today, offers.pumped_to))
    months = np.where(offers.age == UNSAID, np.nan, offers.age)
    youngest = np.maximum(0.0, months - (posted - first) / DAYS_IN_MONTH)
    return youngest, np.maximum(0.0, months - (posted - last) / DAYS_IN_MONTH)


def requests_ready(requests: RequestColumns, *, now: datetime, weights: Weights) -> RequestsReady:
    """Everything about requests that no offer changes."""
    young = np.array([0.6 if band in UNDER_SIX_MONTHS else 0.3 for band in BANDS_OF_AGE])[requests.age_band]
    need = np.where(requests.term == TERMS.index("no"), 1.0, young)
    passed = (microseconds(now) - np.where(requests.published == NO_MOMENT, 0, requests.published)) / 10**6
    waited = np.clip(passed / SECONDS_A_DAY / FULL_WAIT_DAYS, 0.0, 1.0)
    ages = np.array([BAND_MONTHS[band] for band in BANDS_OF_AGE], np.int16)[requests.age_band]
    empty = np.clip(1 - requests.stock / requests.need / EMPTY_IN_DAYS, 0.0, 1.0)
    asked = requests.asked
    return RequestsReady(
        requests.rank, requests.author, requests.live & ~requests.immediate, requests.travel, requests.need,
        requests.days, requests.stock, requests.whole_need,
        np.ascontiguousarray(ages[:, 0]), np.ascontiguousarray(ages[:, 1]), requests.accepts_asks,
        weights.first_milk * np.where(requests.fed_before, 0.0, 1.0), weights.need * need,
        weights.freezer_empty * empty,
        weights.waited * np.where(requests.published == NO_MOMENT, 0.0, waited),
        asked.start, asked.key, asked.must, np.maximum(asked.days, 0).astype(np.int16), asked.level,
    )  # fmt: skip


@compiled
def answer(offers: OffersReady, requests: RequestsReady, offer: int, wish: int) -> int:
    """The answer of an offer to one wish, by the wish's row."""
    key = requests.key[wish]
    return answered(
        offers.limit[offer, key], offers.beyond[offer, key], requests.asked_days[wish], requests.level[wish]
    )


@compiled
def musts_met(offers: OffersReady, requests: RequestsReady, offer: int, request: int) -> int:
    """2 when there is a must and all are met, 1 when none stands against the pair, 0 when one does."""
    any_must, any_ask = False, False
    for wish in range(requests.start[request], requests.start[request + 1]):
        if requests.must[wish]:
            found = answer(offers, requests, offer, wish)
            if found == CONFLICTS_CODE:
                return 0
            any_must = True
            any_ask = any_ask or found == ASK_CODE
    if any_ask and not requests.accepts[request]:
        return 0
    return 2 if any_must and not any_ask else 1


@compiled
def milk_for(offers: OffersReady, requests: RequestsReady, offer: int, request: int) -> int:
    """Millilitres that the offer holds for the request's days."""
    if offers.weekly[offer]:
        return int(offers.volume[offer] * ((requests.days[request] + _DAYS_IN_WEEK - 1) // _DAYS_IN_WEEK))
    return int(offers.volume[offer])


@compiled
def grounds(
    offers: OffersReady, requests: RequestsReady, most: Scale, offer: int, request: int, band: int, met: int,
    out: Float64,
) -> None:  # fmt: skip
    """The points of each ground in the order of GROUNDS."""
    reach = offers.travel[offer] + requests.travel[request]
    near = min(1.0, max(0.0, 1 - most.middle[band] / reach)) if reach > 0 else 0.0
    milk = milk_for(offers, requests, offer, request)
    missing = requests.need[request] * min(COVERED_DAYS, requests.days[request]) - requests.stock[request]
    covers = min(1.0, max(0.0, milk / missing)) if missing > 0 else 1.0
    once = not offers.weekly[offer]
    # An age nobody named is not a number, and no comparison with it holds.
    alike = offers.youngest[offer] <= requests.oldest[request] and offers.oldest[offer] >= requests.youngest[request]
    out[0] = requests.first_milk[request]
    out[1] = requests.needed[request]
    out[2] = most.near * near
    out[3] = most.short_trip[band]
    out[4] = most.next_days * covers
    out[5] = requests.empty[request]
    out[6] = most.musts if met == 2 else 0.0  # noqa: PLR2004 - what musts_met gives.
    out[7] = most.one_handoff if once and offers.volume[offer] <= requests.whole[request] else 0.0
    out[8] = requests.waited[request]
    out[9] = offers.soon[offer]
    out[10] = most.weekly if offers.weekly[offer] and requests.days[request] >= DAILY_NEED_DAYS else 0.0
    out[11] = most.like_age if alike else 0.0


@compiled
def hundredths(points: float) -> int:
    """Points in hundredths, rounded as ``round(points, 2)`` rounds: by the number's exact value, halves to even."""
    product = points * 100.0
    cut = points * _SPLIT
    high = cut - (cut - points)
    error = (high * 100.0 - product) + (points - high) * 100.0
    whole = math.floor(product)
    rest = product - whole
    if rest > 0.5 or (rest == 0.5 and (error > 0.0 or (error == 0.0 and whole % 2 == 1))):  # noqa: PLR2004
        return int(whole) + 1
    return int(whole)
