"""
Mail leaves by a job, after the commit of its cause; the adapter behind it is Flask-Mailman's backend, chosen by
setting.

In development the backend writes files that the mailbox page shows. A mail never holds private text of a
conversation, a health fact or a place.
"""

from datetime import datetime
from typing import Final

from flask_mailman import EmailMultiAlternatives, Mail

from app.infra import jobs

mail = Mail()
SEND: Final = "mail.send"


def post_mail(*, to: str, subject: str, text: str, html: str | None, now: datetime) -> None:
    """Enqueue one mail in the current transaction."""
    jobs.enqueue(SEND, {"to": to, "subject": subject, "text": text, "html": html}, now=now)


def send(*, to: str, subject: str, text: str, html: str | None, now: datetime) -> None:
    """Hand one mail to the backend; at least once, as the job may be repeated."""
    del now
    message = EmailMultiAlternatives(subject=subject, body=text, to=[to])
    if html:
        message.attach_alternative(html, "text/html")
    message.send()
