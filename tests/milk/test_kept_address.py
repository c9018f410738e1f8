"""The address of somebody who left: kept by consent, linked to in each mail, deleted by its reader at any time."""

import re
import shutil
from datetime import timedelta

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from app.accounts import services as accounts
from app.factory import create_app
from app.infra import jobs
from app.infra.database import db
from app.infra.jobs import Job
from app.infra.mail import SEND
from app.infra.transaction import transaction
from app.milk import queries, services
from app.milk.models import RecallContact, RecallContactLink, WithdrawalNotice
from app.milk.rules.ledger import Arrival
from app.milk.rules.withdrawals import Draft, Reason, State
from app.milk.services import answering, contacts, holders, telling, withdrawals
from config import Settings
from tests.conftest import NOW
from tests.milk.factories import lot

LINK = re.compile(r"/recall/forget/([\w-]+)")
CONSENT = {"text_version": "2026-11", "text_hash": "0" * 64, "language": "en"}


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def letters(in_app) -> list:
    """The mails that left."""
    in_app.extensions["mailman"].outbox = found = []
    return found


@pytest.fixture
def milk(in_app, donor, family) -> str:
    """A lot of which the family received some in two handoffs."""
    public_id = lot(donor)
    with transaction():
        for token in ("one", "two"):
            holders.register(token, family.id, now=NOW)
            services.give(public_id, token, 200, Arrival.FROZEN, now=NOW)
    return public_id


def leave(who, *, agreed=True) -> None:
    if agreed:
        accounts.give_consent(who.identity, "recall-contact", **CONSENT, now=NOW)
    holders.part(who.id, email=who.email, locale="en", now=NOW)


def withdraw(donor, milk) -> str:
    return withdrawals.withdraw(donor.identity, Draft(Reason.STORAGE, lot_public_ids=(milk,)), now=NOW)


def link_in(letter) -> str:
    return LINK.search(letter.body)[1]


def kept() -> int:
    return db.session.scalar(select(func.count()).select_from(RecallContact)) or 0


@pytest.fixture
def link(milk, family, letters) -> str:
    """She left and agreed; the link in the mail that says so."""
    leave(family)
    jobs.run_due(now=NOW)
    return link_in(letters[0])


def standing(donor, token) -> tuple[State, int, int]:
    found = queries.withdrawal_for(donor.identity, token)
    numbers = queries.numbers(found.id)
    return found.state, numbers.told, numbers.unreached


class TestTheMails:
    def test_who_leaves_and_agreed_reads_that_it_is_kept_until_when_and_how_it_goes(self, link, family, letters):
        (letter,) = letters
        assert letter.to == [family.email]
        assert "May 1, 2028" in letter.body
        assert "Have it deleted here" in letter.body

    def test_who_agreed_to_nothing_or_received_nothing_is_written_nothing(self, milk, family, stranger, letters):
        leave(family, agreed=False)
        leave(stranger)
        jobs.run_due(now=NOW)
        assert (letters, kept()) == ([], 0)

    def test_each_mail_has_a_link_of_its_own_and_no_link_is_kept_as_it_is(self, donor, milk, link, letters):
        withdraw(donor, milk)
        jobs.run_due(now=NOW)
        other = link_in(letters[1])
        assert other != link
        digests = set(db.session.scalars(select(RecallContactLink.digest)))
        assert len(digests) == 2
        assert not digests & {link, other}

    def test_a_mail_to_an_account_that_is_only_shut_has_none(self, donor, family, milk, letters):
        accounts.deactivate(family.id, now=NOW)
        withdraw(donor, milk)
        jobs.run_due(now=NOW)
        assert [LINK.search(letter.body) for letter in letters] == [None]

    def test_who_left_amid_a_withdrawal_is_told_again_by_mail(self, donor, family, milk, letters):
        withdraw(donor, milk)
        jobs.run_due(now=NOW)
        leave(family)
        later = NOW + timedelta(hours=25)
        telling.follow_up(now=later)
        jobs.run_due(now=later)
        assert "About milk you received" in [letter.subject for letter in letters if link_or_none(letter)]


def link_or_none(letter) -> str | None:
    return link_in(letter) if LINK.search(letter.body) else None


