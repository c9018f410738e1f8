"""The development mailbox shows every mail, and is not there in production."""

import pytest
from flask_migrate import upgrade

from app.factory import create_app
from app.infra import mail
from app.infra.clock import utcnow
from config import Settings


def application(folder, **kwargs):
    app = create_app(Settings(instance_path=folder, testing=True, rate_limits=False, **kwargs))
    with app.app_context():
        upgrade()
    return app


def test_mails_are_listed_newest_first_with_links_to_follow(tmp_path):
    app = application(tmp_path)
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


def test_words_in_a_mail_are_shown_and_never_run(tmp_path):
    app = application(tmp_path)
    with app.app_context():
        mail.send(to="a@example.org", subject="<b>x</b>", text="<script>x</script>", html=None, now=utcnow())
    page = app.test_client().get("/dev/mailbox").text
    assert "<script>x" not in page
    assert "<b>x" not in page


@pytest.mark.parametrize("production", [True, False])
def test_without_the_setting_there_is_no_mailbox(tmp_path, production):
    app = application(tmp_path, dev_mailbox=False, production=production, secret_key="x" * 40)
    assert app.test_client().get("/dev/mailbox").status_code == 404
