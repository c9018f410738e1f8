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
from email.message import Message
from email.utils import formataddr, formatdate, parseaddr
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlsplit

import structlog
from flask import current_app
from flask_babel import gettext as _
from flask_mailman import EmailMultiAlternatives, Mail
from flask_mailman.message import SafeMIMEMultipart

from app.infra import jobs
from app.kernel.ids import new_public_id

mail = Mail()
log = structlog.get_logger(__name__)
SEND: Final = "mail.send"
LONGEST_LINE: Final = 998
"""Bytes of a line that a mail server takes as it is (RFC 5321, 4.5.3.1.6, without its end)."""


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


class _Mail(EmailMultiAlternatives):  # type: ignore[misc]  # the library tells no types.
    """
    The library's, whose two bodies are laid in as they are.

    The library works out the character set of each body anew, which takes longer than all else about a mail. What
    stands in a header is checked by the library's own class as before.
    """

    def message(self) -> Any:  # noqa: ANN401 - the library tells no types.
        """The mail as it goes over a line: text and HTML in UTF-8, or whatever else it is as the library makes it."""
        if len(self.alternatives) != 1 or _has_long_line(self.body) or _has_long_line(self.alternatives[0][0]):
            return super().message()
        whole = SafeMIMEMultipart(_subtype=self.alternative_subtype, encoding="utf-8")
        whole.attach(_part(self.body, "plain"))
        whole.attach(_part(self.alternatives[0][0], "html"))
        whole["Subject"], whole["From"], whole["To"] = self.subject, self.from_email, ", ".join(self.to)
        whole["Reply-To"], whole["Date"] = ", ".join(self.reply_to), formatdate()
        for name, value in self.extra_headers.items():
            whole[name] = value
        return whole


def _has_long_line(body: str) -> bool:
    return any(len(line.encode()) > LONGEST_LINE for line in body.splitlines())


def _part(body: str, kind: str) -> Message:
    part = Message()
    part["Content-Type"] = f'text/{kind}; charset="utf-8"'
    part["MIME-Version"] = "1.0"
    part["Content-Transfer-Encoding"] = "7bit" if body.isascii() else "8bit"
    # As the standard library keeps bytes that go out as they are.
    part.set_payload(body.encode().decode("ascii", "surrogateescape"))
    return part


def _message(letter: Letter) -> EmailMultiAlternatives:
    message = _Mail(
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
    return _no_reply(_("Nobody reads answers"), str(current_app.config["MAIL_DEFAULT_SENDER"]))


@lru_cache(maxsize=20)
def _no_reply(name: str, sender: str) -> str:
    return formataddr((name, f"no-reply@{parseaddr(sender)[1].rpartition('@')[2]}"))


def _host() -> str:
    return urlsplit(str(current_app.config["PUBLIC_URL"])).hostname or "localhost"
