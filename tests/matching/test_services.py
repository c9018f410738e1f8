"""Who may speak first, who may answer, what it does, and what it never does."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.accounts import services as accounts
from app.accounts.models import User
from app.accounts.queries import person as person_of
from app.infra import event_bus, jobs
from app.infra.database import db
from app.infra.transaction import transaction
from app.kernel.errors import Conflict, Invalid, LimitReached, NotFound
from app.matching import queries, services
from app.matching.events import InterestAccepted, InterestClosed, InterestDeclined, InterestShown, InvitationSent
from app.matching.models import Interest, InterestChange
from app.notifications.models import Notice
from app.posts import queries as post_queries
from app.posts import services as posts
from app.posts.rules import Fact, Wish
from tests.at_once import at_once, raised
from tests.matching.conftest import OFFER, REQUEST, place, post

pytestmark = [pytest.mark.usefixtures("in_app"), pytest.mark.both_databases]


def state_of(public_id: str) -> str:
    db.session.rollback()
    return db.session.scalars(select(Interest.state).where(Interest.public_id == public_id)).one()


def notices_of(who) -> list[tuple[str, str]]:
    rows = db.session.execute(select(Notice.kind, Notice.path).where(Notice.user_id == who.id).order_by(Notice.id))
    return [(row.kind, row.path) for row in rows]


@contextmanager
def heard(app, *kinds) -> Iterator[list[object]]:
    """Collect the events of these kinds that leave after the commit."""
    told: list[object] = []
    bus = event_bus._bus()
    for kind in kinds:
        bus.after(kind, told.append)
    try:
        yield told
    finally:
        for kind in kinds:
            bus._after[kind].remove(told.append)


class TestSayingYes:
    def test_a_yes_is_kept_told_and_put_in_line(self, in_app, donor, family, offer, request_id, now):
        with heard(in_app, InterestShown) as told:
            said = services.say_yes(family.identity, offer, request_id, note="Hello, we live close by.", now=now)
        view = queries.interest_by_public_id(donor.identity, said)
        assert (view.state, view.origin, view.note) == ("open", "yes", "Hello, we live close by.")
        assert [event.interest_id for event in told] == [view.id]
        assert notices_of(donor) == [("interest_received", f"/matches/{offer}/line")]

    def test_the_version_of_the_offer_that_was_read_is_kept(self, family, offer, request_id, now):
        version = post_queries.post_by_public_id(offer).version
        services.say_yes(family.identity, offer, request_id, disclosure_version=version, now=now)
        assert db.session.scalars(select(Interest.disclosure_version)).one() == version

    def test_an_offer_changed_since_it_was_read_has_to_be_read_again(self, donor, family, offer, request_id, now):
        read = post_queries.post_by_public_id(offer).version
        posts.edit(donor.identity, offer, OFFER, version=read, now=now)
        with pytest.raises(Conflict) as refused:
            services.say_yes(family.identity, offer, request_id, disclosure_version=read, now=now)
        assert refused.value.code == "read_again"

    def test_saying_yes_twice_is_one_yes(self, donor, family, offer, request_id, now):
        first = services.say_yes(family.identity, offer, request_id, now=now)
        assert services.say_yes(family.identity, offer, request_id, now=now) == first
        assert len(notices_of(donor)) == 1

    @pytest.mark.parametrize("who", ["stranger", "donor"])
    def test_nobody_says_yes_with_somebody_else_s_request(self, request, who, offer, request_id, now):
        with pytest.raises(NotFound):
            services.say_yes(request.getfixturevalue(who).identity, offer, request_id, now=now)

    def test_two_offers_are_no_pair(self, donor, family, offer, now):
        with pytest.raises(NotFound):
            services.say_yes(donor.identity, offer, post(donor, OFFER), now=now)

    def test_nobody_says_yes_to_their_own_offer(self, donor, offer, now):
        with pytest.raises(NotFound):
            services.say_yes(donor.identity, offer, post(donor, REQUEST), now=now)

    def test_to_blocked_people_the_offer_does_not_exist(self, donor, family, offer, request_id, now):
        accounts.block(donor.identity, person_of(family.id).public_id, now=now)
        with pytest.raises(NotFound):
            services.say_yes(family.identity, offer, request_id, now=now)

    def test_a_paused_offer_takes_no_yes(self, donor, family, offer, request_id, now):
        posts.pause(donor.identity, offer, now=now)
        with pytest.raises(Conflict) as refused:
            services.say_yes(family.identity, offer, request_id, now=now)
        assert refused.value.code == "not_live"

    def test_an_offer_against_a_must_takes_no_yes(self, donor, family, request_id, now):
        against = post(donor, OFFER, facts=(Fact("dairy", "uses"),))
        with pytest.raises(Conflict) as refused:
            services.say_yes(family.identity, against, request_id, now=now)
        assert refused.value.code == "conflict"

    def test_an_offer_out_of_reach_takes_no_yes(self, in_app, donor, person, offer, now):
        far = person("Maddy", area_id=place("Madison, WI"))
        with pytest.raises(Conflict) as refused:
            services.say_yes(far.identity, offer, post(far, REQUEST), now=now)
        assert refused.value.code == "out_of_reach"

    @pytest.mark.parametrize(
        "changes",
        [
            pytest.param({"immediate_allergy": True}, id="a family with an immediate allergy, after asking its doctor"),
            pytest.param({"accepts_asks": False, "wishes": (Wish("soy", "must", 7),)}, id="a family that seldom asks"),
            pytest.param({"need_ml_per_day": 100, "days": 1, "stock_ml": 0}, id="a family that needs very little"),
        ],
    )
    def test_people_may_choose_what_the_site_would_not_propose(self, family, offer, now, changes):
        asked = post(family, REQUEST, **changes)
        assert state_of(services.say_yes(family.identity, offer, asked, now=now)) == "open"


class TestTheNote:
    def test_contacts_in_a_note_are_hidden(self, donor, family, offer, request_id, now):
        said = services.say_yes(family.identity, offer, request_id, note="Call 916-555-0134 please", now=now)
        assert queries.interest_by_public_id(donor.identity, said).note == "Call [phone number hidden] please"

    @pytest.mark.parametrize("note", ["I pay you $1 an oz", "x" * 501])
    def test_a_note_with_money_or_too_many_words_is_refused_at_its_field(self, family, offer, request_id, now, note):
        with pytest.raises(Invalid) as refused:
            services.say_yes(family.identity, offer, request_id, note=note, now=now)
        assert list(refused.value.fields) == ["note"]
        assert db.session.scalar(select(func.count()).select_from(Interest)) == 0

    def test_five_hundred_characters_are_enough(self, family, offer, request_id, now):
        services.say_yes(family.identity, offer, request_id, note="x" * 500, now=now)
        assert db.session.scalars(select(Interest.note)).one() == "x" * 500


class TestCaps:
    def test_the_eleventh_family_is_told_that_the_line_is_full_and_where_to_look(
        self, line, offer, family, request_id, now
    ):
        line(10)
        with pytest.raises(LimitReached) as refused:
            services.say_yes(family.identity, offer, request_id, now=now)
        assert refused.value.code == "offer_full"
        assert notices_of(family) == [("queue_full", f"/matches/{request_id}")]

    def test_a_family_has_at_most_eight_open_yeses(self, person, family, request_id, now):
        donors = [person(f"Donor{number}") for number in range(9)]
        offers = [post(donor, OFFER) for donor in donors]
        yeses = [services.say_yes(family.identity, offer, request_id, now=now) for offer in offers[:8]]
        with pytest.raises(LimitReached) as refused:
            services.say_yes(family.identity, offers[8], request_id, now=now)
        assert refused.value.code == "family_full"
        services.take_back(family.identity, yeses[0], now=now)
        assert state_of(services.say_yes(family.identity, offers[8], request_id, now=now)) == "open"

    def test_an_offer_has_at_most_three_open_invitations(self, donor, offer, families, now):
        asked = families(4)
        for _, request_id in asked[:3]:
            services.invite(donor.identity, offer, request_id, now=now)
        with pytest.raises(LimitReached) as refused:
            services.invite(donor.identity, offer, asked[3][1], now=now)
        assert refused.value.code == "invited_enough"

    def test_a_newcomer_speaks_first_to_three_people_a_day(self, person, family, request_id, now):
        with transaction() as session:
            session.get(User, family.id).trust = 0
        offers = [post(person(f"Donor{number}"), OFFER) for number in range(4)]
        for offer in offers[:3]:
            services.say_yes(family.identity, offer, request_id, now=now)
        with pytest.raises(LimitReached) as refused:
            services.say_yes(family.identity, offers[3], request_id, now=now)
        assert refused.value.code == "newcomer_full"
        tomorrow = now + timedelta(days=1, minutes=1)
        assert services.say_yes(family.identity, offers[3], request_id, now=tomorrow)

    def test_twelve_families_at_once_leave_exactly_ten_in_line(self, app, in_app, offer, families, now):
        asked = families(12)
        db.session.remove()
        answers = at_once(
            app,
            *(
                lambda who=who, request_id=request_id: services.say_yes(who.identity, offer, request_id, now=now)
                for who, request_id in asked
            ),
        )
        refused = raised(answers)
        assert all(isinstance(each, LimitReached) for each in refused), refused
        assert [each.code for each in refused] == ["offer_full"] * 2
        assert db.session.scalar(select(func.count()).where(Interest.state == "open")) == 10


class TestAnswering:
    def test_a_donor_chooses_a_family_and_it_is_told(self, in_app, donor, family, offer, request_id, now):
        said = services.say_yes(family.identity, offer, request_id, now=now)
        with heard(in_app, InterestAccepted) as told:
            services.accept(donor.identity, said, now=now)
        assert state_of(said) == "accepted"
        assert len(told) == 1
        assert notices_of(family) == [("interest_accepted", f"/messages/of/{said}")]

    def test_choosing_twice_is_choosing_once(self, in_app, donor, family, offer, request_id, now):
        said = services.say_yes(family.identity, offer, request_id, now=now)
        with heard(in_app, InterestAccepted) as told:
            services.accept(donor.identity, said, now=now)
            services.accept(donor.identity, said, now=now)
        assert len(told) == 1

    @pytest.mark.parametrize("who", ["family", "stranger"])
    def test_only_the_one_who_was_asked_answers(self, request, who, family, offer, request_id, now):
        said = services.say_yes(family.identity, offer, request_id, now=now)
        for answer in (services.accept, services.decline):
            with pytest.raises(NotFound):
                answer(request.getfixturevalue(who).identity, said, now=now)
        assert state_of(said) == "open"

    def test_an_unknown_interest_is_not_found(self, in_app, donor, now):
        with pytest.raises(NotFound):
            services.accept(donor.identity, "nothing", now=now)

    def test_a_decline_is_kind_leads_to_the_next_best_and_is_never_repeated(
        self, in_app, donor, family, person, offer, request_id, now
    ):
        said = services.say_yes(family.identity, offer, request_id, now=now)
        other = post(person("Nora"), OFFER)
        with heard(in_app, InterestDeclined) as told:
            services.decline(donor.identity, said, now=now)
        jobs.run_due(now=now)
        assert len(told) == 1
        assert ("interest_declined", f"/matches/pair/{other}/{request_id}") in notices_of(family)
        with pytest.raises(Conflict) as refused:
            services.say_yes(family.identity, offer, request_id, now=now)
        assert refused.value.code == "spent"
        with pytest.raises(Conflict):
            services.invite(donor.identity, offer, request_id, now=now)

    def test_nothing_else_fits_leads_to_the_list(self, in_app, donor, family, offer, request_id, now):
        services.decline(donor.identity, services.say_yes(family.identity, offer, request_id, now=now), now=now)
        jobs.run_due(now=now)
        assert notices_of(family) == [("interest_declined", f"/matches/{request_id}")]

    def test_what_was_declined_cannot_be_chosen(self, donor, family, offer, request_id, now):
        said = services.say_yes(family.identity, offer, request_id, now=now)
        services.decline(donor.identity, said, now=now)
        services.decline(donor.identity, said, now=now)
        with pytest.raises(Conflict):
            services.accept(donor.identity, said, now=now)

    def test_after_a_block_nobody_can_be_chosen(self, donor, family, offer, request_id, now):
        said = services.say_yes(family.identity, offer, request_id, now=now)
        accounts.block(family.identity, person_of(donor.id).public_id, now=now)
        with pytest.raises(NotFound):
            services.accept(donor.identity, said, now=now)

    def test_a_paused_post_can_still_be_answered_for(self, donor, family, offer, request_id, now):
        said = services.say_yes(family.identity, offer, request_id, now=now)
        posts.pause(family.identity, request_id, now=now)
        services.accept(donor.identity, said, now=now)
        assert state_of(said) == "accepted"


class TestInvitations:
    def test_a_family_accepts_an_invitation(self, in_app, donor, family, offer, request_id, now):
        with heard(in_app, InvitationSent, InterestAccepted) as told:
            invited = services.invite(donor.identity, offer, request_id, note="Would this help?", now=now)
            services.accept(family.identity, invited, now=now)
        assert [type(event) for event in told] == [InvitationSent, InterestAccepted]
        assert notices_of(family) == [("invitation_received", f"/matches/pair/{offer}/{request_id}")]
        assert notices_of(donor) == [("interest_accepted", f"/messages/of/{invited}")]

    def test_a_donor_does_not_accept_her_own_invitation(self, donor, offer, request_id, now):
        invited = services.invite(donor.identity, offer, request_id, now=now)
        with pytest.raises(NotFound):
            services.accept(donor.identity, invited, now=now)

    def test_a_family_cannot_invite_itself(self, family, offer, request_id, now):
        with pytest.raises(NotFound):
            services.invite(family.identity, offer, request_id, now=now)

    def test_saying_yes_to_an_invitation_accepts_it(self, donor, family, offer, request_id, now):
        invited = services.invite(donor.identity, offer, request_id, now=now)
        assert services.say_yes(family.identity, offer, request_id, now=now) == invited
        assert state_of(invited) == "accepted"

    def test_inviting_a_family_that_waits_chooses_it(self, donor, family, offer, request_id, now):
        said = services.say_yes(family.identity, offer, request_id, now=now)
        assert services.invite(donor.identity, offer, request_id, now=now) == said
        assert state_of(said) == "accepted"

    def test_a_family_that_says_no_is_not_named_to_the_donor(self, donor, family, offer, request_id, now):
        services.decline(family.identity, services.invite(donor.identity, offer, request_id, now=now), now=now)
        assert notices_of(donor) == [("invitation_declined", f"/matches/{offer}/line")]


class TestTakingBack:
    def test_a_yes_taken_back_can_be_said_again_at_the_end_of_the_line(self, in_app, family, offer, request_id, now):
        said = services.say_yes(family.identity, offer, request_id, note="first", now=now)
        with heard(in_app, InterestClosed) as told:
            services.take_back(family.identity, said, now=now)
        assert (state_of(said), len(told)) == ("withdrawn", 1)
        later = now + timedelta(hours=1)
        assert services.say_yes(family.identity, offer, request_id, note="again", now=later) == said
        view = queries.interest_by_public_id(family.identity, said)
        assert (view.state, view.note, view.created_at) == ("open", "again", later)

    def test_taking_back_twice_is_taking_back_once(self, in_app, family, offer, request_id, now):
        said = services.say_yes(family.identity, offer, request_id, now=now)
        with heard(in_app, InterestClosed) as told:
            services.take_back(family.identity, said, now=now)
            services.take_back(family.identity, said, now=now)
        assert len(told) == 1

    @pytest.mark.parametrize("who", ["donor", "stranger"])
    def test_nobody_takes_back_another_s_yes(self, request, who, family, offer, request_id, now):
        said = services.say_yes(family.identity, offer, request_id, now=now)
        with pytest.raises(NotFound):
            services.take_back(request.getfixturevalue(who).identity, said, now=now)

    def test_an_accepted_yes_cannot_be_taken_back(self, donor, family, offer, request_id, now):
        said = services.say_yes(family.identity, offer, request_id, now=now)
        services.accept(donor.identity, said, now=now)
        with pytest.raises(Conflict):
            services.take_back(family.identity, said, now=now)


class TestEndings:
    def test_when_the_milk_is_gone_everyone_in_line_gets_a_kind_note(self, donor, line, offer, now):
        waiting = line(3)
        services.accept(donor.identity, waiting[0][1], now=now)
        posts.withdraw(donor.identity, offer, now=now)
        jobs.run_due(now=now)
        assert [state_of(said) for _, said in waiting] == ["accepted", "closed", "closed"]
        assert [kind for kind, _ in notices_of(waiting[1][0])] == ["chosen_other", "milk_gone"]

    def test_when_the_need_is_over_the_inviting_donor_is_told(self, donor, family, offer, request_id, now):
        invited = services.invite(donor.identity, offer, request_id, now=now)
        posts.withdraw(family.identity, request_id, now=now)
        jobs.run_due(now=now)
        assert state_of(invited) == "closed"
        assert notices_of(donor) == [("need_over", f"/matches/{offer}/line")]

    def test_a_withdrawn_request_leaves_the_line_without_a_word(self, donor, family, offer, request_id, now):
        said = services.say_yes(family.identity, offer, request_id, now=now)
        posts.withdraw(family.identity, request_id, now=now)
        assert state_of(said) == "closed"
        assert [kind for kind, _ in notices_of(donor)] == ["interest_received"]

    def test_a_pause_keeps_the_line(self, donor, family, offer, request_id, now):
        said = services.say_yes(family.identity, offer, request_id, now=now)
        posts.pause(donor.identity, offer, now=now)
        assert state_of(said) == "open"

    @pytest.mark.parametrize(("hours", "state"), [(95, "open"), (96, "lapsed")])
    def test_after_four_days_of_silence_a_yes_lapses_and_the_family_is_told(
        self, family, offer, request_id, now, hours, state
    ):
        said = services.say_yes(family.identity, offer, request_id, now=now)
        later = now + timedelta(hours=hours)
        services.lapse_silent(now=later)
        jobs.run_due(now=later)
        assert state_of(said) == state
        assert [kind for kind, _ in notices_of(family)] == (["interest_lapsed"] if state == "lapsed" else [])

    def test_a_line_does_not_lapse_while_the_donor_answers(self, donor, line, now):
        waiting = line(2)
        services.decline(donor.identity, waiting[0][1], now=now + timedelta(hours=90))
        services.lapse_silent(now=now + timedelta(hours=100))
        assert state_of(waiting[1][1]) == "open"
        services.lapse_silent(now=now + timedelta(hours=90 + 96))
        assert state_of(waiting[1][1]) == "lapsed"

    def test_an_invitation_lapses_quietly(self, donor, family, offer, request_id, now):
        invited = services.invite(donor.identity, offer, request_id, now=now)
        assert services.lapse_silent(now=now + timedelta(days=5)) == 1
        assert state_of(invited) == "lapsed"
        assert [kind for kind, _ in notices_of(family)] == ["invitation_received"]

    def test_the_worker_makes_silence_lapse(self, family, offer, request_id, now):
        said = services.say_yes(family.identity, offer, request_id, now=now)
        later = now + timedelta(days=5)
        jobs.enqueue_periodic(now=later)
        jobs.run_due(now=later)
        assert state_of(said) == "lapsed"


def test_every_change_is_in_the_history(donor, family, offer, request_id, now):
    said = services.say_yes(family.identity, offer, request_id, now=now)
    services.take_back(family.identity, said, now=now)
    services.say_yes(family.identity, offer, request_id, now=now)
    services.accept(donor.identity, said, now=now)
    rows = db.session.scalars(select(InterestChange).order_by(InterestChange.id)).all()
    assert [(row.old_state, row.new_state, row.actor_id) for row in rows] == [
        (None, "open", family.id),
        ("open", "withdrawn", family.id),
        ("withdrawn", "open", family.id),
        ("open", "accepted", donor.id),
    ]
