"""A silent donor is asked whether she still has milk, and one press answers, on her desk and in her news."""

from datetime import timedelta

import pytest

from app.matching import queries, services
from app.posts import queries as post_queries
from app.posts import services as posts
from tests.matching.conftest import OFFER, REQUEST, post, read

LONG_AGO = timedelta(hours=97)


@pytest.fixture
def asked(app, donor, family, other_family, clock) -> str:
    """The donor's offer, after two families had no answer; she was asked a moment ago."""
    with read(app):
        offer = post(donor, OFFER, now=clock - LONG_AGO)
        for who in (family, other_family):
            request = post(who, REQUEST, now=clock - LONG_AGO)
            services.say_yes(who.identity, offer, request, now=clock - LONG_AGO)
        services.lapse_silent(now=clock)
    return offer


def state_of(app, offer: str) -> str:
    with read(app):
        return post_queries.post_by_public_id(offer).state


def is_asked(app, donor, offer: str, now) -> bool:
    with read(app):
        return queries.desk_of_offer(donor.identity, offer, now=now).asked_still_there


@pytest.mark.parametrize("page", ["/matches/{offer}", "/notices"])
def test_both_answers_stand_on_her_desk_and_beside_the_notice(sign_in, donor, asked, page):
    text = sign_in(donor).get(page.format(offer=asked)).text
    for way, words in (("still-there", "Yes, still here"), ("gone", "No, it is gone")):
        assert f'action="/matches/{asked}/{way}"' in text
        assert words in text


def test_yes_keeps_the_offer_and_takes_the_question_away_everywhere(app, sign_in, donor, asked, clock):
    client = sign_in(donor)
    page = client.post(f"/matches/{asked}/still-there", follow_redirects=True)
    assert "Your offer goes on" in page.text
    assert "Do you still have this milk?" not in page.text
    assert "Yes, still here" not in client.get("/notices").text
    with read(app):
        assert services.pause_unanswered(now=clock + timedelta(days=3)) == 0
    assert state_of(app, asked) == "live"


def test_no_ends_the_offer_and_tells_who_waits(app, sign_in, donor, stranger, asked, clock):
    with read(app):
        request = post(stranger, REQUEST, now=clock)
        services.say_yes(stranger.identity, asked, request, now=clock)
    client = sign_in(donor)
    page = client.post(f"/matches/{asked}/gone", follow_redirects=True)
    assert page.status_code == 200
    assert "Your offer has ended" in page.text
    assert state_of(app, asked) == "withdrawn"
    assert "Yes, still here" not in client.get("/notices").text
    with read(app):
        assert [one.interest.state for one in queries.my_interests(stranger.identity, now=clock).answered] == ["closed"]


def test_a_yes_that_comes_after_the_pause_lets_the_offer_go_on(app, sign_in, donor, asked, clock):
    with read(app):
        assert services.pause_unanswered(now=clock + timedelta(hours=49)) == 1
    assert state_of(app, asked) == "paused"
    assert "Yes, still here" not in sign_in(donor).get("/notices").text
    assert sign_in(donor).post(f"/matches/{asked}/still-there").status_code == 302
    assert state_of(app, asked) == "live"


def test_without_an_answer_the_offer_rests(app, asked, clock):
    with read(app):
        assert services.pause_unanswered(now=clock + timedelta(hours=49)) == 1
    assert state_of(app, asked) == "paused"


def test_who_pauses_herself_is_asked_no_more(app, donor, asked, clock):
    with read(app):
        posts.pause(donor.identity, asked, now=clock)
    assert not is_asked(app, donor, asked, clock)


@pytest.mark.parametrize("way", ["still-there", "gone"])
def test_nobody_answers_for_her(app, sign_in, stranger, donor, asked, clock, way):
    assert sign_in(stranger).post(f"/matches/{asked}/{way}").status_code == 404
    assert state_of(app, asked) == "live"
    assert is_asked(app, donor, asked, clock)


@pytest.mark.parametrize("way", ["still-there", "gone"])
def test_a_request_is_no_milk_to_be_asked_about(app, sign_in, family, way, clock):
    with read(app):
        request = post(family, REQUEST, now=clock)
    assert sign_in(family).post(f"/matches/{request}/{way}").status_code == 404
    assert state_of(app, request) == "live"


def test_a_notice_that_was_read_asks_nothing(sign_in, donor, asked):
    client = sign_in(donor)
    client.post("/notices/read")
    assert "Yes, still here" not in client.get("/notices").text
