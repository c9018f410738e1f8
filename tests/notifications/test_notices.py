"""One item, one notice: the inbox, its marks, and the mail that tells nothing private."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask_babel import gettext

from app.accounts import services as accounts
from app.infra import jobs
from app.kernel.errors import NotFound
from app.notifications import queries, services
from app.notifications.services.outward import GRACE
from app.notifications.words import WORDS, UnknownKind, filling, plain_words, words_for
from app.web import realtime

pytestmark = pytest.mark.both_databases


def leave(person, now, *, kind="interest_received", item="interest:1", **kwargs):
    services.notify(person.id, kind, item=item, path="/posts/abc", now=now, **kwargs)


def test_a_notice_waits_unread_in_its_readers_inbox(in_app, donor, stranger, now):
    leave(donor, now)
    assert queries.unread_count(donor.id) == 1
    assert queries.unread_count(stranger.id) == 0
    (notice,) = queries.inbox(donor.identity)
    assert (notice.kind, notice.path, notice.read_at) == ("interest_received", "/posts/abc", None)


def test_a_second_notice_on_one_item_is_dropped(in_app, donor, family, now):
    leave(donor, now)
    leave(donor, now)
    leave(family, now)
    leave(donor, now, item="interest:2")
    assert queries.unread_count(donor.id) == 2
    assert queries.unread_count(family.id) == 1


def test_a_kind_without_words_fails_loudly_and_leaves_nothing(in_app, donor, now):
    with pytest.raises(UnknownKind):
        leave(donor, now, kind="surprise")
    assert queries.unread_count(donor.id) == 0


@pytest.mark.parametrize("path", ["https://evil.example/", "//evil.example/", "/\\evil.example", "posts/abc", ""])
def test_a_notice_never_leads_off_the_site(in_app, donor, now, path):
    with pytest.raises(ValueError, match="path of this site"):
        services.notify(donor.id, "post_live", item="x", path=path, now=now)


@pytest.mark.parametrize("kind", sorted(WORDS))
def test_every_kind_has_words_with_and_without_a_name(in_app, kind):
    plain = gettext(words_for(kind, {}), **filling({}))
    named = gettext(words_for(kind, {"name": "Ana"}), **filling({"name": "Ana"}))
    assert plain
    assert "%" not in plain + named
    assert "Ana" not in plain_words(kind)


def test_opening_a_notice_marks_it_and_leads_on(sign_in, app, donor, now):
    with app.app_context():
        leave(donor, now, params={"name": "Fatima"})
        (notice,) = queries.inbox(donor.identity)
    client = sign_in(donor)
    page = client.get("/notices").text
    assert "Fatima said yes to your milk." in page
    opened = client.post(f"/notices/{notice.public_id}/open")
    assert opened.headers["Location"] == "/posts/abc"
    with app.app_context():
        assert queries.unread_count(donor.id) == 0


def test_reading_all_marks_only_ones_own(sign_in, app, donor, family, now):
    with app.app_context():
        leave(donor, now)
        leave(family, now)
    sign_in(donor).post("/notices/read")
    with app.app_context():
        assert queries.unread_count(donor.id) == 0
        assert queries.unread_count(family.id) == 1


def test_another_persons_notice_is_not_there(sign_in, app, donor, stranger, now):
    with app.app_context():
        leave(donor, now)
        (notice,) = queries.inbox(donor.identity)
        with pytest.raises(NotFound):
            services.open_notice(stranger.identity, notice.public_id, now=now)
        with pytest.raises(NotFound):
            queries.own_notice(stranger.identity, notice.public_id)
        assert queries.own_notice(donor.identity, notice.public_id) == notice
    assert sign_in(stranger).post(f"/notices/{notice.public_id}/open").status_code == 404
    assert "Nothing new" in sign_in(stranger).get("/notices").text


def test_a_visitor_is_asked_to_sign_in(client):
    assert client.get("/notices").headers["Location"].startswith("/login")


def test_older_notices_stand_on_a_further_page(sign_in, app, donor, now):
    with app.app_context():
        for number in range(queries.PAGE + 1):
            leave(donor, now, item=f"interest:{number}")
        first = queries.inbox(donor.identity)
    page = sign_in(donor).get("/notices").text
    assert f"before={first[-1].id}" in page
    assert sign_in(donor).get(f"/notices?before={first[-1].id}").text.count("/open") == 1


def test_a_mail_says_that_there_is_news_and_nothing_private(in_app, donor, now):
    mailman = in_app.extensions["mailman"]
    mailman.outbox = []
    leave(donor, now, params={"name": "Fatima"}, mail=True)
    leave(donor, now, params={"name": "Fatima"}, mail=True)
    jobs.run_due(now=now + GRACE)
    (mail,) = mailman.outbox
    assert mail.to == [donor.email]
    assert "Fatima" not in mail.subject + mail.body
    assert "http://127.0.0.1:5000/posts/abc" in mail.body


@pytest.mark.parametrize("reason", ["read", "shut"])
def test_no_mail_is_written_for_what_was_read_or_for_a_shut_account(in_app, donor, now, reason):
    mailman = in_app.extensions["mailman"]
    mailman.outbox = []
    leave(donor, now, mail=True)
    if reason == "read":
        services.open_all(donor.identity, now=now)
    else:
        accounts.deactivate(donor.id, now=now)
    jobs.run_due(now=now + GRACE)
    assert mailman.outbox == []


def test_a_new_notice_is_pushed_to_its_reader_after_the_commit(in_app, donor, now, monkeypatch):
    pushed = []
    monkeypatch.setattr(realtime, "push", lambda *args: pushed.append(args))
    leave(donor, now)
    leave(donor, now)
    assert pushed == [
        (
            donor.id,
            "notification.new",
            {"words": "A family said yes to your milk. You can look and choose.", "path": "/posts/abc", "unread": 1},
        )
    ]


def test_a_notice_of_nobody_is_not_there(in_app):
    with pytest.raises(NotFound):
        queries.notice(1)


def test_opening_tells_the_other_pages_of_its_reader_how_many_are_left(in_app, donor, now, monkeypatch):
    leave(donor, now)
    leave(donor, now, item="interest:2")
    pushed = []
    monkeypatch.setattr(realtime, "push", lambda *args: pushed.append(args))
    public_id = queries.inbox(donor.identity)[0].public_id
    for _ in range(2):
        services.open_notice(donor.identity, public_id, now=now)
    services.open_all(donor.identity, now=now)
    services.open_all(donor.identity, now=now)
    assert pushed == [(donor.id, "notification.read", {"unread": left}) for left in (1, 0)]


def test_the_inbox_can_be_narrowed_to_what_is_unread_or_to_one_group(sign_in, app, donor, now):
    with app.app_context():
        leave(donor, now)
        services.open_all(donor.identity, now=now)
        leave(donor, now, kind="matches_new", item="matches:1")
    client = sign_in(donor)
    family, matches = "A family said yes to your milk.", "Something new may fit you."

    def seen(address: str) -> tuple[bool, bool]:
        page = client.get(address).text
        return family in page, matches in page

    assert seen("/notices") == (True, True)
    assert seen("/notices?unread=1") == (False, True)
    assert seen("/notices?about=answers") == (True, False)
    assert seen("/notices?about=posts") == (False, False)
    assert seen("/notices?about=everything") == (True, True)


def test_notices_stand_under_the_day_they_came_by_the_readers_own_calendar(sign_in, app, donor, living_in):
    today = datetime.now(UTC)
    with app.app_context():
        living_in(donor, "Pacific/Kiritimati")
        for days in (40, 1, 0):
            leave(donor, today - timedelta(days=days), item=f"interest:{days}")
    page = sign_in(donor).get("/notices").text
    days = [datetime.fromisoformat(found).date() for found in re.findall(r'<h2 id="day-([\d-]+)"', page)]
    zone = ZoneInfo("Pacific/Kiritimati")
    assert days == [(today - timedelta(days=back)).astimezone(zone).date() for back in (0, 1, 40)]
    assert page.index(">Today<") < page.index(">Yesterday<")


@pytest.mark.parametrize("before", ["9" * 30, "-1", "two", "\u0662", ""])
def test_an_address_of_older_notices_that_names_none_shows_the_newest(sign_in, donor, before):
    assert sign_in(donor).get("/notices", query_string={"before": before}).status_code == 200
