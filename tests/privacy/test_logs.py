"""A log says what broke and where, and nothing of what anybody wrote, where they live or how to reach them."""

import logging

import pytest
from flask_migrate import upgrade

from app.factory import create_app
from app.infra import jobs, mail
from app.infra.logs import QuietFormatter, described
from app.infra.transaction import transaction
from config import Settings
from tests.conftest import NOW
from tests.people import PASSWORD, add_person

PRIVATE = ("zinnia@example.org", "916 555 0134", "Marigold said so", "38.581234")


@pytest.fixture
def site(tmp_path):
    """A site as it runs for people: an error is answered and logged, not raised."""
    app = create_app(Settings(instance_path=tmp_path, rate_limits=False, mail_backend="locmem"))
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context():
        upgrade()
    return app


def break_with(words: str):
    def broken(*_args, **_kwargs):
        held = {"words": words}
        raise RuntimeError(held["words"]) from ValueError(words)

    return broken


def test_a_page_that_breaks_logs_and_shows_no_word_of_anybody(site, monkeypatch, capsys):
    with site.app_context():
        _id, email, *_rest = add_person("Zinnia")
    client = site.test_client()
    client.post("/login", data={"email": email, "password": PASSWORD})
    monkeypatch.setattr("app.matching.routes.finding.queries.search_nearby", break_with(" ".join(PRIVATE)))
    answer = client.get("/search?place=Sacramento,%20CA")
    logged = capsys.readouterr()
    logged = logged.out + logged.err
    assert answer.status_code == 500
    assert "RuntimeError from ValueError at" in logged
    assert "test_logs.py" in logged
    for secret in (*PRIVATE, email, "Sacramento", PASSWORD):
        assert secret not in logged
        assert secret not in answer.text
    assert "Traceback" not in answer.text + logged


def test_a_job_that_fails_logs_neither_the_mail_nor_its_reader(site, monkeypatch, capsys):
    monkeypatch.setattr("flask_mailman.EmailMultiAlternatives.send", break_with(" ".join(PRIVATE)))
    with site.app_context():
        with transaction():
            mail.post_mail(to=PRIVATE[0], subject=PRIVATE[2], text=PRIVATE[1], html=None, now=NOW)
        jobs.run_due(now=NOW)
    logged = capsys.readouterr()
    assert "job failed" in logged.out
    assert "RuntimeError" in logged.out
    for secret in PRIVATE:
        assert secret not in logged.out + logged.err


def test_what_is_typed_cannot_begin_a_line_of_its_own():
    record = logging.LogRecord("x", logging.INFO, "", 0, "Exception on %s", ("/a\r\nINFO forged",), None)
    assert "\n" not in QuietFormatter("%(message)s").format(record)
    assert QuietFormatter("%(message)s").format(record) == "Exception on /a\\r\\nINFO forged"


def test_a_failure_is_described_by_its_kind_and_its_places():
    with pytest.raises(RuntimeError) as failed:
        break_with("secret")()
    assert described(failed.value).startswith("RuntimeError from ValueError at ")
    assert "secret" not in described(failed.value)
