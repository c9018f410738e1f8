"""Rounds: what is put before whom, how long, what a family sees, and what a quiet no does."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from app.accounts import services as accounts
from app.accounts.models import User
from app.accounts.queries import person as person_of
from app.infra import jobs
from app.infra.database import db
from app.infra.jobs import Job
from app.infra.transaction import transaction
from app.kernel.errors import Conflict, NotFound
from app.matching import queries, services
from app.matching.models import Proposal, Round, TouchedPost
from app.notifications.models import Notice
from app.notifications.services import open_all
from app.posts import queries as post_queries
from app.posts import services as posts
from app.posts.rules import Fact
from tests.matching.conftest import OFFER, REQUEST, post

pytestmark = [pytest.mark.usefixtures("in_app"), pytest.mark.both_databases]

HOUR = timedelta(hours=1)


def on_page(family, asked, now) -> list[str]:
    db.session.rollback()
    return [match.card.public_id for match in queries.page_of_request(family.identity, asked, now=now).shown]


def states() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Proposal.state).order_by(Proposal.id)))


def kinds_of(who) -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Notice.kind).where(Notice.user_id == who.id).order_by(Notice.id)))


class TestAFullRound:
    def test_a_fitting_offer_stands_on_the_family_s_page(self, family, offer, request_id, now):
        result = services.run_round(now=now)
        assert (result.offers, result.requests, result.candidates, result.chosen) == (1, 1, 1, 1)
        assert on_page(family, request_id, now) == [offer]

    def test_held_twice_in_its_six_hours_it_does_nothing_the_second_time(self, offer, request_id, now):
        first = services.run_round(now=now)
        again = services.run_round(now=now + timedelta(minutes=5))
        assert again.repeated
        assert (again.round_id, again.digest, again.chosen) == (first.round_id, first.digest, first.chosen)
        assert db.session.scalar(select(func.count()).select_from(Round)) == 1

    def test_the_next_six_hours_have_a_round_of_their_own_that_repeats_nothing(self, offer, request_id, now):
        services.run_round(now=now)
        result = services.run_round(now=now + 6 * HOUR)
        assert (result.repeated, result.chosen, states()) == (False, 0, ["shown"])

    def test_two_plans_of_one_slot_are_carried_out_once(self, offer, request_id, now):
        plans = [services.plan_round(now=now) for _ in range(2)]
        assert [services.carry_out(plan, now=now).repeated for plan in plans] == [False, True]
        assert states() == ["shown"]

    def test_an_empty_site_has_an_empty_round(self, now):
        result = services.run_round(now=now)
        assert (result.offers, result.requests, result.candidates, result.chosen) == (0, 0, 0, 0)

    def test_the_best_offer_stands_first_and_no_page_holds_more_than_eight(self, person, family, request_id, now):
        for number in range(12):
            post(person(f"Donor{number}"), OFFER, volume_ml=1000 + 100 * number)
        services.run_round(now=now)
        shown = on_page(family, request_id, now)
        assert 1 <= len(shown) <= 8
        assert db.session.scalar(select(func.count()).select_from(Proposal)) == len(shown)

    def test_no_offer_stands_before_more_than_ten_families(self, offer, families, now):
        families(14)
        services.run_round(now=now)
        services.run_round(now=now + 6 * HOUR)
        assert states() == ["shown"] * 10

    def test_open_yeses_take_places_at_the_offer_too(self, offer, families, now):
        cast = families(14)
        for who, asked in cast[:4]:
            services.say_yes(who.identity, offer, asked, now=now)
        services.run_round(now=now)
        assert len(states()) == 6


class TestWhoNeverAppears:
    @pytest.mark.parametrize(
        "changes",
        [
            pytest.param({"immediate_allergy": True}, id="an immediate allergy"),
            pytest.param({"term_and_healthy": "no"}, id="a preterm or ill baby"),
            pytest.param({"stock_ml": 6000}, id="ten days of milk in the freezer"),
        ],
    )
    def test_some_families_see_only_what_they_look_for(self, family, offer, now, changes):
        post(family, REQUEST, **changes)
        assert services.run_round(now=now).chosen == 0

    def test_a_family_with_little_less_than_ten_days_of_milk_takes_part(self, family, offer, now):
        post(family, REQUEST, stock_ml=5990)
        assert services.run_round(now=now).chosen == 1

    def test_a_quiet_request_wakes_by_itself(self, family, offer, now):
        post(family, REQUEST, stock_ml=6500)
        assert services.run_round(now=now).chosen == 0
        assert services.run_round(now=now + timedelta(days=1)).chosen == 1

    @pytest.mark.parametrize("blocker", ["donor", "family"])
    def test_blocked_people_whoever_blocked_whom(self, request, donor, family, offer, request_id, now, blocker):
        one, other = (donor, family) if blocker == "donor" else (family, donor)
        accounts.block(one.identity, person_of(other.id).public_id, now=now)
        assert services.run_round(now=now).chosen == 0

    def test_one_s_own_post(self, donor, offer, now):
        post(donor, REQUEST)
        assert services.run_round(now=now).chosen == 0

    def test_a_paused_post(self, donor, offer, request_id, now):
        posts.pause(donor.identity, offer, now=now)
        assert services.run_round(now=now).chosen == 0

    def test_an_offer_against_a_must(self, donor, request_id, now):
        post(donor, OFFER, facts=(Fact("dairy", "uses"),))
        assert services.run_round(now=now).chosen == 0

    def test_somebody_whose_account_is_shut(self, donor, offer, request_id, now):
        with transaction() as session:
            session.execute(update(User).where(User.id == donor.id).values(active=False))
        assert services.run_round(now=now).chosen == 0

    @pytest.mark.parametrize("how", ["decline", "take_back", "accept"])
    def test_a_pair_that_spoke_already(self, donor, family, offer, request_id, now, how):
        said = services.say_yes(family.identity, offer, request_id, now=now)
        who = family if how == "take_back" else donor
        getattr(services, how)(who.identity, said, now=now)
        assert services.run_round(now=now).chosen == 0

    def test_a_pair_whose_milk_was_gone_and_came_back_is_free_again(self, donor, family, offer, request_id, now):
        services.say_yes(family.identity, offer, request_id, now=now)
        services.close_open_interests(post_queries.post_by_public_id(offer).id, reason="expired", now=now)
        assert services.run_round(now=now).chosen == 1

    def test_a_newcomer_who_wrote_to_enough_people_today(self, person, family, offer, request_id, now):
        for number in range(3):
            services.say_yes(family.identity, post(person(f"D{number}"), OFFER), request_id, now=now)
        with transaction() as session:
            session.execute(update(User).where(User.id == family.id).values(trust=0))
        assert services.run_round(now=now).chosen == 0
        assert services.run_round(now=now + timedelta(days=1)).chosen == 1

    def test_a_family_with_eight_open_yeses(self, person, family, offer, request_id, now):
        for number in range(8):
            services.say_yes(family.identity, post(person(f"D{number}"), OFFER), request_id, now=now)
        assert services.run_round(now=now).chosen == 0


class TestWhatHappenedSinceThePlan:
    """A round is worked out without locks; what changed meanwhile is looked at again."""

    def test_a_post_that_closed_is_left_out(self, donor, offer, request_id, now):
        plan = services.plan_round(now=now)
        posts.pause(donor.identity, offer, now=now)
        assert services.carry_out(plan, now=now).chosen == 0

    def test_a_pair_that_spoke_is_left_out(self, family, offer, request_id, now):
        plan = services.plan_round(now=now)
        services.say_yes(family.identity, offer, request_id, now=now)
        assert services.carry_out(plan, now=now).chosen == 0

    def test_two_who_parted_are_left_out(self, donor, family, offer, request_id, now):
        plan = services.plan_round(now=now)
        accounts.block(donor.identity, person_of(family.id).public_id, now=now)
        assert services.carry_out(plan, now=now).chosen == 0

    def test_places_taken_meanwhile_are_not_given_twice(self, offer, families, now):
        cast = families(14)
        plan = services.plan_round(now=now)
        planned = {one.request.public_id for one in plan.chosen}
        others = [(who, asked) for who, asked in cast if asked not in planned]
        for who, asked in others[:4]:
            services.say_yes(who.identity, offer, asked, now=now)
        assert (len(planned), services.carry_out(plan, now=now).chosen) == (10, 6)

    def test_a_family_that_reached_its_most_yeses_is_left_out(self, person, family, offer, request_id, now):
        others = [post(person(f"D{number}"), OFFER) for number in range(8)]
        plan = services.plan_round(now=now)
        for other in others:
            services.say_yes(family.identity, other, request_id, now=now)
        assert services.carry_out(plan, now=now).chosen == 0


class TestLapse:
    def test_what_nobody_looked_at_leaves_the_page_after_three_days_and_is_free_a_round_later(
        self, family, offer, request_id, now
    ):
        services.run_round(now=now)
        assert services.run_round(now=now + 66 * HOUR).lapsed == 0
        over = services.run_round(now=now + 72 * HOUR)
        assert (over.lapsed, over.chosen, states()) == (1, 0, ["lapsed"])
        assert services.run_round(now=now + 78 * HOUR).chosen == 1
        assert states() == ["shown"]

    def test_what_was_looked_at_stays_three_days_more_and_rests_a_fortnight(self, family, offer, request_id, now):
        services.run_round(now=now)
        services.mark_seen(family.identity, request_id, now=now + 60 * HOUR)
        assert services.run_round(now=now + 126 * HOUR).lapsed == 0
        assert services.run_round(now=now + 132 * HOUR).lapsed == 1
        assert services.run_round(now=now + 132 * HOUR + timedelta(days=13, hours=18)).chosen == 0

    def test_the_end_of_a_post_takes_it_off_the_pages_at_once(self, donor, family, offer, request_id, now):
        services.run_round(now=now)
        posts.withdraw(donor.identity, offer, now=now)
        assert (on_page(family, request_id, now), states()) == ([], ["closed"])

    def test_a_block_hides_it_at_once_and_the_next_round_closes_it(self, donor, family, offer, request_id, now):
        services.run_round(now=now)
        accounts.block(donor.identity, person_of(family.id).public_id, now=now)
        assert on_page(family, request_id, now) == []
        services.run_round(now=now + 6 * HOUR)
        assert states() == ["closed"]

    def test_what_fits_no_more_is_not_shown(self, donor, family, offer, request_id, now):
        services.run_round(now=now)
        version = post_queries.post_by_public_id(offer).version
        posts.edit(donor.identity, offer, replace(OFFER, facts=(Fact("dairy", "uses"),)), version=version, now=now)
        assert on_page(family, request_id, now) == []


class TestThePage:
    def test_nobody_sees_another_family_s_page(self, stranger, request_id, now):
        with pytest.raises(NotFound):
            queries.page_of_request(stranger.identity, request_id, now=now)

    def test_a_paused_request_is_shown_nothing(self, family, offer, request_id, now):
        services.run_round(now=now)
        posts.pause(family.identity, request_id, now=now)
        assert on_page(family, request_id, now) == []

    def test_what_was_not_looked_at_counts_as_new_once(self, family, offer, request_id, now):
        services.run_round(now=now)
        assert queries.page_of_request(family.identity, request_id, now=now).new == 1
        assert services.mark_seen(family.identity, request_id, now=now) == 1
        assert services.mark_seen(family.identity, request_id, now=now) == 0
        assert queries.page_of_request(family.identity, request_id, now=now).new == 0

    def test_nobody_looks_at_a_page_for_somebody_else(self, stranger, offer, request_id, now):
        services.run_round(now=now)
        with pytest.raises(NotFound):
            services.mark_seen(stranger.identity, request_id, now=now)

    def test_a_yes_moves_from_what_is_shown_to_what_waits_with_its_place(
        self, family, other_family, offer, request_id, now
    ):
        services.run_round(now=now)
        services.say_yes(other_family.identity, offer, post(other_family, REQUEST), now=now - 6 * HOUR)
        services.say_yes(family.identity, offer, request_id, now=now)
        page = queries.page_of_request(family.identity, request_id, now=now)
        assert (page.shown, [one.before for one in page.waits]) == ((), [1])
        assert "answered" in states()


class TestTheDesk:
    def test_a_donor_meets_three_and_knows_how_many_stand_behind(self, donor, offer, line, now):
        line(5)
        desk = queries.desk_of_offer(donor.identity, offer, now=now)
        assert (len(desk.waiting), desk.behind, desk.suggestions) == (3, 2, ())

    def test_while_nobody_waits_two_families_are_suggested(self, donor, offer, families, now):
        families(4)
        desk = queries.desk_of_offer(donor.identity, offer, now=now)
        assert (desk.waiting, len(desk.suggestions)) == ((), 2)

    def test_a_fragile_baby_s_family_is_suggested_to_nobody(self, donor, offer, families, now):
        families(2, term_and_healthy="no")
        assert queries.desk_of_offer(donor.identity, offer, now=now).suggestions == ()

    def test_nobody_else_s_desk_opens(self, stranger, offer, now):
        with pytest.raises(NotFound):
            queries.desk_of_offer(stranger.identity, offer, now=now)


class TestPassingOn:
    def test_a_pass_takes_it_off_the_page_for_good_and_tells_nobody(self, donor, family, offer, request_id, now):
        services.run_round(now=now)
        services.pass_on(family.identity, offer, request_id, now=now)
        services.pass_on(family.identity, offer, request_id, now=now)
        assert (on_page(family, request_id, now), states()) == ([], ["declined"])
        assert services.run_round(now=now + timedelta(days=30)).chosen == 0
        assert kinds_of(donor) == []

    def test_a_donor_passes_on_a_suggestion_that_no_round_made(self, donor, family, offer, request_id, now):
        services.pass_on(donor.identity, offer, request_id, now=now)
        assert queries.desk_of_offer(donor.identity, offer, now=now).suggestions == ()
        assert services.run_round(now=now).chosen == 0
        ids = [post_queries.post_by_public_id(each).id for each in (offer, request_id)]
        assert queries.passed_with(ids[0]) == {ids[1]}
        assert queries.passed_with(ids[1]) == {ids[0]}

    def test_the_other_cannot_undo_a_pass(self, donor, family, offer, request_id, now):
        services.pass_on(donor.identity, offer, request_id, now=now)
        with pytest.raises(Conflict) as refused:
            services.say_yes(family.identity, offer, request_id, now=now)
        assert refused.value.code == "spent"

    def test_one_s_own_pass_may_be_thought_over(self, donor, family, offer, request_id, now):
        services.pass_on(family.identity, offer, request_id, now=now)
        services.say_yes(family.identity, offer, request_id, now=now)
        assert states() == ["answered"]

    def test_strangers_pass_on_nothing(self, stranger, offer, request_id, now):
        with pytest.raises(NotFound):
            services.pass_on(stranger.identity, offer, request_id, now=now)

    def test_two_posts_of_one_person_are_no_pair(self, donor, offer, now):
        with pytest.raises(NotFound):
            services.pass_on(donor.identity, offer, post(donor, REQUEST), now=now)

    def test_a_word_that_waits_is_answered_and_not_passed_on(self, donor, family, offer, request_id, now):
        services.say_yes(family.identity, offer, request_id, now=now)
        with pytest.raises(Conflict) as refused:
            services.pass_on(donor.identity, offer, request_id, now=now)
        assert refused.value.code == "answer_first"


class TestNews:
    def test_one_notice_for_everything_new_on_a_page_and_none_while_it_is_unread(
        self, person, family, donor, offer, request_id, now
    ):
        services.run_round(now=now)
        jobs.run_due(now=now)
        post(person("Nora"), OFFER, now=now + 6 * HOUR)
        services.run_round(now=now + 6 * HOUR)
        jobs.run_due(now=now + 7 * HOUR)
        assert len(on_page(family, request_id, now + 7 * HOUR)) == 2
        assert kinds_of(family) == ["matches_new"]
        assert kinds_of(donor) == []

    def test_once_read_the_next_news_is_told(self, person, family, offer, request_id, now):
        services.run_round(now=now)
        jobs.run_due(now=now)
        open_all(family.identity, now=now)
        post(person("Nora"), OFFER, now=now + 6 * HOUR)
        jobs.run_due(now=now + 7 * HOUR)
        assert kinds_of(family) == ["matches_new"] * 2

    def test_a_page_that_was_looked_at_before_the_notice_gets_none(self, family, offer, request_id, now):
        services.run_round(now=now)
        services.mark_seen(family.identity, request_id, now=now)
        with transaction() as session:
            session.execute(update(Job).where(Job.kind == "matching.micro_round").values(state="done", ended_at=now))
        jobs.run_due(now=now)
        assert kinds_of(family) == []


class TestMicroRounds:
    def test_a_new_post_is_looked_at_at_once(self, family, offer, request_id, now):
        jobs.run_due(now=now)
        assert on_page(family, request_id, now) == [offer]
        assert db.session.scalar(select(func.count()).select_from(TouchedPost)) == 0

    def test_it_only_adds(self, person, family, offer, request_id, now):
        jobs.run_due(now=now)
        kept = db.session.scalars(select(Proposal.shown_at)).one()
        newer = post(person("Nora"), OFFER, now=now + HOUR)
        jobs.run_due(now=now + HOUR)
        assert set(on_page(family, request_id, now + HOUR)) == {offer, newer}
        assert min(db.session.scalars(select(Proposal.shown_at))) == kept

    def test_other_pairs_are_left_to_the_full_round(self, person, family, other_family, offer, request_id, now):
        asked = post(other_family, REQUEST)
        own = post_queries.post_by_public_id(asked).id
        assert services.micro_round([own], now=now).chosen == 1
        assert on_page(family, request_id, now) == []

    @pytest.mark.parametrize(("stock", "waits"), [(1799, False), (1800, True)])
    def test_an_edit_waits_some_minutes_except_for_a_family_whose_milk_ends(self, family, offer, now, stock, waits):
        asked = post(family, REQUEST, stock_ml=stock)
        with transaction() as session:
            session.execute(update(Job).values(state="done", ended_at=now))
        read = post_queries.own_post(family.identity, asked)
        posts.edit(family.identity, asked, post_queries.draft_of(read), version=read.version, now=now)
        queued = db.session.scalar(select(func.count()).select_from(Job).where(Job.state == "queued"))
        assert queued == (0 if waits else 1)
        assert jobs.registry().periods[services.MICRO_ROUND] <= timedelta(minutes=10)

    def test_after_a_decline_both_look_for_others_within_ten_minutes(
        self, donor, family, other_family, offer, request_id, now
    ):
        said = services.say_yes(family.identity, offer, request_id, now=now)
        jobs.run_due(now=now)
        services.decline(donor.identity, said, now=now)
        touched = set(db.session.scalars(select(TouchedPost.post_id)))
        assert touched == {post_queries.post_by_public_id(each).id for each in (offer, request_id)}
        jobs.enqueue_periodic(now=now + timedelta(minutes=10))
        jobs.run_due(now=now + timedelta(minutes=10))
        assert db.session.scalar(select(func.count()).select_from(TouchedPost)) == 0

    def test_nothing_touched_is_no_round(self, now):
        services.run_touched(now=now)
        assert db.session.scalar(select(func.count()).select_from(Round)) == 0


class TestTheOpenMap:
    @pytest.mark.parametrize(("hours", "there"), [(35.9, False), (36, True)])
    def test_an_offer_joins_it_after_thirty_six_hours(self, offer, now, hours, there):
        read = post_queries.post_by_public_id(offer)
        assert queries.on_open_map(read, now=now + hours * HOUR) is there

    def test_a_request_or_a_paused_offer_never_stands_there(self, donor, offer, request_id, now):
        later = now + 40 * HOUR
        assert not queries.on_open_map(post_queries.post_by_public_id(request_id), now=later)
        posts.pause(donor.identity, offer, now=now)
        db.session.rollback()
        assert not queries.on_open_map(post_queries.post_by_public_id(offer), now=later)
