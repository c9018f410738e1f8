"""The open map, and offers and families that are full: said before anybody presses a button."""

from datetime import timedelta

import pytest

from app.geo.areas import AreaId
from app.kernel.quantities import Kilometres, Millilitres
from app.matching import queries, services
from app.matching.rules.sides import Strength, Wish
from app.posts import queries as post_queries
from tests.matching.conftest import OFFER, REQUEST, post, read

HOUR = timedelta(hours=1)
WEEKLY = {
    "supply": "weekly", "weekly_ml": Millilitres(2000), "volume_ml": None, "pumped_from": None, "pumped_to": None
}  # fmt: skip
HERE = AreaId(1)
"""Where the cast lives."""


def search(who, now, **how):
    return queries.search_nearby(who.identity, HERE, Kilometres(40), "offer", now=now, **how)


def book(offer: str, request: str, now, meeting: str = "a meeting") -> None:
    ids = [post_queries.post_by_public_id(each).id for each in (offer, request)]
    services.book(meeting, offer_id=ids[0], request_id=ids[1], volume=Millilitres(500), at=now)


@pytest.mark.usefixtures("in_app")
@pytest.mark.both_databases
class TestTheOpenMap:
    @pytest.mark.parametrize(("hours", "free"), [(0, False), (35.99, False), (36, True), (500, True)])
    def test_an_offer_joins_it_after_36_hours_and_is_found_before(self, stranger, offer, now, hours, free):
        at = now + hours * HOUR
        (found,) = search(stranger, at).matches
        assert found.open_map is free
        assert len(search(stranger, at, only_open=True).matches) == free

    def test_a_meeting_takes_it_off_again(self, stranger, offer, request_id, now):
        at = now + 40 * HOUR
        book(offer, request_id, at)
        assert [found.open_map for found in search(stranger, at).matches] == [False]
        assert search(stranger, at, only_open=True).matches == ()

    @pytest.mark.parametrize(
        ("stated", "given", "free"),
        [
            pytest.param({}, 500, True, id="a part of it"),
            pytest.param({}, 2705, True, id="all but ten ounces"),
            pytest.param({}, 2706, False, id="so much that the rest is worth no meeting"),
            pytest.param({"smallest_handoff_ml": Millilitres(1000)}, 2001, False, id="less left than she moves for"),
            pytest.param({"smallest_handoff_ml": Millilitres(1000)}, 2000, True, id="just what she moves for"),
            pytest.param({"after_loss": True}, 2999, True, id="after a loss any amount"),
            pytest.param({"after_loss": True}, 3000, False, id="after a loss, all of it"),
            pytest.param(WEEKLY, 9000, True, id="milk of each week comes again"),
        ],
    )
    def test_the_rest_is_back_on_it_when_a_part_was_given(self, stranger, donor, request_id, now, stated, given, free):
        offer = post(donor, OFFER, now=now, **stated)
        at = now + 36 * HOUR
        book(offer, request_id, at)
        assert not queries.on_open_map(post_queries.post_by_public_id(offer), now=at)
        services.receive("a meeting", volume=Millilitres(given), now=at)
        assert queries.on_open_map(post_queries.post_by_public_id(offer), now=at) is free
        assert [found.open_map for found in search(stranger, at).matches] == [free]
        assert search(stranger, at, only_open=True).total == free

    def test_a_second_meeting_to_come_keeps_the_rest_off(self, stranger, offer, request_id, now):
        at = now + 40 * HOUR
        book(offer, request_id, at)
        services.receive("a meeting", volume=Millilitres(500), now=at)
        book(offer, request_id, at, "another")
        assert search(stranger, at, only_open=True).total == 0
        ids = [post_queries.post_by_public_id(each).id for each in (offer, request_id)]
        assert services.fall_through("another", offer_id=ids[0], request_id=ids[1], now=at)
        assert search(stranger, at, only_open=True).total == 1

    def test_what_is_given_early_waits_for_its_36_hours(self, stranger, offer, request_id, now):
        book(offer, request_id, now)
        services.receive("a meeting", volume=Millilitres(500), now=now)
        assert search(stranger, now + 35.99 * HOUR, only_open=True).total == 0
        assert search(stranger, now + 36 * HOUR, only_open=True).total == 1

    def test_filters_of_diet_go_together_with_it(self, stranger, offer, now):
        wishes = (Wish("dairy", Strength.MUST),)
        assert search(stranger, now, only_open=True, wishes=wishes).total == 0
        assert search(stranger, now + 36 * HOUR, only_open=True, wishes=wishes).total == 1

    def test_requests_have_no_open_map(self, stranger, request_id, now):
        found = queries.search_nearby(stranger.identity, HERE, Kilometres(40), "request", only_open=True, now=now)
        assert [match.open_map for match in found.matches] == [False]


@pytest.mark.usefixtures("in_app")
@pytest.mark.both_databases
@pytest.mark.parametrize(("yeses", "full"), [(9, False), (10, True)])
def test_an_offer_is_full_with_ten_open_yeses(stranger, line, now, yeses, full):
    line(yeses)
    assert [match.full for match in search(stranger, now).matches] == [full]


class TestOnThePages:
    @pytest.fixture
    def crowd(self, app, donor, person, clock) -> str:
        """An offer to which ten families have said yes."""
        with read(app):
            offer = post(donor, OFFER, now=clock)
            for number in range(10):
                who = person(f"Crowd{number}")
                services.say_yes(who.identity, offer, post(who, REQUEST, now=clock), now=clock)
        return offer

    def test_a_full_offer_says_so_in_search_and_offers_no_yes(self, app, sign_in, family, crowd, clock):
        with read(app):
            request = post(family, REQUEST, now=clock)
        client = sign_in(family)
        text = client.get("/search?kind=offer").text
        assert "so it takes no more for now" in text
        assert "Read it all the same" in text
        assert "Read and decide" not in text
        pair = client.get(f"/matches/pair/{crowd}/{request}").text
        assert "so it takes no more for now" in pair
        assert "Yes, I would like this milk" not in pair

    def test_a_family_with_eight_open_yeses_reads_so_before_the_ninth(self, app, sign_in, family, person, clock):
        with read(app):
            offers = [post(person(f"Giver{number}"), OFFER, now=clock) for number in range(9)]
            request = post(family, REQUEST, now=clock)
            for offer in offers[:8]:
                services.say_yes(family.identity, offer, request, now=clock)
        text = sign_in(family).get(f"/matches/pair/{offers[8]}/{request}").text
        assert "as many open yeses as one family can have" in text
        assert "Yes, I would like this milk" not in text

    def test_with_room_on_both_sides_the_yes_is_there(self, sign_in, family, live):
        assert "Yes, I would like this milk" in sign_in(family).get(f"/matches/pair/{live[0]}/{live[1]}").text

    @pytest.mark.parametrize(("hours", "listed"), [(1, False), (37, True)])
    def test_the_filter_of_the_open_map_stands_in_the_form(self, app, sign_in, stranger, donor, clock, hours, listed):
        with read(app):
            post(donor, OFFER, now=clock - hours * HOUR)
        text = sign_in(stranger).get("/search?kind=offer&free=y").text
        assert ("On the open map: no meeting is planned for this milk." in text) is listed
        assert ("Nothing here yet" in text) is not listed
