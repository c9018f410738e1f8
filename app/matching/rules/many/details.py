"""What stands beside a proposal, for many pairs at once: the answers to each wish, and the reasons by their points."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.kernel.compiling import compiled
from app.matching.rules.many.answers import ASK_CODE, MEETS_CODE
from app.matching.rules.many.columns import KEYS, Bools, Float64, Int8, Int32, Int64
from app.matching.rules.many.ready import OffersReady, RequestsReady, Scale
from app.matching.rules.many.worth import GROUNDS, answer, grounds, milk_for, musts_met
from app.matching.rules.reasons import MOST_REASONS, TELLABLE
from app.matching.rules.score import Ground

_TELLABLE: Final = np.array([key in TELLABLE for key in KEYS])
_LEAST: Final = 0.5
"""As for one pair: a ground that gave less than half a point is no reason; a met must counts at least that."""

DISTANCE: Final = 0
AMOUNT: Final = 1
DIET: Final = 2
WAITED: Final = 3
USE_SOON: Final = 4
LIKE_AGE: Final = 5
NO_REASON: Final = -1
"""
The kinds of reasons a file can give, in the order of the rules.

First milk is none of them, because a file does not say who was fed before; need is none, because it says of nobody
that it may be shared.
"""


@dataclass(frozen=True, slots=True)
class Details:
    """
    For each pair: what would change hands, bits of the attributes that are met or to be asked, the attribute of the
    must that stands for all met ones (-1: none), and up to four kinds of reasons, most points first.
    """

    moved: Int64
    milk: Int64
    meets: Int64
    asks: Int64
    must: Int8
    reasons: Int8


def details(
    offers: OffersReady, requests: RequestsReady, most: Scale, offer: Int32, request: Int32, band: Int8
) -> Details:
    """What stands beside each of these pairs."""
    count = len(offer)
    found = Details(
        np.empty(count, np.int64), np.empty(count, np.int64), np.zeros(count, np.int64), np.zeros(count, np.int64),
        np.full(count, -1, np.int8), np.empty((count, MOST_REASONS), np.int8),
    )  # fmt: skip
    points, hidden = np.empty((count, len(GROUNDS))), np.zeros(count, np.bool_)
    _look(
        offers, requests, most, offer, request, band, _TELLABLE, points, hidden, found.moved, found.milk, found.meets,
        found.asks, found.must,
    )  # fmt: skip
    found.reasons[:] = _reasons(points, found.must >= 0, hidden)
    return found


def _reasons(points: Float64, diet: Bools, hidden: Bools) -> NDArray[np.int8]:
    """Beside a must that no card may name, what is met stands last, so that its place tells nothing."""
    at = {ground: place for place, ground in enumerate(GROUNDS)}
    musts = np.where(hidden, 0.0, points[:, at[Ground.MUSTS_STATED]])
    given = np.stack([
        points[:, at[Ground.NEAR]] + points[:, at[Ground.SHORT_TRIP]],
        points[:, at[Ground.NEXT_DAYS]] + points[:, at[Ground.ONE_HANDOFF]] + points[:, at[Ground.WEEKLY]],
        np.where(diet, np.maximum(musts, _LEAST), 0.0),
        points[:, at[Ground.WAITED]],
        points[:, at[Ground.USE_SOON]],
        points[:, at[Ground.LIKE_AGE]],
    ], axis=1)  # fmt: skip
    order = np.argsort(-given, axis=1, kind="stable")[:, :MOST_REASONS]
    worth_telling = np.take_along_axis(given, order, axis=1) >= _LEAST
    return np.where(worth_telling, order, NO_REASON).astype(np.int8)


@compiled
def _look(
    offers: OffersReady, requests: RequestsReady, most: Scale, offer: Int32, request: Int32, band: Int8,
    tellable: Bools, points: Float64, hidden: Bools, moved: Int64, milk: Int64, meets: Int64, asks: Int64, must: Int8,
) -> None:  # fmt: skip
    for row in range(len(offer)):
        one, other = offer[row], request[row]
        met = musts_met(offers, requests, one, other)
        grounds(offers, requests, most, one, other, band[row], met, points[row])
        milk[row] = milk_for(offers, requests, one, other)
        moved[row] = min(milk[row], requests.whole[other])
        for wish in range(requests.start[other], requests.start[other + 1]):
            found, key = answer(offers, requests, one, wish), requests.key[wish]
            if requests.must[wish] and not tellable[key]:
                hidden[row] = True
            if found == MEETS_CODE:
                meets[row] |= 1 << key
                if must[row] < 0 and requests.must[wish] and tellable[key]:
                    must[row] = key
            elif found == ASK_CODE:
                asks[row] |= 1 << key
