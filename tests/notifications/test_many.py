"""The same urgent news to many at once: whatever they chose, at any hour, to each once, by every way they have."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event, select

from app.accounts.models import User
from app.infra import jobs, mail
from app.infra.database import db
from app.infra.transaction import transaction
from app.notifications import queries
from app.notifications.jobs import many_sent, send_many
from app.notifications.models import Notice, Sending
from app.notifications.rules import Channel, Choice, Group
from app.notifications.services import News, PreferencesDraft, notify, notify_many, open_all, save_preferences
from app.notifications.services.outward import UNREAD_ON_THE_PHONE
from tests.conftest import NOW
from tests.notifications.conftest import ENDPOINT, Browser

pytestmark = pytest.mark.usefixtures("in_app")

KIND = "milk_withdrawn_urgent"
NIGHT = NOW.replace(hour=3)


def news(*people, item="withdrawn:1", kind=KIND) -> list[News]:
    return [News(each.id, kind, item, "/milk/withdrawn/x", {"codes": "2345-678M"}) for each in people]


def sendings(who) -> list[tuple[str, str]]:
    """The ways out of somebody's notices: the channel, and what became of it."""
    db.session.rollback()
    rows = db.session.scalars(
        select(Sending)
        .join(Notice, Notice.id == Sending.notice_id)
        .where(Notice.user_id == who.id)
        .order_by(Sending.id)
    )
    return [(row.channel, row.state) for row in rows]


@pytest.fixture
def people(donor, family, stranger, moderator):
    """Enough for SQLite to choose as it does for a hundred: for two it goes by their numbers anyway."""
    return donor, family, stranger, moderator


def choose(who, choice) -> None:
    """Everything goes that way, by mail and by push, and nothing in the usual night."""
    every = {(group, channel): choice for group in Group for channel in Channel}
    save_preferences(who.identity, PreferencesDraft(every, True, 22, 7, 18), now=NOW)


def notice_ids() -> list[int]:
    db.session.rollback()
    return list(db.session.scalars(select(Notice.id).order_by(Notice.id)))


def to(outbox) -> list[str]:
    return sorted(letter.to[0] for letter in outbox)


class TestWhoIsTold:
    @pytest.mark.both_databases
    def test_everybody_gets_one_notice_and_one_mail_at_once(self, donor, family, outbox):
        notify_many(news(donor, family), now=NOW)
        jobs.run_due(now=NOW)
        assert to(outbox) == sorted([donor.email, family.email])
        assert [sendings(who) for who in (donor, family)] == [[("mail", "sent")]] * 2
        assert all("2345-678M" in letter.body for letter in outbox)

    @pytest.mark.both_databases
    def test_the_same_item_again_is_dropped_for_those_who_have_it(self, donor, family, outbox):
        notify_many(news(donor), now=NOW)
        notify_many(news(donor, family), now=NOW)
        notify_many(news(donor, family), now=NOW)
        jobs.run_due(now=NOW)
        assert to(outbox) == sorted([donor.email, family.email])
        assert len(notice_ids()) == 2

    def test_no_news_is_nothing(self, outbox):
        notify_many([], now=NOW)
        jobs.run_due(now=NOW)
        assert (notice_ids(), outbox) == ([], [])

    @pytest.mark.parametrize("kind", ["matches_new", "handoff_cancelled", "milk_gone"])
    def test_only_what_must_reach_everybody_goes_this_way(self, donor, kind):
        with pytest.raises(ValueError, match="must reach"):
            notify_many([*news(donor), *news(donor, kind=kind)], now=NOW)
        assert notice_ids() == []


class TestAMultitude:
    def test_what_waits_on_the_whole_site_is_not_read_for_each_hundred(self, people, outbox):
        """Or a withdrawal that reaches ten times as many would take a hundred times as long."""
        notify_many(news(*people), now=NOW)
        with asked("notice_sendings") as statements:
            jobs.run_due(now=NOW)
        assert len(outbox) == len(people)
        ways = [way for statement in statements for way in ways_to_rows(*statement)]
        assert any("notice_sendings" in way for way in ways)
        assert [way for way in ways if "ix_notice_sendings_due" in way] == []


@contextmanager
def asked(table):
    """The statements about ``table`` that are said meanwhile, with what they are given."""
    said = []

    def note(_connection, _cursor, statement, given, _context, _many):
        if table in statement and not statement.startswith("INSERT"):
            said.append((statement, given))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def ways_to_rows(statement, given) -> list[str]:
    """How SQLite finds the rows of a statement."""
    db.session.rollback()
    with db.engine.connect() as connection:
        return [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given)]


