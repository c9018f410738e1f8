"""The pages of search, matches and interests: who may open them, what they say, what they never say."""

import re
from dataclasses import replace

import pytest

from app.matching import queries, services
from app.posts import queries as post_queries
from app.posts import services as posts
from app.posts.rules import Fact, Wish
from tests.matching.conftest import OFFER, REQUEST, place, post, read


def state_of(app, who, public_id) -> str:
    with read(app):
        return queries.interest_by_public_id(who.identity, public_id).state


class TestSearch:
    def test_a_visitor_is_asked_to_sign_in(self, client):
        assert client.get("/search").status_code == 302

    def test_it_looks_around_one_s_own_place_at_once(self, sign_in, stranger, live):
        page = sign_in(stranger).get("/search")
        assert page.status_code == 200
        assert "Offers 101 oz" in page.text
        assert "in the same area" in page.text
        assert f"/posts/{live[0]}" in page.text

    def test_a_typed_place_and_a_radius_are_looked_up(self, sign_in, stranger, live):
        page = sign_in(stranger).get("/search?place=Madison, WI&radius=5&kind=offer")
        assert page.status_code == 200
        assert "0 posts near Madison, WI" in page.text
        assert "Nothing here yet" in page.text

    @pytest.mark.parametrize(
        ("query", "words"),
        [
            pytest.param("place=Qzxwv", "We could not find this place", id="a place nobody knows"),
            pytest.param("place=Springfield", "There are several places", id="a name of several places"),
            pytest.param("radius=7", "Not a valid choice", id="a radius outside the menu"),
            pytest.param("radius=abc", "Not a valid choice", id="a radius of letters"),
            pytest.param("kind=spaceship", "Not a valid choice", id="a kind that does not exist"),
            pytest.param("without=moonlight", "not.{1,3} valid choice", id="a filter that does not exist"),
            pytest.param("days=-5", "Not a valid choice", id="days outside the menu"),
        ],
    )
    def test_bad_input_is_told_at_its_field(self, sign_in, stranger, live, query, words):
        page = sign_in(stranger).get(f"/search?{query}")
        assert page.status_code == 422
        assert re.search(words, page.text)

    @pytest.mark.parametrize("number", ["0", "-1", "99999999999999999999", "x", ""])
    def test_a_page_that_does_not_exist_shows_one_that_does(self, sign_in, stranger, live, number):
        assert "Offers 101 oz" in sign_in(stranger).get(f"/search?page={number}").text

    def test_more_than_one_page_keeps_the_search(self, app, sign_in, person, stranger, clock):
        donors = [person(f"Donor{number}") for number in range(21)]
        with read(app):
            for donor in donors:
                post(donor, OFFER, now=clock)
        client = sign_in(stranger)
        first = client.get("/search?radius=10&without=dairy&without=soy")
        assert "Page 1 of 2" in first.text
        onward = re.search(r'rel="next" href="([^"]+)"', first.text)[1].replace("&amp;", "&")
        assert "without=dairy&without=soy" in onward
        assert "Page 2 of 2" in client.get(onward).text

    def test_filters_mark_what_is_met_and_what_to_ask(self, app, sign_in, stranger, live):
        text = sign_in(stranger).get("/search?without=dairy&without=soy&days=21").text
        assert "donor reports no dairy since" in text
        assert "Soy: not said, you can ask" in text

    def test_a_hint_names_the_food_that_keeps_offers_away(self, app, sign_in, person, stranger, clock):
        donors = [person(f"Donor{number}") for number in range(5)]
        with read(app):
            for donor in donors:
                post(donor, OFFER, facts=(Fact("dairy", "uses"),), now=clock)
        assert "what they state about: Dairy" in sign_in(stranger).get("/search?without=dairy").text

    def test_a_donor_looks_for_families_with_her_own_offer(self, sign_in, donor, live):
        text = sign_in(donor).get("/search").text
        assert "Needs 20 oz a day for 30 days" in text
        assert f"/matches/pair/{live[0]}/{live[1]}" in text

    def test_somebody_without_a_place_is_asked_for_one(self, sign_in, person):
        text = sign_in(person("Nina", area_id=None)).get("/search").text
        assert "Where should we look?" in text

    def test_somebody_who_thinks_in_kilometres_reads_kilometres(self, app, sign_in, stranger, person, clock):
        from app.accounts.models import User
        from app.infra.transaction import transaction

        far = person("Mira", area_id=place("Sacramento, CA"))
        with read(app):
            with transaction() as session:
                user = session.get(User, stranger.id)
                user.distance_unit, user.volume_unit, user.area_id = "km", "ml", place("Davis, CA")
            post(far, OFFER, now=clock)
        text = sign_in(stranger).get("/search").text
        assert "less than 25 km away" in text
        assert "Offers 3000 ml" in text


