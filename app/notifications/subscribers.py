"""Pushes a new notice to the open pages of its reader, after the commit."""

from flask_babel import force_locale
from flask_babel import gettext as _

from app.accounts import queries as people
from app.infra.event_bus import EventBus
from app.notifications import queries
from app.notifications.events import NoticeLeft
from app.notifications.words import words_for
from app.web import realtime


def _push(left: NoticeLeft) -> None:
    notice = queries.notice(left.notice_id)
    with force_locale(people.person(left.person_id).locale):
        words = _(words_for(notice.kind, notice.params), name=notice.params.get("name", ""))
    unread = queries.unread_count(left.person_id)
    realtime.push(left.person_id, "notification.new", {"words": words, "path": notice.path, "unread": unread})


def subscribe(bus: EventBus) -> None:
    """Listen for new notices."""
    bus.after(NoticeLeft, _push)
