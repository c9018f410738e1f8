"""Writes the mail about a notice: that there is news and where, never what somebody wrote."""

from datetime import datetime

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _

from app.accounts import queries as people
from app.infra.jobs import JobRegistry
from app.infra.mail import post_mail
from app.notifications import queries
from app.notifications.services import MAIL_NOTICE
from app.notifications.words import plain_words


def write_mail(*, notice_id: int, now: datetime) -> None:
    """Post one mail about a notice; nothing when it was read in the meantime or the account is shut."""
    notice = queries.notice(notice_id)
    reader = people.person(notice.person_id)
    if notice.read_at is not None or not reader.active:
        return
    address = current_app.config["PUBLIC_URL"] + notice.path
    with force_locale(reader.locale):
        lines = (
            _("Hello %(name)s,", name=reader.display_name),
            _(plain_words(notice.kind)),
            address,
            _("You get this mail because you have an account at Milkbridge."),
        )
        subject = _("News for you at Milkbridge")
    post_mail(to=people.email_of(reader.id), subject=subject, text="\n\n".join(lines), html=None, now=now)


def register(registry: JobRegistry) -> None:
    """Name the jobs of notices."""
    registry.register(MAIL_NOTICE, write_mail)
