"""What members find: near, fitting, in a fair order, and nothing about anybody's home or health."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.accounts import services as accounts
from app.accounts.queries import person as person_of
from app.geo.areas import AreaId, UnknownArea
from app.infra.areas.storage import load_catalogue
from app.infra.database import db
from app.kernel.errors import NotFound
from app.matching import queries, services
from app.matching.models import Interest
from app.matching.queries import nearby
from app.matching.rules.reasons import Kind
from app.matching.rules.sides import Strength
from app.matching.rules.sides import Wish as Asked
from app.posts import services as posts
from app.posts.rules import Fact, Wish
from tests.matching.conftest import OFFER, REQUEST, place, post
from tests.matching.laying import Laid, lay_out

AREA = AreaId(1)
pytestmark = [pytest.mark.usefixtures("in_app"), pytest.mark.both_databases]


def search(who, kind="offer", **more):
    more.setdefault("area", AREA)
    more.setdefault("radius", 40)
    return queries.search_nearby(who.identity, kind=kind, **more)


def listed(found) -> list[str]:
    return [match.card.public_id for match in found.matches]


class TestSearch:
    def test_a_member_without_a_post_finds_what_is_live_nearby(self, stranger, offer, request_id, now):
        assert listed(search(stranger, now=now)) == [offer]
        assert listed(search(stranger, "request", now=now)) == [request_id]

    def test_own_posts_are_not_found(self, donor, offer, now):
        assert search(donor, now=now).total == 0

    @pytest.mark.parametrize("blocker", ["donor", "stranger"])
    def test_blocked_people_do_not_exist_for_each_other(self, request, donor, stranger, offer, now, blocker):
        one, other = (donor, stranger) if blocker == "donor" else (stranger, donor)
        accounts.block(one.identity, person_of(other.id).public_id, now=now)
        assert search(stranger, now=now).total == 0

    def test_a_paused_post_and_a_closed_account_are_not_found(self, donor, person, stranger, offer, now):
        gone = person("Gina")
        post(gone, OFFER)
        accounts.deactivate(gone.id, now=now)
        posts.pause(donor.identity, offer, now=now)
        assert search(stranger, now=now).total == 0

    def test_both_travel_so_both_radii_count_and_the_limit_is_included(self, person, stranger, now):
        far = person("Maddy", area_id=place("Madison, WI"))
        found = post(far, replace(OFFER, travel_km=40))
        length = load_catalogue().distance(AREA, AreaId(place("Madison, WI")))
        assert listed(search(stranger, radius=length - 40, now=now)) == [found]
        assert listed(search(stranger, radius=length - 40.002, now=now)) == []

    def test_a_contradicted_filter_hides_an_unknown_is_something_to_ask(self, person, stranger, now):
        eats = post(person("Edda"), OFFER, facts=(Fact("dairy", "uses"),))
        silent = post(person("Sila"), OFFER, facts=())
        meets = post(person("Mira"), OFFER)
        found = search(stranger, wishes=(Asked("dairy", Strength.MUST, 14),), now=now)
        assert listed(found) == [meets, silent]
        assert eats not in listed(found)
        assert [[item.wish.attribute for item in match.asks] for match in found.matches] == [[], ["dairy"]]

    def test_many_offers_come_in_pages_and_a_page_beyond_is_the_last(self, person, stranger, now):
        for number in range(23):
            post(person(f"Donor{number}"), OFFER, now=now + timedelta(minutes=number))
        first, second = search(stranger, now=now), search(stranger, page=2, now=now)
        assert (first.total, first.pages, len(first.matches), len(second.matches)) == (23, 2, 20, 3)
        assert not set(listed(first)) & set(listed(second))
        assert search(stranger, page=99, now=now) == second
        assert search(stranger, page=-5, now=now) == first

    @pytest.mark.parametrize(("many", "hint"), [(5, "dairy"), (4, None)])
    def test_a_hint_about_food_needs_five_offers(self, person, stranger, now, many, hint):
        for number in range(many):
            post(person(f"Donor{number}"), OFFER, facts=(Fact("dairy", "uses"),))
        assert search(stranger, wishes=(Asked("dairy"),), now=now).hint == hint

    def test_there_is_never_a_hint_about_medicines(self, person, stranger, now):
        for number in range(6):
            post(person(f"Donor{number}"), OFFER, facts=(Fact("medicines", "uses"),))
        found = search(stranger, wishes=(Asked("medicines"),), now=now)
        assert (found.total, found.hint) == (0, None)

    def test_cards_name_no_medicine_and_no_substance(self, person, stranger, now):
        stated = (Fact("medicines", "uses"), Fact("alcohol", "avoids"), Fact("egg", "avoids"))
        post(person("Mira"), OFFER, facts=stated)
        assert [fact.attribute for fact in search(stranger, now=now).matches[0].card.facts] == ["egg"]

    def test_the_map_knows_areas_and_how_many_stand_in_each(self, person, stranger, now):
        for name in ("Mira", "Nora"):
            post(person(name), OFFER)
        (point,) = search(stranger, now=now).points
        assert (point.area_id, point.posts, point.band) == (AREA, 2, "same_area")
        assert (round(point.latitude, 2), round(point.longitude, 2)) == (point.latitude, point.longitude)

    def test_a_place_that_does_not_exist_is_not_found(self, stranger, in_app, now):
        with pytest.raises(UnknownArea):
            search(stranger, area=AreaId(10**9), now=now)


LIKE_THAT = [HealthCheck.function_scoped_fixture, HealthCheck.differing_executors]
"""A class of tests makes an instance for each database, which the library takes for another test."""


class TestTheIndex:
    @settings(max_examples=25, deadline=None, suppress_health_check=LIKE_THAT)
    @given(data=st.data())
    def test_the_index_finds_exactly_what_comparing_everybody_finds(self, in_app, data):
        """Posts all over the world; the ranges of the index against a comparison with every post."""
        catalogue = load_catalogue()
        everywhere = st.integers(1, len(catalogue)).map(AreaId)
        home = data.draw(everywhere)
        around = st.sampled_from(catalogue.areas_within(home, 400))
        placed = data.draw(
            st.lists(st.tuples(everywhere | around, st.sampled_from([0, 5, 25, 80, 120, 600])), max_size=8)
        )
        radius = data.draw(st.sampled_from([0, 10, 60, 120, 300]))
        self.refill(placed)
        found = {near.post_id for near in nearby.posts_near("offer", home, radius)}
        expected = {
            number for number, (area, travel) in enumerate(placed, 1) if catalogue.within(home, area, radius + travel)
        }
        assert found == expected

    @staticmethod
    def refill(placed):
        lay_out([Laid(area=area, travel=travel) for area, travel in placed])


class TestMatches:
    def test_a_request_gets_its_offers_best_first_with_reasons(self, person, family, request_id, now):
        unsaid = post(person("Sila"), OFFER, facts=())
        meets = post(person("Mira"), OFFER)
        found = queries.matches_for(family.identity, request_id, now=now)
        assert listed(found) == [meets, unsaid]
        assert [reason.kind for reason in found.matches[0].reasons][:2] == [Kind.FIRST_MILK, Kind.DISTANCE]
        assert [item.wish.attribute for item in found.matches[1].asks] == ["dairy"]
        assert found.points[0].posts == 2

    def test_an_offer_gets_its_requests(self, donor, offer, request_id, now):
        assert listed(queries.matches_for(donor.identity, offer, now=now)) == [request_id]

    @pytest.mark.parametrize("who", ["stranger", "donor"])
    def test_nobody_sees_another_s_matches(self, request, who, request_id, now):
        with pytest.raises(NotFound):
            queries.matches_for(request.getfixturevalue(who).identity, request_id, now=now)

    def test_a_conflict_with_a_must_is_never_shown(self, person, family, request_id, now):
        post(person("Edda"), OFFER, facts=(Fact("dairy", "uses"),))
        found = queries.matches_for(family.identity, request_id, now=now)
        assert (found.matches, found.outside, found.hint) == ((), (), None)

    def test_five_offers_that_state_dairy_are_worth_a_hint_to_the_family_only(self, person, family, request_id, now):
        donors = [person(f"Donor{number}") for number in range(5)]
        offers = [post(donor, OFFER, facts=(Fact("dairy", "uses"),)) for donor in donors]
        assert queries.matches_for(family.identity, request_id, now=now).hint == "dairy"
        assert queries.matches_for(donors[0].identity, offers[0], now=now).hint is None

    def test_a_family_that_does_not_ask_hears_how_many_it_leaves_out(self, person, family, now):
        quiet = post(family, REQUEST, accepts_asks=False)
        post(person("Sila"), OFFER, facts=())
        found = queries.matches_for(family.identity, quiet, now=now)
        assert (found.matches, found.asking_would_add) == ((), 1)

    def test_an_immediate_allergy_gets_no_proposals_on_either_side(self, donor, family, offer, now):
        allergic = post(family, REQUEST, immediate_allergy=True)
        found = queries.matches_for(family.identity, allergic, now=now)
        assert (found.only_search, found.matches) == (True, ())
        assert listed(queries.matches_for(donor.identity, offer, now=now)) == []

    def test_a_paused_post_has_no_matches(self, donor, offer, request_id, now):
        posts.pause(donor.identity, offer, now=now)
        assert queries.matches_for(donor.identity, offer, now=now).matches == ()

    def test_nothing_in_reach_shows_the_nearest_just_outside(self, person, family, now):
        near, catalogue = AreaId(place("Sacramento, CA")), load_catalogue()
        far = next(area for area in catalogue.areas_within(near, 60) if 12 < catalogue.distance(near, area) < 60)
        asking = person("Saskia", area_id=near)
        asked = post(asking, REQUEST, travel_km=5)
        outside = post(person("Otis", area_id=far), OFFER, travel_km=5)
        post(person("Edda", area_id=far), OFFER, travel_km=5, facts=(Fact("dairy", "uses"),))
        found = queries.matches_for(asking.identity, asked, now=now)
        assert found.matches == ()
        assert [match.card.public_id for match in found.outside] == [outside]

    def test_what_was_declined_or_accepted_is_not_listed_and_an_open_yes_is_marked(
        self, family, person, request_id, now
    ):
        donors = [person(f"Donor{number}") for number in range(3)]
        offers = [post(donor, OFFER) for donor in donors]
        said = [services.say_yes(family.identity, offer, request_id, now=now) for offer in offers]
        services.decline(donors[0].identity, said[0], now=now)
        services.accept(donors[1].identity, said[1], now=now)
        found = queries.matches_for(family.identity, request_id, now=now)
        assert [(match.card.public_id, match.said) for match in found.matches] == [(offers[2], "open")]

    def test_a_family_that_had_milk_before_is_no_longer_first(self, donor, family, offer, request_id, now):
        first = queries.matches_for(donor.identity, offer, now=now)
        earlier = post(family, REQUEST)
        posts.fulfil(db.session.scalar(select(posts.rows.Post.id).where(posts.rows.Post.public_id == earlier)), now=now)
        later = queries.matches_for(donor.identity, offer, now=now)
        assert Kind.FIRST_MILK in {reason.kind for reason in first.matches[0].reasons}
        assert Kind.FIRST_MILK not in {reason.kind for reason in later.matches[0].reasons}

    def test_an_irrelevant_post_changes_nobody_s_list(self, person, family, offer, request_id, now):
        before = queries.matches_for(family.identity, request_id, now=now).matches
        post(person("Maddy", area_id=place("Madison, WI")), OFFER)
        post(person("Ida"), REQUEST)
        assert queries.matches_for(family.identity, request_id, now=now).matches == before

    def test_two_homes_in_one_area_get_the_same_list(self, person, offer, now):
        lists = []
        for name in ("Anna", "Berta"):
            who = person(name)
            found = queries.matches_for(who.identity, post(who, REQUEST), now=now)
            lists.append((found.matches, found.points, found.hint))
        assert lists[0] == lists[1]


class TestTheLine:
    def test_the_donor_sees_the_best_three_and_how_many_wait(self, donor, line, offer, now):
        waiting = line(5)
        found = queries.interests_for_offer(donor.identity, offer, now=now)
        assert [entry.interest.public_id for entry in found.shown] == [said for _, said in waiting[:3]]
        assert (found.others, found.talking, found.invited, found.suggested) == (2, (), (), ())
        assert found.shown[0].match.reasons

    def test_declining_one_brings_up_the_next(self, donor, line, offer, now):
        waiting = line(4)
        services.decline(donor.identity, waiting[0][1], now=now)
        found = queries.interests_for_offer(donor.identity, offer, now=now)
        assert [entry.interest.public_id for entry in found.shown] == [said for _, said in waiting[1:]]

    def test_inside_a_round_the_better_fit_stands_first(self, donor, offer, families, now):
        ((weak, weak_request),) = families(1, wishes=(Wish("soy", "must", 7),))
        ((strong, strong_request),) = families(1)
        behind = services.say_yes(weak.identity, offer, weak_request, now=now)
        first = services.say_yes(strong.identity, offer, strong_request, now=now + timedelta(minutes=9))
        found = queries.interests_for_offer(donor.identity, offer, now=now)
        assert [entry.interest.public_id for entry in found.shown] == [first, behind]

    def test_a_later_round_never_overtakes(self, donor, offer, families, now):
        ((weak, weak_request),) = families(1, wishes=(Wish("soy", "must", 7),))
        ((strong, strong_request),) = families(1)
        first = services.say_yes(weak.identity, offer, weak_request, now=now)
        behind = services.say_yes(strong.identity, offer, strong_request, now=now + timedelta(hours=6))
        found = queries.interests_for_offer(donor.identity, offer, now=now)
        assert [entry.interest.public_id for entry in found.shown] == [first, behind]

    def test_a_donor_with_nobody_waiting_sees_two_to_invite(self, donor, offer, families, now):
        families(3)
        found = queries.interests_for_offer(donor.identity, offer, now=now)
        assert (len(found.suggested), found.shown) == (2, ())

    def test_those_invited_and_chosen_stand_apart(self, donor, offer, families, now):
        (one, one_request), (two, two_request) = families(2)
        services.invite(donor.identity, offer, one_request, now=now)
        services.accept(donor.identity, services.say_yes(two.identity, offer, two_request, now=now), now=now)
        found = queries.interests_for_offer(donor.identity, offer, now=now)
        assert [entry.family_name for entry in found.invited] == [one.display_name]
        assert [entry.family_name for entry in found.talking] == [two.display_name]

    def test_a_blocked_family_leaves_the_line_unseen(self, donor, line, offer, now):
        waiting = line(2)
        accounts.block(donor.identity, person_of(waiting[0][0].id).public_id, now=now)
        found = queries.interests_for_offer(donor.identity, offer, now=now)
        assert [entry.interest.public_id for entry in found.shown] == [waiting[1][1]]

    @pytest.mark.parametrize("who", ["stranger", "family"])
    def test_nobody_sees_another_s_line(self, request, who, offer, now):
        with pytest.raises(NotFound):
            queries.interests_for_offer(request.getfixturevalue(who).identity, offer, now=now)


class TestMine:
    def test_each_family_reads_its_honest_place(self, line, now):
        places = [queries.my_interests(who.identity, now=now).yeses[0].before for who, _ in line(4)]
        assert places == [0, 1, 2, 3]

    def test_the_place_is_fixed_when_the_round_is_over(self, line, now):
        ((who, _),) = line(1)
        during = queries.my_interests(who.identity, now=now + timedelta(hours=1)).yeses[0]
        after = queries.my_interests(who.identity, now=now + timedelta(hours=6)).yeses[0]
        assert during.fixed_at is not None
        assert now < during.fixed_at <= now + timedelta(hours=6)
        assert after.fixed_at is None

    def test_open_and_answered_stand_apart(self, donor, family, person, offer, request_id, now):
        other = person("Nora")
        services.invite(other.identity, post(other, OFFER), request_id, now=now)
        services.decline(donor.identity, services.say_yes(family.identity, offer, request_id, now=now), now=now)
        mine = queries.my_interests(family.identity, now=now)
        assert [one.donor_name for one in mine.invitations] == ["Nora"]
        assert [one.interest.state for one in mine.answered] == ["declined"]
        assert mine.yeses == ()
        assert mine.invitations[0].before is None

    def test_a_blocked_donor_is_gone(self, donor, family, offer, request_id, now):
        services.say_yes(family.identity, offer, request_id, now=now)
        accounts.block(donor.identity, person_of(family.id).public_id, now=now)
        mine = queries.my_interests(family.identity, now=now)
        assert (mine.yeses, mine.answered) == ((), ())


class TestThePair:
    def test_both_sides_read_the_disclosure(self, donor, family, offer, request_id, now):
        theirs = queries.pair(family.identity, offer, request_id, now=now)
        mine = queries.pair(donor.identity, offer, request_id, now=now)
        assert (theirs.mine, theirs.other_name, theirs.other.kind) == ("family", "Dana", "offer")
        assert (mine.mine, mine.other_name, mine.other.kind) == ("donor", "Fatima", "request")
        assert [item.wish.attribute for item in theirs.fit.meets] == ["dairy"]
        assert (theirs.refusals, theirs.interest, theirs.full) == ((), None, False)

    def test_a_feasible_family_reads_every_class_the_donor_states(self, donor, family, request_id, now):
        stated = (Fact("dairy", "avoids", OFFER.facts[0].since), Fact("medicines", "uses"))
        open_offer = post(donor, OFFER, facts=stated)
        seen = queries.pair(family.identity, open_offer, request_id, now=now)
        assert {fact.attribute for fact in seen.facts} == {"dairy", "medicines"}

    def test_a_family_that_cannot_have_the_milk_reads_nothing_about_health(self, donor, family, request_id, now):
        against = post(donor, OFFER, facts=(Fact("dairy", "uses"), Fact("medicines", "uses")))
        seen = queries.pair(family.identity, against, request_id, now=now)
        assert [fact.attribute for fact in seen.facts] == ["dairy"]
        assert seen.refusals == ("conflict",)
        assert len(queries.pair(donor.identity, against, request_id, now=now).facts) == 2

    def test_strangers_and_blocked_people_find_no_pair(self, donor, family, stranger, offer, request_id, now):
        with pytest.raises(NotFound):
            queries.pair(stranger.identity, offer, request_id, now=now)
        accounts.block(family.identity, person_of(donor.id).public_id, now=now)
        with pytest.raises(NotFound):
            queries.pair(family.identity, offer, request_id, now=now)

    def test_a_post_taken_out_of_sight_is_only_there_for_those_who_met_it(self, donor, family, offer, request_id, now):
        posts.pause(donor.identity, offer, now=now)
        with pytest.raises(NotFound):
            queries.pair(family.identity, offer, request_id, now=now)
        posts.resume(donor.identity, offer, now=now)
        services.say_yes(family.identity, offer, request_id, now=now)
        posts.pause(donor.identity, offer, now=now)
        assert queries.pair(family.identity, offer, request_id, now=now).interest.state == "open"

    def test_one_s_own_two_posts_are_no_pair(self, donor, offer, now):
        with pytest.raises(NotFound):
            queries.pair(donor.identity, offer, post(donor, REQUEST), now=now)

    def test_a_full_line_is_said_before_the_yes(self, family, line, offer, request_id, now):
        line(10)
        assert queries.pair(family.identity, offer, request_id, now=now).full


class TestAnInterest:
    def test_the_unknowns_become_questions(self, donor, family, offer, now):
        asked = post(
            family, REQUEST, wishes=(Wish("soy", "must", 7), Wish("medicines", "prefer"), Wish("dairy", "must", 14))
        )
        said = services.say_yes(family.identity, offer, asked, now=now)
        view = queries.interest_by_public_id(donor.identity, said)
        assert set(view.asks) == {"soy", "medicines"}
        assert queries.interest(view.id) == view

    def test_strangers_do_not_find_it(self, family, stranger, offer, request_id, now):
        said = services.say_yes(family.identity, offer, request_id, now=now)
        for public_id in (said, "nothing"):
            with pytest.raises(NotFound):
                queries.interest_by_public_id(stranger.identity, public_id)
        with pytest.raises(NotFound):
            queries.interest(10**6)

    def test_there_is_one_row_for_a_pair(self, family, offer, request_id, now):
        said = services.say_yes(family.identity, offer, request_id, now=now)
        assert db.session.scalars(select(Interest.public_id)).all() == [said]