class TestWhateverTheyChose:
    @pytest.mark.parametrize("choice", list(Choice))
    @pytest.mark.parametrize("at", [NOW, NIGHT], ids=["by day", "at night"])
    def test_it_leaves_at_once_by_mail_and_push(self, donor, outbox, push_service, agree, choice, at):
        agree(donor, Browser())
        choose(donor, choice)
        notify_many(news(donor), now=at)
        jobs.run_due(now=at)
        assert len(push_service.brought) == 1
        assert outbox == []
        jobs.run_due(now=at + UNREAD_ON_THE_PHONE)
        assert to(outbox) == [donor.email]

    def test_beside_it_what_may_wait_waits(self, donor, outbox):
        choose(donor, Choice.DIGEST)
        notify(donor.id, "handoff_ask", item="other", path="/handoffs", mail=True, now=NOW)
        notify_many(news(donor), now=NOW)
        jobs.run_due(now=NOW)
        (letter,) = outbox
        assert "Please do not feed" in letter.body


class TestWhoIsNotThere:
    @pytest.mark.parametrize("reason", ["shut", "not confirmed"])
    def test_an_account_that_is_shut_or_not_confirmed_gets_nothing_and_holds_nobody_up(
        self, donor, family, outbox, push_service, agree, reason
    ):
        agree(donor, Browser())
        notify_many(news(donor, family), now=NOW)
        with transaction() as session:
            row = session.get(User, donor.id)
            if reason == "shut":
                row.active = False
            else:
                row.confirmed_at = None
        jobs.run_due(now=NOW)
        assert (to(outbox), push_service.brought) == ([family.email], [])
        assert {state for _channel, state in sendings(donor)} == {"dropped"}

    def test_what_was_read_before_it_left_goes_nowhere(self, donor, family, outbox):
        notify_many(news(donor, family), now=NOW)
        open_all(donor.identity, now=NOW)
        jobs.run_due(now=NOW)
        assert to(outbox) == [family.email]
        assert sendings(donor) == [("mail", "dropped")]


class TestPush:
    def test_a_browser_that_took_it_puts_the_mail_off_a_quarter_of_an_hour(self, donor, outbox, push_service, agree):
        agree(donor, Browser())
        notify_many(news(donor), now=NOW)
        jobs.run_due(now=NOW)
        assert sorted(sendings(donor)) == [("mail", "waiting"), ("push", "sent")]
        open_all(donor.identity, now=NOW)
        jobs.run_due(now=NOW + UNREAD_ON_THE_PHONE)
        assert outbox == []

    @pytest.mark.parametrize("answer", [404, 410])
    def test_a_browser_that_is_gone_is_forgotten_and_the_mail_goes_at_once(
        self, donor, outbox, push_service, agree, answer
    ):
        agree(donor, Browser())
        push_service.answers[ENDPOINT] = answer
        notify_many(news(donor), now=NOW)
        jobs.run_due(now=NOW)
        assert to(outbox) == [donor.email]
        assert queries.devices_of(donor.id) == []
        notify_many(news(donor, item="withdrawn:2"), now=NOW)
        jobs.run_due(now=NOW)
        assert len(push_service.brought) == 1

    def test_a_push_service_that_does_not_answer_leaves_it_to_the_mail(self, donor, outbox, push_service, agree):
        agree(donor, Browser())
        push_service.offline = True
        notify_many(news(donor), now=NOW)
        jobs.run_due(now=NOW)
        assert to(outbox) == [donor.email]
        assert sorted(sendings(donor)) == [("mail", "sent"), ("push", "dropped")]


class TestRepeatedWork:
    def test_a_mail_that_is_refused_is_tried_again_by_itself_and_the_others_are_not(
        self, donor, family, outbox, monkeypatch
    ):
        whole = mail.hand_over_each

        def refuse_one(letters):
            kept = [letter for letter in letters if letter.to != donor.email]
            whole(kept)
            return [letter.to != donor.email for letter in letters]

        monkeypatch.setattr("app.notifications.jobs.hand_over_each", refuse_one)
        notify_many(news(donor, family), now=NOW)
        jobs.run_due(now=NOW)
        assert to(outbox) == sorted([donor.email, family.email])
        assert [sendings(who) for who in (donor, family)] == [[("mail", "sent")]] * 2

    def test_a_job_that_is_run_again_sends_nothing_twice(self, donor, family, outbox):
        notify_many(news(donor, family), now=NOW)
        jobs.run_due(now=NOW)
        done = send_many(notice_ids=notice_ids(), now=NOW)
        many_sent(notice_ids=notice_ids(), prepared=done, now=NOW)
        assert done == []
        assert len(outbox) == 2

    def test_one_that_died_before_writing_it_down_sends_the_same_mail(self, donor, outbox):
        notify_many(news(donor), now=NOW)
        send_many(notice_ids=notice_ids(), now=NOW)
        db.session.rollback()
        jobs.run_due(now=NOW + timedelta(minutes=1))
        assert len({letter.extra_headers["Message-ID"] for letter in outbox}) == 1
        assert len(outbox) == 2