class TestMatches:
    def test_a_family_reads_its_matches_with_reasons(self, sign_in, family, live):
        text = sign_in(family).get(f"/matches/{live[1]}").text
        assert "it would be your first milk through Milkbridge" in text
        assert "101 oz of the 592 oz you still need, in one handoff" in text
        assert "and you both travel" in text
        assert f"/matches/pair/{live[0]}/{live[1]}" in text

    def test_a_donor_reads_hers(self, sign_in, donor, live):
        text = sign_in(donor).get(f"/matches/{live[0]}").text
        assert "You could invite" in text
        assert "it would be their first milk through Milkbridge" in text
        assert f"/matches/{live[0]}?show=all" in text

    def test_a_donor_reads_her_whole_list_when_she_asks_for_it(self, sign_in, donor, live):
        text = sign_in(donor).get(f"/matches/{live[0]}?show=all").text
        assert "Families within reach" in text
        assert "1 family fits." in text
        assert f"/matches/pair/{live[0]}/{live[1]}" in text

    def test_the_address_in_notices_leads_to_the_desk(self, sign_in, donor, live):
        answer = sign_in(donor).get(f"/matches/{live[0]}/line")
        assert (answer.status_code, answer.location) == (302, f"/matches/{live[0]}")

    @pytest.mark.parametrize("which", [0, 1])
    def test_a_stranger_finds_nobody_s_matches(self, sign_in, stranger, live, which):
        assert sign_in(stranger).get(f"/matches/{live[which]}").status_code == 404

    def test_a_paused_post_says_what_happens_next(self, app, sign_in, family, live, clock):
        with read(app):
            posts.pause(family.identity, live[1], now=clock)
        assert "Paused" in sign_in(family).get(f"/matches/{live[1]}").text

    def test_an_immediate_allergy_leads_to_the_allergist_and_to_search(self, app, sign_in, family, clock):
        with read(app):
            asked = post(family, REQUEST, immediate_allergy=True, now=clock)
        text = sign_in(family).get(f"/matches/{asked}").text
        assert "ask your allergist" in text

    def test_an_ill_baby_s_family_reads_of_the_bank_first(self, app, sign_in, family, live, clock):
        with read(app):
            asked = post(family, REQUEST, term_and_healthy="no", now=clock)
        client = sign_in(family)
        first = client.get(f"/matches/{asked}").text
        assert "milk bank" in first
        assert "/matches/pair/" not in first
        later = client.get(f"/matches/{asked}?show=all").text
        assert later.index("milk bank") < later.index("/matches/pair/")

    def test_nobody_yet_shows_those_just_outside_and_what_asking_would_add(self, app, sign_in, person, clock):
        near, far = person("Saskia", area_id=place("Sacramento, CA")), person("Otis", area_id=place("Davis, CA"))
        here = person("Sila", area_id=place("Sacramento, CA"))
        with read(app):
            asked = post(near, REQUEST, travel_km=5, accepts_asks=False, now=clock)
            post(far, OFFER, travel_km=5, now=clock)
            post(here, OFFER, facts=(), now=clock)
        text = sign_in(near).get(f"/matches/{asked}").text
        assert "Just outside your reach" in text
        assert "1 more offer would be listed" in text


@pytest.fixture
def chosen(app, live, clock) -> None:
    """A round has put the offer on the family's page."""
    with read(app):
        assert services.run_round(now=clock).chosen == 1


