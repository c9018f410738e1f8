"""A donor's choice, the meeting that follows or falls through, and a donor nobody hears from."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.accounts import services as accounts
from app.accounts.queries import person as person_of
from app.handoffs import services as handoffs
from app.handoffs.rules.amounts import Condition
from app.handoffs.rules.lots import NewLot
from app.handoffs.rules.plan import HandoffDraft
from app.handoffs.rules.states import CancelReason
from app.infra import jobs
from app.infra.database import db
from app.infra.jobs import Job
from app.kernel.access import Identity
from app.kernel.errors import NotFound
from app.kernel.quantities import Millilitres
from app.matching import queries, services
from app.matching.models import Booking, Interest, Proposal, TouchedPost
from app.messaging import queries as conversations
from app.milk.rules.keeping import Kept
from app.notifications.models import Notice
from app.posts import queries as post_queries
from app.posts import services as posts
from tests.matching.conftest import OFFER, REQUEST, post

pytestmark = [pytest.mark.usefixtures("in_app"), pytest.mark.both_databases]

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def id_of(public_id: str) -> int:
    return post_queries.post_by_public_id(public_id).id


def told(who) -> list[tuple[str, str, str]]:
    """What somebody was told, in order: kind, name and path; what was joined to a notice stands behind it."""
    db.session.rollback()
    found = []
    for row in db.session.scalars(select(Notice).where(Notice.user_id == who.id).order_by(Notice.id)):
        found.append((row.kind, row.params.get("name", ""), row.path))
        if then := row.params.get("then"):
            found.append((then, row.params["then_name"], row.path))
    return found


def kinds_of(who) -> list[str]:
    return [kind for kind, _name, _path in told(who)]


def path_of(who, kind: str) -> str:
    (path,) = [path for each, _name, path in told(who) if each == kind]
    return path


def names_in(who, kind: str) -> list[str]:
    """The names that stand in somebody's notices of a kind."""
    return [name for each, name, _path in told(who) if each == kind]


def public_id_of(who) -> str:
    return person_of(who.id).public_id


def author_of(public_id: str) -> int:
    return post_queries.post_by_public_id(public_id).author_id


def chosen(now) -> int:
    """How many pairs a round would propose, without holding it."""
    db.session.rollback()
    return len(services.plan_round(now=now).chosen)


def agreed(donor, family, offer, asked, now, volume=3000) -> str:
    """The family is chosen, and a meeting about so much milk is agreed for tomorrow; returns the meeting."""
    services.accept(donor.identity, services.say_yes(family.identity, offer, asked, now=now), now=now)
    talk = conversations.inbox(donor.identity)[0].conversation.public_id
    draft = HandoffDraft(window_start=now + DAY, window_end=now + DAY + HOUR, volume_ml=Millilitres(volume))
    meeting = handoffs.propose(donor.identity, talk, draft, now=now)
    handoffs.agree(family.identity, meeting, now=now)
    return meeting


class TestAChoice:
    def test_the_others_keep_their_places_and_are_told_kindly_with_their_next_best(self, donor, line, offer, now):
        waiting = line(3)
        services.accept(donor.identity, waiting[0][1], now=now)
        jobs.run_due(now=now)
        assert [kind for kind in kinds_of(waiting[1][0]) if kind != "matches_new"] == ["chosen_other"]
        desk = queries.desk_of_offer(donor.identity, offer, now=now)
        assert (len(desk.chosen), len(desk.waiting)) == (1, 2)

    def test_the_offer_leaves_the_pages_of_those_who_had_not_spoken(self, donor, families, offer, now):
        (one, asked), *_others = families(3)
        services.run_round(now=now)
        services.accept(donor.identity, services.say_yes(one.identity, offer, asked, now=now), now=now)
        db.session.rollback()
        assert sorted(db.session.scalars(select(Proposal.state))) == ["answered", "closed", "closed"]
        assert chosen(now + 6 * HOUR) == 0

    def test_a_donor_who_wants_three_families_goes_on_being_proposed(self, donor, families, now):
        offer = post(donor, OFFER, max_families=3)
        (one, asked), *_others = families(3)
        services.run_round(now=now)
        services.accept(donor.identity, services.say_yes(one.identity, offer, asked, now=now), now=now)
        assert sorted(db.session.scalars(select(Proposal.state))) == ["answered", "shown", "shown"]

    @pytest.mark.parametrize(("days", "free"), [(6.99, 0), (7, 1)])
    def test_a_talk_without_a_meeting_holds_its_place_for_a_week(self, donor, families, offer, now, days, free):
        (one, asked), _other = families(2)
        services.accept(donor.identity, services.say_yes(one.identity, offer, asked, now=now), now=now)
        assert chosen(now + days * DAY) == free

    def test_an_agreed_meeting_holds_it_for_as_long_as_it_takes(self, donor, families, offer, now):
        (one, asked), _other = families(2)
        agreed(donor, one, offer, asked, now, volume=1000)
        assert chosen(now + 8 * DAY) == 0


