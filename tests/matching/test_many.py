"""The compiled loops give for every pair exactly what the rules for one pair give."""

import random
from datetime import timedelta

import numpy as np
import pytest

from app.geo.distance import TRAVEL_KM
from app.infra.areas.storage import load_catalogue
from app.matching.rules.feasible import judge
from app.matching.rules.fit import fit
from app.matching.rules.many import offer_columns, request_columns
from app.matching.rules.many.columns import LIPASES, STORED
from app.matching.rules.many.partners import best_partners
from app.matching.rules.many.worth import hundredths
from app.matching.rules.score import score
from app.matching.rules.sides import (
    FactState,
    Meeting,
    MilkFact,
    MilkFacts,
    OfferSide,
    RequestSide,
    Strength,
    Supply,
    Wish,
    Wishes,
)
from app.matching.rules.weights import DEFAULT, Weights
from app.posts.rules import BABY_AGE_BANDS, SOUGHT, TERM_AND_HEALTHY
from tests.matching.sides import NOW, TODAY

pytestmark = pytest.mark.slow

MANY = 220


class Community:
    """Offers and requests that draw from everything the catalogue, the menus and the calendar allow."""

    def __init__(self, seed: int, travel=TRAVEL_KM):
        self.dice = random.Random(seed)  # noqa: S311 - a repeatable community, no secret.
        self.travel = travel
        areas = load_catalogue()
        home = areas.areas_within(areas.snap(43.07, -89.4), 70)
        self.offers = [self.offer(number) for number in range(MANY)]
        self.requests = [self.request(number) for number in range(MANY)]
        self.offer_areas = self.dice.choices(home, k=MANY)
        self.request_areas = self.dice.choices(home, k=MANY)

    def day(self):
        return TODAY - timedelta(days=self.dice.randint(-2, 400))

    def maybe(self, value):
        return value if self.dice.random() < 0.7 else None

    def fact(self, attribute):
        return MilkFact(
            self.dice.choice(list(FactState)), self.maybe(self.day()), self.dice.choice([None, *attribute.levels])
        )

    def milk(self):
        first = self.maybe(self.day())
        last = self.maybe((first or self.day()) + timedelta(days=self.dice.choice([0, 0, 5, 40])))
        stated = {each.key: self.fact(each) for each in SOUGHT if self.dice.random() < 0.4}
        return MilkFacts(stated, first, last, self.dice.choice(LIPASES), self.dice.choice(STORED))

    def offer(self, number):
        return OfferSide(
            id=number, author_id=number, live=self.dice.random() < 0.95, travel=self.dice.choice(self.travel),
            supply=self.dice.choice(list(Supply)),
            volume=self.dice.choice([200, 294, 295, self.dice.randint(100, 9000)]),
            milk=self.milk(), smallest_handoff=self.dice.choice([None, 500]), after_loss=self.dice.random() < 0.1,
            baby_age_months=self.maybe(self.dice.randint(0, 36)),
            posted_on=self.maybe(self.day()),
        )  # fmt: skip

    def wishes(self):
        asked = tuple(
            Wish(
                each.key, self.dice.choice(list(Strength)), self.dice.choice([None, 0, 3, 14, 21]),
                self.dice.choice([None, *each.levels, *each.askable]),
            )
            for each in SOUGHT
            if self.dice.random() < 0.08
        )  # fmt: skip
        return Wishes(asked, self.dice.random() < 0.8, self.dice.random() < 0.02)

    def request(self, number):
        return RequestSide(
            id=number, author_id=number if self.dice.random() < 0.05 else MANY + number,
            live=self.dice.random() < 0.95, travel=self.dice.choice(self.travel),
            need_per_day=self.dice.randint(30, 1500), days=self.dice.randint(1, 90),
            stock=self.dice.choice([0, self.dice.randint(0, 9000)]),
            baby_age_band=self.dice.choice(list(BABY_AGE_BANDS)),
            term_and_healthy=self.dice.choice(list(TERM_AND_HEALTHY)), wishes=self.wishes(),
            published_at=self.maybe(NOW - timedelta(seconds=self.dice.randint(-60, 3_000_000))),
            fed_before=self.dice.random() < 0.3,
        )  # fmt: skip

    def columns(self):
        return offer_columns(self.offers, self.offer_areas), request_columns(self.requests, self.request_areas)

    def pair_by_pair(self, weights=DEFAULT.weights):
        """Hundredths of a point of every feasible pair, by the rules for one pair."""
        areas, found = load_catalogue(), {}
        for one, offer in enumerate(self.offers):
            for other, request in enumerate(self.requests):
                between = self.offer_areas[one], self.request_areas[other]
                meeting = Meeting(areas.distance(*between), areas.band(*between))
                answers = fit(offer.milk, request.wishes, today=TODAY)
                if judge(offer, request, meeting, answers, today=TODAY).feasible:
                    points = score(offer, request, meeting, answers, now=NOW, weights=weights)
                    found[one, other] = round(points.total * 100)
        return found


