"""One post against many gives for every pair exactly what the rules for one pair give."""

from dataclasses import replace

import numpy as np
import pytest

from app.infra.areas.storage import load_catalogue
from app.matching.rules.feasible import Refusal, judge, movable
from app.matching.rules.fit import Answer, explain, fit
from app.matching.rules.many import offer_columns, request_columns
from app.matching.rules.many.against import against, meets, own_hundredths
from app.matching.rules.many.columns import KEY_AT
from app.matching.rules.preferences import own_points
from app.matching.rules.score import score
from app.matching.rules.sides import Meeting, Preference, Wish
from app.matching.rules.weights import DEFAULT
from app.posts.rules import SOUGHT
from tests.matching.sides import NOW, TODAY
from tests.matching.test_many import Community

WEIGHTS = DEFAULT.weights


def bits(items):
    return sum(1 << KEY_AT[item.wish.attribute] for item in items)


def said(offer, request, meeting):
    """The rules for one pair, as the columns hold it."""
    answers = fit(offer.milk, request.wishes, today=TODAY)
    verdict = judge(offer, request, meeting, answers, today=TODAY)
    points = [
        score(offer, replace(request, fed_before=fed), meeting, answers, now=NOW, weights=WEIGHTS)
        for fed in (False, True)
    ]
    return (
        verdict.feasible, verdict.only_distance, verdict.only_diet, verdict.refusals == (Refusal.ASKS_NOT_ACCEPTED,),
        *(round(each.total * 100) for each in points),
        movable(offer, request), bits(answers.conflicts), bits(answers.asks), bits(answers.must_ask),
        round(own_points(points[0], offer, request, meeting) * 100),
    )  # fmt: skip


def columns_said(found, ordered):
    rows = (
        found.feasible, found.only_distance, found.only_diet, found.only_asking, found.points, found.fed, found.moved,
        found.conflicts, found.asks, found.must_asks, ordered,
    )  # fmt: skip
    return list(zip(*(each.tolist() for each in rows), strict=True))


def held(offers, requests, meetings, offer, request, preference=Preference.NONE):
    """The columns of these against each other, with their meetings."""
    band = np.array([each.band.order for each in meetings], np.int8)
    reach = np.broadcast_to(offers.travel + requests.travel, len(band))
    reached = np.array([each.length for each in meetings]) <= reach
    found = against(offers, requests, band=band, reached=reached, now=NOW, weights=WEIGHTS)
    if len(offers) > 1:
        return columns_said(found, found.points)
    ordered = own_hundredths(
        found.points, offers, requests, moved=found.moved, band=band, preference=preference, weights=WEIGHTS
    )
    return columns_said(found, ordered)


@pytest.mark.parametrize("seed", range(6))
def test_one_post_against_many_gives_what_each_pair_gives(seed):
    made = Community(seed)
    areas = load_catalogue()
    preference = list(Preference)[seed % len(Preference)]
    offers = [replace(each, preference=preference) for each in made.offers]
    fitting = 0
    for at in range(0, len(offers), 24):
        request, own = made.requests[at], made.request_areas[at]
        meetings = [Meeting(areas.distance(own, each), areas.band(own, each)) for each in made.offer_areas]
        plain = [replace(each, preference=Preference.NONE) for each in offers]
        found = held(
            offer_columns(plain, made.offer_areas), request_columns([request], [own]), meetings, plain, request
        )
        assert found == [said(each, request, meeting) for each, meeting in zip(plain, meetings, strict=True)]
        offer, own = offers[at], made.offer_areas[at]
        meetings = [Meeting(areas.distance(own, each), areas.band(own, each)) for each in made.request_areas]
        found = held(
            offer_columns([offer], [own]), request_columns(made.requests, made.request_areas), meetings, offer,
            made.requests, preference,
        )  # fmt: skip
        assert found == [said(offer, each, meeting) for each, meeting in zip(made.requests, meetings, strict=True)]
        fitting += sum(each[0] for each in found)
    assert fitting


@pytest.mark.parametrize("attribute", [each.key for each in SOUGHT])
def test_an_answer_to_one_wish_is_that_of_the_rules(attribute):
    made = Community(11)
    columns = offer_columns(made.offers, made.offer_areas)
    for wish in (Wish(attribute), Wish(attribute, avoid_days=14)):
        expected = [explain(each.milk, wish, today=TODAY).answer is Answer.MEETS for each in made.offers]
        assert meets(columns, wish, today=TODAY).tolist() == expected
