"""Sides into columns."""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.matching.rules.many.columns import (
    BANDS_OF_AGE,
    KEY_AT,
    LIPASES,
    NO_MOMENT,
    STATES,
    STORED,
    TERMS,
    UNSAID,
    Asked,
    Facts,
    Int32,
    Int64,
    OfferColumns,
    RequestColumns,
    level_number,
    microseconds,
)
from app.matching.rules.sides import MilkFact, OfferSide, RequestSide, Strength, Supply, Wish


def offer_columns(sides: Sequence[OfferSide], areas: Sequence[int]) -> OfferColumns:
    """The offers at the positions of ``sides``; ``areas`` are the ids of their areas. Unknown attributes are left out:
    no wish of the catalogue asks for them.
    """
    return OfferColumns(
        rank=ranks([side.id for side in sides]),
        author=_filled((side.author_id for side in sides), np.int64),
        area=_filled(areas, np.int32),
        live=_filled((side.live for side in sides), np.bool_),
        travel=_filled((side.travel for side in sides), np.float64),
        weekly=_filled((side.supply is Supply.WEEKLY for side in sides), np.bool_),
        volume=_filled((side.volume for side in sides), np.int64),
        smallest=_filled((side.smallest_handoff or 0 for side in sides), np.int64),
        after_loss=_filled((side.after_loss for side in sides), np.bool_),
        age=_filled((_or_unsaid(side.baby_age_months) for side in sides), np.int16),
        posted=_filled((_ordinal(side.posted_on) for side in sides), np.int32),
        pumped_from=_filled((_ordinal(side.milk.pumped_from) for side in sides), np.int32),
        pumped_to=_filled((_ordinal(side.milk.pumped_to) for side in sides), np.int32),
        lipase=_filled((LIPASES.index(side.milk.lipase) for side in sides), np.int8),
        storage=_filled((STORED.index(side.milk.storage) for side in sides), np.int8),
        facts=_facts(sides),
    )


def request_columns(sides: Sequence[RequestSide], areas: Sequence[int]) -> RequestColumns:
    """The requests at the positions of ``sides``; ``areas`` are the ids of their areas.

    Raises :class:`KeyError` for a wish that the catalogue does not know: leaving a must out would propose what a family
    refused.
    """
    return RequestColumns(
        rank=ranks([side.id for side in sides]),
        author=_filled((side.author_id for side in sides), np.int64),
        area=_filled(areas, np.int32),
        live=_filled((side.live for side in sides), np.bool_),
        travel=_filled((side.travel for side in sides), np.float64),
        need=_filled((side.need_per_day for side in sides), np.int64),
        days=_filled((side.days for side in sides), np.int64),
        stock=_filled((side.stock for side in sides), np.int64),
        age_band=_filled((BANDS_OF_AGE.index(side.baby_age_band) for side in sides), np.int8),
        term=_filled((TERMS.index(side.term_and_healthy) for side in sides), np.int8),
        published=_filled(
            (NO_MOMENT if side.published_at is None else microseconds(side.published_at) for side in sides), np.int64
        ),
        fed_before=_filled((side.fed_before for side in sides), np.bool_),
        shares_need=_filled((side.shares_need for side in sides), np.bool_),
        accepts_asks=_filled((side.wishes.accepts_asks for side in sides), np.bool_),
        immediate=_filled((side.wishes.immediate_allergy for side in sides), np.bool_),
        asked=_asked(sides),
    )


def ranks(ids: Sequence[Any]) -> Int32:
    """Where each id stands among all of them in ascending order; an id stands once."""
    found = np.empty(len(ids), np.int32)
    found[sorted(range(len(ids)), key=ids.__getitem__)] = np.arange(len(ids), dtype=np.int32)
    return found


def starts(counts: Iterable[int]) -> Int64:
    """Where each group of rows begins, and the end of the last one."""
    return np.fromiter(accumulate(counts, initial=0), np.int64)


def _facts(sides: Sequence[OfferSide]) -> Facts:
    kept: list[list[tuple[int, MilkFact]]] = [
        [(KEY_AT[key], fact) for key, fact in side.milk.stated.items() if key in KEY_AT] for side in sides
    ]
    rows = [row for each in kept for row in each]
    return Facts(
        start=starts(len(each) for each in kept),
        key=_filled((key for key, _ in rows), np.int8),
        state=_filled((STATES.index(fact.state) for _, fact in rows), np.int8),
        since=_filled((_ordinal(fact.since) for _, fact in rows), np.int32),
        level=_filled((level_number(key, fact.level) for key, fact in rows), np.int8),
    )


def _asked(sides: Sequence[RequestSide]) -> Asked:
    rows: list[Wish] = [wish for side in sides for wish in side.wishes.asked]
    keys = [KEY_AT[wish.attribute] for wish in rows]
    return Asked(
        start=starts(len(side.wishes.asked) for side in sides),
        key=_filled(keys, np.int8),
        must=_filled((wish.strength is Strength.MUST for wish in rows), np.bool_),
        days=_filled((_or_unsaid(wish.avoid_days) for wish in rows), np.int16),
        level=_filled((level_number(key, wish.level) for key, wish in zip(keys, rows, strict=True)), np.int8),
    )


def _filled(values: Iterable[Any], kind: type[np.generic]) -> NDArray[Any]:
    return np.fromiter(values, kind)


def _ordinal(day: date | None) -> int:
    return day.toordinal() if day is not None else 0


def _or_unsaid(number: int | None) -> int:
    return UNSAID if number is None else number
