"""The link in a mail that stops further ones: signed, for one person and group, and nothing but a press does it."""

import pytest
from sqlalchemy import select

from app.accounts.models import User
from app.infra import jobs
from app.infra.database import db
from app.notifications import queries, services
from app.notifications.letters import stop_address
from app.notifications.models import NoticeChoice
from app.notifications.rules import DIGEST, Channel, Choice, Group, Stop, read_token, stop_token
from app.notifications.services.outward import GRACE
from config import Settings

SECRET = "a secret of this site"
MARIA = Stop("maria-public-id", Group.MESSAGES)


@pytest.mark.parametrize("what", [*Group, DIGEST])
def test_a_link_says_whose_mails_and_which(what):
    stop = Stop("maria-public-id", what)
    assert read_token(SECRET, stop_token(SECRET, stop)) == stop


def test_a_link_cannot_be_made_up_or_turned_to_another_person_or_group():
    person, what, signature = stop_token(SECRET, MARIA).split(".")
    for forged in (
        f"otto-public-id.{what}.{signature}", f"{person}.matches.{signature}", f"{person}.digest.{signature}",
        f"{person}.{what}.", f"{person}.{what}", f"{person}.{what}.{signature[:-1]}", f"{person}.{what}.{signature}x",
        f"{person}..{what}.{signature}", f"{person}.everything.{signature}", f".{what}.{signature}", "", ".", "..",
        stop_token("another secret", MARIA), f"{person}.{what}.é", "\x00.messages.x",
    ):  # fmt: skip
        assert read_token(SECRET, forged) is None, forged


@pytest.fixture
def path_for(app):
    """The path of the link in somebody's mail: ``path_for(donor, Group.MESSAGES)``."""

    def make(person, what) -> str:
        with app.app_context():
            public_id = db.session.get(User, person.id).public_id
            return stop_address(Stop(public_id, what)).removeprefix(Settings().public_url)

    return make


def chosen(app, person) -> dict:
    with app.app_context():
        return dict(queries.choices_of(person.id))


def test_opening_the_link_changes_nothing_however_often_a_mail_program_does_so(app, client, donor, path_for):
    for _ in range(3):
        page = client.get(path_for(donor, Group.HANDOFFS))
        assert page.status_code == 200
        assert client.head(path_for(donor, Group.HANDOFFS)).status_code == 200
    assert "Stop these mails?" in page.text
    assert "Handoffs" in page.text
    assert chosen(app, donor) == {}


def test_pressing_its_button_stops_these_mails_of_this_person_alone(app, client, donor, family, path_for):
    page = client.post(path_for(donor, Group.HANDOFFS))
    assert "Done. These mails stop." in page.text
    assert chosen(app, donor) == {(Group.HANDOFFS, Channel.MAIL): Choice.OFF}
    assert chosen(app, family) == {}
    assert "These mails have stopped already." in client.get(path_for(donor, Group.HANDOFFS)).text
    assert client.post(path_for(donor, Group.HANDOFFS)).status_code == 200


def test_the_one_click_of_a_mail_program_needs_no_sign_in_and_no_form_token(app, donor, path_for):
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        sent = app.test_client().post(path_for(donor, Group.MESSAGES), data={"List-Unsubscribe": "One-Click"})
    finally:
        app.config["WTF_CSRF_ENABLED"] = False
    assert sent.status_code == 200
    assert chosen(app, donor) == {(Group.MESSAGES, Channel.MAIL): Choice.OFF}


def test_the_link_of_a_summary_stops_what_comes_in_it_and_nothing_else(app, client, donor, path_for):
    page = client.get(path_for(donor, DIGEST)).text
    assert "Matches" in page
    client.post(path_for(donor, DIGEST))
    assert chosen(app, donor) == {(Group.MATCHES, Channel.MAIL): Choice.OFF}


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("token", ["nothing", "a.messages.b", "..", "x" * 5000])
def test_a_link_that_was_not_made_here_leads_nowhere(client, method, token):
    assert getattr(client, method)(f"/stop-mails/{token}").status_code == 404


def test_a_link_of_somebody_who_is_not_here_leads_nowhere(app, client):
    with app.app_context():
        path = stop_address(Stop("nobody", Group.MESSAGES)).removeprefix(Settings().public_url)
    assert client.get(path).status_code == client.post(path).status_code == 404


def test_after_the_press_the_mail_no_longer_comes_and_the_inbox_still_holds_the_notice(
    app, client, donor, path_for, outbox, now
):
    client.post(path_for(donor, Group.HANDOFFS))
    with app.app_context():
        services.notify(donor.id, "handoff_agreed", item="h", path="/handoffs/h", mail=True, now=now)
        jobs.run_due(now=now + GRACE)
        assert queries.unread_count(donor.id) == 1
    assert outbox == []


@pytest.mark.both_databases
def test_pressing_twice_at_once_is_pressing_once(in_app, donor, now):
    stop = Stop(db.session.get(User, donor.id).public_id, Group.MESSAGES)
    assert services.stop_mails(stop, now=now) == [Group.MESSAGES]
    assert services.stop_mails(stop, now=now) == []
    assert len(list(db.session.scalars(select(NoticeChoice)))) == 1