class TestAPromiseThatLapses:
    @pytest.mark.parametrize("how", ["cancel", "no-show"])
    def test_the_next_in_line_stands_at_the_head_and_the_donor_is_told(
        self, donor, family, other_family, offer, request_id, now, how
    ):
        second = services.say_yes(other_family.identity, offer, post(other_family, REQUEST), now=now)
        meeting = agreed(donor, family, offer, request_id, now)
        if how == "cancel":
            handoffs.cancel(donor.identity, meeting, reason=CancelReason.PLANS_CHANGED, now=now + HOUR)
        else:
            handoffs.report_missed(donor.identity, meeting, now=now + 2 * DAY)
        assert kinds_of(donor).count("next_in_line") == 1
        desk = queries.desk_of_offer(donor.identity, offer, now=now + 2 * DAY)
        assert [entry.interest.public_id for entry in desk.waiting] == [second]

    def test_freed_milk_starts_a_micro_round_at_once(self, donor, family, other_family, offer, request_id, now):
        meeting = agreed(donor, family, offer, request_id, now)
        jobs.run_due(now=now)
        post(other_family, REQUEST, now=now)
        jobs.run_due(now=now)
        assert list(db.session.scalars(select(Proposal))) == []
        handoffs.cancel(family.identity, meeting, reason=CancelReason.PLANS_CHANGED, now=now + HOUR)
        jobs.run_due(now=now + HOUR)
        db.session.rollback()
        (proposed,) = db.session.scalars(select(Proposal))
        assert (proposed.family_id, proposed.state) == (other_family.id, "shown")
        assert list(db.session.scalars(select(TouchedPost))) == []

    def test_nobody_waiting_means_no_notice(self, donor, family, offer, request_id, now):
        meeting = agreed(donor, family, offer, request_id, now)
        handoffs.cancel(family.identity, meeting, reason=CancelReason.PLANS_CHANGED, now=now + HOUR)
        assert "next_in_line" not in kinds_of(donor)

    def test_a_proposed_time_that_was_never_agreed_frees_nothing(self, donor, family, offer, request_id, now):
        services.accept(donor.identity, services.say_yes(family.identity, offer, request_id, now=now), now=now)
        talk = conversations.inbox(donor.identity)[0].conversation.public_id
        draft = HandoffDraft(window_start=now + DAY, window_end=now + DAY + HOUR, volume_ml=Millilitres(900))
        handoffs.decline(family.identity, handoffs.propose(donor.identity, talk, draft, now=now), now=now)
        assert db.session.scalars(select(Interest.fell_through_at)).one() is None

    def test_agreeing_anew_takes_the_place_again(self, donor, family, offer, request_id, now):
        meeting = agreed(donor, family, offer, request_id, now)
        handoffs.cancel(family.identity, meeting, reason=CancelReason.PLANS_CHANGED, now=now)
        assert db.session.scalars(select(Interest.fell_through_at)).one() is not None
        services.book("x", offer_id=id_of(offer), request_id=id_of(request_id), volume=Millilitres(900), at=now + DAY)
        db.session.rollback()
        assert db.session.scalars(select(Interest.fell_through_at)).one() is None

    def test_a_need_that_is_over_frees_the_place_of_a_chosen_family(
        self, donor, family, other_family, offer, request_id, now
    ):
        services.say_yes(other_family.identity, offer, post(other_family, REQUEST), now=now)
        services.accept(donor.identity, services.say_yes(family.identity, offer, request_id, now=now), now=now)
        posts.withdraw(family.identity, request_id, now=now)
        assert names_in(donor, "turn_planned") == ["Otto"]