@pytest.mark.usefixtures("chosen")
class TestChosenForYou:
    def test_a_proposal_stands_first_with_its_reasons_and_two_ways(self, sign_in, family, live):
        text = sign_in(family).get(f"/matches/{live[1]}").text
        assert text.index("Chosen for you") < text.index("Read and say yes") < text.index("Everything within reach")
        assert "days before the first pumping" in text
        assert f"/matches/pair/{live[0]}/{live[1]}/pass" in text
        assert "All of them are chosen for you" in text

    def test_with_a_filter_the_list_below_is_whole(self, sign_in, family, live):
        text = sign_in(family).get(f"/matches/{live[1]}?supply=once").text
        assert text.index("Everything within reach") < text.rindex(f"/matches/pair/{live[0]}/{live[1]}")
        assert "chosen for you" in text

    @pytest.mark.parametrize("who", ["family", "donor"])
    def test_passing_is_quiet_and_lasts_for_both(self, app, request, sign_in, donor, family, live, who):
        client = sign_in(request.getfixturevalue(who))
        answer = client.post(f"/matches/pair/{live[0]}/{live[1]}/pass")
        assert (answer.status_code, answer.location) == (302, f"/matches/{live[0] if who == 'donor' else live[1]}")
        assert "Nobody is told." in client.get(answer.location).text
        for reader, own in ((family, live[1]), (donor, live[0])):
            client = sign_in(reader)
            assert f"/matches/pair/{live[0]}/{live[1]}" not in client.get(f"/matches/{own}").text

    def test_a_stranger_passes_on_nothing(self, sign_in, stranger, family, live):
        assert sign_in(stranger).post(f"/matches/pair/{live[0]}/{live[1]}/pass").status_code == 404
        assert "Read and say yes" in sign_in(family).get(f"/matches/{live[1]}").text

    def test_while_a_yes_waits_it_has_to_be_taken_back_first(self, sign_in, family, live, said):
        client = sign_in(family)
        page = client.post(f"/matches/pair/{live[0]}/{live[1]}/pass", follow_redirects=True)
        assert "answer that, or take back" in page.text

    def test_one_s_own_yes_stands_with_its_place_and_the_way_back(self, sign_in, family, live, said):
        text = sign_in(family).get(f"/matches/{live[1]}").text
        assert "You are first in line." in text
        assert "Places are fixed at" in text
        assert f"/interests/{said}/take-back" in text


class TestWhileLooking:
    def test_right_after_posting_the_page_says_so_and_asks_again_by_itself(self, sign_in, family, live):
        client = sign_in(family)
        text = client.get(f"/matches/{live[1]}").text
        assert "We are looking for you right now" in text
        assert 'hx-trigger="every 5s"' in text
        assert client.get(f"/matches/{live[1]}", headers={"HX-Trigger": "looking"}).status_code == 204

    def test_it_looks_for_as_long_as_no_round_has_covered_the_post_and_no_longer(self, app, sign_in, family, clock):
        with read(app):
            asked = post(family, REQUEST, now=clock)
        client = sign_in(family)
        assert "We are looking for you right now" in client.get(f"/matches/{asked}").text
        with read(app):
            services.run_touched(now=clock)
        assert "Nothing is chosen for you right now" in client.get(f"/matches/{asked}").text
        with read(app):
            version = post_queries.post_by_public_id(asked).version
            posts.edit(family.identity, asked, replace(REQUEST, days=20), version=version, now=clock)
        assert "We are looking for you right now" in client.get(f"/matches/{asked}").text

    def test_what_is_new_is_said_once_where_a_screen_reader_hears_it(self, app, sign_in, family, live, clock):
        with read(app):
            services.run_round(now=clock)
        client = sign_in(family)
        news = r'id="chosen-said"[^>]*role="status">1 new for you<'
        assert re.search(news, client.get(f"/matches/{live[1]}").text)
        assert not re.search(news, client.get(f"/matches/{live[1]}").text)

    def test_an_open_page_that_asks_for_news_gets_an_empty_answer_while_there_is_none(
        self, app, sign_in, family, live, clock
    ):
        client, asks = sign_in(family), {"HX-Trigger": "match-news"}
        assert client.get(f"/matches/{live[1]}", headers=asks).status_code == 204
        with read(app):
            services.run_round(now=clock)
        assert "Read and say yes" in client.get(f"/matches/{live[1]}", headers=asks).text
        assert client.get(f"/matches/{live[1]}", headers=asks).status_code == 204

    def test_once_something_is_chosen_the_same_question_brings_it(self, app, sign_in, family, live, clock):
        with read(app):
            services.run_round(now=clock)
        answer = sign_in(family).get(f"/matches/{live[1]}", headers={"HX-Trigger": "looking"})
        assert answer.status_code == 200
        assert "Read and say yes" in answer.text

    def test_an_ill_baby_s_family_is_looked_for_by_nobody(self, app, sign_in, family, live, clock):
        with read(app):
            asked = post(family, REQUEST, term_and_healthy="no", now=clock)
            services.run_round(now=clock)
        for address in (f"/matches/{asked}", f"/matches/{asked}?show=all"):
            text = sign_in(family).get(address).text
            assert "Chosen for you" not in text
            assert "looking for you" not in text


