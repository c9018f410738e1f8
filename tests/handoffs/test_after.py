"""Afterwards: asked once on the third day, days shared only by the family's word, thanks that never press."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from app.accounts.models import User
from app.accounts.services import block, deactivate
from app.handoffs import jobs as handoff_jobs
from app.handoffs import queries, services
from app.handoffs.models import HandoffAfter
from app.handoffs.rules.after import (
    ANSWER_KEPT,
    TOO_LATE,
    TYPICAL_PER_DAY,
    Went,
    asked_at,
    days_fed,
    may_ask,
    may_cheer,
    typical_days,
)
from app.handoffs.rules.amounts import Condition
from app.infra import jobs
from app.infra.database import db
from app.infra.transaction import transaction
from app.kernel.errors import Invalid, NotFound
from app.messaging.models import Message
from app.milk.models import CustodyHolding, CustodyLot
from app.notifications.models import Notice
from app.posts import services as posts
from app.posts.models import Offer, Request
from app.posts.rules import PostState
from tests.conftest import NOW
from tests.handoffs.factories import DAY, HOUR, agreed, notices, row, talk

ASKED = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
"""Three days after the tests' day, in the morning of UTC, where the cast lives."""


def confirmed(where, *, given=400, received=400, now=NOW):
    """A handoff that both confirmed; its public id."""
    public_id = agreed(where)
    services.confirm(where.donor.identity, public_id, amount_ml=given, condition=None, now=now)
    services.confirm(where.family.identity, public_id, amount_ml=received, condition=Condition.FROZEN, now=now)
    return public_id


def follows(public_id):
    db.session.rollback()
    return db.session.query(HandoffAfter).one_or_none()


def run(now):
    db.session.rollback()
    jobs.run_due(now=now)


def asked(who):
    return [kind for kind in notices(who) if kind == "handoff_went"]


def live_in(who, zone):
    with transaction() as session:
        session.get(User, who.id).timezone = zone


def lines(where):
    db.session.rollback()
    said = db.session.query(Message).filter_by(conversation_id=where.id, kind="system").order_by(Message.seq)
    return [line.payload["system"] for line in said]


@pytest.mark.parametrize(
    ("received", "need", "days"),
    [(7000, 600, 12), (600, 600, 1), (300, 600, 1), (299, 600, 0), (0, 600, 0), (899, 600, 1), (900, 600, 2)],
)
def test_days_are_whole_and_never_more_than_half_a_day_off(received, need, days):
    assert days_fed(received, need) == days


@given(st.integers(0, 100_000), st.integers(30, 3000))
def test_the_days_told_are_honest(received, need):
    assert abs(days_fed(received, need) - received / need) <= 0.5


def test_what_is_told_of_a_family_that_shared_nothing_hangs_on_the_volume_alone():
    assert typical_days(10 * TYPICAL_PER_DAY) == 10


@pytest.mark.parametrize(
    ("zone", "came", "due"),
    [
        ("UTC", "2026-11-21T15:00+00:00", "2026-11-24T10:00+00:00"),
        ("America/Los_Angeles", "2026-11-21T15:00+00:00", "2026-11-24T18:00+00:00"),
        ("America/Los_Angeles", "2026-11-21T07:00+00:00", "2026-11-23T18:00+00:00"),
        ("Pacific/Auckland", "2026-11-21T15:00+00:00", "2026-11-24T21:00+00:00"),
        ("America/Los_Angeles", "2026-10-30T18:00+00:00", "2026-11-02T18:00+00:00"),
        ("America/Los_Angeles", "2027-03-12T18:00+00:00", "2027-03-15T17:00+00:00"),
        ("Europe/Berlin", "2026-10-23T12:00+00:00", "2026-10-26T09:00+00:00"),
        ("Pacific/Apia", "2011-12-27T20:00+00:00", "2011-12-30T20:00+00:00"),
    ],
    ids=[
        "utc",
        "west",
        "still the day before there",
        "east",
        "clock put back",
        "clock put on",
        "europe",
        "no such day",
    ],
)
def test_the_family_is_asked_at_ten_on_the_third_day_of_its_own_calendar(zone, came, due):
    found = asked_at(datetime.fromisoformat(came), ZoneInfo(zone))
    assert found == datetime.fromisoformat(due)
    assert found.astimezone(ZoneInfo(zone)).hour == 10


