"""What a round chose, by a program: for one's own posts alone, looked at, and quietly passed on."""

import pytest
import time_machine

from app.matching import services
from tests.api.test_posts import OFFER, POSTS, REQUEST
from tests.conftest import NOW

PROPOSALS = "/api/v1/proposals"


@pytest.fixture(autouse=True)
def today():
    """The clock shows the moment at which the tests play."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def programs(bearer, donor, family, stranger):
    """Everybody's program, by name."""
    return {"donor": bearer(donor), "family": bearer(family), "stranger": bearer(stranger)}


@pytest.fixture
def pair(app, programs) -> tuple[str, str]:
    """The donor's offer and the family's request, after a round that put one before the other."""
    offer = programs["donor"].post(POSTS, json=OFFER).json["id"]
    asked = programs["family"].post(POSTS, json=REQUEST).json["id"]
    with app.app_context():
        services.run_round(now=NOW)
    return offer, asked


def test_a_family_reads_what_was_chosen_for_it_and_marks_it_seen(programs, pair):
    offer, asked = pair
    found = programs["family"].get(PROPOSALS).json
    assert [(each["own_post_id"], each["match"]["post_id"]) for each in found["items"]] == [(asked, offer)]
    assert found["new"] == 1
    assert found["items"][0]["match"]["reasons"]
    assert programs["family"].post(f"{PROPOSALS}/seen", json={"request_id": asked}).json == {"new": 1}
    assert programs["family"].post(f"{PROPOSALS}/seen", json={"request_id": asked}).json == {"new": 0}
    assert programs["family"].get(PROPOSALS).json["new"] == 0


def test_a_donor_with_nobody_waiting_reads_whom_to_invite(programs, pair):
    offer, asked = pair
    [found] = programs["donor"].get(PROPOSALS).json["items"]
    assert (found["own_post_id"], found["match"]["post_id"]) == (offer, asked)


def test_what_was_passed_on_is_never_shown_again(programs, pair):
    offer, asked = pair
    for _ in range(2):
        answer = programs["family"].post(f"{PROPOSALS}/pass", json={"offer_id": offer, "request_id": asked})
        assert (answer.status_code, answer.data) == (204, b"")
    assert programs["family"].get(PROPOSALS).json["items"] == []
    assert programs["donor"].get(PROPOSALS).json["items"] == []


def test_nobody_else_sees_or_touches_them(programs, pair, problem):
    offer, asked = pair
    assert programs["stranger"].get(PROPOSALS).json == {"items": [], "next": None, "new": 0}
    problem(programs["stranger"].post(f"{PROPOSALS}/seen", json={"request_id": asked}), 404)
    problem(programs["donor"].post(f"{PROPOSALS}/seen", json={"request_id": asked}), 404)
    problem(programs["stranger"].post(f"{PROPOSALS}/pass", json={"offer_id": offer, "request_id": asked}), 404)


def test_an_open_yes_is_answered_before_it_is_passed_on(programs, pair, problem):
    offer, asked = pair
    programs["family"].post("/api/v1/interests", json={"offer_id": offer, "request_id": asked, "version": 2})
    body = {"offer_id": offer, "request_id": asked}
    problem(programs["donor"].post(f"{PROPOSALS}/pass", json=body), 409, "answer_first")