class TestMilkOnItsWay:
    def test_ten_days_of_booked_milk_make_a_request_quiet_until_the_meeting_falls_through(
        self, donor, family, person, now
    ):
        big, asked = post(donor, OFFER, volume_ml=9000), post(family, REQUEST)
        post(person("Nora"), OFFER)
        meeting = agreed(donor, family, big, asked, now, volume=5500)
        assert chosen(now) == 0
        handoffs.cancel(donor.identity, meeting, reason=CancelReason.PLANS_CHANGED, now=now)
        assert chosen(now) == 1

    def test_received_milk_is_drunk_day_by_day(self, donor, family, person, now):
        big, asked = post(donor, OFFER, volume_ml=9000), post(family, REQUEST)
        post(person("Nora"), OFFER)
        meeting = agreed(donor, family, big, asked, now, volume=6000)
        met = now + DAY + HOUR
        milk = NewLot(now.date() - 9 * DAY, now.date() - DAY, Kept.FREEZER)
        handoffs.confirm(donor.identity, meeting, amount_ml=Millilitres(6000), condition=None, lot=milk, now=met)
        handoffs.confirm(family.identity, meeting, amount_ml=Millilitres(6000), condition=Condition.FROZEN, now=met)
        assert db.session.scalars(select(Booking.received)).one()
        assert chosen(met) == 0
        assert chosen(met + 2 * HOUR) == 1

    def test_a_booked_offer_does_not_join_the_open_map(self, donor, family, offer, request_id, now):
        agreed(donor, family, offer, request_id, now, volume=1000)
        db.session.rollback()
        assert not queries.on_open_map(post_queries.post_by_public_id(offer), now=now + 40 * HOUR)

    def test_milk_nobody_booked_changes_nothing(self, now):
        services.receive("unknown", volume=Millilitres(100), now=now)
        assert not services.fall_through("unknown", offer_id=1, request_id=1, now=now)
        assert list(db.session.scalars(select(Booking))) == []


def lapse_two(line, now):
    waiting = line(2)
    services.lapse_silent(now=now + 97 * HOUR)
    return waiting


