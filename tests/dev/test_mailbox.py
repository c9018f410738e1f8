"""The development mailbox shows every mail, and is not there in production."""

import shutil

import pytest

from app.factory import create_app
from app.infra import mail
from app.infra.clock import utcnow
from config import Settings


@pytest.fixture
def serving(tmp_path, migrated):
    """Makes an application of the test's own on an empty database."""

    def make(**settings):
        shutil.copyfile(migrated, tmp_path / "milkbridge.sqlite")
        return create_app(Settings(instance_path=tmp_path, testing=True, rate_limits=False, **settings))

    return make


def test_mails_are_listed_newest_first_with_links_to_follow(serving):
    app = serving()
    client = app.test_client()
    assert "No mail yet" in client.get("/dev/mailbox").text
    with app.app_context():
        for number, to in enumerate(("ana@example.org", "zoë@example.org")):
            text = f"Grüße {number}: http://127.0.0.1:5000/confirm/{number}"
            mail.send(to=to, subject=f"Mail {number}", text=text, html=None, now=utcnow())
    page = client.get("/dev/mailbox").text
    assert page.index("Mail 1") < page.index("Mail 0")
    assert "Grüße 0" in page
    assert '<a href="http://127.0.0.1:5000/confirm/1"' in page


def test_words_in_a_mail_are_shown_and_never_run(serving):
    app = serving()
    with app.app_context():
        mail.send(to="a@example.org", subject="<b>x</b>", text="<script>x</script>", html=None, now=utcnow())
    page = app.test_client().get("/dev/mailbox").text
    assert "<script>x" not in page
    assert "<b>x" not in page


@pytest.mark.parametrize("production", [True, False])
def test_without_the_setting_there_is_no_mailbox(serving, production):
    app = serving(dev_mailbox=False, production=production, secret_key="x" * 40)
    assert app.test_client().get("/dev/mailbox").status_code == 404
