"""The two files of a plan as columns the matcher reads: which cells they hold, and what an empty one means."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from operator import attrgetter, itemgetter
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from app.kernel.words import N_
from app.matching.plan.cells import day, end, moment, number, one_of, whole, yes_or_no
from app.matching.plan.diet import read_facts, read_wishes, unpacked
from app.matching.plan.places import area_of
from app.matching.plan.problems import CellError
from app.matching.plan.reading import Kind, Shape, Told, read_table
from app.matching.rules.many import Asked, Facts, OfferColumns, RequestColumns
from app.matching.rules.many.columns import BANDS_OF_AGE, NO_MOMENT, STORED, TERMS, UNSAID, microseconds
from app.matching.rules.many.encode import starts
from app.posts.rules import STORAGE

TRAVEL_UNSAID: Final = 25.0
"""Kilometres that somebody travels who did not say: the middle of the menu."""
DAYS_UNSAID: Final = 30
FAMILIES_UNSAID: Final = 0
"""No number of families was named; the caps of a round stand alone."""
OLDEST_MONTHS: Final = 60
MOST_TRAVEL: Final = 1000.0
"""Kilometres; far more than the menu of the site, for a driver who visits many."""

_MOST_ML: Final = 1_000_000
_MOST_PER_DAY: Final = 5_000
_MOST_DAYS: Final = 366
_MOST_FAMILIES: Final = 1_000
_BAND_ENDS: Final = (3, 6, 12)
_DAY: Final = 86_400 * 10**6
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()

_NO_AMOUNT: Final = N_("please give volume_ml, or weekly_ml for milk that comes again each week")
_NO_MILK: Final = N_("this must be more than 0")
_THAWED: Final = N_("thawed milk cannot be offered: it is to be used within 24 hours of thawing")
_SWAPPED: Final = N_("the newest milk cannot be from before the oldest; are the two days swapped?")

_ML: Final = whole(0, _MOST_ML, default=0)


def _amount(volume: str, weekly: str) -> tuple[int, bool, bool]:
    """Millilitres, whether they come again each week, and whether both were given: then the milk in store counts."""
    once, again = _millilitres("volume_ml", volume), _millilitres("weekly_ml", weekly)
    if once or again:
        return once or again, not once, bool(once and again)
    filled = "weekly_ml" if weekly.strip() and not volume.strip() else "volume_ml"
    raise CellError(_NO_MILK if volume.strip() or weekly.strip() else _NO_AMOUNT, column=filled)


def _millilitres(column: str, text: str) -> int:
    try:
        return _ML(text)
    except CellError as problem:
        problem.column = column
        raise


def _pumped(first: str, last: str) -> tuple[int, int]:
    days = []
    for column, text in (("pumped_from", first), ("pumped_to", last)):
        try:
            days.append(day(text))
        except CellError as problem:
            problem.column = column
            raise
    if days[0] and days[1] and days[1] < days[0]:
        raise CellError(_SWAPPED, column="pumped_to")
    return days[0], days[1]


_ANY_STORAGE: Final = one_of(tuple(STORAGE), "freezer_unknown")


def _storage(text: str) -> int:
    word = tuple(STORAGE)[_ANY_STORAGE(text)]
    if word == "thawed":
        raise CellError(_THAWED)
    return STORED.index(word)


def _age_band(text: str) -> int:
    """The band of a baby's age; an age nobody named counts as the oldest band, which adds nothing to the need."""
    months = _MONTHS(text)
    return sum(months >= end_of for end_of in _BAND_ENDS) if months != UNSAID else len(BANDS_OF_AGE) - 1


_MONTHS: Final = whole(0, OLDEST_MONTHS, default=UNSAID)

_SHARED: Final = (
    Kind("area", ("place", "lat", "lon"), area_of),
    Kind("travel", ("travel_km",), number(0, MOST_TRAVEL, default=TRAVEL_UNSAID)),
    Kind("posted", ("posted_at",), moment),
)
OFFERS: Final = Shape(
    kinds=(
        *_SHARED,
        Kind("amount", ("volume_ml", "weekly_ml"), _amount),
        Kind("pumped", ("pumped_from", "pumped_to"), _pumped),
        Kind("storage", ("storage",), _storage),
        Kind("ends", ("ends_at",), end),
        Kind("age", ("baby_age_months",), _MONTHS),
        Kind("families", ("max_families",), whole(1, _MOST_FAMILIES, default=FAMILIES_UNSAID)),
        Kind("facts", ("facts",), read_facts),
    ),
    needed=(("id",), ("place", "lat"), ("volume_ml", "weekly_ml")),
)
REQUESTS: Final = Shape(
    kinds=(
        *_SHARED,
        Kind("need", ("need_ml_per_day",), whole(1, _MOST_PER_DAY)),
        Kind("days", ("days",), whole(1, _MOST_DAYS, default=DAYS_UNSAID)),
        Kind("stock", ("stock_ml",), _ML),
        Kind("age_band", ("baby_age_months",), _age_band),
        Kind("fragile", ("fragile",), yes_or_no(None)),
        Kind("accepts", ("accepts_asks",), yes_or_no(True)),
        Kind("wishes", ("musts", "prefers", "avoid_days", "caffeine_max", "medications"), read_wishes),
    ),
    needed=(("id",), ("place", "lat"), ("need_ml_per_day",)),
)


