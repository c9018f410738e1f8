"""
Many offers and many requests as columns of numbers: the same facts as the sides, a hundred times lighter.

Every field of a side stands here as one array, so nothing is lost on the way: ``side(at)`` gives it back. Days are
ordinals with 0 for "not said", moments are microseconds of the epoch, words are positions in the catalogue's own order.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.kernel.quantities import Kilometres, Millilitres
from app.matching.rules.feasible import STORAGE_DAYS, THAWED
from app.matching.rules.sides import (
    FactState,
    MilkFact,
    MilkFacts,
    OfferSide,
    RequestSide,
    Strength,
    Supply,
    Wish,
    Wishes,
)
from app.posts.rules import BABY_AGE_BANDS, LIPASE, SOUGHT, TERM_AND_HEALTHY

Int8 = NDArray[np.int8]
Int16 = NDArray[np.int16]
Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
Float64 = NDArray[np.float64]
Bools = NDArray[np.bool_]

KEYS: Final = tuple(each.key for each in SOUGHT)
"""The attributes by the number under which they stand in columns."""
KEY_AT: Final = {key: at for at, key in enumerate(KEYS)}
SCALES: Final = tuple(each.levels or each.askable for each in SOUGHT)
"""The levels of each attribute from least to most; where nobody states one, what a family may name instead."""
STATES: Final = (FactState.UNKNOWN, FactState.USES, FactState.AVOIDS)
STORED: Final = (*STORAGE_DAYS, "fresh", THAWED)
"""The kinds of storage by number."""
LIPASES: Final = tuple(LIPASE)
BANDS_OF_AGE: Final = tuple(BABY_AGE_BANDS)
TERMS: Final = tuple(TERM_AND_HEALTHY)

UNSAID: Final = -1
"""No age, no level, no number of days."""
NO_MOMENT: Final = np.iinfo(np.int64).min
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Facts:
    """What donors state: the rows ``start[at]`` to ``start[at + 1]`` belong to the offer at ``at``."""

    start: Int64
    key: Int8
    state: Int8
    since: Int32
    level: Int8


@dataclass(frozen=True, slots=True)
class Asked:
    """What families ask: the rows ``start[at]`` to ``start[at + 1]`` belong to the request at ``at``, in its order."""

    start: Int64
    key: Int8
    must: Bools
    days: Int16
    level: Int8


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferColumns:
    """
    Offers, one position each. ``rank`` is the order of their ids, by which equal points are told apart; ``age`` is -1
    when unsaid; ``smallest`` is 0 when any handoff will do.
    """

    rank: Int32
    author: Int64
    area: Int32
    live: Bools
    travel: Float64
    weekly: Bools
    volume: Int64
    smallest: Int64
    after_loss: Bools
    age: Int16
    posted: Int32
    pumped_from: Int32
    pumped_to: Int32
    lipase: Int8
    storage: Int8
    facts: Facts

    def __len__(self) -> int:
        """How many offers there are."""
        return len(self.area)

    def side(self, at: int) -> OfferSide:
        """The offer at a position as the rules for one pair read it; its id is the position's rank."""
        return OfferSide(
            id=int(self.rank[at]),
            author_id=int(self.author[at]),
            live=bool(self.live[at]),
            travel=Kilometres(float(self.travel[at])),
            supply=Supply.WEEKLY if self.weekly[at] else Supply.ONCE,
            volume=Millilitres(int(self.volume[at])),
            milk=self._milk(at),
            smallest_handoff=Millilitres(int(self.smallest[at])) if self.smallest[at] else None,
            after_loss=bool(self.after_loss[at]),
            baby_age_months=None if self.age[at] == UNSAID else int(self.age[at]),
            posted_on=_day(self.posted[at]),
        )

    def _milk(self, at: int) -> MilkFacts:
        facts, rows = self.facts, range(int(self.facts.start[at]), int(self.facts.start[at + 1]))
        return MilkFacts(
            stated={
                KEYS[facts.key[row]]: MilkFact(
                    STATES[facts.state[row]], _day(facts.since[row]), _level(facts.key[row], facts.level[row])
                )
                for row in rows
            },
            pumped_from=_day(self.pumped_from[at]),
            pumped_to=_day(self.pumped_to[at]),
            lipase=LIPASES[self.lipase[at]],
            storage=STORED[self.storage[at]],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestColumns:
    """Requests, one position each; ``rank`` as for offers, ``published`` is NO_MOMENT when it was never published."""

    rank: Int32
    author: Int64
    area: Int32
    live: Bools
    travel: Float64
    need: Int64
    days: Int64
    stock: Int64
    age_band: Int8
    term: Int8
    published: Int64
    fed_before: Bools
    shares_need: Bools
    accepts_asks: Bools
    immediate: Bools
    asked: Asked

    def __len__(self) -> int:
        """How many requests there are."""
        return len(self.area)

    @property
    def whole_need(self) -> Int64:
        """What each still misses for all the days asked for, never below zero."""
        whole: Int64 = np.maximum(0, self.need * self.days - self.stock)
        return whole

    def side(self, at: int) -> RequestSide:
        """The request at a position as the rules for one pair read it; its id is the position's rank."""
        published = int(self.published[at])
        return RequestSide(
            id=int(self.rank[at]),
            author_id=int(self.author[at]),
            live=bool(self.live[at]),
            travel=Kilometres(float(self.travel[at])),
            need_per_day=Millilitres(int(self.need[at])),
            days=int(self.days[at]),
            stock=Millilitres(int(self.stock[at])),
            baby_age_band=BANDS_OF_AGE[self.age_band[at]],
            term_and_healthy=TERMS[self.term[at]],
            wishes=Wishes(self._wishes(at), bool(self.accepts_asks[at]), bool(self.immediate[at])),
            published_at=None if published == NO_MOMENT else _EPOCH + published * _MICROSECOND,
            fed_before=bool(self.fed_before[at]),
            shares_need=bool(self.shares_need[at]),
        )

    def _wishes(self, at: int) -> tuple[Wish, ...]:
        asked, rows = self.asked, range(int(self.asked.start[at]), int(self.asked.start[at + 1]))
        return tuple(
            Wish(
                KEYS[asked.key[row]],
                Strength.MUST if asked.must[row] else Strength.PREFER,
                None if asked.days[row] == UNSAID else int(asked.days[row]),
                _level(asked.key[row], asked.level[row]),
            )
            for row in rows
        )


def microseconds(moment: datetime) -> int:
    """Microseconds between 1970 (UTC) and an aware moment."""
    return (moment - _EPOCH) // _MICROSECOND


def level_number(key: int, level: str | None) -> int:
    """The place of a level on its attribute's scale, UNSAID when it is not on it."""
    return SCALES[key].index(level) if level in SCALES[key] else UNSAID


def _level(key: np.int8, number: np.int8) -> str | None:
    return None if number == UNSAID else SCALES[key][number]


def _day(ordinal: np.int32) -> date | None:
    return date.fromordinal(int(ordinal)) if ordinal else None