def partners(columns, *, keep, weights=DEFAULT.weights, **more):
    found = best_partners(*columns, areas=load_catalogue(), now=NOW, weights=weights, keep=keep, **more)
    pairs = zip(found.offer.tolist(), found.request.tolist(), strict=True)
    given = dict(zip(pairs, found.points.tolist(), strict=True))
    assert len(given) == len(found), "a pair stands in it once"
    return given


def best_of_each(truth, keep):
    """The union of both sides' best, ties to the smaller id."""
    chosen = set()
    for side in (0, 1):
        by_post = {}
        for pair, points in truth.items():
            by_post.setdefault(pair[side], []).append((-points, pair[1 - side], pair))
        chosen |= {pair for ranked in by_post.values() for _, _, pair in sorted(ranked)[:keep]}
    return {pair: truth[pair] for pair in chosen}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_pair_gets_the_verdict_and_the_points_of_the_rules_for_one_pair(seed):
    community = Community(seed)
    assert partners(community.columns(), keep=MANY) == community.pair_by_pair()


def test_the_best_partners_are_those_of_looking_at_everybody():
    community = Community(7)
    columns, truth = community.columns(), community.pair_by_pair()
    for keep in (1, 4, 25):
        assert partners(columns, keep=keep) == best_of_each(truth, keep), keep


def test_other_weights_and_far_travellers_change_nothing_of_that():
    weights = Weights(first_milk=5, need=5, near=30, short_trip=0, use_soon=20, next_days=11, musts_stated=6, weekly=0)
    weights = Weights(**{**{f: getattr(weights, f) for f in weights.__slots__}, "one_handoff": 5, "waited": 10})
    community = Community(11, travel=(0, 2.5, 12, 500, 1000))
    assert partners(community.columns(), keep=5, weights=weights) == best_of_each(community.pair_by_pair(weights), 5)


def test_one_thread_finds_what_two_find():
    columns = Community(5).columns()
    assert partners(columns, keep=3, threads=1) == partners(columns, keep=3, threads=2)


def test_banned_pairs_make_room_for_the_next_best():
    community = Community(9)
    truth = community.pair_by_pair()
    banned = sorted(best_of_each(truth, 1))
    given = partners(community.columns(), keep=2, banned=tuple(np.array(banned).T))
    assert given == best_of_each({pair: points for pair, points in truth.items() if pair not in set(banned)}, 2)


def test_columns_give_back_the_sides_they_were_made_of():
    community = Community(3)
    offers, requests = community.columns()
    for at, offer in enumerate(community.offers):
        back = offers.side(at)
        assert (back.milk.pumped_from, back.milk.storage, back.volume) == (
            offer.milk.pumped_from, offer.milk.storage, offer.volume,
        )  # fmt: skip
        assert back.milk.stated == offer.milk.stated
    assert [requests.side(at).published_at for at in range(MANY)] == [each.published_at for each in community.requests]


@pytest.mark.parametrize("points", [56.845, 0.005, 0.015, 1.005, 2.675, 99.995, 0.0, 12.125, 12.375, 100.0])
def test_points_are_rounded_as_python_rounds_them(points):
    assert hundredths(points) == round(round(points, 2) * 100)


def test_any_points_are_rounded_as_python_rounds_them():
    dice = random.Random(2)  # noqa: S311
    drawn = [dice.randint(0, 100_000) / 1000 for _ in range(20_000)] + [dice.uniform(0, 100) for _ in range(20_000)]
    assert [each for each in drawn if hundredths(each) != round(round(each, 2) * 100)] == []
