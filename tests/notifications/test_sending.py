"""One item, one notice, by one way, at a good moment: what leaves the site, and everything that keeps it in."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app.accounts import services as accounts
from app.accounts.models import User
from app.infra import jobs
from app.infra.database import db
from app.infra.transaction import transaction
from app.notifications import jobs as sending
from app.notifications import queries, services
from app.notifications.models import Notice, Sending
from app.notifications.rules import Channel, Choice, Group
from app.notifications.services import PreferencesDraft
from app.notifications.services.outward import GRACE
from tests.at_once import at_once
from tests.notifications.conftest import Browser

both_databases = pytest.mark.both_databases

PACIFIC = "America/Los_Angeles"
NOON = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
"""Noon in California."""
NIGHT = NOON + timedelta(hours=12)
MORNING = NOON + timedelta(hours=19)
EVENING = NOON + timedelta(hours=6)
INSTANT, DIGEST, OFF = Choice.INSTANT, Choice.DIGEST, Choice.OFF


@pytest.fixture(autouse=True)
def _everybody_lives_in_california(in_app, donor, living_in):
    living_in(donor, PACIFIC)


def leave(person, *, item="handoff:1", kind="handoff_agreed", now=NOON, mail=True, **kwargs):
    services.notify(person.id, kind, item=item, path=f"/about/{item}", mail=mail, now=now, **kwargs)


def work(*moments) -> None:
    """The worker looks at these moments."""
    for moment in moments:
        services.enqueue_digests(services.due_digests(now=moment), now=moment)
        jobs.run_due(now=moment)


def choose(person, *, now=NOON, quiet=True, start=22, end=7, hour=18, **choices) -> None:
    wanted = {
        (Group(name.rsplit("_", 1)[0]), Channel(name.rsplit("_", 1)[1])): choice for name, choice in choices.items()
    }
    services.save_preferences(person.identity, PreferencesDraft(wanted, quiet, start, end, hour), now=now)


def states() -> dict[str, tuple[str, str]]:
    return {row.channel: (row.mode, row.state) for row in db.session.scalars(select(Sending))}


def test_a_notice_waits_two_minutes_for_somebody_who_is_here_and_then_goes_by_mail(donor, outbox):
    leave(donor)
    work(NOON, NOON + GRACE - timedelta(seconds=1))
    assert outbox == []
    work(NOON + GRACE)
    assert [mail.to for mail in outbox] == [[donor.email]]


@pytest.mark.parametrize("how", ["opened", "all read", "answered"])
def test_what_was_read_in_the_meantime_goes_out_nowhere(donor, outbox, push_service, agree, how):
    agree(donor, Browser())
    leave(donor)
    if how == "opened":
        services.open_notice(donor.identity, queries.inbox(donor.identity)[0].public_id, now=NOON)
    elif how == "all read":
        services.open_all(donor.identity, now=NOON)
    else:
        services.settle(donor.id, "handoff_agreed", "/about/handoff:1", now=NOON)
    work(NOON + GRACE, EVENING, NOON + timedelta(days=1))
    assert (outbox, push_service.brought) == ([], [])
    assert {state for _, state in states().values()} == {"dropped"}


@both_databases
def test_two_notices_on_one_item_are_one_notice_and_one_mail(donor, outbox):
    leave(donor)
    leave(donor, now=NOON + timedelta(hours=1))
    work(NOON + GRACE, NOON + timedelta(hours=2))
    assert len(queries.inbox(donor.identity)) == len(outbox) == 1


@both_databases
def test_the_same_item_left_eight_times_at_once_is_one_notice_with_one_way_out(app, donor, outbox):
    db.session.remove()
    assert at_once(app, *[lambda: leave(donor)] * 8) == [None] * 8
    assert len(list(db.session.scalars(select(Notice)))) == len(list(db.session.scalars(select(Sending)))) == 1
    work(NOON + GRACE)
    assert len(outbox) == 1


@both_databases
def test_when_a_push_service_took_it_the_mail_waits_for_the_summary(donor, outbox, push_service, agree):
    agree(donor, Browser())
    leave(donor)
    work(NOON + GRACE, NOON + timedelta(hours=1))
    assert (len(push_service.brought), outbox) == (1, [])
    assert states() == {"push": ("instant", "sent"), "mail": ("digest", "waiting")}
    work(EVENING)
    assert [mail.subject for mail in outbox] == ["1 piece of news for you at Milkbridge"]
    assert len(push_service.brought) == 1


def test_urgent_news_goes_by_mail_too_when_the_push_was_not_read_for_a_quarter_of_an_hour(
    donor, family, outbox, push_service, agree
):
    for person, number in ((donor, 1), (family, 2)):
        agree(person, Browser(f"https://fcm.googleapis.com/fcm/send/{number}"))
        leave(person, urgent=True)
    work(NOON, NOON + timedelta(minutes=14))
    services.open_all(family.identity, now=NOON)
    assert (len(push_service.brought), outbox) == (2, [])
    work(NOON + timedelta(minutes=15), NOON + timedelta(hours=2))
    assert (len(push_service.brought), [mail.to for mail in outbox]) == (2, [[donor.email]])


@pytest.mark.parametrize("trouble", ["offline", 500, 429, 410])
def test_when_no_push_service_takes_it_the_mail_goes_at_once(donor, outbox, push_service, agree, trouble):
    browser = Browser()
    agree(donor, browser)
    push_service.offline = trouble == "offline"
    push_service.answers = {browser.endpoint: trouble}
    leave(donor)
    work(NOON + GRACE)
    assert len(outbox) == 1
    assert states() == {"push": ("instant", "dropped"), "mail": ("instant", "sent")}


def test_a_push_without_a_mail_beside_it_is_tried_again(donor, outbox, push_service, agree):
    browser = Browser()
    agree(donor, browser)
    choose(donor, handoffs_mail=OFF)
    push_service.offline = True
    leave(donor)
    work(NOON + GRACE)
    push_service.offline = False
    work(NOON + timedelta(minutes=10))
    assert (len(push_service.brought), outbox) == (1, [])
    assert states() == {"push": ("instant", "sent")}


@both_databases
def test_a_job_that_is_run_again_sends_nothing_twice(donor, outbox):
    leave(donor)
    work(NOON + GRACE)
    (notice,) = queries.inbox(donor.identity)
    again = sending.send_notice(notice_id=notice.id, now=NOON + GRACE)
    with transaction():
        sending.notice_sent(notice_id=notice.id, prepared=again, now=NOON + GRACE)
    assert len(outbox) == 1


def test_a_worker_that_dies_between_sending_and_writing_it_down_sends_the_same_mail(donor, outbox):
    leave(donor)
    (notice,) = queries.inbox(donor.identity)
    sending.send_notice(notice_id=notice.id, now=NOON + GRACE)
    work(NOON + GRACE)
    first, second = (mail.message()["Message-ID"] for mail in outbox)
    assert first == second == f"<notice.{notice.public_id}@127.0.0.1>"


@pytest.mark.parametrize("reason", ["shut", "not confirmed"])
def test_nothing_is_sent_to_an_account_that_is_shut_or_not_confirmed(donor, outbox, reason):
    leave(donor)
    leave(donor, kind="matches_new", item="matches:1")
    with transaction() as session:
        row = session.get(User, donor.id)
        row.active = reason != "shut"
        row.confirmed_at = None if reason == "not confirmed" else row.confirmed_at
    work(NOON + GRACE, EVENING)
    assert outbox == []


def test_what_is_only_for_the_inbox_stays_there_unless_its_reader_chose_otherwise(donor, family, outbox, living_in):
    living_in(family, PACIFIC)
    choose(family, posts_mail=DIGEST)
    for person in (donor, family):
        leave(person, kind="offer_paused", item="offer:1", mail=False)
    work(NOON + GRACE, EVENING)
    assert [mail.to for mail in outbox] == [[family.email]]


# Quiet hours.


def test_what_comes_at_night_leaves_in_the_morning(donor, outbox):
    leave(donor, now=NIGHT)
    work(NIGHT + GRACE, NIGHT + timedelta(hours=3), MORNING - timedelta(seconds=1))
    assert outbox == []
    work(MORNING)
    assert len(outbox) == 1


def test_what_is_read_before_the_morning_does_not_leave_then(donor, outbox):
    leave(donor, now=NIGHT)
    work(NIGHT + GRACE)
    services.open_all(donor.identity, now=NIGHT + timedelta(hours=1))
    work(MORNING)
    assert outbox == []


def test_news_of_ones_own_handoff_today_leaves_at_once_also_at_night(donor, outbox):
    leave(donor, now=NIGHT, urgent=True)
    work(NIGHT)
    assert len(outbox) == 1


def test_what_was_delayed_into_the_night_waits_for_the_morning(donor, outbox):
    leave(donor)
    work(NIGHT)
    assert outbox == []
    work(MORNING)
    assert len(outbox) == 1


@pytest.mark.parametrize(
    ("hours", "at_night"), [({}, 0), ({"start": 6, "end": 12}, 1), ({"quiet": False}, 1), ({"start": 0, "end": 3}, 1)]
)
def test_quiet_hours_are_the_readers_own(donor, outbox, hours, at_night):
    choose(donor, **hours)
    leave(donor, now=NIGHT)
    work(NIGHT + timedelta(hours=4))
    assert len(outbox) == at_night


# The summary.


@both_databases
def test_what_may_wait_comes_once_a_day_together(donor, outbox):
    for number in range(3):
        leave(donor, kind="matches_new", item=f"matches:{number}", now=NOON + timedelta(minutes=number))
    work(NOON + GRACE, EVENING - timedelta(minutes=1))
    assert outbox == []
    work(EVENING, EVENING + timedelta(minutes=20))
    (mail,) = outbox
    assert mail.subject == "3 pieces of news for you at Milkbridge"
    assert [f"/about/matches:{number}" in mail.body for number in range(3)] == [True] * 3
    leave(donor, kind="matches_new", item="matches:9", now=EVENING + timedelta(hours=1))
    work(EVENING + timedelta(hours=2), EVENING + timedelta(days=1))
    assert [mail.subject for mail in outbox[1:]] == ["1 piece of news for you at Milkbridge"]


def test_the_worker_looks_for_due_summaries_by_itself(donor, outbox):
    leave(donor, kind="matches_new", item="matches:1")
    assert jobs.registry().periods[sending.DIGESTS] == timedelta(minutes=15)
    with transaction():
        jobs.enqueue(sending.DIGESTS, {}, now=EVENING)
    jobs.run_due(now=EVENING)
    assert len(outbox) == 1


def test_no_summary_without_news(donor, outbox):
    leave(donor, kind="matches_new", item="matches:1")
    services.open_all(donor.identity, now=NOON)
    work(EVENING)
    assert outbox == []


def test_the_summary_comes_at_the_hour_its_reader_chose_also_when_something_waits_already(donor, outbox):
    leave(donor, kind="matches_new", item="matches:1")
    choose(donor, hour=14)
    work(NOON + timedelta(hours=2))
    assert len(outbox) == 1


def test_the_summary_says_the_same_thing_once_and_no_more_than_twenty_lines(donor, outbox):
    for number in range(25):
        leave(donor, kind="matches_new", item=f"matches:{number}")
    services.notify(donor.id, "matches_new", item="matches:again", path="/about/matches:24", mail=True, now=NOON)
    work(EVENING)
    (mail,) = outbox
    assert mail.body.count("http://127.0.0.1:5000/about/") == 19
    assert "And 6 more." in mail.body


def test_a_summary_by_push_says_how_many_and_leads_to_the_inbox(donor, outbox, push_service, agree):
    browser = Browser()
    agree(donor, browser)
    choose(donor, matches_mail=OFF, matches_push=DIGEST)
    for number in range(2):
        leave(donor, kind="matches_new", item=f"matches:{number}")
    work(EVENING)
    (brought,) = push_service.brought
    assert browser.read(brought.body) == {
        "words": "2 pieces of news for you at Milkbridge", "path": "/notices", "tag": "digest",
    }  # fmt: skip
    assert outbox == []
    assert states() == {"push": ("digest", "sent")}


def test_what_is_in_the_summary_by_mail_is_not_in_the_one_by_push(donor, outbox, push_service, agree):
    agree(donor, Browser())
    choose(donor, matches_push=DIGEST)
    leave(donor, kind="matches_new", item="matches:1")
    work(EVENING)
    assert (len(outbox), push_service.brought) == (1, [])
    assert states() == {"mail": ("digest", "sent"), "push": ("digest", "dropped")}


def test_a_summary_that_runs_late_waits_for_the_morning(donor, outbox):
    leave(donor, kind="matches_new", item="matches:1")
    work(NIGHT)
    assert outbox == []
    work(MORNING)
    assert len(outbox) == 1


# Choices.


@both_databases
@pytest.mark.parametrize(("choice", "soon", "evening"), [(INSTANT, 1, 1), (DIGEST, 0, 1), (OFF, 0, 0)])
def test_a_group_leaves_by_mail_as_its_reader_chose(donor, outbox, choice, soon, evening):
    choose(donor, handoffs_mail=choice)
    leave(donor)
    work(NOON + GRACE)
    assert len(outbox) == soon
    work(EVENING)
    assert len(outbox) == evening


@pytest.mark.parametrize("kind", ["handoff_agreed", "matches_new"])
def test_what_is_switched_off_while_it_waits_does_not_leave(donor, outbox, kind):
    leave(donor, kind=kind)
    choose(donor, handoffs_mail=OFF, matches_mail=OFF)
    work(NOON + GRACE, EVENING)
    assert outbox == []
    assert len(queries.inbox(donor.identity)) == 1


def test_urgent_news_comes_at_once_although_its_group_comes_once_a_day_but_not_when_it_is_off(donor, family, outbox):
    choose(donor, handoffs_mail=DIGEST)
    choose(family, handoffs_mail=OFF)
    leave(donor, urgent=True)
    leave(family, urgent=True)
    work(NOON)
    assert [mail.to for mail in outbox] == [[donor.email]]


def test_pushes_end_at_once_with_the_consent_and_with_the_session(donor, outbox, push_service, agree):
    for ending in (
        lambda: accounts.withdraw_consent(donor.identity, "notifications", now=NOON),
        lambda: accounts.end_sessions(donor.id, now=NOON),
    ):
        agree(donor, Browser())
        leave(donor, item=f"handoff:{ending}")
        ending()
        work(NOON + GRACE)
        assert queries.own_devices(donor.identity) == []
    assert push_service.brought == []
    assert len(outbox) == 2


def test_two_summaries_on_one_day_of_utc_are_two_mails(donor, outbox, living_in):
    """On the Sunday the clocks of Chicago go forward, 18:00 comes at 00:00 and at 23:00 UTC of the same day."""
    living_in(donor, "America/Chicago")
    saturday, sunday = datetime(2027, 3, 14, 0, 5, tzinfo=UTC), datetime(2027, 3, 14, 23, 5, tzinfo=UTC)
    for item, evening in (("handoff:1", saturday), ("handoff:2", sunday)):
        leave(donor, item=item, kind="matches_new", now=evening - timedelta(hours=3))
        work(evening)
    assert len({mail.message()["Message-ID"] for mail in outbox}) == 2