class TestASilentDonor:
    def test_one_silence_is_no_question(self, donor, offer, line, now):
        line(1)
        services.lapse_silent(now=now + 97 * HOUR)
        assert "still_milk" not in kinds_of(donor)

    def test_two_in_a_row_are_asked_about_once(self, donor, offer, line, now):
        lapse_two(line, now)
        services.lapse_silent(now=now + 98 * HOUR)
        assert kinds_of(donor).count("still_milk") == 1
        assert queries.desk_of_offer(donor.identity, offer, now=now).asked_still_there

    @pytest.mark.parametrize(("hours", "state"), [(47.99, "live"), (48, "paused")])
    def test_after_two_days_without_a_word_the_offer_rests(self, donor, offer, line, now, hours, state):
        lapse_two(line, now)
        services.pause_unanswered(now=now + 97 * HOUR + hours * HOUR)
        db.session.rollback()
        assert post_queries.post_by_public_id(offer).state == state
        assert ("offer_paused" in kinds_of(donor)) is (state == "paused")

    @pytest.mark.parametrize("word", ["still_there", "invite", "edit"])
    def test_any_word_of_hers_keeps_it_open(self, donor, family, offer, line, request_id, now, word):
        lapse_two(line, now)
        heard = now + 100 * HOUR
        if word == "still_there":
            services.still_there(donor.identity, offer, now=heard)
        elif word == "invite":
            services.invite(donor.identity, offer, request_id, now=heard)
        else:
            version = post_queries.post_by_public_id(offer).version
            posts.edit(donor.identity, offer, replace(OFFER, volume_ml=2500), version=version, now=heard)
        services.pause_unanswered(now=now + 200 * HOUR)
        db.session.rollback()
        assert post_queries.post_by_public_id(offer).state == "live"

    def test_an_answer_between_two_silences_breaks_the_row(self, donor, offer, families, now):
        cast = families(3)
        said = [services.say_yes(who.identity, offer, asked, now=now) for who, asked in cast[:1]]
        services.lapse_silent(now=now + 97 * HOUR)
        said += [services.say_yes(who.identity, offer, asked, now=now + 98 * HOUR) for who, asked in cast[1:]]
        services.decline(donor.identity, said[1], now=now + 99 * HOUR)
        services.lapse_silent(now=now + 200 * HOUR)
        assert "still_milk" not in kinds_of(donor)

    def test_after_her_word_two_new_silences_are_needed(self, donor, offer, families, line, now):
        lapse_two(line, now)
        services.still_there(donor.identity, offer, now=now + 98 * HOUR)
        (one, asked), (other, wanted) = families(2)
        services.say_yes(one.identity, offer, asked, now=now + 99 * HOUR)
        services.lapse_silent(now=now + 200 * HOUR)
        assert kinds_of(donor).count("still_milk") == 1
        services.say_yes(other.identity, offer, wanted, now=now + 200 * HOUR)
        services.lapse_silent(now=now + 300 * HOUR)
        assert kinds_of(donor).count("still_milk") == 2

    def test_nobody_answers_for_her(self, stranger, offer, now):
        with pytest.raises(NotFound):
            services.still_there(stranger.identity, offer, now=now)

    def test_after_a_loss_no_mail_is_sent_unasked(self, donor, family, other_family, now):
        offer = post(donor, OFFER, after_loss=True)
        for who in (family, other_family):
            services.say_yes(who.identity, offer, post(who, REQUEST), now=now)
        services.lapse_silent(now=now + 97 * HOUR)
        assert "still_milk" in kinds_of(donor)
        assert db.session.scalars(select(Job.id).where(Job.kind == "notifications.mail")).all() == []


class TestFromAChoiceToTheNextInLine:
    def test_choice_cancelled_meeting_next_in_line_and_everybody_told(
        self, donor, family, other_family, person, offer, request_id, now
    ):
        third = person("Tilda")
        second_says = services.say_yes(other_family.identity, offer, post(other_family, REQUEST), now=now)
        services.say_yes(third.identity, offer, post(third, REQUEST), now=now + timedelta(minutes=1))
        post(person("Nora"), OFFER)
        meeting = agreed(donor, family, offer, request_id, now + timedelta(minutes=2))
        jobs.run_due(now=now + timedelta(minutes=3))
        for who in (other_family, third):
            assert kinds_of(who).count("chosen_other") == 1
            assert "/matches/pair/" in path_of(who, "chosen_other")
        handoffs.cancel(family.identity, meeting, reason=CancelReason.PLANS_CHANGED, now=now + HOUR)
        assert names_in(donor, "turn_planned") == ["Otto"]
        assert services.accept(donor.identity, second_says, now=now + 2 * HOUR)
        assert "interest_accepted" in kinds_of(other_family)
        jobs.run_due(now=now + 2 * HOUR)
        assert kinds_of(third).count("chosen_other") == 2

    @pytest.mark.parametrize(("days", "told"), [(6.99, 0), (7, 1)])
    def test_a_talk_that_leads_to_no_meeting_in_a_week_lets_the_next_one_come(
        self, donor, family, other_family, offer, request_id, now, days, told
    ):
        services.say_yes(other_family.identity, offer, post(other_family, REQUEST), now=now)
        services.accept(donor.identity, services.say_yes(family.identity, offer, request_id, now=now), now=now)
        later = now + days * DAY
        assert services.rest_quiet_talks(now=later) == told
        assert services.rest_quiet_talks(now=later) == 0
        assert names_in(donor, "turn_planned") == ["Otto"] * told

    def test_a_meeting_agreed_later_takes_the_place_back(self, donor, family, offer, request_id, now):
        services.accept(donor.identity, services.say_yes(family.identity, offer, request_id, now=now), now=now)
        assert services.rest_quiet_talks(now=now + 8 * DAY) == 1
        services.book("x", offer_id=id_of(offer), request_id=id_of(request_id), volume=Millilitres(9), at=now + 9 * DAY)
        assert db.session.scalars(select(Interest.fell_through_at)).one() is None

    def test_a_talk_with_a_meeting_is_left_alone(self, donor, family, offer, request_id, now):
        agreed(donor, family, offer, request_id, now)
        assert services.rest_quiet_talks(now=now + 30 * DAY) == 0

    def test_who_is_apart_from_the_donor_is_not_next(self, donor, family, other_family, offer, request_id, now):
        services.say_yes(other_family.identity, offer, post(other_family, REQUEST), now=now)
        meeting = agreed(donor, family, offer, request_id, now)
        accounts.block(donor.identity, public_id_of(other_family), now=now)
        handoffs.cancel(family.identity, meeting, reason=CancelReason.PLANS_CHANGED, now=now + HOUR)
        assert {"next_in_line", "turn_planned"}.isdisjoint(kinds_of(donor))

    def test_of_milk_that_is_gone_nobody_is_next(self, donor, family, other_family, offer, request_id, now):
        services.say_yes(other_family.identity, offer, post(other_family, REQUEST), now=now)
        agreed(donor, family, offer, request_id, now)
        posts.withdraw(donor.identity, offer, now=now + HOUR)
        assert "next_in_line" not in kinds_of(donor)
        assert "you_are_next" not in kinds_of(other_family)


