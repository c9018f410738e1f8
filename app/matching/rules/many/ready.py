"""What belongs to one side of a pair alone, worked out once for all its pairs: plain numpy, nothing compiled."""

import math
from datetime import date, datetime
from typing import Final, NamedTuple

import numpy as np

from app.geo.distance import BANDS
from app.matching.rules.feasible import LIKELY_HANDOFF, STORAGE_DAYS, THAWED
from app.matching.rules.many.answers import answers
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
    DAYS_IN_MONTH,
    EMPTY_IN_DAYS,
    FULL_WAIT_DAYS,
    SECONDS_A_DAY,
    SHORT_TRIP_KM,
    SOON_DAYS,
    UNDER_SIX_MONTHS,
    Weights,
)

_NO_LIMIT: Final = np.iinfo(np.int32).max


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