class TestThePage:
    def test_opening_it_changes_nothing_and_its_button_deletes_the_address_of_every_handoff(self, client, link):
        page = client.get(f"/recall/forget/{link}")
        assert ("Delete my address now" in page.text, kept()) == (True, 2)
        assert page.headers["Cache-Control"] == "no-store"
        done = client.post(f"/recall/forget/{link}")
        assert (done.status_code, "Your address is deleted" in done.text, kept()) == (200, True, 0)

    def test_twice_the_same_is_harmless(self, client, link):
        answers = [client.post(f"/recall/forget/{link}") for _twice in range(2)]
        assert [(each.status_code, "Your address is deleted" in each.text) for each in answers] == [(200, True)] * 2
        assert "Your address is deleted" in client.get(f"/recall/forget/{link}").text

    def test_an_older_link_works_as_well_as_the_newest(self, client, donor, milk, link, letters):
        withdraw(donor, milk)
        jobs.run_due(now=NOW)
        client.post(f"/recall/forget/{link}")
        assert "Your address is deleted" in client.get(f"/recall/forget/{link_in(letters[1])}").text

    @pytest.mark.parametrize("method", ["get", "post"])
    def test_a_wrong_link_is_told_kindly_and_deletes_nothing(self, client, link, method):
        answer = getattr(client, method)(f"/recall/forget/{link[:-1]}")
        assert (answer.status_code, "This link leads nowhere" in answer.text, kept()) == (404, True, 2)

    def test_it_names_nobody(self, client, family, link):
        page = client.get(f"/recall/forget/{link}").text
        assert family.email not in page
        assert family.display_name not in page

    def test_whoever_tries_links_is_slowed_down(self, migrated, tmp_path):
        shutil.copyfile(migrated, tmp_path / "milkbridge.sqlite")
        limited = create_app(Settings(instance_path=tmp_path, testing=True, mail_backend="locmem")).test_client()
        for ask, often in ((limited.post, 20), (limited.get, 60)):
            answers = [ask("/recall/forget/wrong").status_code for _try in range(often + 1)]
            assert (429 in answers[:often], answers[often]) == (False, 429)

    def test_another_s_address_stays(self, client, donor, link):
        with transaction() as session:
            session.add(RecallContact(holder="x", email="x@example.org", locale="en", leaver="x", kept_at=NOW))
        client.post(f"/recall/forget/{link}")
        assert db.session.scalars(select(RecallContact.email)).all() == ["x@example.org"]


@pytest.mark.both_databases
class TestWithdrawalsUnderWay:
    def test_one_that_has_not_told_it_yet_does_not_reach_it(self, in_app, donor, milk, link, letters):
        token = withdraw(donor, milk)
        contacts.forget(link, now=NOW)
        jobs.run_due(now=NOW)
        assert standing(donor, token) == (State.CLOSED, 0, 2)
        assert len(letters) == 1

    def test_a_mail_that_has_not_left_does_not_leave(self, in_app, donor, milk, link, letters):
        token = withdraw(donor, milk)
        assert jobs.run_due(now=NOW, limit=1)
        waits = select(func.count()).where(Job.kind == SEND, Job.state == "queued")
        assert db.session.scalar(waits) == 1
        contacts.forget(link, now=NOW)
        assert db.session.scalar(waits) == 0
        jobs.run_due(now=NOW)
        assert standing(donor, token) == (State.CLOSED, 1, 2)
        assert len(letters) == 1

    def test_one_that_told_it_tries_no_more(self, in_app, donor, family, milk, link, letters, moderator):
        token = withdraw(donor, milk)
        jobs.run_due(now=NOW)
        contacts.forget(link, now=NOW)
        later = NOW + timedelta(days=2)
        telling.follow_up(now=later)
        jobs.run_due(now=later)
        assert standing(donor, token) == (State.CLOSED, 1, 2)
        assert len([letter for letter in letters if letter.to == [family.email]]) == 2
        assert queries.withdrawal_for(moderator.identity, token).escalated_at == NOW

    def test_one_that_was_answered_stays_answered_and_its_page_goes_on(self, in_app, donor, milk, link):
        token = withdraw(donor, milk)
        jobs.run_due(now=NOW)
        page = db.session.scalars(select(WithdrawalNotice.token)).one()
        answering.answer(page, [], had={}, now=NOW)
        contacts.forget(link, now=NOW)
        assert standing(donor, token) == (State.CLOSED, 1, 0)
        assert len(queries.family_notice(page).lots) == 1

    def test_one_job_that_is_run_again_tells_nobody(self, in_app, donor, milk, link, letters):
        token = withdraw(donor, milk)
        found = queries.withdrawal_for(donor.identity, token)
        contacts.forget(link, now=NOW)
        assert telling.tell_contacts(found.id, ["one", "two"], now=NOW) == []
        assert telling.tell_again([1, 2], now=NOW) == []


class TestForgettingLinks:
    @pytest.mark.parametrize(("days", "is_known"), [(179, True), (181, False)])
    def test_a_link_to_nothing_is_forgotten_after_half_a_year(self, client, link, days, is_known):
        contacts.forget(link, now=NOW)
        holders.forget_old(now=NOW + timedelta(days=days))
        assert client.get(f"/recall/forget/{link}").status_code == (200 if is_known else 404)

    def test_one_to_an_address_that_is_still_kept_is_not(self, client, link):
        holders.forget_old(now=NOW + timedelta(days=200))
        assert "Delete my address now" in client.get(f"/recall/forget/{link}").text


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(token=st.text(min_size=1, max_size=80), body=st.binary(max_size=200))
def test_no_bytes_in_a_link_or_its_form_break_the_page(app, client, token, body):
    for answer in (
        client.get("/recall/forget/" + token.replace("/", "-")),
        client.post("/recall/forget/" + token.replace("/", "-"), data=body),
    ):
        assert answer.status_code in {302, 308, 400, 404, 415, 422, 429}
