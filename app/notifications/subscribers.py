"""
Tells the open pages of a reader what is new, after the commit.

And forgets the browsers of somebody whose sessions end, within the transaction: nobody is signed in there any more.
"""

from flask_babel import force_locale

from app.accounts import queries as people
from app.accounts.events import ConsentWithdrawn, SessionsEnded
from app.accounts.rules.consents import Purpose
from app.infra.event_bus import EventBus
from app.notifications import queries, services
from app.notifications.events import NoticeLeft, NoticesLeft, NoticesRead
from app.notifications.words import sentence
from app.web import realtime


def _push(left: NoticeLeft) -> None:
    notice = queries.notice(left.notice_id)
    with force_locale(people.person(left.person_id).locale):
        _push_one(notice, queries.unread_count(left.person_id))


def _push_many(left: NoticesLeft) -> None:
    found = queries.notices(left.notice_ids)
    readers = {each.person_id for each in found}
    unread, mail = queries.unread_counts(readers), people.mail_of(readers)
    for locale in {mail[each.person_id][1] for each in found}:
        with force_locale(locale):
            for notice in found:
                if mail[notice.person_id][1] == locale:
                    _push_one(notice, unread.get(notice.person_id, 0))


def _push_one(notice: queries.NoticeView, unread: int) -> None:
    words = sentence(notice.kind, notice.params)
    realtime.push(notice.person_id, "notification.new", {"words": words, "path": notice.path, "unread": unread})


def _count(read: NoticesRead) -> None:
    realtime.push(read.person_id, "notification.read", {"unread": queries.unread_count(read.person_id)})


def _signed_out(ended: SessionsEnded) -> None:
    """A browser nobody is signed in to shows nobody's news."""
    services.forget_devices(ended.person_id)


def _taken_back(withdrawn: ConsentWithdrawn) -> None:
    if withdrawn.purpose == Purpose.NOTIFICATIONS:
        services.forget_devices(withdrawn.person_id)


def subscribe(bus: EventBus) -> None:
    """Listen for new and read notices, ended sessions and withdrawn consents."""
    bus.after(NoticeLeft, _push)
    bus.after(NoticesLeft, _push_many)
    bus.after(NoticesRead, _count)
    bus.within(SessionsEnded, _signed_out)
    bus.within(ConsentWithdrawn, _taken_back)
