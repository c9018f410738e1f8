"""Jobs of withdrawals: tell families, tell them again, and write to those whose account is gone."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from flask import current_app
from flask_babel import force_locale, format_date
from flask_babel import gettext as _

from app.infra.jobs import JobRegistry, enqueue
from app.infra.mail import SEND
from app.milk.services import contacts, holders, telling
from app.milk.services.telling import TELL, TELL_CONTACTS, TRY_AGAIN, Outside
from app.notifications.words import plain_words

FOLLOW_UP: Final = "milk.follow_up"
FORGET: Final = "milk.forget_contacts"


def register(registry: JobRegistry) -> None:
    """Name the jobs; every ten minutes whoever has not answered in time is tried again."""
    registry.register(TELL, tell_families)
    registry.register(TELL_CONTACTS, tell_contacts)
    registry.register(TRY_AGAIN, tell_again)
    registry.register(contacts.CONFIRM, confirm_contact)
    registry.every(timedelta(minutes=10), FOLLOW_UP, telling.follow_up)
    registry.at(3, 40, FORGET, holders.forget_old)


def tell_families(*, withdrawal_id: int, people: list[int], now: datetime) -> None:
    """Tell some families for the first time."""
    _post(telling.tell_families(withdrawal_id, people, now=now), now=now)


def tell_contacts(*, withdrawal_id: int, contacts: list[str], now: datetime) -> None:
    """Write to some who left and agreed to that."""
    _post(telling.tell_contacts(withdrawal_id, contacts, now=now), now=now)


def tell_again(*, notice_ids: list[int], now: datetime) -> None:
    """Tell some families once more."""
    _post(telling.tell_again(notice_ids, now=now), now=now)


def _post(outside: Iterable[Outside], *, now: datetime) -> None:
    """Enqueue the mails; the key lets a mail that is sent again be known as the same."""
    for each in outside:
        with force_locale(each.locale):
            words = _(plain_words(each.kind), codes=each.codes)
            text = "\n\n".join([
                words,
                f"{current_app.config['PUBLIC_URL']}{each.path}",
                _("You get this because milk was handed over to you through Milkbridge. Nobody reads answers."),
                *([_forgets(each.stop)] if each.stop else []),
            ])  # fmt: skip
            letter = {"key": each.key, "to": each.email, "subject": _("About milk you received"), "text": text}
        enqueue(SEND, {**letter, "html": None}, now=now, unique_key=f"{SEND}:{each.key}")


def _forgets(stop: str) -> str:
    """What a mail to a kept address says of it, with the link that deletes it."""
    address = f"{current_app.config['PUBLIC_URL']}/recall/forget/{stop}"
    return str(
        _("We keep your e-mail address for this and for nothing else. Have it deleted here: %(link)s", link=address)
    )


def confirm_contact(*, leaver: str, stop: str, now: datetime) -> None:
    """Write to somebody who left, and agreed to it, that the address is kept, until when, and how it is deleted."""
    found = contacts.kept(leaver)
    if found is None:
        return
    email, locale, until = found
    with force_locale(locale):
        words = _(
            "Your account at Milkbridge is deleted. You agreed that we keep this e-mail address beside the milk you "
            "received, so that we can tell you if it must not be fed. It is deleted by itself after %(day)s.",
            day=format_date(until, "long"),
        )
        subject = _("Your account is deleted, and what we keep")
        text = "\n\n".join([words, _forgets(stop), _("Nobody reads answers.")])
    letter = {"key": f"recall.{leaver}", "to": email, "subject": subject, "text": text, "html": None}
    enqueue(SEND, letter, now=now, unique_key=f"{SEND}:recall:{leaver}")
