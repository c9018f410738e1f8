"""
Mail leaves by a job, after the commit of its cause; the adapter behind it is Flask-Mailman's backend, chosen by
setting.

In development the backend writes files that the mailbox page shows. A mail never holds private text of a
conversation, a health fact or a place. Nobody reads answers, and every mail says so. A mail that is sent once more,
because the worker died in between, carries the same Message-ID, so that the receiving side may see that it is one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import formataddr, parseaddr
from typing import Final
from urllib.parse import urlsplit

import structlog
from flask import current_app
from flask_babel import gettext as _
from flask_mailman import EmailMultiAlternatives, Mail

from app.infra import jobs
from app.kernel.ids import new_public_id

mail = Mail()
log = structlog.get_logger(__name__)
SEND: Final = "mail.send"


@dataclass(frozen=True, slots=True)
class Letter:
    """
    One mail. ``key`` is what makes it the same mail when it is sent again, and becomes its Message-ID.

    ``html`` is None for a mail of text alone; ``headers`` come on top of those every mail has.
    """

    key: str
    to: str
    subject: str
    text: str
    html: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def post_mail(*, to: str, subject: str, text: str, html: str | None, now: datetime) -> None:
    """Enqueue one mail in the current transaction."""
    payload = {"key": new_public_id(), "to": to, "subject": subject, "text": text, "html": html}
    jobs.enqueue(SEND, payload, now=now)


def send(*, to: str, subject: str, text: str, html: str | None, now: datetime, key: str | None = None) -> None:
    """Hand an enqueued mail to the backend, before its job's transaction begins; at least once."""
    del now
    hand_over(Letter(key or new_public_id(), to, subject, text, html))


def sent(*, prepared: None, now: datetime, **_mail: str | None) -> None:
    """Nothing is left to do: the job ends, and its payload with it."""
    del prepared, now


def hand_over(letter: Letter) -> None:
    """Give one mail to the backend now; raises what the backend raises."""
    _message(letter).send()


def hand_over_each(letters: Iterable[Letter]) -> list[bool]:
    """
    Give mails to the backend over one connection, and say of each whether it was taken.

    Raises what the backend raises when there is no connection to be had.
    """
    taken = []
    with mail.get_connection() as connection:
        for letter in letters:
            message = _message(letter)
            message.connection = connection
            try:
                message.send()
            except Exception:
                # One address that the server refuses must not keep the mails of all others.
                log.exception("mail not taken")
                taken.append(False)
            else:
                taken.append(True)
    return taken


def _message(letter: Letter) -> EmailMultiAlternatives:
    message = EmailMultiAlternatives(
        subject=letter.subject,
        body=letter.text,
        to=[letter.to],
        reply_to=[_nobody()],
        headers={"Message-ID": f"<{letter.key}@{_host()}>", "Auto-Submitted": "auto-generated", **letter.headers},
    )
    if letter.html:
        message.attach_alternative(letter.html, "text/html")
    return message


def _nobody() -> str:
    """Where an answer would go: to nobody, and its name says so."""
    sender = parseaddr(str(current_app.config["MAIL_DEFAULT_SENDER"]))[1]
    return formataddr((_("Nobody reads answers"), f"no-reply@{sender.rpartition('@')[2]}"))


def _host() -> str:
    return urlsplit(str(current_app.config["PUBLIC_URL"])).hostname or "localhost"
