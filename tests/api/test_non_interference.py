"""Two homes in one area get the same bytes from the API: on lists, disclosures, posts and in headers."""

import re

import pytest
import time_machine

from app.infra.areas.storage import load_catalogue
from tests.api.test_posts import OFFER, POSTS, REQUEST
from tests.bench.interference import AT_HOME, Home, compared, pairs_of_homes
from tests.conftest import NOW

HOMES = [
    ((43.0105, -89.4701), (43.0189, -89.4622)),
    ((38.5802, -121.4944), (38.5841, -121.4899)),
    ((40.8136, -96.7026), (40.8163, -96.6988)),
]
"""Pairs of homes, degrees, some hundred metres apart; each pair lies in one published area."""


@pytest.fixture(autouse=True)
def today():
    """The clock shows the moment at which the tests play."""
    with time_machine.travel(NOW, tick=False):
        yield


def without_ids(text: str) -> str:
    """The text with every random id made the same."""
    return re.sub(r'(?<=")[A-Za-z0-9_-]{22}(?=")', "id", text)


def everything_read(reader, own: str, other: str) -> list[tuple[int, str, list[tuple[str, str]]]]:
    """What somebody's program is told about another's post, with its headers."""
    paths = [f"{POSTS}/{own}/matches", f"{POSTS}/{own}/matches/{other}", f"{POSTS}/{other}", "/api/v1/proposals"]
    answers = [reader.get(path) for path in paths]
    nonce = re.compile(r"'nonce-[^']*'")
    return [
        (answer.status_code, without_ids(answer.text), [(name, nonce.sub("", value)) for name, value in answer.headers])
        for answer in answers
    ]


@pytest.mark.parametrize("homes", HOMES)
def test_two_homes_in_one_area_are_told_apart_by_nothing(homes, person, bearer, app):
    areas = {load_catalogue().snap(*home) for home in homes}
    assert len(areas) == 1, "the pair is chosen so"
    family = bearer(person("Fatima", area_id=next(iter(areas))))
    asked = family.post(POSTS, json=REQUEST).json["id"]
    told = []
    for name, home in zip(("Dana", "Dora"), homes, strict=True):
        donor = bearer(person(name, area_id=load_catalogue().snap(*home)))
        offer = donor.post(POSTS, json=OFFER).json["id"]
        told.append([str(seen).replace(name, "somebody") for seen in everything_read(family, asked, offer)])
        told[-1] += [str(seen) for seen in everything_read(donor, offer, asked)]
        donor.post(f"{POSTS}/{offer}/withdraw")
    assert told[0] == told[1]


def test_no_answer_holds_a_coordinate_or_a_distance(person, bearer):
    family, donor = bearer(person("Fatima", area_id=209675)), bearer(person("Dana", area_id=209676))
    asked = family.post(POSTS, json=REQUEST).json["id"]
    offer = donor.post(POSTS, json=OFFER).json["id"]
    for _status, text, _headers in everything_read(family, asked, offer):
        assert not re.search(r"-?\d+\.\d{3,}", re.sub(r'"\d{4}-\d\d-\d\dT[^"]*"', "", text))
        assert not re.search(r'"(lat|lon|distance_km|km)', text)


@pytest.mark.slow
def test_two_homes_under_two_post_codes_of_one_area_are_told_apart_by_no_page_and_no_answer(app):
    pair = next(pairs_of_homes(1))
    statuses, differing = compared(app, pair, families=[AT_HOME])
    assert differing == []
    assert statuses["200"] > 30


@pytest.mark.slow
def test_homes_in_two_areas_would_be_noticed(app):
    area = load_catalogue().snap(*HOMES[1][0])
    homes = (Home("the map", tapped=each) for each in (area, load_catalogue().nearest(area, 1)[0]))
    _, differing = compared(app, (area, *homes), families=[AT_HOME])
    assert {path.split("?")[0] for path in differing} >= {"donor /me/place", "family 2 /posts/id", "donor /api/v1/me"}
