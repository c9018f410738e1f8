"""The inbox: what somebody was told, day by day."""

from datetime import date
from itertools import groupby

from babel.dates import get_timezone
from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.infra.clock import utcnow
from app.notifications import queries, services
from app.notifications.permissions import SEE_OWN_NOTICES
from app.notifications.queries import PAGE, NoticeView
from app.notifications.routes.blueprint import blueprint
from app.notifications.rules import Group, group_of
from app.notifications.words import GROUPS, WORDS, sentence
from app.web.access import requires
from app.web.login import member, visitor
from app.web.templating import reader

MOST_DIGITS = 9
"""Digits of a number that fits every integer column."""


@blueprint.app_template_global("unread_notices")
def unread_notices() -> int:
    """How many notices the reader has not opened; 0 for somebody who has not signed in. Counted once per page."""
    person = visitor()
    if person is None:
        return 0
    if "unread_notices" not in g:
        g.unread_notices = queries.unread_count(person.person_id)
    return int(g.unread_notices)


@blueprint.app_template_filter("notice_words")
def notice_words(notice: NoticeView) -> str:
    """What a notice says, in the reader's language."""
    return sentence(notice.kind, notice.params)


@blueprint.app_template_filter("notice_picture")
def notice_picture(notice: NoticeView) -> str:
    """The picture of what a notice is about."""
    return GROUPS[group_of(notice.kind)].picture


@blueprint.app_template_filter("notice_answers")
def notice_answers(notice: NoticeView) -> list[tuple[str, str]]:
    """The answers an unread notice offers, each with the address a press posts to; none once it is read."""
    if notice.read_at is not None:
        return []
    return [(str(_(answer.words)), f"{notice.path}/{answer.way}") for answer in WORDS[notice.kind].answers]


@blueprint.get("/notices")
@requires(SEE_OWN_NOTICES)
def inbox() -> ResponseReturnValue:
    """The reader's notices, newest first, by day; all, the unread alone (``unread``), or one group (``about``)."""
    unread = "unread" in request.args
    group = _group(request.args.get("about", ""))
    notices = queries.inbox(member(), before=_before(request.args.get("before", "")), unread=unread, group=group)
    return render_template(
        "notifications/inbox.html",
        days=_by_day(notices),
        older=notices[-1].id if len(notices) == PAGE else None,
        unread=unread,
        about=group,
        groups=GROUPS,
        count=unread_notices(),
    )


def _before(raw: str) -> int | None:
    """The number of a notice, or None when it is none that fits the column."""
    return int(raw) if raw.isascii() and raw.isdecimal() and len(raw) <= MOST_DIGITS else None


def _group(name: str) -> Group | None:
    return Group(name) if name in set(Group) else None


def _by_day(notices: list[NoticeView]) -> list[tuple[date, list[NoticeView]]]:
    """The notices under the day they came, by the reader's own calendar."""
    zone = get_timezone(reader().timezone)
    return [(day, list(those)) for day, those in groupby(notices, lambda one: one.created_at.astimezone(zone).date())]


@blueprint.app_template_filter("day_title")
def day_title(day: date) -> str:
    """What a day is called in a list: today, yesterday; an empty string for one further back."""
    today = utcnow().astimezone(get_timezone(reader().timezone)).date()
    return {0: str(_("Today")), 1: str(_("Yesterday"))}.get((today - day).days, "")


@blueprint.post("/notices/<public_id>/open")
@requires(SEE_OWN_NOTICES)
def open_one(public_id: str) -> ResponseReturnValue:
    """Mark a notice as read and go where it leads."""
    return redirect(services.open_notice(member(), public_id, now=utcnow()))


@blueprint.post("/notices/read")
@requires(SEE_OWN_NOTICES)
def read_all() -> ResponseReturnValue:
    """Mark every notice as read."""
    services.open_all(member(), now=utcnow())
    return redirect(url_for("notifications.inbox"))
