"""
What leaves the site about notices: a mail for one, a mail for the summary of a day, and the few words of a push.

Each says in plain words what kind of news there is and where it stands. No name, no message, no health fact and no
place is in any of them, because a mail lies open on its way and a push on the screen of a locked phone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from flask import current_app
from flask_babel import force_locale, get_locale, ngettext
from flask_babel import gettext as _
from markupsafe import escape

from app.accounts import queries as people
from app.accounts.queries import PersonView
from app.infra.mail import Letter
from app.notifications.queries import NoticeView
from app.notifications.rules import DIGEST, MUST_REACH, Group, Stop, group_of, stop_token
from app.notifications.words import GROUPS, sentence

MOST_LINES: Final = 20
"""Lines of a summary; the rest stands on the site."""

SETTINGS_PATH: Final = "/me/notifications"
INBOX_PATH: Final = "/notices"
STOP_PATH: Final = "/stop-mails"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a summary: plain words, and the address where the rest stands."""

    words: str
    address: str


def notice_mail(notice: NoticeView) -> Letter:
    """The mail about one notice, in its reader's language."""
    return notice_mails([notice])[0]


def notice_mails(notices: Sequence[NoticeView]) -> list[Letter]:
    """
    The mails about several notices, each in its reader's language; every reader must still have an account.

    What differs in nothing but a name, a sentence and an address is drawn once.
    """
    readers = people.people({notice.person_id for notice in notices})
    mail, written = people.mail_of(readers), {}
    for locale in {reader.locale for reader in readers.values()}:
        drawn: _Drawn = {}
        with force_locale(locale):
            for notice in notices:
                reader = readers[notice.person_id]
                if reader.locale == locale:
                    written[notice.id] = _notice_mail(notice, reader, mail[reader.id][0], drawn)
    return [written[notice.id] for notice in notices]


_Drawn = dict[str, Letter]
"""Mails with gaps in one language, by the kind of their notices."""

_GAPS: Final = {gap: f"\ue000{gap}\ue000" for gap in ("address", "words", "name")}
"""
What stands in the gaps: characters for private use, which no template and no language has.

They are filled in this order, for a name is whatever somebody chose.
"""


def _notice_mail(notice: NoticeView, reader: PersonView, email: str, drawn: _Drawn) -> Letter:
    if notice.kind not in MUST_REACH:
        # Its reader may stop such mails, by an address that is nobody else's.
        return _draw_notice(notice, reader, email, _line(notice))
    if notice.kind not in drawn:
        nobody = replace(reader, display_name=_GAPS["name"])
        drawn[notice.kind] = _draw_notice(notice, nobody, "", Line(_GAPS["words"], _GAPS["address"]))
    found, line = drawn[notice.kind], _line(notice)
    text, html = found.text, found.html or ""
    for gap, said in {"address": line.address, "words": line.words, "name": reader.display_name}.items():
        text, html = text.replace(_GAPS[gap], said), html.replace(_GAPS[gap], escape(said))
    return replace(found, key=f"notice.{notice.public_id}", to=email, text=text, html=html)


def _draw_notice(notice: NoticeView, reader: PersonView, email: str, line: Line) -> Letter:
    group = group_of(notice.kind)
    return _mail(
        "notice",
        reader,
        email,
        key=f"notice.{notice.public_id}",
        stop=None if notice.kind in MUST_REACH else Stop(reader.public_id, group),
        subject=_("News for you at Milkbridge"),
        about=_(GROUPS[group].title),
        line=line,
    )


def digest_mail(person_id: int, notices: Sequence[NoticeView], *, once: str) -> Letter:
    """The mail with the summary of a day, in its reader's language; ``once`` makes it the same mail when repeated."""
    reader = people.person(person_id)
    with force_locale(reader.locale):
        return _mail(
            "digest",
            reader,
            people.email_of(person_id),
            key=f"digest.{reader.public_id}.{once}",
            stop=Stop(reader.public_id, DIGEST),
            subject=_summary_title(len(notices)),
            by_group=_by_group(notices[-MOST_LINES:]),
            more=max(0, len(notices) - MOST_LINES),
            inbox=_address(INBOX_PATH),
        )


def _by_group(notices: Sequence[NoticeView]) -> list[tuple[str, list[Line]]]:
    """The lines under the title of their group, each only once."""
    found: dict[Group, list[Line]] = {group: [] for group in Group}
    for notice in notices:
        lines, line = found[group_of(notice.kind)], _line(notice)
        if line not in lines:
            lines.append(line)
    return [(str(_(GROUPS[group].title)), lines) for group, lines in found.items() if lines]


def push_letter(notice: NoticeView) -> dict[str, str]:
    """What a push about one notice holds: words, a path of this site, and a tag under which a second replaces it."""
    with force_locale(people.person(notice.person_id).locale):
        return {"words": _plain(notice), "path": notice.path, "tag": notice.public_id}


def push_summary(person_id: int, count: int) -> dict[str, str]:
    """What the push of a summary holds."""
    with force_locale(people.person(person_id).locale):
        return {"words": _summary_title(count), "path": INBOX_PATH, "tag": DIGEST}


def _summary_title(count: int) -> str:
    return str(
        ngettext("%(num)s piece of news for you at Milkbridge", "%(num)s pieces of news for you at Milkbridge", count)
    )


def _plain(notice: NoticeView) -> str:
    """The sentence without anybody's name; a time of day may stand in it."""
    return sentence(notice.kind, notice.params, named=False)


def _line(notice: NoticeView) -> Line:
    return Line(_plain(notice), _address(notice.path))


def _address(path: str) -> str:
    return f"{current_app.config['PUBLIC_URL']}{path}"


def stop_address(stop: Stop) -> str:
    """The address that stops the mails of ``stop`` without signing in."""
    return _address(f"{STOP_PATH}/{stop_token(current_app.config['SECRET_KEY'], stop)}")


def _mail(
    template: str, reader: PersonView, email: str, *, key: str, stop: Stop | None, subject: str, **shown: Any  # noqa: ANN401 - what its template shows.
) -> Letter:  # fmt: skip
    """A mail by its template; what nobody can switch off has no ``stop``."""
    address = stop_address(stop) if stop else ""
    shown |= {
        "name": reader.display_name,
        "subject": subject,
        "lang": str(get_locale()),
        "dir": getattr(get_locale(), "text_direction", "ltr"),
        "stop": address,
        "settings": _address(SETTINGS_PATH),
    }
    return Letter(
        key=key,
        to=email,
        subject=str(subject),
        text=_rendered(f"{template}.txt", shown),
        html=_rendered(f"{template}.html", shown),
        headers=_stopping(address),
    )


def _stopping(address: str) -> dict[str, str]:
    if not address:
        return {}
    return {"List-Unsubscribe": f"<{address}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def _rendered(template: str, shown: dict[str, Any]) -> str:
    """Drawn by the environment itself: what pages share (who is signed in, tokens) has no place in a mail."""
    return current_app.jinja_env.get_template(f"notifications/mail/{template}").render(shown)
