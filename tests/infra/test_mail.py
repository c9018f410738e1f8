"""A mail leaves by a job, after the commit of its cause."""

import pytest
from flask_mailman import Mail

from app.infra import jobs, mail
from app.infra.transaction import transaction


def post(now, html=None) -> None:
    mail.post_mail(to="dana@example.org", subject="Hello", text="A notice waits.", html=html, now=now)


@pytest.fixture
def outbox(in_app) -> list:
    """What left so far."""
    mailman: Mail = in_app.extensions["mailman"]
    mailman.outbox = []
    return mailman.outbox


def test_a_mail_leaves_when_its_job_runs(outbox, now):
    with transaction():
        post(now)
    assert outbox == []
    jobs.run_due(now=now)
    assert [(message.to, message.subject, message.body) for message in outbox] == [
        (["dana@example.org"], "Hello", "A notice waits.")
    ]


def test_an_undone_cause_sends_nothing(outbox, now):
    def use_case() -> None:
        with transaction():
            post(now)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        use_case()
    jobs.run_due(now=now)
    assert outbox == []


def test_a_mail_may_have_a_readable_page_beside_its_text(outbox, now):
    with transaction():
        post(now, html="<p>A notice waits.</p>")
    jobs.run_due(now=now)
    assert [tuple(part) for part in outbox[0].alternatives] == [("<p>A notice waits.</p>", "text/html")]
