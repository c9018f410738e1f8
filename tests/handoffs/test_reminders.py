"""What the two hear before they meet: once each, by their own clocks, and never about a meeting that is off."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from app.accounts.models import User
from app.handoffs import jobs as handoff_jobs
from app.handoffs import queries, services
from app.handoffs.models import HandoffSide
from app.handoffs.rules.meeting import NEAR, is_near, reminders_due
from app.handoffs.rules.states import UNMET, CancelReason, HandoffState
from app.infra import jobs
from app.infra.database import db
from app.infra.transaction import transaction
from app.kernel.errors import Conflict, Invalid, NotFound
from app.notifications.models import Notice, Sending
from tests.conftest import NOW
from tests.handoffs.factories import DAY, END, HOUR, START, agreed, notices, proposed

MINUTE = timedelta(minutes=1)
REMINDED = ["handoff_tomorrow", "handoff_soon"]


def reminded(who):
    return [kind for kind in notices(who) if kind in REMINDED]


def run(now):
    db.session.rollback()
    jobs.run_due(now=now)


def notice(who, kind):
    db.session.rollback()
    return db.session.query(Notice).filter_by(user_id=who.id, kind=kind).one()


def live_in(who, zone, locale="en"):
    with transaction() as session:
        person = session.get(User, who.id)
        person.timezone, person.locale = zone, locale


@pytest.mark.parametrize(
    ("ahead", "due"),
    [
        (25 * HOUR, {"handoff_tomorrow": HOUR, "handoff_soon": 23 * HOUR}),
        (24 * HOUR, {"handoff_soon": 22 * HOUR}),
        (3 * HOUR, {"handoff_soon": HOUR}),
        (2 * HOUR, {}),
        (MINUTE, {}),
    ],
)
def test_a_reminder_whose_hour_has_passed_is_left_out(ahead, due):
    assert reminders_due(NOW + ahead, now=NOW) == due


@pytest.mark.parametrize("state", HandoffState)
def test_only_of_a_meeting_to_come_somebody_says_where_she_is(state):
    assert is_near(state, START, END, now=START) is (state in UNMET)


@pytest.mark.parametrize(
    ("moment", "may"),
    [(START - NEAR - MINUTE, False), (START - NEAR, True), (END - MINUTE, True), (END, False)],
)
def test_it_is_said_from_three_hours_before_until_the_window_is_over(moment, may):
    assert is_near(HandoffState.AGREED, START, END, now=moment) is may


@pytest.mark.usefixtures("in_app")
@pytest.mark.both_databases
class TestReminders:
    def test_both_are_reminded_a_day_and_two_hours_before_each_once(self, pair):
        start = NOW + 3 * DAY
        public_id = agreed(pair, start=start)
        run(start - DAY - MINUTE)
        assert reminded(pair.donor) == []
        for _again in range(2):
            run(start - DAY)
            handoff_jobs.remind(handoff=public_id, kind="handoff_tomorrow", now=start - DAY)
        assert reminded(pair.donor) == reminded(pair.family) == ["handoff_tomorrow"]
        run(start - 2 * HOUR)
        assert reminded(pair.donor) == reminded(pair.family) == REMINDED

    def test_a_proposal_is_called_to_nobodys_mind(self, pair):
        proposed(pair, start=NOW + 3 * DAY)
        run(NOW + 3 * DAY - HOUR)
        assert reminded(pair.donor) == []

    def test_a_meeting_that_is_off_is_called_to_nobodys_mind(self, pair):
        start = NOW + 3 * DAY
        public_id = agreed(pair, start=start)
        services.cancel(pair.donor.identity, public_id, reason=CancelReason.UNSAID, now=NOW)
        run(start - HOUR)
        assert reminded(pair.donor) == reminded(pair.family) == []

    def test_a_worker_that_slept_through_it_reminds_of_no_meeting_that_has_begun(self, pair):
        agreed(pair, start=NOW + 3 * DAY)
        run(NOW + 3 * DAY)
        assert reminded(pair.donor) == []

    def test_what_waits_for_the_morning_does_not_leave_once_the_meeting_is_off(self, pair):
        start = NOW + 3 * DAY
        public_id = agreed(pair, start=start)
        services.remind(public_id, "handoff_tomorrow", now=start - DAY)
        services.cancel(pair.family.identity, public_id, reason=CancelReason.UNSAID, now=start - DAY)
        assert notice(pair.donor, "handoff_tomorrow").read_at is not None

    @pytest.mark.parametrize(
        ("zone", "locale", "shown"),
        [
            ("America/Los_Angeles", "en", "Tue 24 Nov, 07:00"),
            ("Asia/Kolkata", "en", "Tue 24 Nov, 20:30"),
            ("Europe/Berlin", "de", "Di. 24 Nov., 16:00"),
        ],
    )
    def test_each_reads_the_moment_by_the_own_clock(self, pair, zone, locale, shown):
        live_in(pair.family, zone, locale)
        start = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
        services.remind(agreed(pair, start=start), "handoff_soon", now=start - 2 * HOUR)
        assert notice(pair.family, "handoff_soon").params == {"name": "Dana", "when": shown}

    def test_over_a_change_of_clocks_the_moment_is_still_right(self, pair):
        live_in(pair.family, "America/New_York")
        start = datetime(2027, 3, 14, 7, 30, tzinfo=UTC)
        with time_machine.travel(start - 40 * DAY):
            services.remind(agreed_at(pair, start), "handoff_tomorrow", now=start - DAY)
        assert notice(pair.family, "handoff_tomorrow").params["when"] == "Sun 14 Mar, 03:30"

    def test_the_near_one_breaks_quiet_hours_and_the_far_one_does_not(self, pair):
        live_in(pair.donor, "America/Los_Angeles")
        start = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
        public_id = agreed(pair, start=start)
        services.remind(public_id, "handoff_tomorrow", now=start - DAY)
        services.remind(public_id, "handoff_soon", now=start - 2 * HOUR)
        assert not notice(pair.donor, "handoff_tomorrow").urgent
        assert notice(pair.donor, "handoff_soon").urgent
        assert db.session.query(Sending).filter_by(notice_id=notice(pair.donor, "handoff_soon").id).count() > 0


def agreed_at(where, start):
    """An agreement made a month before its meeting."""
    from tests.handoffs.factories import draft

    early = start - 30 * DAY
    public_id = services.propose(where.family.identity, where.public_id, draft(start=start), now=early)
    services.agree(where.donor.identity, public_id, now=early)
    return public_id


@pytest.mark.usefixtures("in_app")
@pytest.mark.both_databases
class TestRunningLate:
    def test_one_press_tells_the_other_and_both_see_it(self, pair):
        public_id = agreed(pair)
        for _again in range(2):
            services.say_late(pair.family.identity, public_id, 20, now=START - HOUR)
        assert notices(pair.donor).count("handoff_late") == 1
        assert "handoff_late" not in notices(pair.family)
        left = notice(pair.donor, "handoff_late")
        assert left.urgent
        assert left.params == {"name": "Fatima", "minutes": "20"}
        assert queries.handoff_for(pair.donor.identity, public_id, now=START).other.late_minutes == 20
        assert queries.handoff_for(pair.family.identity, public_id, now=START).mine.late_minutes == 20

    def test_another_number_is_further_news(self, pair):
        public_id = agreed(pair)
        for minutes in (20, 45):
            services.say_late(pair.donor.identity, public_id, minutes, now=START)
        assert notices(pair.family).count("handoff_late") == 2
        assert queries.handoff_for(pair.donor.identity, public_id, now=START).mine.late_minutes == 45

    def test_both_may_be_late(self, pair):
        public_id = agreed(pair)
        services.say_late(pair.donor.identity, public_id, 10, now=START)
        services.say_late(pair.family.identity, public_id, 30, now=START)
        view = queries.handoff_for(pair.donor.identity, public_id, now=START)
        assert (view.mine.late_minutes, view.other.late_minutes) == (10, 30)

    @pytest.mark.parametrize("minutes", [0, -5, 7, 61, 10**9])
    def test_a_number_that_is_not_offered_is_refused(self, pair, minutes):
        public_id = agreed(pair)
        with pytest.raises(Invalid):
            services.say_late(pair.donor.identity, public_id, minutes, now=START)

    def test_it_is_not_said_about_what_is_far_off_or_only_proposed_or_anothers(self, pair, stranger):
        public_id, open_one = agreed(pair), proposed(pair, volume_ml=100)
        with pytest.raises(Conflict):
            services.say_late(pair.donor.identity, public_id, 10, now=NOW)
        with pytest.raises(Conflict):
            services.say_late(pair.donor.identity, open_one, 10, now=START)
        with pytest.raises(NotFound):
            services.say_late(stranger.identity, public_id, 10, now=START)

    def test_nothing_of_it_is_kept_when_the_handoff_ends(self, pair):
        public_id = agreed(pair)
        services.say_late(pair.donor.identity, public_id, 10, now=START)
        services.report_missed(pair.family.identity, public_id, now=END)
        assert db.session.query(HandoffSide).count() == 0


class TestThePages:
    def test_the_buttons_stand_there_in_the_hours_before_and_say_it(self, app, pair, sign_in):
        with app.app_context():
            public_id = agreed(pair)
        with time_machine.travel(NOW, tick=False) as clock:
            assert "running late?" not in sign_in(pair.donor).get(f"/handoffs/{public_id}").text
            clock.move_to(START - HOUR)
            donor, family = sign_in(pair.donor), sign_in(pair.family)
            assert "running late?" in donor.get(f"/handoffs/{public_id}").text
            assert donor.post(f"/handoffs/{public_id}/late", data={"minutes": "30"}).status_code == 302
            assert "You said that you are about 30 minutes late." in donor.get(f"/handoffs/{public_id}").text
            assert "Dana is about 30 minutes late." in family.get(f"/handoffs/{public_id}").text
            assert "Dana is about 30 minutes late." in family.get(f"/handoffs/{public_id}/card").text
            assert "Dana is running about 30 minutes late." in family.get("/notices").text
            assert donor.post(f"/handoffs/{public_id}/late", data={"minutes": "many"}).status_code == 422