class TestFilters:
    @pytest.mark.parametrize(
        ("query", "listed"),
        [
            pytest.param("", True, id="none"),
            pytest.param("supply=once", True, id="this supply"),
            pytest.param("supply=weekly", False, id="another supply"),
            pytest.param("storage=deep_freezer&storage=fridge", True, id="kept so"),
            pytest.param("storage=fresh", False, id="kept otherwise"),
            pytest.param("far=1", True, id="near enough"),
            pytest.param("least=3000", True, id="as much"),
            pytest.param("least=3000&supply=weekly", False, id="two of which one fails"),
            pytest.param("known=musts", True, id="every must is said"),
            pytest.param("known=all", True, id="nothing to ask"),
            pytest.param("stated=dairy", True, id="left out long before"),
            pytest.param("stated=soy", False, id="not said"),
            pytest.param("age=7", False, id="younger milk"),
        ],
    )
    def test_a_filter_keeps_what_passes_and_says_how_many(self, sign_in, family, live, query, listed):
        page = sign_in(family).get(f"/matches/{live[1]}?{query}")
        assert page.status_code == 200
        assert (f"/matches/pair/{live[0]}/{live[1]}" in page.text) is listed
        assert ("1 offer fits." if listed else "0 of the 1 that fit pass your filters.") in page.text
        assert ("No one passes these filters" in page.text) is not listed

    @pytest.mark.parametrize(
        "query", ["supply=spaceship", "storage=thawed", "far=x", "far=99", "least=-1", "age=1e9", "known=no"]
    )
    def test_a_filter_that_does_not_exist_is_told_and_narrows_nothing(self, sign_in, family, live, query):
        page = sign_in(family).get(f"/matches/{live[1]}?{query}")
        assert page.status_code == 422
        assert "Please look at the marked fields" in page.text
        assert f"/matches/pair/{live[0]}/{live[1]}" in page.text

    @pytest.mark.parametrize("hidden", ["medicines", "alcohol", "nicotine", "cannabis"])
    def test_no_filter_tells_what_only_the_disclosure_holds(self, sign_in, family, live, hidden):
        assert sign_in(family).get(f"/matches/{live[1]}?stated={hidden}").status_code == 422

    @pytest.mark.parametrize(("query", "listed"), [("far=1", True), ("least=3000", True), ("supply=weekly", True)])
    def test_a_donor_narrows_by_distance_and_amount_alone(self, sign_in, donor, live, query, listed):
        page = sign_in(donor).get(f"/matches/{live[0]}?show=all&{query}")
        assert page.status_code == 200
        assert (f"/matches/pair/{live[0]}/{live[1]}" in page.text) is listed
        assert 'name="supply"' not in page.text


