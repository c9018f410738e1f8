"""Somebody who was not there when a message came gets one notice and one mail, and nobody who read it does."""

from datetime import timedelta

import pytest
from flask_mailman import EmailMessage
from sqlalchemy import select

from app.accounts import services as accounts
from app.accounts.models import Block
from app.accounts.queries import person
from app.infra import jobs
from app.infra.database import db
from app.infra.transaction import transaction
from app.messaging import queries, services
from app.notifications.models import Notice
from tests.conftest import NOW

pytestmark = pytest.mark.both_databases

SOON = NOW + timedelta(minutes=9)
LATER = NOW + timedelta(minutes=11)


@pytest.fixture
def mails(monkeypatch):
    """The subjects and texts of the mails that left."""
    sent = []
    monkeypatch.setattr(EmailMessage, "send", lambda mail, **_: sent.append((mail.to[0], mail.subject, mail.body)))
    return sent


def write(who, talk, number, *, now=NOW, body="Is Saturday good? My number is 555 0143."):
    client_id = f"00000000-0000-4000-8000-{number:012d}"
    return services.send(who.identity, talk.public_id, client_id=client_id, kind="text", body=body, now=now)


def notices_of(person):
    wanted = select(Notice.kind).filter_by(user_id=person.id, kind="message_waiting")
    return list(db.session.scalars(wanted))


def test_a_message_left_unread_for_ten_minutes_brings_one_notice_and_one_mail_without_its_words(
    in_app, talk, donor, family, mails
):
    write(donor, talk, 1)
    write(donor, talk, 2)
    jobs.run_due(now=SOON)
    assert notices_of(family) == []
    jobs.run_due(now=LATER)
    assert notices_of(family) == ["message_waiting"]
    assert [to for to, _, _ in mails] == [family.email]
    assert "555" not in "".join(subject + text for _, subject, text in mails)
    assert notices_of(donor) == []


def test_a_message_that_was_read_brings_nothing(in_app, talk, donor, family, mails):
    write(donor, talk, 1)
    services.mark_read(family.identity, talk.public_id, 1, now=SOON)
    jobs.run_due(now=LATER)
    assert notices_of(family) == []
    assert mails == []


def test_after_reading_the_next_silence_is_told_again(in_app, talk, donor, family, mails):
    write(donor, talk, 1)
    jobs.run_due(now=LATER)
    services.mark_read(family.identity, talk.public_id, 1, now=LATER)
    write(donor, talk, 2, now=LATER)
    jobs.run_due(now=LATER + timedelta(minutes=11))
    assert notices_of(family) == ["message_waiting"] * 2


def test_a_card_brings_a_notice_of_its_own_and_no_second_one(in_app, talk, donor, family, mails):
    services.post_card(talk.id, donor.id, {"handoff": "some-handoff"}, now=NOW)
    jobs.run_due(now=LATER)
    assert notices_of(family) == []


def test_nothing_is_told_between_two_who_parted(in_app, talk, donor, family, mails, blocked_by):
    write(donor, talk, 1)
    blocked_by(family, donor)
    jobs.run_due(now=LATER)
    assert notices_of(family) == []


@pytest.fixture
def blocked_by():
    def block(one, other):
        with transaction() as session:
            session.add(Block(blocker_id=one.id, blocked_id=other.id, created_at=NOW))

    return block


def test_words_after_a_card_or_after_something_taken_back_are_told(in_app, talk, donor, family, mails):
    services.post_card(talk.id, donor.id, {"handoff": "some-handoff"}, now=NOW)
    write(donor, talk, 1)
    services.delete_message(donor.identity, talk.public_id, 2, now=SOON)
    jobs.run_due(now=LATER)
    assert notices_of(family) == []
    write(donor, talk, 2, now=LATER)
    jobs.run_due(now=LATER + timedelta(minutes=11))
    assert notices_of(family) == ["message_waiting"]


def test_what_came_after_she_read_waits_its_own_ten_minutes_and_is_told_once(in_app, talk, donor, family, mails):
    write(donor, talk, 1)
    services.mark_read(family.identity, talk.public_id, 1, now=SOON)
    write(donor, talk, 2, now=SOON)
    jobs.run_due(now=LATER)
    assert notices_of(family) == []
    jobs.run_due(now=SOON + timedelta(minutes=11))
    jobs.run_due(now=SOON + timedelta(hours=2))
    assert notices_of(family) == ["message_waiting"]


def test_what_she_had_not_seen_when_she_read_the_rest_is_told(in_app, talk, donor, family, mails):
    write(donor, talk, 1)
    write(donor, talk, 2, now=SOON)
    services.mark_read(family.identity, talk.public_id, 1, now=SOON)
    jobs.run_due(now=LATER)
    assert notices_of(family) == []
    jobs.run_due(now=SOON + timedelta(minutes=11))
    assert notices_of(family) == ["message_waiting"]


def test_what_a_phone_sends_that_was_away_does_not_read_what_came_meanwhile(in_app, talk, donor, family, mails):
    write(donor, talk, 1, body="Come at five, not at four.")
    write(family, talk, 2, body="Written in the tunnel before.", now=SOON)
    assert (queries.read_up_to(talk.id, family.id), queries.unread_total(family.id)) == (0, 1)
    jobs.run_due(now=LATER)
    assert notices_of(family) == ["message_waiting"]


@pytest.mark.parametrize("who", ["the writer", "the reader", "the writer's account is shut"])
def test_a_notice_that_waits_for_the_morning_does_not_leave_once_the_two_are_parted(
    who, in_app, talk, donor, family, mails
):
    write(donor, talk, 1)
    services.remind(talk.id, family.id, now=LATER)
    assert notices_of(family) == ["message_waiting"]
    if who == "the writer's account is shut":
        accounts.deactivate(donor.id, now=LATER)
    else:
        blocker, other = (donor, family) if who == "the writer" else (family, donor)
        accounts.block(blocker.identity, person(other.id).public_id, now=LATER)
    jobs.run_due(now=LATER + timedelta(days=1))
    assert mails == []


def test_a_block_elsewhere_leaves_the_notice_as_it_is(in_app, talk, donor, family, stranger, mails):
    write(donor, talk, 1)
    services.remind(talk.id, family.id, now=LATER)
    accounts.block(family.identity, person(stranger.id).public_id, now=LATER)
    accounts.deactivate(stranger.id, now=LATER)
    jobs.run_due(now=LATER + timedelta(hours=1))
    assert [to for to, _, _ in mails] == [family.email]