class TestMilkAlreadyPromised:
    @pytest.mark.parametrize(("promised", "proposed"), [(0, 1), (2700, 1), (2710, 0), (3000, 0)])
    def test_a_round_sees_what_is_left_of_an_offer(self, donor, families, now, promised, proposed):
        offer = post(donor, OFFER, max_families=5)
        (one, asked), _other = families(2)
        if promised:
            ids = id_of(offer), id_of(asked)
            services.book("x", offer_id=ids[0], request_id=ids[1], volume=Millilitres(promised), at=now + DAY)
        posts.pause(one.identity, asked, now=now)
        assert chosen(now) == proposed

    def test_what_was_given_is_gone_too(self, donor, families, now):
        offer = post(donor, OFFER, max_families=5)
        (one, asked), _other = families(2)
        services.book("x", offer_id=id_of(offer), request_id=id_of(asked), volume=Millilitres(2900), at=now)
        services.receive("x", volume=Millilitres(2900), now=now)
        posts.withdraw(one.identity, asked, now=now)
        assert chosen(now) == 0

    def test_after_a_loss_a_small_rest_still_goes_but_not_nothing(self, donor, family, other_family, now):
        offer = post(donor, OFFER, max_families=5, after_loss=True)
        asked = post(other_family, REQUEST)
        post(family, REQUEST)
        posts.pause(other_family.identity, asked, now=now)
        ids = id_of(offer), id_of(asked)
        services.book("x", offer_id=ids[0], request_id=ids[1], volume=Millilitres(2900), at=now + DAY)
        assert chosen(now) == 1
        services.book("y", offer_id=ids[0], request_id=ids[1], volume=Millilitres(100), at=now + DAY)
        assert chosen(now) == 0

    def test_weekly_milk_comes_again(self, donor, families, now):
        offer = post(donor, OFFER, supply="weekly", volume_ml=None, weekly_ml=1000, max_families=5)
        (one, asked), _other = families(2)
        services.book("x", offer_id=id_of(offer), request_id=id_of(asked), volume=Millilitres(1000), at=now + DAY)
        posts.pause(one.identity, asked, now=now)
        assert chosen(now) == 1

    @pytest.mark.parametrize(("promised", "proposed"), [(0, 1), (200, 1), (310, 0)])
    def test_a_round_sees_what_a_request_still_lacks(self, donor, family, person, now, promised, proposed):
        post(donor, OFFER)
        asked = post(family, REQUEST, need_ml_per_day=600, days=1, stock_ml=0)
        elsewhere = post(person("Nora"), OFFER)
        posts.pause(Identity(person_id=author_of(elsewhere)), elsewhere, now=now)
        if promised:
            ids = id_of(elsewhere), id_of(asked)
            services.book("x", offer_id=ids[0], request_id=ids[1], volume=Millilitres(promised), at=now + DAY)
        assert chosen(now) == proposed