class TestThePair:
    def test_the_disclosure_marks_each_wish_with_a_word(self, app, sign_in, donor, family, clock):
        with read(app):
            stated = (OFFER.facts[0], Fact("medicines", "uses"), Fact("caffeine", "uses", None, "to_300"))
            offer = post(donor, OFFER, facts=stated, now=clock)
            wishes = (Wish("dairy", "must", 14), Wish("soy", "must", 7), Wish("caffeine", "prefer", None, "to_100"))
            asked = post(family, REQUEST, wishes=wishes, now=clock)
        text = sign_in(family).get(f"/matches/pair/{offer}/{asked}").text
        for word in ("meets", "ask", "conflicts", "takes a medicine: ask", "more than asked for", "I have read"):
            assert word in text

    def test_a_stranger_finds_no_pair(self, sign_in, stranger, live):
        assert sign_in(stranger).get(f"/matches/pair/{live[0]}/{live[1]}").status_code == 404
        assert sign_in(stranger).get("/matches/pair/nothing/nothing").status_code == 404

    def test_a_family_says_yes_after_reading(self, app, sign_in, family, live):
        client = sign_in(family)
        page = client.get(f"/matches/pair/{live[0]}/{live[1]}").text
        version = re.search(r'name="version" type="hidden" value="(\d+)"', page)[1]
        typed = {"note": "Hello", "read": "y", "version": version}
        answer = client.post(f"/matches/pair/{live[0]}/{live[1]}/yes", data=typed)
        assert (answer.status_code, answer.location) == (302, "/matches/mine")
        text = client.get("/matches/mine").text
        assert "You are first in line." in text
        assert "Places are fixed at" in text

    @pytest.mark.parametrize(
        ("typed", "words"),
        [
            pytest.param({"note": "Kept words"}, "Please read it first", id="not read"),
            pytest.param({"note": "Kept words, $1 an oz", "read": "y"}, "never sold or paid for", id="money"),
            pytest.param({"note": "Kept words" + "x" * 500, "read": "y"}, "keep this to 500", id="too long"),
            pytest.param(
                {"note": "Kept words", "read": "y", "version": "77"}, "changed this offer", id="changed since"
            ),
        ],
    )
    def test_a_refused_yes_says_why_and_keeps_what_was_typed(self, sign_in, family, live, typed, words):
        answer = sign_in(family).post(f"/matches/pair/{live[0]}/{live[1]}/yes", data=typed)
        assert answer.status_code in {409, 422}
        assert words in answer.text
        assert "Kept words" in answer.text

    def test_a_strange_version_is_read_as_none(self, sign_in, family, live):
        typed = {"read": "y", "version": "9" * 40}
        assert sign_in(family).post(f"/matches/pair/{live[0]}/{live[1]}/yes", data=typed).status_code == 302

    def test_a_stranger_says_no_yes(self, sign_in, stranger, live):
        answer = sign_in(stranger).post(f"/matches/pair/{live[0]}/{live[1]}/yes", data={"read": "y"})
        assert answer.status_code == 404

    def test_a_donor_invites_and_takes_it_back(self, app, sign_in, donor, live):
        client = sign_in(donor)
        assert "Invite this family" in client.get(f"/matches/pair/{live[0]}/{live[1]}").text
        answer = client.post(f"/matches/pair/{live[0]}/{live[1]}/invite", data={"note": "Would this help?"})
        assert answer.location == f"/matches/{live[0]}"
        page = client.get(answer.location).text
        assert "You invited" in page
        assert "Would this help?" in page
        taken = client.post(re.search(r"/interests/[\w-]+/take-back", page)[0])
        assert taken.location == f"/matches/{live[0]}"

    def test_a_full_line_is_said_instead_of_a_form(self, app, sign_in, person, family, live, clock):
        others = [person(f"Other{number}") for number in range(10)]
        with read(app):
            for other in others:
                services.say_yes(other.identity, live[0], post(other, REQUEST, now=clock), now=clock)
        client = sign_in(family)
        assert (
            "As many families as can wait for this milk have said yes"
            in client.get(f"/matches/pair/{live[0]}/{live[1]}").text
        )
        answer = client.post(f"/matches/pair/{live[0]}/{live[1]}/yes", data={"read": "y"})
        assert answer.status_code == 429
        assert "As many families as can wait for this milk have already said yes" in answer.text

    def test_milk_against_a_must_has_no_button(self, app, sign_in, donor, family, live, clock):
        with read(app):
            against = post(donor, OFFER, facts=(Fact("dairy", "uses"),), now=clock)
        text = sign_in(family).get(f"/matches/pair/{against}/{live[1]}").text
        assert "against something you must have" in text
        assert "Yes, I would like this milk" not in text