@given(
    st.integers(0, 730 * 24 * 60).map(lambda minutes: NOW + timedelta(minutes=minutes)),
    st.sampled_from(["UTC", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Africa/Cairo"]),
)
def test_wherever_somebody_lives_it_is_the_morning_of_the_third_day(came, zone):
    local = asked_at(came, ZoneInfo(zone)).astimezone(ZoneInfo(zone))
    assert (local.hour, local.minute) == (10, 0)
    assert local.date() - came.astimezone(ZoneInfo(zone)).date() == timedelta(days=3)


@pytest.mark.parametrize(
    ("change", "may"),
    [
        ({}, True),
        ({"now": ASKED - timedelta(seconds=1)}, False),
        ({"now": ASKED + TOO_LATE}, False),
        ({"wanted": False}, False),
        ({"answered": True}, False),
        ({"request_state": PostState.WITHDRAWN}, False),
        ({"request_state": PostState.DECLINED}, False),
        ({"request_state": PostState.EXPIRED}, True),
        ({"request_state": PostState.FULFILLED}, True),
    ],
)
def test_the_question_is_not_asked_where_it_could_hurt_or_is_stale(change, may):
    facts = {"request_state": PostState.LIVE, "wanted": True, "answered": False, "now": ASKED} | change
    assert may_ask(NOW, UTC, **facts) is may


@pytest.mark.parametrize(
    ("wish", "after_loss", "told"),
    [
        (None, False, True),
        (None, True, False),
        (True, True, True),
        (True, False, True),
        (False, False, False),
        (False, True, False),
    ],
)
def test_cheer_reaches_a_donor_after_a_loss_only_when_she_asked_for_it(wish, after_loss, told):
    assert may_cheer(wish, gives_after_loss=after_loss) is told


def withdrawn(public_id, volume_ml):
    """So much of what a handoff brought is withdrawn, as a look-back leaves it in the ledger."""
    holder = row(public_id).holder
    with transaction() as session:
        lot = CustodyLot(
            token=public_id, code="0000-000", pumped_from=NOW.date(), pumped_to=NOW.date(), made_ml=volume_ml,
            given_ml=volume_ml, withdrawn=True,
        )  # fmt: skip
        session.add(lot)
        session.flush()
        session.add(CustodyHolding(lot_id=lot.id, holder=holder, received_ml=volume_ml))


@pytest.mark.usefixtures("in_app")
@pytest.mark.both_databases
class TestTheQuestion:
    def test_it_comes_on_the_third_day_once_and_by_mail_too(self, pair):
        public_id = confirmed(pair)
        run(ASKED - HOUR)
        assert asked(pair.family) == []
        run(ASKED)
        run(ASKED + HOUR)
        services.ask_how_it_went(public_id, now=ASKED + 2 * HOUR)
        handoff_jobs.ask_how_it_went(handoff=public_id, now=ASKED + DAY)
        assert asked(pair.family) == ["handoff_went"]
        assert asked(pair.donor) == []

    def test_what_follows_begins_once(self, pair):
        confirmed(pair)
        services.follow_up(follows(pair).handoff_id, now=NOW + DAY)
        assert follows(pair).came_at == NOW

    def test_a_family_that_answered_before_is_not_asked(self, pair):
        public_id = confirmed(pair)
        services.say_how_it_went(pair.family.identity, public_id, Went.FINE, now=NOW + DAY)
        run(ASKED)
        assert asked(pair.family) == []

    def test_a_family_that_moved_west_is_asked_in_the_morning_there(self, pair):
        confirmed(pair)
        live_in(pair.family, "America/Los_Angeles")
        run(ASKED)
        assert asked(pair.family) == []
        run(ASKED + 8 * HOUR)
        assert asked(pair.family) == ["handoff_went"]

    def test_nobody_is_asked_about_a_request_that_was_taken_back(self, pair):
        confirmed(pair)
        posts.withdraw(pair.family.identity, pair.request_public_id, now=NOW + DAY)
        run(ASKED)
        assert asked(pair.family) == []

    def test_nobody_is_asked_about_milk_that_was_withdrawn(self, pair):
        withdrawn(confirmed(pair), 100)
        run(ASKED)
        assert asked(pair.family) == []

    def test_nobody_is_asked_whose_account_is_shut(self, pair):
        confirmed(pair)
        deactivate(pair.family.id, now=NOW + DAY)
        run(ASKED)
        assert asked(pair.family) == []

    def test_nobody_is_asked_who_wants_no_questions_until_she_wants_them_again(self, pair):
        confirmed(pair)
        services.wish(pair.family.identity, questions=False, now=NOW)
        run(ASKED)
        assert asked(pair.family) == []
        services.wish(pair.family.identity, questions=True, now=NOW)
        assert queries.wishes_of(pair.family.id).questions

    def test_switching_questions_off_settles_the_one_that_waits(self, pair):
        confirmed(pair)
        run(ASKED)
        services.wish(pair.family.identity, questions=False, now=ASKED)
        assert db.session.query(Notice).filter_by(user_id=pair.family.id, kind="handoff_went").one().read_at == ASKED

    def test_a_worker_that_was_away_for_weeks_asks_nothing_stale(self, pair):
        confirmed(pair)
        run(ASKED + TOO_LATE)
        assert asked(pair.family) == []

    @pytest.mark.parametrize("public_id", ["nothing", ""])
    def test_a_handoff_that_is_gone_is_asked_about_by_nobody(self, pair, public_id):
        assert services.ask_how_it_went(public_id, now=ASKED) is False

    def test_a_handoff_that_is_not_confirmed_has_nothing_after_it(self, pair):
        public_id = agreed(pair)
        assert services.ask_how_it_went(public_id, now=ASKED) is False
        with pytest.raises(NotFound):
            queries.after_for(pair.family.identity, public_id)
        with pytest.raises(NotFound):
            services.thank(pair.family.identity, public_id, "", now=NOW)
        assert queries.after_of(pair.family.identity, public_id) is None


@pytest.mark.usefixtures("in_app")
@pytest.mark.both_databases
class TestTheAnswer:
    @pytest.mark.parametrize("went", Went)
    def test_only_the_family_reads_it(self, pair, went):
        public_id = confirmed(pair)
        services.say_how_it_went(pair.family.identity, public_id, went, now=NOW)
        assert queries.after_for(pair.family.identity, public_id).went is went
        assert queries.after_for(pair.donor.identity, public_id).went is None

    def test_another_answer_takes_the_place_of_the_first_and_settles_the_question(self, pair):
        public_id = confirmed(pair)
        run(ASKED)
        for went in (Went.NOT_USED, Went.FINE):
            services.say_how_it_went(pair.family.identity, public_id, went, now=ASKED + HOUR)
        assert queries.after_for(pair.family.identity, public_id).went is Went.FINE
        notice = db.session.query(Notice).filter_by(user_id=pair.family.id, kind="handoff_went").one()
        assert notice.read_at == ASKED + HOUR

    def test_it_is_forgotten_after_its_time(self, pair):
        public_id = confirmed(pair)
        services.say_how_it_went(pair.family.identity, public_id, Went.PROBLEM, now=NOW)
        assert services.forget_answers(now=NOW + ANSWER_KEPT) == 0
        handoff_jobs.upkeep(now=NOW + ANSWER_KEPT + HOUR)
        assert queries.after_for(pair.family.identity, public_id).went is None

    def test_the_database_knows_no_other_answer(self, pair):
        confirmed(pair)
        with pytest.raises(IntegrityError, match="went_known"), transaction() as session:
            session.query(HandoffAfter).one().went = "sold"

    @pytest.mark.parametrize("who", ["donor", "stranger"])
    def test_nobody_else_says_it(self, pair, stranger, who):
        public_id = confirmed(pair)
        actor = pair.donor if who == "donor" else stranger
        for act in (
            lambda: services.say_how_it_went(actor.identity, public_id, Went.FINE, now=NOW),
            lambda: services.share_days(actor.identity, public_id, shares=True, now=NOW),
            lambda: services.thank(actor.identity, public_id, "Thank you.", now=NOW),
        ):
            with pytest.raises(NotFound):
                act()


@pytest.mark.usefixtures("in_app")
@pytest.mark.both_databases
class TestDaysFed:
    def test_a_donor_knows_them_only_while_the_family_shares_them(self, pair):
        public_id = confirmed(pair, received=390)
        assert queries.after_for(pair.family.identity, public_id).days == 1
        assert queries.after_for(pair.donor.identity, public_id).days is None
        services.share_days(pair.family.identity, public_id, shares=True, now=NOW)
        assert queries.after_for(pair.donor.identity, public_id).days == 1
        services.share_days(pair.family.identity, public_id, shares=False, now=NOW)
        assert queries.after_for(pair.donor.identity, public_id).days is None

    def test_a_later_edit_of_the_request_changes_nothing_of_days_gone_by(self, pair):
        public_id = confirmed(pair, given=900, received=900)
        with transaction() as session:
            session.get(Request, pair.request_id).need_ml_per_day = 100
        assert queries.after_for(pair.family.identity, public_id).days == 2

    def test_a_donor_is_told_once_and_the_figure_is_in_no_notice(self, pair):
        public_id = confirmed(pair)
        for shares in (True, False, True):
            services.share_days(pair.family.identity, public_id, shares=shares, now=NOW)
        (notice,) = db.session.query(Notice).filter_by(user_id=pair.donor.id, kind="handoff_fed")
        assert notice.params == {"name": "Fatima"}

    def test_in_all_a_donor_reads_her_own_amounts_and_nothing_of_any_family(self, pair, other_family):
        confirmed(pair, given=400, received=300)
        confirmed(talk(pair.donor, other_family, offer=pair.offer_public_id), given=400, received=250)
        in_all = queries.given_in_all(pair.donor.id)
        assert (in_all.volume, in_all.handoffs, in_all.typical_days) == (800, 2, 1)
        with transaction() as session:
            session.query(Request).update({Request.need_ml_per_day: 30})
        assert queries.given_in_all(pair.donor.id) == in_all
        assert queries.given_in_all(pair.family.id).volume == 0

    def test_each_reads_the_own_amount(self, pair):
        public_id = confirmed(pair, given=400, received=380)
        assert queries.after_for(pair.family.identity, public_id).amount_ml == 380
        assert queries.after_for(pair.donor.identity, public_id).amount_ml == 400

    def test_without_the_familys_amount_the_donors_counts(self, pair):
        public_id = agreed(pair)
        services.confirm(pair.donor.identity, public_id, amount_ml=350, condition=None, now=NOW)
        services.settle_overdue(now=NOW + 30 * DAY)
        assert queries.after_for(pair.donor.identity, public_id).amount_ml == 350


@pytest.mark.usefixtures("in_app")
@pytest.mark.both_databases
class TestThanks:
    def test_one_press_reaches_the_donor_as_a_notice_and_a_line(self, pair):
        public_id = confirmed(pair)
        services.thank(pair.family.identity, public_id, "", now=NOW + DAY)
        found = queries.after_for(pair.donor.identity, public_id)
        assert (found.thanks, found.thanked_at, found.thanks_wait) == ("", NOW + DAY, False)
        assert "handoff_thanked" in notices(pair.donor)
        assert lines(pair)[-1] == "handoff_thanked"

    def test_the_first_thanks_stand(self, pair):
        public_id = confirmed(pair)
        for words in ("She slept so well.", "Pay me."):
            services.thank(pair.family.identity, public_id, words, now=NOW)
        assert queries.after_for(pair.donor.identity, public_id).thanks == "She slept so well."
        assert lines(pair).count("handoff_thanked") == 1

    @pytest.mark.parametrize("words", ["I can pay you $2 an ounce for more.", "x" * 501])
    def test_what_no_first_contact_may_say_is_refused_and_nothing_is_kept(self, pair, words):
        public_id = confirmed(pair)
        with pytest.raises(Invalid) as refused:
            services.thank(pair.family.identity, public_id, words, now=NOW)
        assert set(refused.value.fields) == {"note"}
        assert queries.after_for(pair.family.identity, public_id).thanked_at is None

    def test_a_telephone_number_is_hidden_as_in_a_first_contact(self, pair):
        public_id = confirmed(pair)
        services.thank(pair.family.identity, public_id, "Thank you! Call me: 916 555 0134.", now=NOW)
        assert "0134" not in queries.after_for(pair.donor.identity, public_id).thanks

    def test_after_a_loss_nothing_is_told_and_the_words_wait_until_she_opens_them(self, pair):
        with transaction() as session:
            session.get(Offer, pair.offer_id).after_loss = True
        public_id = confirmed(pair)
        services.thank(pair.family.identity, public_id, "Thank you.", now=NOW)
        services.share_days(pair.family.identity, public_id, shares=True, now=NOW)
        waiting = queries.after_for(pair.donor.identity, public_id)
        assert (waiting.thanks_wait, waiting.thanks, waiting.wishes.thanks) == (True, "", False)
        assert {"handoff_thanked", "handoff_fed"} & set(notices(pair.donor)) == set()
        assert "handoff_thanked" not in lines(pair)
        for _again in range(2):
            services.open_thanks(pair.donor.identity, public_id, now=NOW + DAY)
        assert queries.after_for(pair.donor.identity, public_id).thanks == "Thank you."
        assert lines(pair).count("handoff_thanked") == 1

    def test_the_family_sees_the_same_whether_the_donor_was_told_or_not(self, pair, other_family):
        other = talk(pair.donor, other_family, offer=pair.offer_public_id)
        told, waiting = confirmed(pair), confirmed(other)
        services.thank(pair.family.identity, told, "Thank you.", now=NOW)
        services.wish(pair.donor.identity, thanks=False, now=NOW)
        services.thank(other_family.identity, waiting, "Thank you.", now=NOW)
        seen = [
            queries.after_for(who.identity, public_id)
            for who, public_id in ((pair.family, told), (other_family, waiting))
        ]
        assert seen[0].thanks == seen[1].thanks
        assert seen[0].thanked_at == seen[1].thanked_at
        assert [one.thanks_wait for one in seen] == [False, False]

    def test_a_donor_after_a_loss_may_ask_to_be_told(self, pair):
        with transaction() as session:
            session.get(Offer, pair.offer_id).after_loss = True
        services.wish(pair.donor.identity, thanks=True, now=NOW)
        services.thank(pair.family.identity, confirmed(pair), "", now=NOW)
        assert "handoff_thanked" in notices(pair.donor)

    def test_between_two_who_blocked_each_other_nothing_is_delivered(self, pair):
        public_id = confirmed(pair)
        block(pair.donor.identity, _public(pair.family), now=NOW)
        services.thank(pair.family.identity, public_id, "Thank you.", now=NOW)
        assert "handoff_thanked" not in notices(pair.donor)
        services.open_thanks(pair.donor.identity, public_id, now=NOW)
        assert "handoff_thanked" not in lines(pair)

    def test_only_the_donor_opens_them(self, pair, stranger):
        public_id = confirmed(pair)
        for who in (pair.family, stranger):
            with pytest.raises(NotFound):
                services.open_thanks(who.identity, public_id, now=NOW)

    def test_opening_what_nobody_said_changes_nothing(self, pair):
        public_id = confirmed(pair)
        services.open_thanks(pair.donor.identity, public_id, now=NOW)
        assert queries.after_for(pair.donor.identity, public_id).thanked_at is None

    def test_a_wish_for_nothing_leaves_what_is_usual(self, pair):
        services.wish(pair.donor.identity, now=NOW)
        services.wish(pair.donor.identity, now=NOW)
        assert queries.wishes_of(pair.donor.id) == queries.Wishes(questions=True, thanks=True)


def _public(who):
    return db.session.get(User, who.id).public_id


def test_the_days_are_those_of_a_calendar():
    assert asked_at(NOW, UTC).date() == date(2026, 11, 24)
