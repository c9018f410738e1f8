"""Two sides of a pair that fit, to be changed one thing at a time."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from app.geo.distance import band_of
from app.matching.rules.feasible import judge
from app.matching.rules.fit import fit
from app.matching.rules.score import score
from app.matching.rules.sides import (
    FactState,
    Meeting,
    MilkFact,
    MilkFacts,
    OfferSide,
    RequestSide,
    Supply,
    Wish,
    Wishes,
)

NOW = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)
TODAY = NOW.date()
MILK = MilkFacts(
    {"dairy": MilkFact(FactState.AVOIDS, date(2026, 3, 12))},
    pumped_from=date(2026, 7, 1),
    pumped_to=date(2026, 10, 1),
    storage="deep_freezer",
)
OFFER = OfferSide(id=1, author_id=1, live=True, travel=25, supply=Supply.ONCE, volume=3000, milk=MILK)
REQUEST = RequestSide(
    id=2, author_id=2, live=True, travel=40, need_per_day=600, days=30, stock=500, baby_age_band="3_6",
    term_and_healthy="yes", wishes=Wishes((Wish("dairy", avoid_days=14),)), published_at=NOW,
)  # fmt: skip


def aged(days: int) -> MilkFacts:
    """Milk of one day, so many days ago, by a donor who left dairy out long before."""
    pumped = TODAY - timedelta(days=days)
    return replace(
        MILK, stated={"dairy": MilkFact(FactState.AVOIDS, date(2020, 1, 1))}, pumped_from=pumped, pumped_to=pumped
    )


def apart(kilometres: float, **more) -> Meeting:
    return Meeting(kilometres, band_of(kilometres), **more)


def verdict(offer=OFFER, request=REQUEST, meeting=None):
    return judge(offer, request, meeting or apart(7), fit(offer.milk, request.wishes, today=TODAY), today=TODAY)


def points(offer=OFFER, request=REQUEST, meeting=None):
    answers = fit(offer.milk, request.wishes, today=TODAY)
    return score(offer, request, meeting or apart(7), answers, now=NOW)
