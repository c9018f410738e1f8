"""
Made-up pairs over everything the rules read: the whole catalogue, each way of saying it, and the dates between.

``pair(random)`` draws one pair and ``pairs(seed)`` a stream of them, fast enough for millions; ``PAIRS`` draws them for
hypothesis. Values are dense around the limits (dates a day apart, amounts near 295 ml, distances at the sum of the
radii), because that is where rules differ.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Final

from hypothesis import strategies as st

from app.geo.distance import band_of
from app.matching.rules.sides import (
    FactState,
    Meeting,
    MilkFact,
    MilkFacts,
    OfferSide,
    Preference,
    RequestSide,
    Strength,
    Supply,
    Wish,
    Wishes,
)
from app.posts.rules import BABY_AGE_BANDS, LIPASE, MILK_AGE, SOUGHT, TERM_AND_HEALTHY

NOW: Final = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)
TODAY: Final = NOW.date()
STATED: Final = tuple(each for each in SOUGHT if each.kind != "milk")
STORAGE: Final = ("deep_freezer", "freezer", "freezer_unknown", "fridge", "fresh", "thawed")
RADII: Final = (0, 5, 10, 25, 40, 80)


@dataclass(frozen=True)
class Generated:
    """One pair as the rules take it."""

    offer: OfferSide
    request: RequestSide
    meeting: Meeting


def pair(random: Random) -> Generated:
    """One pair; the same state of ``random`` gives the same pair."""
    offer, request = an_offer(random), a_request(random)
    return Generated(offer, request, a_meeting(random, offer, request))


def pairs(seed: int) -> Iterator[Generated]:
    """Pairs without end; the same seed gives the same ones."""
    random = Random(seed)  # noqa: S311 - made-up pairs, no secret.
    while True:
        yield pair(random)


def an_offer(random: Random) -> OfferSide:
    """An offer of any kind, mostly live and of a plausible size."""
    supply = random.choice(list(Supply))
    return OfferSide(
        id=random.randrange(1, 10**6), author_id=random.randrange(1, 12), live=random.random() < 0.95,
        travel=random.choice(RADII), supply=supply, volume=random.choice((100, 294, 295, 600, 3000, 20_000)),
        milk=some_milk(random), smallest_handoff=random.choice((None, None, 295, 296, 2000)),
        after_loss=random.random() < 0.1, baby_age_months=random.choice((None, 0, 2, 3, 6, 7, 12, 30)),
        posted_on=random.choice((None, TODAY, TODAY - timedelta(days=40))), preference=random.choice(list(Preference)),
    )  # fmt: skip


def a_request(random: Random) -> RequestSide:
    """A request of any kind, with up to five wishes from the whole catalogue."""
    return RequestSide(
        id=random.randrange(1, 10**6), author_id=random.randrange(1, 12), live=random.random() < 0.95,
        travel=random.choice(RADII), need_per_day=random.choice((30, 295, 600, 900)),
        days=random.choice((1, 7, 8, 13, 14, 60)), stock=random.choice((0, 0, 1, 300, 4000, 20_000)),
        baby_age_band=random.choice(list(BABY_AGE_BANDS)), term_and_healthy=random.choice(list(TERM_AND_HEALTHY)),
        wishes=some_wishes(random),
        published_at=random.choice((None, NOW, NOW - timedelta(days=5), NOW - timedelta(days=60))),
        fed_before=random.random() < 0.5, shares_need=random.random() < 0.5,
    )  # fmt: skip


def a_meeting(random: Random, offer: OfferSide, request: RequestSide) -> Meeting:
    """A distance, often exactly the sum of both radii or just beyond."""
    reach = offer.travel + request.travel
    kilometres = random.choice((0, reach / 2, reach, reach + 1e-6, reach + 30, random.uniform(0, 160)))
    return Meeting(kilometres, band_of(kilometres), random.random() < 0.05, random.random() < 0.05)


def some_milk(random: Random) -> MilkFacts:
    """Milk with facts of any kind; its pumping days may be unsaid, and its facts begin around them."""
    first, last = sorted((a_day(random), a_day(random)))
    around = (first, last, TODAY)
    chosen = random.sample(STATED, random.randrange(len(STATED)))
    return MilkFacts(
        {each.key: a_fact(random, each.levels, around) for each in chosen},
        random.choice((first, first, first, None)), random.choice((last, last, last, None)),
        random.choice((*LIPASE, "nonsense")), random.choice(STORAGE),
    )  # fmt: skip


def a_fact(random: Random, levels: tuple[str, ...], around: tuple[date, ...]) -> MilkFact:
    """Any state, since a day near those the milk was pumped on, at any level or none."""
    since = random.choice(around) - timedelta(days=random.choice((-1, 0, 1, 7, 13, 14, 15, 21, 300)))
    return MilkFact(
        random.choice(list(FactState)), random.choice((since, since, None)), random.choice((*levels, None, "nonsense"))
    )


def some_wishes(random: Random) -> Wishes:
    """Up to five wishes, each attribute at most once, those for a level often with one."""
    chosen = random.sample(SOUGHT, random.randrange(6))
    return Wishes(
        tuple(a_wish(random, each.key, each.askable) for each in chosen), random.random() < 0.7, random.random() < 0.05
    )


def a_wish(random: Random, key: str, askable: tuple[str, ...]) -> Wish:
    """A must or a prefer, for any number of days, at any level that may be asked."""
    level = random.choice((*askable, *askable, None)) if askable else None
    days = None if key in {MILK_AGE, "lipase"} else random.choice((None, None, 0, 3, 7, 14, 21))
    return Wish(key, random.choice(list(Strength)), days, level)


def a_day(random: Random) -> date:
    """A day of the last 400, the limits of storage and of the milk's age among them."""
    near = random.choice((0, 3, 4, 31, 92, 183, 365)) + random.choice((-1, 0, 1))
    return TODAY - timedelta(days=max(0, random.choice((near, random.randrange(400)))))


PAIRS: Final = st.integers(0, 2**48).map(lambda seed: pair(Random(seed)))  # noqa: S311 - made-up pairs, no secret.
"""Pairs for hypothesis, each from a seed of its own, so that a failure is told by one number."""