@dataclass(frozen=True, slots=True)
class Offers:
    """
    The offers of a file: ids in ascending order, columns, and how many families each wants at most (0: unsaid).

    ``two_amounts`` counts those that name milk in store and milk of each week, of which the store alone is read.
    """

    ids: list[str]
    columns: OfferColumns
    families: NDArray[np.int32]
    rows: int
    two_amounts: int = 0


@dataclass(frozen=True, slots=True)
class Requests:
    """The requests of a file: ids in ascending order, columns, and who wants to ask about medicines."""

    ids: list[str]
    columns: RequestColumns
    asks_medicines: NDArray[np.bool_]
    rows: int


def read_offers(name: str, told: Told, *, now: datetime) -> Offers:
    """A file of offers. One whose last day is over is read, but not live. Raises UnreadableFileError."""
    table = read_table(name, OFFERS, told)
    count, values = len(table.ids), table.values
    stated = list(values["facts"])
    strange = sorted({name for each in stated for name in each.strange})
    if strange:
        told.strange(f"{name}: facts", strange)
    amount, pumped, moments = values["amount"], values["pumped"], microseconds(now)
    weekly, first = amount.of(np.bool_, itemgetter(1)), pumped.of(np.int32, itemgetter(0))
    columns = OfferColumns(
        rank=np.arange(count, dtype=np.int32),
        author=np.arange(count, dtype=np.int64),
        area=values["area"].of(np.int32),
        live=values["ends"].of(np.bool_, lambda ends: ends is None or ends >= moments),
        travel=values["travel"].of(np.float64),
        weekly=weekly,
        volume=amount.of(np.int64, itemgetter(0)),
        smallest=np.zeros(count, np.int64),
        after_loss=np.zeros(count, np.bool_),
        age=values["age"].of(np.int16),
        posted=values["posted"].of(np.int32, lambda at: 0 if at is None else at // _DAY + _EPOCH_DAY),
        # Milk that is still to be pumped each week counts as pumped from today on.
        pumped_from=np.where(weekly & (first == 0), np.int32(now.date().toordinal()), first),
        pumped_to=pumped.of(np.int32, itemgetter(1)),
        lipase=values["facts"].of(np.int8, attrgetter("lipase")),
        storage=values["storage"].of(np.int8),
        facts=_facts(stated),
    )
    both = int(amount.of(np.bool_, itemgetter(2)).sum())
    return Offers(table.ids, columns, values["families"].of(np.int32), table.rows, both)


def read_requests(name: str, told: Told) -> Requests:
    """A file of requests. Raises UnreadableFileError."""
    table = read_table(name, REQUESTS, told)
    count, values = len(table.ids), table.values
    fragile = {True: TERMS.index("no"), False: TERMS.index("yes"), None: TERMS.index("unsaid")}
    columns = RequestColumns(
        rank=np.arange(count, dtype=np.int32),
        # Nobody's offer is their own request: the two files know no authors.
        author=-1 - np.arange(count, dtype=np.int64),
        area=values["area"].of(np.int32),
        live=np.ones(count, np.bool_),
        travel=values["travel"].of(np.float64),
        need=values["need"].of(np.int64),
        days=values["days"].of(np.int64),
        stock=values["stock"].of(np.int64),
        age_band=values["age_band"].of(np.int8),
        term=values["fragile"].of(np.int8, fragile.__getitem__),
        published=values["posted"].of(np.int64, lambda at: NO_MOMENT if at is None else at),
        fed_before=np.zeros(count, np.bool_),
        shares_need=np.zeros(count, np.bool_),
        accepts_asks=values["accepts"].of(np.bool_),
        immediate=np.zeros(count, np.bool_),
        asked=_asked(list(values["wishes"])),
    )
    asks = values["wishes"].of(np.bool_, attrgetter("asks_about_medicines"))
    return Requests(table.ids, columns, asks, table.rows)


def _facts(stated: Sequence[Any]) -> Facts:
    numbers = np.fromiter(chain.from_iterable(each.facts for each in stated), np.int64)
    key, state, level, since = unpacked(numbers)
    return Facts(
        starts(len(each.facts) for each in stated),
        key.astype(np.int8), state.astype(np.int8), since.astype(np.int32), level.astype(np.int8),
    )  # fmt: skip


def _asked(wished: Sequence[Any]) -> Asked:
    numbers = np.fromiter(chain.from_iterable(each.wishes for each in wished), np.int64)
    key, must, level, days = unpacked(numbers)
    return Asked(
        starts(len(each.wishes) for each in wished),
        key.astype(np.int8), must.astype(np.bool_), (days - 1).astype(np.int16), level.astype(np.int8),
    )  # fmt: skip