class TestAnswers:
    def test_the_donor_reads_the_line_and_chooses(self, app, sign_in, donor, family, live, said):
        client = sign_in(donor)
        text = client.get(f"/matches/{live[0]}").text
        assert "Choose Fatima" in text
        assert "We live close by." in text
        answer = client.post(f"/interests/{said}/accept")
        assert (answer.status_code, answer.location) == (302, f"/messages/of/{said}")
        assert state_of(app, donor, said) == "accepted"
        assert "You are talking with" in client.get(f"/matches/{live[0]}").text
        assert "You both said yes" in sign_in(family).get(f"/matches/pair/{live[0]}/{live[1]}").text

    def test_the_pair_page_offers_both_answers(self, sign_in, donor, family, live, said):
        mine = sign_in(donor).get(f"/matches/pair/{live[0]}/{live[1]}").text
        assert "Yes, let us talk" in mine
        assert "No, thank you" in mine
        assert "Take it back" in sign_in(family).get(f"/matches/pair/{live[0]}/{live[1]}").text

    def test_declining_leads_back_to_the_line(self, app, sign_in, donor, family, live, said):
        answer = sign_in(donor).post(f"/interests/{said}/decline")
        assert answer.location == f"/matches/{live[0]}"
        assert "went to somebody else" in sign_in(family).get("/matches/mine").text

    def test_taking_back_leads_back_to_one_s_own_list(self, sign_in, family, live, said):
        answer = sign_in(family).post(f"/interests/{said}/take-back")
        assert answer.location == "/matches/mine"

    def test_an_invitation_is_answered_from_one_s_own_list(self, app, sign_in, donor, family, live, clock):
        with read(app):
            services.invite(donor.identity, *live, note="Would this help?", now=clock)
        text = sign_in(family).get("/matches/mine").text
        assert "Donors who invite you" in text
        assert "Would this help?" in text

    @pytest.mark.parametrize("answer", ["accept", "decline", "take-back"])
    def test_a_stranger_answers_nothing(self, app, sign_in, stranger, family, said, answer):
        assert sign_in(stranger).post(f"/interests/{said}/{answer}").status_code == 404
        assert state_of(app, family, said) == "open"

    @pytest.mark.parametrize("answer", ["accept", "decline", "take-back"])
    def test_no_answer_is_given_by_opening_an_address(self, sign_in, donor, said, answer):
        assert sign_in(donor).get(f"/interests/{said}/{answer}").status_code == 405

    @pytest.mark.parametrize("who", ["stranger", "family"])
    def test_nobody_else_reads_the_line(self, request, sign_in, who, live):
        assert sign_in(request.getfixturevalue(who)).get(f"/matches/{live[0]}").status_code == 404

    def test_the_fourth_family_waits_unseen_by_the_donor(self, app, sign_in, person, donor, live, clock):
        others = [person(f"Other{number}") for number in range(4)]
        with read(app):
            for other in others:
                services.say_yes(other.identity, live[0], post(other, REQUEST, now=clock), now=clock)
        text = sign_in(donor).get(f"/matches/{live[0]}").text
        assert "1 more family waits in line" in text
        assert "Other3" not in text
        assert "3 families before you." in sign_in(others[3]).get("/matches/mine").text

    def test_an_empty_list_says_what_happens_next(self, sign_in, stranger):
        assert "Nothing here yet" in sign_in(stranger).get("/matches/mine").text


def pages_of(live) -> list[str]:
    offer, request = live
    return ["/search", "/matches", f"/matches/{request}", f"/matches/pair/{offer}/{request}", "/matches/mine"]


def test_no_page_holds_a_coordinate_finer_than_two_decimals(app, sign_in, family, live, said):
    client = sign_in(family)
    for page in pages_of(live):
        text = re.sub(r"<svg.*?</svg>", "", client.get(page).text, flags=re.DOTALL)
        assert not re.search(r"(?<![\d.])-?\d{1,3}\.\d{3,}(?!\d)", text), page


def test_no_page_holds_points_or_exact_distances(app, sign_in, family, live, said):
    client = sign_in(family)
    for page in pages_of(live):
        words = re.sub(r"<script.*?</script>", "", client.get(page).text, flags=re.DOTALL)
        assert not re.search(r"\bpoints\b|\bscore\b", words), page
        assert not re.search(r"\d\.\d+ (?:km|mi)", words), page


def test_every_page_has_one_first_heading(app, sign_in, family, donor, live, said):
    pages = [(family, page) for page in pages_of(live)] + [(donor, f"/matches/{live[0]}")]
    for who, page in pages:
        assert sign_in(who).get(page).text.count("<h1") == 1, page
